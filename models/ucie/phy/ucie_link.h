// SPDX-License-Identifier: Apache-2.0
//
// Arithmetic of a UCIe-style link: what a shape (package, lanes, rate, flit format, reach) gives in
// bandwidth, latency and energy, and what broken lanes leave of it. No SystemC, no state.
//
//   raw       = modules * lanes * rate / 8
//   payload   = raw * payload bytes of a flit / wire bytes of a flit
//   one way   = 2 ns + flit / raw + 6.6 ps/mm * reach   (store and forward of one flit; of its
//                                                        first half where halves are forwarded)
//   power     = energy/bit * 8 * raw * (utilisation + idle share * (1 - utilisation))
//
// Sources: README.md, "Sources".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "models/core/flit_stream.h"
#include "models/ucie/adapter/ucie_flit.h"

namespace cvp {

enum class UciePackage : std::uint8_t { kStandard, kAdvanced };

/// How a link is modelled: latency alone; with bandwidth and retries by arithmetic; flit by flit.
enum class UcieFidelity : std::uint8_t { kFunctional, kApproximate, kFlit };

enum class UcieSupply : std::uint8_t { k0V5, k0V7 };

/// In rising order.
inline constexpr std::array kUcieRates = {4_GTps,  8_GTps,  12_GTps, 16_GTps,
                                          24_GTps, 32_GTps, 48_GTps, 64_GTps};

/// What a link runs at; both ends hold an equal one when they are ACTIVE.
struct UcieLinkShape {
  UciePackage package = UciePackage::kAdvanced;
  std::uint32_t lanes = 64;
  DataRate rate = 32_GTps;
  UcieFlitFormat format = UcieFlitFormat::k256;
  double reach_mm = 0;
  std::uint32_t modules = 1;  ///< 1, 2 or 4, each with `lanes`; one adapter drives them all.

  auto operator<=>(const UcieLinkShape&) const = default;

  std::uint32_t all_lanes() const { return modules * lanes; }
  std::uint32_t wire_bytes() const;     ///< Of one flit.
  std::uint32_t payload_bytes() const;  ///< Of one flit: what messages may fill.
  Bandwidth raw_bandwidth() const;      ///< One direction.
  Bandwidth payload_bandwidth() const;  ///< One direction, message headers included.
  FlitFormat flit_format() const;
  /// Adapter, PHY and wire: what a flit needs beside its own time on the wire.
  Femtoseconds fixed_latency() const;
  /// From the transmit side accepting a flit until its first payload has left the receive side: the
  /// whole flit, or the first half of a latency-optimised one.
  Femtoseconds one_way_latency() const;
  /// By which the second half of a latency-optimised flit comes later; 0 of other formats.
  Femtoseconds half_time() const;
  /// Slots, the time of one flit on the wire, from the start of a flit until it has arrived.
  std::uint32_t flight_slots() const;
  /// From the start of a damaged flit to the start of its replay: at least there and back.
  std::uint32_t least_round_trip_slots() const { return 2 * flight_slots(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(package, lanes, rate.transfers_per_second, format, reach_mm, modules);
  }
};

/// What two ends train to while no pin is dead: the smaller width, rate and number of modules.
/// None: their packages are unlike. The format is the adapters' affair; here it is the first end's.
std::optional<UcieLinkShape> ucie_common_shape(const UcieLinkShape& a, const UcieLinkShape& b);

/// Empty when the shape exists; else what is wrong and what was expected.
std::string ucie_shape_error(const UcieLinkShape& shape);

/// Energy of one bit moved, in picojoules.
double ucie_picojoules_per_bit(UciePackage package, DataRate rate, UcieSupply supply);
/// Power of an ACTIVE link that moves nothing, as a share of its power at full load.
double ucie_idle_share(UciePackage package, DataRate rate);
/// Power of one direction in watts at a wire utilisation of 0 to 1.
double ucie_power_w(const UcieLinkShape& shape, UcieSupply supply, double utilisation);

/// What repair and width degradation leave. `width` 0: the link cannot work.
struct UcieWidth {
  std::uint32_t width = 0;
  std::uint64_t repaired = 0;  ///< Lanes replaced by a spare.
  std::uint32_t first_lane = 0;
  auto operator<=>(const UcieWidth&) const = default;
};
/// `broken` has bit n set when data lane n is dead, `broken_spares` when spare n is. Advanced
/// packages carry two spares for each 32 lanes (2 g and 2 g + 1 for group g); then whole groups are
/// given up: x64 to x32, x16 to x8.
UcieWidth ucie_width_after_repair(UciePackage package, std::uint32_t lanes, std::uint64_t broken,
                                  std::uint32_t broken_spares = 0);

}  // namespace cvp
