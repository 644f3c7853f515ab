// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/pim/pim_array.h"

#include <bit>
#include <utility>

#include "models/hbm/hbm_inverse.h"
#include "models/hbm/pim/pim_timeline.h"

namespace cvp {

PimArray::PimArray(const HbmTiming& timing, PimMemory& memory) : timing_(timing), memory_(memory) {}

void PimArray::advance(PimPointer& pointer) const {
  if (++pointer.column < timing_.geometry.columns) return;
  pointer.column = 0;
  ++pointer.row;
}

HbmPlace PimArray::place(unsigned channel, unsigned bank, const PimPointer& pointer) const {
  return place_at(channel, bank, pointer.row, pointer.column % timing_.geometry.columns);
}

template <class Visit>
void PimArray::each_unit(std::uint32_t channels, Visit visit) {
  units_.resize(std::size_t{timing_.geometry.channels} * units_a_channel());
  for (unsigned channel = 0; channel < timing_.geometry.channels; ++channel) {
    if ((channels >> channel & 1) == 0) continue;
    for (unsigned unit = 0; unit < units_a_channel(); ++unit) {
      visit(channel, unit, units_[channel * units_a_channel() + unit]);
    }
  }
}

// One instruction in all units; false if one of them got bad data or has a dead bank.
bool PimArray::execute(const Job& job, const PimInstruction& instruction, unsigned turn,
                       const PimPointer* pointer) {
  bool good = true;
  const bool odd = instruction.bank() == kPimOdd;
  std::uint64_t units = 0;
  each_unit(job.channels, [&](unsigned channel, unsigned number, PimUnit& unit) {
    PimVector burst{};
    ++units;
    if (pointer == nullptr) return unit.execute(instruction, turn, burst);
    const HbmPlace at = place(channel, 2 * number + odd, *pointer);
    if (!instruction.writes_bank()) good &= memory_.read(at, burst);
    unit.execute(instruction, turn, burst);
    if (instruction.writes_bank()) good &= memory_.write(at, burst);
  });
  if (pointer != nullptr) {
    (instruction.writes_bank() ? counters_.bursts_written : counters_.bursts_read) += units;
  }
  if (instruction.computes()) {
    counters_.operations += units * kPimLanes * (instruction.opcode == kPimMac ? 2 : 1);
  }
  return good;
}

PimArray::Outcome PimArray::run(const Job& job) {
  close_rows();
  PimTimeline timeline(timing_, job.start, job.refreshes);
  Outcome out{.even = job.even, .odd = job.odd};
  std::array<unsigned, kPimCrfEntries> turns{}, jumps{};
  out.error = PimError::kLimit;
  for (std::uint64_t step = 0; step < kMaxSteps; ++step) {
    const auto instruction = PimInstruction::decode(job.program[out.entry]);
    if (!instruction.error().empty()) {
      out.error = PimError::kInstruction;
      break;
    }
    if (instruction.opcode == kPimExit) {
      out.error = PimError::kNone;
      break;
    }
    if (instruction.opcode == kPimJump) {
      const bool again = jumps[out.entry] < instruction.times;
      jumps[out.entry] = again ? jumps[out.entry] + 1 : 0;
      out.entry = again ? instruction.target : (out.entry + 1) % kPimCrfEntries;
      continue;
    }
    const unsigned bank = instruction.bank();
    PimPointer* pointer = bank == kPimEven ? &out.even : bank == kPimOdd ? &out.odd : nullptr;
    if (pointer != nullptr && !inside(*pointer)) {
      out.error = PimError::kAddress;
      break;
    }
    const unsigned slots = instruction.opcode == kPimNop ? instruction.times : 1;
    counters_.commands += slots;
    if (pointer != nullptr) {
      timeline.access(bank == kPimOdd ? PimTimeline::kOdd : PimTimeline::kEven, pointer->row,
                      instruction.writes_bank());
    } else {
      timeline.pass(slots);
    }
    if (!execute(job, instruction, turns[out.entry]++, pointer)) {
      out.error = PimError::kData;
      break;
    }
    if (pointer != nullptr) advance(*pointer);
    out.entry = (out.entry + 1) % kPimCrfEntries;
  }
  out.end = timeline.finish();
  counters_.clocks += out.end - job.start;
  counters_.activates +=
      timeline.activates() * units_a_channel() * static_cast<unsigned>(std::popcount(job.channels));
  return out;
}

PimError PimArray::broadcast(std::uint32_t channels, bool odd, PimPointer& pointer,
                             const PimVector& data) {
  if (!inside(pointer)) return PimError::kAddress;
  bool good = true;
  const OpenRow row{channels, pointer.row};
  const bool opens = std::exchange(written_rows_[odd], row) != row;
  each_unit(channels, [&](unsigned channel, unsigned number, PimUnit&) {
    good &= memory_.write(place(channel, 2 * number + odd, pointer), data);
    ++counters_.bursts_written;
    counters_.activates += opens;
  });
  if (!good) return PimError::kData;
  advance(pointer);
  return PimError::kNone;
}

}  // namespace cvp
