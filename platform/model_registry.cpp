// SPDX-License-Identifier: Apache-2.0
//
// Every model that a package file can name, with its parameters; those around harts are in
// host_device_types.cpp, links and their ends in link_types.cpp. To add one: a row there or here,
// and its construction in build_model.cpp.
#include <bit>

#include <fmt/format.h>

#include "models/cpu/cpu_cluster.h"
#include "models/hbm/hbm.h"
#include "models/hbm/hbm_timing_file.h"
#include "models/memory/memory.h"
#include "models/noc/crossbar.h"
#include "models/npu/npu_cluster.h"
#include "platform/host_device_types.h"
#include "platform/link_types.h"
#include "platform/model_type.h"

namespace cvp {
namespace {

using enum Unit;

// A window whose size a parameter says.
TargetPort sized(std::string key, const std::string& parameter, std::uint64_t alignment = 4096) {
  return {std::move(key),
          [parameter](const ParameterSet& params) { return params[parameter].integer; },
          "the parameter \"" + parameter + "\"", alignment};
}

TargetPort plain(std::string key, std::uint64_t alignment = 4096) {
  return {std::move(key), {}, {}, alignment};
}

std::vector<std::string> hbm_policies() {
  std::vector<std::string> names = {std::string(kPolicyOfGeneration)};
  for (const auto& policy : hbm_cycle::controller_policies()) names.push_back(policy.name);
  return names;
}

// Its choices are not the first ones of the enumeration.
void store_hbm_fidelity(void* params, const Value& value) {
  constexpr Fidelity kChoices[] = {Fidelity::kFunctional, Fidelity::kApproximate, Fidelity::kCycle};
  static_cast<HbmParams*>(params)->fidelity = kChoices[value.integer];
}

// The first choice leaves it to the policy, which stands above it in the table.
void store_hbm_refresh(void* params, const Value& value) {
  auto& hbm = *static_cast<HbmParams*>(params);
  hbm.controller.refresh =
      value.integer == 0 ? hbm.refresh_of_policy() : static_cast<HbmRefresh>(value.integer - 1);
}

std::vector<std::string> hbm_generations() {
  std::vector<std::string> names;
  for (const HbmTiming& timing : hbm_timings()) {
    names.push_back(timing.name);
    names.insert(names.end(), timing.aliases.begin(), timing.aliases.end());
  }
  return names;
}

std::uint64_t hbm_stack_bytes(const ParameterSet& params) {
  const auto hbm = params.make<HbmParams>();
  return hbm.errors().empty() ? hbm.timing().geometry.stack_bytes() : 0;
}

ModelType crossbar() {
  using P = CrossbarParams;
  return {
      .type = "crossbar",
      .place = Place::kDie,
      .doc = "On-die interconnect and router to the other dies",
      .parameters = {{"clock", kFrequency, "2 GHz", "100 MHz", "10 GHz", "Clock", to(&P::clock)},
                     {"width_bits", kCount, "512", "32", "4096", "Width of a port",
                      to(&P::width_bits)},
                     {"hop", kTime, "2 ns", "0 ns", "1 us", "Latency one way", to(&P::hop)}},
      .targets = {plain("map")}};
}

std::vector<std::string> cpu_errors(const ParameterSet& params) {
  std::string error;
  if (Isa::parse(params["isa"].text, error)) return {};
  return {"isa: " + error};
}

ModelType cpu_cluster() {
  using P = CpuClusterParams;
  return {.type = "cpu_cluster",
          .place = Place::kDie,
          .doc = "RISC-V harts",
          .parameters = {{"harts", kCount, "2", "1", "64", "Number of harts", to(&P::harts)},
                         {"isa", kText, Isa::everything(), "", "",
                          "Instruction set, as an ISA string", to(&P::isa)},
                         {"misaligned",
                          kChoice,
                          "hardware",
                          "",
                          "",
                          "Loads and stores that are not naturally aligned are done or trap",
                          to(&P::misaligned_traps),
                          {"hardware", "trap"}},
                         {"clock", kFrequency, "2 GHz", "1 MHz", "10 GHz", "Clock", to(&P::clock)},
                         {"cpi", kCount, "1", "1", "100", "Clocks an instruction", to(&P::cpi)},
                         {"quantum", kTime, "10 us", "10 ns", "1 ms", "How far a hart runs ahead",
                          to(&P::quantum)},
                         {"dmi", kFlag, "true", "", "", "Ask for grants of memory", to(&P::dmi)},
                         {"aia", kFlag, "false", "", "",
                          "IMSIC, and an APLIC in the place of the PLIC (Smaia, Ssaia)"},
                         {"reset_vector", kCount, "0x1000", "", "", "First program counter",
                          to(&P::reset_vector)}},
          .initiators = {"mem"},
          .check = cpu_errors};
}

ParameterTable memory_parameters(const std::string& size, const std::string& latency) {
  using P = MemoryParams;
  return {{"size", kBytes, size, "4 KiB", "64 TiB", "Capacity", to(&P::size)},
          {"read_latency", kTime, latency, "0 ns", "100 us", "From request to first byte",
           to(&P::read_latency)},
          {"write_latency", kTime, latency, "0 ns", "100 us", "From last byte to response",
           to(&P::write_latency)},
          {"bandwidth", kBandwidth, "51.2 GB/s", "1 MB/s", "10 TB/s",
           "Peak, reads and writes together", to(&P::bandwidth)},
          {"picojoules_per_bit", kNumber, "0", "0", "1000", "Energy of a bit read or written",
           to(&P::picojoules_per_bit)}};
}

ModelType ram() {
  return {.type = "ram",
          .place = Place::kDie,
          .doc = "Memory of one latency and one bandwidth",
          .parameters = memory_parameters("2 GiB", "40 ns"),
          .targets = {sized("map", "size")}};
}

ModelType rom() {
  return {.type = "rom",
          .place = Place::kDie,
          .doc = "Read-only memory; holds the boot code and the device tree",
          .parameters = memory_parameters("60 KiB", "10 ns"),
          .targets = {sized("map", "size")}};
}

ModelType hbm_stack() {
  using P = HbmParams;
  using C = HbmControllerParams;
  return {
      .type = "hbm_stack",
      .place = Place::kDie,
      .doc = "HBM stack with its controllers",
      .parameters =
          {{"generation",
            kChoice,
            "hbm3",
            "",
            "",
            "Timing set: a name, or a file of one's own",
            to(&P::generation),
            hbm_generations(),
            {},
            std::string(kHbmTimingSuffix)},
           {"channels", kCount, "0", "0", "32", "0: as many as the generation has",
            to(&P::channels)},
           {"stack_ids", kCount, "0", "0", "8",
            "Groups of four dies, or ranks, with 32 bank groups a channel at most; 0: as "
            "many as the generation has",
            to(&P::stack_ids)},
           {"map", kText, "", "", "", "Address map, low bits first; empty: the default",
            to(&P::map)},
           {"channel_interleave", kBytes, "512 B", "256 B", "4 KiB",
            "Bytes in one channel before the next; a power of two, for no map",
            to(&P::channel_interleave)},
           {"fidelity",
            kChoice,
            "approximate",
            "",
            "",
            "A latency by load, banks and rows, or every command",
            store_hbm_fidelity,
            {"functional", "approximate", "cycle"}},
           {"policy", kChoice, std::string(kPolicyOfGeneration), "", "",
            "Scheduler; ab_q64 is the reference's, fr_fcfs... at cycle fidelity", to(&P::policy),
            hbm_policies()},
           {"early_completion", kFlag, "true", "", "",
            "Answer at once with the time annotated; false: four phases, each at its time",
            to(&P::early_completion)},
           {"controller_latency", kTime, "0 ns", "0 ns", "1 us", "Added to the DRAM's own figure",
            to(&P::controller_latency)},
           {"training_time", kTime, "10 us", "0 ns", "100 ms", "Of all channels at once",
            to(&P::training_time)},
           {"training_fails", kCounts, "", "", "31", "Fault: channels that never train",
            to(&P::training_fails)},
           {"dead_pseudo_channels", kCounts, "", "", "127",
            "Fault: pseudo channels of the stack that read as zero", to(&P::dead_pseudo_channels)},
           {"pim", kFlag, "false", "", "", "Compute units beside the banks", to(&P::pim)},
           {"celsius", kCount, "45", "0", "125", "Temperature of the stack, in degrees",
            to(&P::celsius)},
           {"read_queue", kCount, "64", "1", "64", "Entries a channel",
            to(&P::controller, &C::read_queue)},
           {"write_queue", kCount, "64", "1", "64", "Entries a channel",
            to(&P::controller, &C::write_queue)},
           {"refresh",
            kChoice,
            "policy",
            "",
            "",
            "Banks that a refresh takes; policy: all, or what the scheduler is for",
            store_hbm_refresh,
            {"policy", "none", "all-bank", "per-bank", "same-bank"}},
           {"os_share", kPercent, "50 %", "0 %", "100 %",
            "What an operating system gets, from the end; the NPU keeps the rest"}},
      .targets = {plain("regs"),
                  {"mem", hbm_stack_bytes, "generation, channels and stack_ids", 1 << 28}},
      .check = [](const ParameterSet& params) { return params.make<HbmParams>().errors(); }};
}

std::vector<std::string> npu_errors(const ParameterSet& params) {
  const std::uint64_t burst = params["burst_max"].integer;
  if (!std::has_single_bit(burst)) {
    return {fmt::format("burst_max: {} bytes; expected a power of two", burst)};
  }
  const std::string& fidelity = params["mac_array.fidelity"].text;
  if (fidelity != "rtl" && fidelity != "both") return {};
  if (!mac_array_has_rtl()) {
    return {
        "mac_array.fidelity: this build has no RTL (CVP_RTL=OFF); expected functional or "
        "approximate"};
  }
  if (params["rows"].integer == 16 && params["columns"].integer == 16) return {};
  return {
      "mac_array.fidelity: the RTL is built for 16 rows and 16 columns; expected functional or "
      "approximate for others"};
}

ModelType npu_cluster() {
  using P = NpuParams;
  using M = MacArrayParams;
  return {
      .type = "npu_cluster",
      .place = Place::kDie,
      .doc = "Tensor DMA, MAC array, vector unit, scratchpad",
      .parameters =
          {{"rows", kCount, "16", "1", "256", "Longest dot product of a tile", to(&P::rows)},
           {"columns", kCount, "16", "1", "256", "Dot products a cycle", to(&P::columns)},
           {"clock", kFrequency, "1 GHz", "1 MHz", "10 GHz", "Clock", to(&P::clock)},
           {"scratchpad", kBytes, "1 MiB", "4 KiB", "256 MiB", "Capacity", to(&P::scratchpad)},
           {"mac_array.fidelity",
            kChoice,
            "approximate",
            "",
            "",
            "How the MAC array is modelled",
            to(&P::mac_array, &M::fidelity),
            {"functional", "approximate", "rtl", "both"}},
           {"mac_array.both_tiles",
            kCount,
            "0",
            "0",
            "1000000000",
            "Tiles to compare, then approximate; 0: all",
            to(&P::mac_array, &M::both_tiles),
            {},
            "mac_array.fidelity=both"},
           {"vector_lanes", kCount, "16", "1", "1024", "Operations a cycle", to(&P::vector_lanes)},
           {"command_cycles", kCount, "8", "0", "1000", "To start a MATMUL or vector command",
            to(&P::command_cycles)},
           {"queue_depth", kCount, "16", "1", "1024", "Commands that wait in each queue",
            to(&P::queue_depth)},
           {"dma_commands", kCount, "4", "1", "64", "In flight in each of LD and ST",
            to(&P::dma_commands)},
           {"max_outstanding", kCount, "64", "1", "4096", "Bursts in flight in each of LD and ST",
            to(&P::max_outstanding)},
           {"burst_max", kCount, "4096", "64", "65536", "Bytes of a burst, a power of two",
            to(&P::burst_max)},
           {"scratchpad_port", kCount, "64", "0", "4096",
            "Bytes a cycle that DMA takes from the array's rows; 0: a port of its own",
            to(&P::scratchpad_port)},
           {"mac_energy_pj", kNumber, "0.3", "0", "1000", "Of an INT8 MAC, picojoules",
            to(&P::mac_energy_pj)},
           {"register_latency", kTime, "5 ns", "0 ns", "1 us", "Of a register",
            to(&P::register_latency)},
           {"scratchpad_latency", kTime, "5 ns", "0 ns", "1 us", "From the bus",
            to(&P::scratchpad_latency)}},
      .targets = {plain("regs"), sized("scratchpad", "scratchpad")},
      .initiators = {"mem"},
      .check = npu_errors};
}

}  // namespace

const std::vector<ModelType>& model_types() {
  static const std::vector<ModelType> types = [] {
    std::vector<ModelType> all = {crossbar(), cpu_cluster(), ram(),
                                  rom(),      hbm_stack(),   npu_cluster()};
    for (ModelType& type : link_types()) all.push_back(std::move(type));
    for (ModelType& type : host_device_types()) all.push_back(std::move(type));
    return all;
  }();
  return types;
}

const ModelType* find_model_type(std::string_view type) {
  for (const ModelType& each : model_types()) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

}  // namespace cvp
