// SPDX-License-Identifier: Apache-2.0
//
// The cells of a stack as its compute units see them: the store, behind the die's correction.
#pragma once

#include <cstring>

#include "models/core/backing_store.h"
#include "models/hbm/hbm_inverse.h"
#include "models/hbm/pim/pim_array.h"
#include "models/hbm/ras/hbm_ecc.h"

namespace cvp {

class PimCells : public PimMemory {
 public:
  PimCells(BackingStore& store, HbmEcc& ecc, const HbmInverse* inverse)
      : store_(store), ecc_(ecc), inverse_(inverse) {}

  bool read(const HbmPlace& place, PimVector& data) override {
    const Addr offset = inverse_->offset(place).value();
    std::array<std::uint8_t, sizeof data> bytes;
    store_.read(offset, bytes);
    const bool good = ecc_.clean() || ecc_.read_on_die(offset, bytes);
    std::memcpy(data.data(), bytes.data(), bytes.size());
    return good;
  }
  void write(const HbmPlace& place, const PimVector& data) override {
    const Addr offset = inverse_->offset(place).value();
    std::array<std::uint8_t, sizeof data> bytes;
    std::memcpy(bytes.data(), data.data(), bytes.size());
    store_.write(offset, bytes);
    if (!ecc_.clean()) ecc_.written(offset, bytes.size());
  }

 private:
  BackingStore& store_;
  HbmEcc& ecc_;
  const HbmInverse* const inverse_;
};

}  // namespace cvp
