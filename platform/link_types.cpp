// SPDX-License-Identifier: Apache-2.0
#include "platform/link_types.h"

#include "models/cxl/cxl_expander.h"
#include "models/ucie/ucie_port.h"

namespace cvp {
namespace {

using enum Unit;

TargetPort window(std::string key, std::uint64_t alignment) {
  return {std::move(key), {}, {}, alignment};
}

std::vector<std::string> one_error(std::string error) {
  return error.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(error)};
}

const std::vector<std::string> kTwoFidelities = {"functional", "approximate"};

// What a port may have of its own, so that the ends of a link are unlike: what it has to offer.
// Wires, faults and fidelity are the link's.
ParameterTable own_parameters(const ModelType& link) {
  ParameterTable own;
  for (const char* key :
       {"package", "lanes", "modules", "rate", "format", "protocol", "stacks", "parity"}) {
    Parameter row = *find_parameter(link.parameters, key);
    row.fallback = "of the link";
    row.optional = true;
    own.push_back(std::move(row));
  }
  return own;
}

ModelType ucie_port(const ModelType& link) {
  return {.type = "ucie_port",
          .place = Place::kDie,
          .doc = "Die-to-die port: adapter and PHY",
          .parameters = own_parameters(link),
          .targets = {window("regs", 4096)},
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
           {"reach", kLength, "0 mm", "0 mm", "25 mm", "Length of the channel",
            [](void* params, const Value& value) {
              static_cast<UcieParams*>(params)->reach_mm = value.real / 1000;
            }},
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
            "Of single physical lanes, in its place: \"data:3=1e-6, d0.data:17=1e-4\"",
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
           {"handshake_step", kTime, "0 ns", "0 ns", "100 ns",
            "From a request between two layers of a die to its acknowledgement",
            to(&P::handshake_step)},
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
  };  // Checked end by end: check_link_ends().
}

ModelType cxl_root_port() {
  return {.type = "cxl_root_port",
          .place = Place::kDie,
          .doc = "CXL host bridge with one root port",
          .targets = {window("regs", 1 << 16), window("ecam", 1 << 20), window("mmio", 1 << 20),
                      window("window", 1 << 28)},
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

std::vector<ModelType> link_types() {
  const ModelType link = ucie();
  return {ucie_port(link), link, cxl_root_port(), cxl_expander()};
}

}  // namespace cvp
