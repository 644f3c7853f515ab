// SPDX-License-Identifier: Apache-2.0
//
// Benchmark of one die-to-die link alone: `chiplet-vp bench ucie`. No SystemC. One end reads and
// writes the other's memory, which answers at once; so many transactions are outstanding.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/ucie/phy/ucie_link.h"

namespace cvp {

struct UcieBenchParams {
  std::string module = "A-x64";  ///< S-x8, S-x16, A-x32 or A-x64.
  std::uint64_t modules = 1;
  std::uint64_t rate = 32;  ///< GT/s.
  std::string format = "256";
  std::string protocol = "streaming";  ///< streaming, pcie or cxl.
  std::uint64_t stacks = 1;            ///< 1 or 2, which transactions take in turn.
  double reach_mm = 0;
  double read_fraction = 0;                  ///< Of the transactions.
  std::uint64_t size = 64;                   ///< Bytes of data of a transaction.
  std::optional<std::uint64_t> outstanding;  ///< Default: enough to saturate the link.
  double ber = 0, ber_reverse = 0;           ///< Of every lane; towards the target, and back.
  std::vector<std::string> ber_lane;         ///< `LANE:RATE`, of one lane towards the target.
  double burst = 0;                          ///< Chance that a flit towards the target meets one
  std::uint64_t burst_bits = 16;             ///< of up to so many bits.
  std::optional<std::uint64_t> rtt_flits;    ///< Default: what wires and ends need at least.
  UcieFidelity fidelity = UcieFidelity::kApproximate;
  std::uint64_t flits = 100'000;  ///< With payload, from the initiator to the target.
  std::uint64_t seed = 1;
};

struct UcieBenchResult {
  bool timed = true;  ///< False: functional, without a limit of bandwidth. What depends on it is 0.
  double raw_gb_s = 0;
  /// Of the direction that carries more, from its first arrival to its last: bytes placed in the
  /// payload of flits, and of them data of transactions.
  double payload_gb_s = 0, data_gb_s = 0;
  double efficiency = 0;  ///< payload_gb_s, of what the format allows.
  /// Of requests, on average: from the transmit side's acceptance of the flit with the last byte
  /// until that byte has left the receive side.
  double latency_one_way_ns = 0;
  std::uint64_t retries = 0;     ///< Times that either end went back.
  std::uint64_t crc_errors = 0;  ///< Flits whose CRC did not fit, at either end, of any kind.
  std::uint64_t flits = 0;       ///< Delivered to the target, without NOPs.
  /// Damaged flits that no CRC has found, and transactions that they have changed.
  std::uint64_t undetected_flits = 0, wrong_transactions = 0;
  double power_w = 0, power_reverse_w = 0;
  std::uint64_t transactions = 0;
  /// On the wires in both directions, of every kind.
  double flits_per_host_s = 0;
  double transactions_per_host_s = 0;
};

/// `errors` then holds what is impossible about the parameters, as `<parameter>: <what, and what
/// was expected>`; the result is empty.
std::optional<UcieBenchResult> run_ucie_bench(const UcieBenchParams& params,
                                              std::vector<std::string>& errors);

}  // namespace cvp
