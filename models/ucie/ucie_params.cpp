// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_params.h"

#include <algorithm>
#include <set>
#include <utility>

#include "models/core/report.h"
#include "models/ucie/phy/ucie_lane_rates.h"

namespace cvp {
namespace {

constexpr double kMostBitErrors = 1e-3;
constexpr Femtoseconds kLongestHandshakeStep = 100_ns;

std::vector<std::string> read_lane_rates(const UcieParams& params, UcieLaneRates& rates) {
  for (auto& each : rates) each.assign(params.shape().all_lanes(), params.bit_error_rate);
  return ucie_read_lane_rates(params.lane_error_rates, params.shape(), kMostBitErrors, rates);
}

/// Collects what is wrong.
class Errors {
 public:
  void add(std::string error) {
    if (!error.empty()) errors_.push_back(std::move(error));
  }
  void add(const char* name, const std::vector<std::string>& errors) {
    for (const std::string& error : errors) add(concat(name, ": ", error));
  }
  std::vector<std::string> take() { return std::move(errors_); }

 private:
  std::vector<std::string> errors_;
};

void check_traffic(const UcieParams& params, Errors& errors) {
  errors.add(ucie_mapping_error(params.protocol, params.format));
  if (params.stacks < 1 || params.stacks > kUcieStacks) {
    errors.add("stacks: expected 1 or 2");
  } else if (params.stacks > 1 && params.format == UcieFlitFormat::kRaw) {
    errors.add(
        "stacks: raw flits have no header that tells the stack; expected 1, or another format");
  }
  if (params.parity > 4 || params.parity == 3) {
    errors.add("parity: expected 0, 1, 2 or 4");
  } else if (params.parity > 0 && params.shape().wire_bytes() != 256) {
    errors.add("parity: goes with flits of 256 bytes; expected 0");
  }
  for (const auto& [name, flits] :
       {std::pair("retry_flits", params.retry_flits), {"receive_flits", params.receive_flits}}) {
    if (flits < 1 || flits > 255) errors.add(concat(name, ": ", flits, "; expected 1 to 255"));
  }
  for (const auto& [name, bytes] : {std::pair("max_payload_size", params.packets.max_payload),
                                    {"max_read_request_size", params.packets.max_read_request}}) {
    if (ucie_is_packet_size(bytes)) continue;
    errors.add(concat(name, ": ", bytes, "; expected a power of two, 128 to 4096 bytes"));
  }
  if (params.max_in_flight == 0) errors.add("max_in_flight: expected at least one transaction");
}

void check_bit_errors(const UcieParams& params, Errors& errors) {
  if (!(params.bit_error_rate >= 0) || params.bit_error_rate > kMostBitErrors) {
    errors.add(
        concat("bit_error_rate: ", params.bit_error_rate, "; expected 0 to ", kMostBitErrors));
  }
  UcieLaneRates rates;
  errors.add("lane_error_rates", read_lane_rates(params, rates));
  const auto errs = [](const std::vector<double>& each) { return std::ranges::max(each) > 0; };
  if (std::ranges::any_of(rates, errs) && params.format == UcieFlitFormat::kRaw) {
    errors.add(concat(params.bit_error_rate > 0 ? "bit_error_rate" : "lane_error_rates",
                      ": raw flits have no CRC and no retry; expected 0"));
  }
}

void check_faults(const UcieParams& params, Errors& errors) {
  std::set<unsigned> lanes;
  for (const unsigned lane : params.broken_lanes) {
    if (lane >= params.lanes) {
      errors.add(concat("broken_lanes: lane ", lane, " does not exist; lanes are 0 to ",
                        params.lanes - 1));
    } else if (!lanes.insert(lane).second) {
      errors.add(concat("broken_lanes: lane ", lane, " is named twice"));
    }
  }
  std::vector<UciePinFault> faults;
  errors.add("faults", ucie_read_faults(params.faults, faults));
  errors.add("faults", ucie_fault_errors(params.shape(), faults));
}

}  // namespace

UcieBitFaults ucie_bit_faults(const UcieParams& params, std::uint32_t direction,
                              std::span<const UcieLane> lanes) {
  UcieLaneRates rates;
  read_lane_rates(params, rates);
  UcieBitFaults faults;
  for (const UcieLane& lane : lanes) {
    const bool spare = lane.pin == UciePin::kDataSpare;
    faults.lane_ber.push_back(spare
                                  ? params.bit_error_rate
                                  : rates[direction].at(lane.module * params.lanes + lane.number));
  }
  return faults;
}

std::vector<UciePinFault> UcieParams::pin_faults() const {
  std::vector<UciePinFault> all;
  for (std::uint32_t module = 0; module < modules; ++module) {
    for (const unsigned lane : broken_lanes) {
      all.push_back({.module = module, .direction = 0, .number = lane});
      all.push_back({.module = module, .direction = 1, .number = lane});
    }
  }
  ucie_read_faults(faults, all);
  return all;
}

UcieEnd UcieParams::offer() const {
  return {.shape = shape(),
          .capabilities = {.formats = ucie_formats(format, rate, protocol),
                           .stacks = stacks,
                           .receive_flits = receive_flits,
                           .protocol = protocol},
          .parity = parity};
}

std::vector<std::string> ucie_params_errors(const UcieParams& params) {
  // The rest asks for lanes and modules that there are.
  if (auto error = ucie_shape_error(params.shape()); !error.empty()) return {error};
  Errors errors;
  check_traffic(params, errors);
  check_bit_errors(params, errors);
  check_faults(params, errors);
  if (params.handshake_step > kLongestHandshakeStep && params.handshake_step < kUcieTimeout) {
    errors.add(
        "handshake_step: expected up to 100 ns, or from 8 ms on for a layer that never answers");
  }
  return errors.take();
}

}  // namespace cvp
