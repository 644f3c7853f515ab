// SPDX-License-Identifier: Apache-2.0
//
// RAM and ROM: flat memories with a latency and a bandwidth. Storage is sparse; only pages that are
// touched cost host memory.
//
// Programmer's model: offset 0 to size - 1, any length and alignment; atomics on RAM. A write to
// ROM answers TLM_COMMAND_ERROR_RESPONSE, an access past the end TLM_ADDRESS_ERROR_RESPONSE.
// Timing: a transaction holds the data port for length / bandwidth, filling earlier gaps, and ends
// latency + transfer after its start. Accesses through a DMI grant are charged the latency only.
#pragma once

#include <memory>
#include <span>

#include "models/core/action_queue.h"
#include "models/core/backing_store.h"
#include "models/core/burst_target.h"
#include "models/core/calendar.h"
#include "models/core/statistics.h"

namespace cvp {

struct MemoryParams {
  std::uint64_t size = 64_MiB;
  Femtoseconds read_latency = 0_ns;
  Femtoseconds write_latency = 0_ns;
  Bandwidth bandwidth{};  ///< 0: unlimited.
  double picojoules_per_bit = 0;
};
using RamParams = MemoryParams;
using RomParams = MemoryParams;

struct MemoryStatistics {
  TrafficBytes read, written;
  std::uint64_t reads = 0, writes = 0;  ///< Transactions.
  Femtoseconds busy;                    ///< Time the data port was in use.
  double energy_j = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(read, written, reads, writes, busy, energy_j);
  }
};

class Memory : public sc_core::sc_module, private BurstModel {
 public:
  BurstTarget mem_target{"mem_target"};

  std::uint64_t size() const { return params_.size; }
  BackingStore& store() { return *store_; }
  /// Puts an image into the memory before the start; throws ModelError if it does not fit.
  void load(Addr offset, std::span<const std::uint8_t> bytes);
  const MemoryStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(port_, statistics_);
  }

 protected:
  Memory(sc_core::sc_module_name name, ActionQueue& actions, const MemoryParams& params,
         bool read_only);

 private:
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override;
  unsigned debug(tlm::tlm_generic_payload& payload) override;
  bool grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;

  const MemoryParams params_;
  const bool read_only_;
  std::shared_ptr<BackingStore> store_;
  Calendar port_;
  MemoryStatistics statistics_;
};

class Ram : public Memory {
 public:
  Ram(sc_core::sc_module_name name, ActionQueue& actions, const RamParams& params = {})
      : Memory(name, actions, params, false) {}
};

/// Software cannot write it; debug access can.
class Rom : public Memory {
 public:
  Rom(sc_core::sc_module_name name, ActionQueue& actions, const RomParams& params = {})
      : Memory(name, actions, params, true) {}
};

}  // namespace cvp
