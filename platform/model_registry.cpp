// SPDX-License-Identifier: Apache-2.0
//
// Every model that a package file can name, with its parameters. To add one: a row here, and its
// construction in builder.cpp.
#include "models/hbm/hbm_timing.h"
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

std::vector<std::string> hbm_generations() {
  std::vector<std::string> names = {"hbm3", "hbm3e"};
  for (const HbmTiming& timing : hbm_timings()) names.push_back(timing.name);
  return names;
}

std::uint64_t hbm_stack_bytes(const ParameterSet& params) {
  const HbmTiming* timing = find_hbm_timing(params["generation"].text);
  CVP_CHECK(timing, params["generation"].text);
  return timing->geometry.stack_bytes();
}

ModelType crossbar() {
  return {.type = "crossbar",
          .place = Place::kDie,
          .doc = "On-die interconnect and router to the other dies",
          .parameters = {{"clock", kFrequency, "2 GHz", "100 MHz", "10 GHz", "Clock"},
                         {"width_bits", kCount, "512", "32", "4096", "Width of a port"},
                         {"hop", kTime, "2 ns", "0 ns", "1 us", "Latency one way"}},
          .targets = {plain("map")}};
}

ModelType cpu_cluster() {
  return {.type = "cpu_cluster",
          .place = Place::kDie,
          .doc = "RISC-V harts",
          .parameters = {{"harts", kCount, "2", "1", "8", "Number of harts"},
                         {"isa", kChoice, "rv64gc", "", "", "Instruction set", {}, {"rv64gc"}},
                         {"clock", kFrequency, "2 GHz", "1 MHz", "10 GHz", "Clock of the harts"},
                         {"cpi", kCount, "1", "1", "100", "Clocks an instruction"},
                         {"quantum", kTime, "10 us", "10 ns", "1 ms", "How far a hart runs ahead"},
                         {"reset_vector", kCount, "0x1000", "", "", "First program counter"}},
          .initiators = {"mem"}};
}

ParameterTable memory_parameters(std::string size, std::string latency) {
  return {{"size", kBytes, size, "4 KiB", "64 TiB", "Capacity"},
          {"read_latency", kTime, latency, "0 ns", "100 us", "From request to first byte"},
          {"write_latency", kTime, latency, "0 ns", "100 us", "From last byte to response"},
          {"bandwidth", kBandwidth, "51.2 GB/s", "1 MB/s", "10 TB/s", "Peak, reads and writes together"}};
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
  return {.type = "hbm_stack",
          .place = Place::kDie,
          .doc = "HBM stack with its controllers",
          .parameters = {{"generation", kChoice, "hbm3", "", "", "Timing set", {}, hbm_generations()}},
          .targets = {plain("regs"),
                      {"mem", hbm_stack_bytes, "the parameter \"generation\"", 1 << 28}}};
}

ModelType npu_cluster() {
  return {.type = "npu_cluster",
          .place = Place::kDie,
          .doc = "Tensor DMA, MAC array, vector unit, scratchpad",
          .parameters = {{"rows", kCount, "16", "1", "256", "Rows of the MAC array"},
                         {"cols", kCount, "16", "1", "256", "Columns of the MAC array"},
                         {"clock", kFrequency, "1 GHz", "1 MHz", "10 GHz", "Clock"},
                         {"scratchpad", kBytes, "1 MiB", "4 KiB", "256 MiB", "Capacity"},
                         {"mac_array.fidelity", kChoice, "approximate", "", "", "How the MAC array is modelled", {}, {"functional", "approximate", "rtl", "both"}},
                         {"mac_array.both_tiles", kCount, "1000", "0", "1000000000", "Tiles to compare before going on as approximate", {}, {}, "mac_array.fidelity=both"}},
          .targets = {plain("regs"), sized("scratchpad", "scratchpad")},
          .initiators = {"mem"}};
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
  return {.type = "ucie",
          .place = Place::kLink,
          .doc = "UCIe-style link between two dies",
          .parameters = {{"package", kChoice, "advanced", "", "", "Packaging", {}, {"standard", "advanced"}},
                         {"lanes", kCount, "64", "8", "64", "Data lanes in each direction"},
                         {"rate", kDataRate, "32 GT/s", "4 GT/s", "64 GT/s", "Rate of a lane"}}};
}

ModelType cxl_root_port() {
  return {.type = "cxl_root_port",
          .place = Place::kDie,
          .doc = "CXL host bridge with one root port",
          .targets = {plain("regs", 1 << 16), plain("ecam", 1 << 20), plain("mmio", 1 << 20), plain("window", 1 << 28)},
          .initiators = {"bus"},
          .edge = "cxl_expander"};
}

ModelType cxl_expander() {
  return {.type = "cxl_expander",
          .place = Place::kDevice,
          .doc = "CXL type-3 memory expander",
          .parameters = {{"capacity", kBytes, "4 GiB", "256 MiB", "4 TiB", "Capacity"},
                         {"lanes", kCount, "8", "1", "16", "Lanes of the link"}},
          .edge = "cxl_expander"};
}

ModelType clint() {
  return {.type = "clint",
          .place = Place::kDie,
          .doc = "Machine timer and software interrupts (sifive,clint0)",
          .parameters = {{"timebase", kFrequency, "10 MHz", "1 kHz", "1 GHz", "Rate of mtime"}},
          .targets = {plain("map")},
          .wires = {{"harts", "cpu_cluster", "", 1}}};
}

ModelType plic() {
  return {.type = "plic",
          .place = Place::kDie,
          .doc = "Platform-level interrupt controller (sifive,plic-1.0.0)",
          .parameters = {{"sources", kCount, "223", "1", "1023", "Interrupt sources"}},
          .targets = {plain("map")},
          .wires = {{"harts", "cpu_cluster", "", 1}}};
}

ModelType uart() {
  return {.type = "uart",
          .place = Place::kDie,
          .doc = "ns16550a console",
          .parameters = {{"clock", kFrequency, "3.6864 MHz", "1 kHz", "1 GHz", "Input clock"}},
          .targets = {plain("map")},
          .wires = {{"irq", "plic", "source", 1}}};
}

ModelType finisher() {
  return {.type = "finisher",
          .place = Place::kDie,
          .doc = "sifive,test1: exit code, reset, power off",
          .targets = {plain("map")}};
}

ModelType message_receiver() {
  return {.type = "message_receiver",
          .place = Place::kDie,
          .doc = "Turns a posted write of n into interrupt n",
          .targets = {plain("map")},
          .wires = {{"source", "plic", "source", 128}}};
}

}  // namespace

const std::vector<ModelType>& model_types() {
  static const std::vector<ModelType> types = {
      crossbar(),  cpu_cluster(),   ram(),          rom(),  hbm_stack(), npu_cluster(),
      ucie_port(), ucie(),          cxl_root_port(), cxl_expander(), clint(), plic(),
      uart(),      finisher(),      message_receiver()};
  return types;
}

const ModelType* find_model_type(std::string_view type) {
  for (const ModelType& each : model_types()) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

}  // namespace cvp
