// SPDX-License-Identifier: Apache-2.0
//
// Every model that a package file can name, with its parameters; those around harts are in
// host_device_types.cpp. To add one: a row there or here, and its construction in build_model.cpp.
#include <bit>

#include <fmt/format.h>

#include "models/cpu/cpu_cluster.h"
#include "models/cxl/cxl_expander.h"
#include "models/cxl/cxl_root_port.h"
#include "models/hbm/hbm.h"
#include "models/hbm/hbm_timing_file.h"
#include "models/memory/memory.h"
#include "models/noc/crossbar.h"
#include "models/npu/npu_cluster.h"
#include "models/ucie/ucie_port.h"
#include "platform/host_device_types.h"
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
  std::vector<std::string> names;
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

std::vector<std::string> one_error(std::string error) {
  return error.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(error)};
}

const std::vector<std::string> kTwoFidelities = {"functional", "approximate"};

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
           {"policy", kChoice, "ab_q64", "", "",
            "Scheduler, at cycle fidelity; the first is the reference's", to(&P::policy),
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

ModelType ucie_port() {
  return {.type = "ucie_port",
          .place = Place::kDie,
          .doc = "Die-to-die port: adapter and PHY",
          .targets = {plain("regs")},
          .initiators = {"bus"},
          .edge = "ucie"};
}

ModelType ucie() {
  using P = UcieParams;
  return {
      .type = "ucie",
      .place = Place::kLink,
      .doc = "UCIe-style link between two dies",
      .parameters =
          {{"package",
            kChoice,
            "advanced",
            "",
            "",
            "Packaging",
            to(&P::package),
            {"standard", "advanced"}},
           {"lanes", kCount, "64", "8", "64",
            "Data lanes of a module, each direction: 8 or 16 standard, 32 or 64 advanced",
            to(&P::lanes)},
           {"modules", kCount, "1", "1", "4", "Modules side by side: 1, 2 or 4", to(&P::modules)},
           {"rate", kDataRate, "32 GT/s", "4 GT/s", "64 GT/s",
            "Rate of a lane: 4, 8, 12, 16, 24, 32, 48 or 64", to(&P::rate)},
           {"format",
            kChoice,
            "256",
            "",
            "",
            "Flit format",
            to(&P::format),
            {"raw", "68", "256", "256-latopt", "256-latopt-opt"}},
           {"protocol",
            kChoice,
            "streaming",
            "",
            "",
            "Messages: our own; TLPs; CXL.mem for whole lines and CXL.io for the rest",
            to(&P::protocol),
            {"streaming", "pcie", "cxl"}},
           {"stacks", kCount, "1", "1", "2",
            "Protocol layers over one adapter; the second takes CXL.mem, or else tensors",
            to(&P::stacks)},
           {"max_payload_size",
            kBytes,
            "256 B",
            "128 B",
            "4 KiB",
            "Of writes and completions of PCIe and CXL.io: a power of two",
            to(&P::packets, &UciePacketSizes::max_payload),
            {},
            "protocol=pcie cxl"},
           {"max_read_request_size",
            kBytes,
            "512 B",
            "128 B",
            "4 KiB",
            "What a read request of PCIe and CXL.io asks for: a power of two",
            to(&P::packets, &UciePacketSizes::max_read_request),
            {},
            "protocol=pcie cxl"},
           {"reach_mm", kNumber, "0", "0", "25", "Length of the channel, in millimetres",
            to(&P::reach_mm)},
           {"bit_error_rate",
            kNumber,
            "0",
            "0",
            "0.001",
            "Of every lane; a damaged flit is sent again",
            to(&P::bit_error_rate),
            {},
            "fidelity=approximate flit"},
           {"lane_error_rates",
            kText,
            "",
            "",
            "",
            "Of single physical lanes, in its place: \"3:1e-6, d0.17:1e-4\"",
            to(&P::lane_error_rates),
            {},
            "fidelity=approximate flit"},
           {"supply",
            kChoice,
            "0.5 V",
            "",
            "",
            "Sets the energy of a bit",
            to(&P::supply),
            {"0.5 V", "0.7 V"}},
           {"idle_entry",
            kTime,
            "0 ns",
            "0 ns",
            "1 us",
            "The main band is idle after nothing for so long",
            to(&P::idle, &UcieIdleTimes::entry),
            {},
            "fidelity=approximate flit"},
           {"idle_exit",
            kTime,
            "0 ns",
            "0 ns",
            "1 us",
            "By which the next flit then starts later",
            to(&P::idle, &UcieIdleTimes::exit),
            {},
            "fidelity=approximate flit"},
           {"max_in_flight", kCount, "256", "1", "65536", "Transactions of each end",
            to(&P::max_in_flight)},
           {"broken_lanes", kCounts, "", "", "63",
            "Fault: data lanes that do not work, in every module", to(&P::broken_lanes)},
           {"faults", kText, "", "", "",
            "Fault: pins that do not work, such as \"clock, d0.data:3, data:7@16\"",
            to(&P::faults)},
           {"reversed", kFlag, "false", "", "", "The lanes of one end lie in opposite order",
            to(&P::reversed)},
           {"fault",
            kChoice,
            "none",
            "",
            "",
            "Fault: a dead link never trains",
            to(&P::fault),
            {"none", "dead"}},
           {"dmi", kFlag, "true", "", "", "Grants for the other die's memory", to(&P::dmi)},
           {"fidelity",
            kChoice,
            "approximate",
            "",
            "",
            "Latency alone; with bandwidth; every flit with its bytes",
            to(&P::fidelity),
            {"functional", "approximate", "flit"}},
           {"parity", kCount, "0", "0", "4",
            "64 byte inserts of parity after so many times 64 KiB: 0, 1, 2 or 4", to(&P::parity)},
           {"completion_timeout",
            kTime,
            "50 ms",
            "1 us",
            "10 s",
            "From when a transaction leaves until it is given up",
            to(&P::completion_timeout),
            {},
            "fidelity=flit"},
           {"retry_flits",
            kCount,
            "255",
            "1",
            "255",
            "Retry buffer of each end, in flits",
            to(&P::retry_flits),
            {},
            "fidelity=flit"},
           {"receive_flits",
            kCount,
            "255",
            "1",
            "255",
            "Receive buffer of each end, in flits",
            to(&P::receive_flits),
            {},
            "fidelity=flit"}},
      .check = [](const ParameterSet& params) {
        return one_error(ucie_params_error(params.make<UcieParams>()));
      }};
}

ModelType cxl_root_port() {
  return {.type = "cxl_root_port",
          .place = Place::kDie,
          .doc = "CXL host bridge with one root port",
          .targets = {plain("regs", 1 << 16), plain("ecam", 1 << 20), plain("mmio", 1 << 20),
                      plain("window", 1 << 28)},
          .edge = "cxl_expander"};
}

ModelType cxl_expander() {
  using P = CxlExpanderParams;
  using L = CxlLinkShape;
  return {.type = "cxl_expander",
          .place = Place::kDevice,
          .doc = "CXL type-3 memory expander",
          .parameters =
              {{"capacity", kBytes, "4 GiB", "256 MiB", "4 TiB", "Capacity", to(&P::capacity)},
               {"lanes", kCount, "8", "1", "16", "Lanes of the link", to(&P::link, &L::lanes)},
               {"rate", kDataRate, "32 GT/s", "8 GT/s", "64 GT/s", "Rate of a lane",
                to(&P::link, &L::rate)},
               {"link_latency", kTime, "40 ns", "1 ns", "1 us", "One way, beside the flit",
                to(&P::link, &L::latency)},
               {"controller_latency", kTime, "79 ns", "0 ns", "10 us",
                "From the link to the memory", to(&P::controller_latency)},
               {"media_latency", kTime, "85 ns", "0 ns", "10 us", "Of the first line",
                to(&P::media_latency)},
               {"media_bandwidth", kBandwidth, "38.4 GB/s", "1 MB/s", "1 TB/s", "Both directions",
                to(&P::media_bandwidth)},
               {"dead", kFlag, "false", "", "", "Fault: neither hears nor is heard", to(&P::dead)},
               {"fidelity", kChoice, "approximate", "", "", "With bandwidth, or latency alone",
                to(&P::fidelity), kTwoFidelities}},
          .check =
              [](const ParameterSet& params) {
                return one_error(cxl_expander_params_error(params.make<P>()));
              },
          .edge = "cxl_expander"};
}

}  // namespace

const std::vector<ModelType>& model_types() {
  static const std::vector<ModelType> types = [] {
    std::vector<ModelType> all = {crossbar(),      cpu_cluster(), ram(),       rom(),
                                  hbm_stack(),     npu_cluster(), ucie_port(), ucie(),
                                  cxl_root_port(), cxl_expander()};
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
