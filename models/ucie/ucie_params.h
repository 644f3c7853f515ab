// SPDX-License-Identifier: Apache-2.0
//
// What one end of a link is told when it is built, and whether that can be. No SystemC.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/ucie/adapter/ucie_noise.h"
#include "models/ucie/management/ucie_capabilities.h"
#include "models/ucie/phy/ucie_fault.h"
#include "models/ucie/phy/ucie_idle.h"
#include "models/ucie/phy/ucie_link.h"
#include "models/ucie/phy/ucie_phy.h"
#include "models/ucie/protocol/ucie_encoding.h"
#include "models/ucie/protocol/ucie_mapping.h"

namespace cvp {

enum class UcieFault : std::uint8_t { kNone, kDead };

struct UcieParams {
  UciePackage package = UciePackage::kAdvanced;
  std::uint32_t lanes = 64;   ///< Of a module.
  std::uint32_t modules = 1;  ///< 1, 2 or 4, side by side under one adapter.
  DataRate rate = 32_GTps;
  UcieFlitFormat format = UcieFlitFormat::k256;
  UcieMapping protocol = UcieMapping::kStreaming;
  UciePacketSizes packets;  ///< Of PCIe and CXL.io.
  unsigned stacks = 1;      ///< 1 or 2 over one adapter; their flits take turns.
  double reach_mm = 0;
  double bit_error_rate = 0;  ///< Of every lane; damaged flits are sent again.
  /// Of single physical lanes in its place, as ucie_lane_rates.h writes them.
  std::string lane_error_rates;
  UcieSupply supply = UcieSupply::k0V5;
  std::vector<unsigned> broken_lanes;  ///< Data lanes of every module that do not work, either way.
  std::string faults;                  ///< Other pins that do not, as ucie_fault.h writes them.
  std::uint32_t end = 0;               ///< Of the link, 0 or 1; tells directions apart in `faults`.
  bool reversed = false;               ///< The lanes of the far end lie in the opposite order.
  UcieFault fault = UcieFault::kNone;  ///< kDead: neither hears nor is heard.
  bool trained_at_reset = false;       ///< ACTIVE, and the die released, from the start.
  std::optional<UcieEnd> other_end;    ///< With that; none: it is like this one.
  std::uint32_t max_in_flight = 256;   ///< Transactions that originate on this die.
  bool dmi = true;  ///< Grants for the other die's memory; without them the same results, slower.
  /// From when a transaction leaves until it is given up; at flit fidelity.
  Femtoseconds completion_timeout = 50_ms;
  UcieIdleTimes idle;  ///< Of the main band, each direction.
  /// From a request between two layers of a die to its acknowledgement: up to 100 ns; from 8 ms on,
  /// for tests: never answers.
  Femtoseconds handshake_step;
  std::uint32_t parity = 0;  ///< 64 byte inserts of parity: 0, 1, 2 or 4; 256 B flits only.
  UcieFidelity fidelity = UcieFidelity::kApproximate;
  std::uint32_t retry_flits = 255;    ///< Retry buffer, 1 to 255; at flit fidelity.
  std::uint32_t receive_flits = 255;  ///< Receive buffer of a stack, 1 to 255; at flit fidelity.

  UcieLinkShape shape() const { return {package, lanes, rate, format, reach_mm, modules}; }
  std::vector<UciePinFault> pin_faults() const;  ///< `broken_lanes` and `faults`.
  UcieEnd offer() const;                         ///< What this end brings to the link.
};

/// The bits that flip in a direction of the link whose bytes go over these lanes in turn.
UcieBitFaults ucie_bit_faults(const UcieParams& params, std::uint32_t direction,
                              std::span<const UcieLane> lanes);
/// All that is wrong with the parameters, and what was expected: "name: ...".
std::vector<std::string> ucie_params_errors(const UcieParams& params);

}  // namespace cvp
