// SPDX-License-Identifier: Apache-2.0
//
// The cells of a stack as its compute units see them: the store, behind the die's correction.
#pragma once

#include <cstring>
#include <functional>
#include <utility>

#include "models/core/backing_store.h"
#include "models/hbm/hbm_inverse.h"
#include "models/hbm/pim/pim_array.h"
#include "models/hbm/ras/hbm_ras.h"

namespace cvp {

class PimCells : public PimMemory {
 public:
  /// `dead(offset)`: of a dead pseudo channel. `time`: of the access to a register, inside its
  /// hook.
  PimCells(BackingStore& store, HbmRas& ras, const HbmInverse* inverse,
           std::function<bool(Addr)> dead, std::function<Femtoseconds()> time)
      : store_(store),
        ras_(ras),
        inverse_(inverse),
        dead_(std::move(dead)),
        time_(std::move(time)) {}

  bool read(const HbmPlace& place, PimVector& data) override {
    const Addr offset = inverse_->offset(place).value();
    if (dead_(offset)) return false;
    std::array<std::uint8_t, sizeof data> bytes;
    store_.read(offset, bytes);
    const bool good = ras_.quiet() || ras_.read_on_die(offset, bytes, time_());
    std::memcpy(data.data(), bytes.data(), bytes.size());
    return good;
  }
  bool write(const HbmPlace& place, const PimVector& data) override {
    const Addr offset = inverse_->offset(place).value();
    if (dead_(offset)) return false;
    std::array<std::uint8_t, sizeof data> bytes;
    std::memcpy(bytes.data(), data.data(), bytes.size());
    store_.write(offset, bytes);
    if (!ras_.quiet()) ras_.written(offset, bytes.size(), /*poison=*/false);
    return true;
  }

 private:
  BackingStore& store_;
  HbmRas& ras_;
  const HbmInverse* const inverse_;
  const std::function<bool(Addr)> dead_;
  const std::function<Femtoseconds()> time_;
};

}  // namespace cvp
