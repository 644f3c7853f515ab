// SPDX-License-Identifier: Apache-2.0
//
// All compute units of a stack, in lock-step: runs a program of pim_abi.h over the banks. Unit n of
// a channel sits between its banks 2n (even) and 2n + 1 (odd). No SystemC.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_timing.h"
#include "models/hbm/pim/pim_unit.h"

namespace cvp {

/// The cells, as a unit reaches them: one burst of a bank.
class PimMemory {
 public:
  virtual ~PimMemory() = default;
  /// False: the data is bad, or the bank is dead.
  virtual bool read(const HbmPlace& place, PimVector& data) = 0;
  /// False: the bank is dead.
  virtual bool write(const HbmPlace& place, const PimVector& data) = 0;
};

/// The burst that the next command to the even, or to the odd banks goes to.
struct PimPointer {
  std::uint32_t row = 0, column = 0;
};

enum class PimError : std::uint8_t {
  kNone,
  kInstruction,  ///< Unknown, or with operands that it does not take.
  kAddress,      ///< A pointer has left the bank.
  kData,         ///< An operand has wrong bits that the die cannot correct, or a bank is dead.
  kLimit,        ///< More than kMaxSteps instructions.
};

struct PimCounters {
  std::uint64_t commands = 0;                         ///< Column slots of runs, with a bank or not.
  std::uint64_t bursts_read = 0, bursts_written = 0;  ///< Beside the banks, of all units.
  std::uint64_t activates = 0;                        ///< Of all banks.
  std::uint64_t operations = 0;  ///< Multiplications and additions of all lanes.
  std::uint64_t clocks = 0;      ///< In runs.

  std::uint64_t bursts() const { return bursts_read + bursts_written; }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(commands, bursts_read, bursts_written, activates, operations, clocks);
  }
};

class PimArray {
 public:
  static constexpr unsigned kMaxSteps = 1 << 16;

  struct Job {
    std::span<const std::uint32_t> program;  ///< kPimCrfEntries.
    std::uint32_t channels;                  ///< Bit n: channel n takes part.
    PimPointer even, odd;
    std::uint64_t start;  ///< Clocks since time 0.
    unsigned refreshes;   ///< Due in each tREFI.
  };
  struct Outcome {
    PimError error = PimError::kNone;
    unsigned entry = 0;     ///< Of the CRF: the EXIT, or what failed.
    std::uint64_t end = 0;  ///< Clocks since time 0: all rows are closed.
    PimPointer even, odd;
  };

  PimArray(const HbmTiming& timing, PimMemory& memory);

  unsigned units_a_channel() const { return timing_.geometry.bank_count() / 2; }
  Outcome run(const Job& job);
  /// Writes one burst into all even or all odd banks, and moves the pointer on if that went well.
  PimError broadcast(std::uint32_t channels, bool odd, PimPointer& pointer, const PimVector& data);
  /// Of the rows that broadcasts have opened.
  void close_rows() { written_rows_ = {}; }
  const PimCounters& counters() const { return counters_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(units_, counters_, written_rows_);
  }

 private:
  struct OpenRow {
    std::uint32_t channels = 0, row = 0;

    bool operator==(const OpenRow&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(channels, row);
    }
  };

  bool inside(const PimPointer& pointer) const { return pointer.row < timing_.geometry.rows; }
  void advance(PimPointer& pointer) const;
  HbmPlace place(unsigned channel, unsigned bank, const PimPointer& pointer) const;
  bool execute(const Job& job, const PimInstruction& instruction, unsigned turn,
               const PimPointer* pointer);
  template <class Visit>
  void each_unit(std::uint32_t channels, Visit visit);

  const HbmTiming& timing_;
  PimMemory& memory_;
  std::vector<PimUnit> units_;  // Made when first used.
  PimCounters counters_;
  std::array<OpenRow, 2> written_rows_;  // By broadcasts, in even and odd banks; no channels: none.
};

}  // namespace cvp
