// SPDX-License-Identifier: Apache-2.0
//
// Interrupt file of an IMSIC: which interrupt identities are pending and enabled at one privilege
// level of one hart. A lower identity has the higher priority. No SystemC.
// [AIA: Incoming MSI Controller (IMSIC)]
#pragma once

#include <vector>

#include "models/core/interrupt_file_if.h"

namespace cvp {

class InterruptFile : public InterruptFileIf {
 public:
  /// `identities`: 1 to this number exist; 63 to 2047, one less than a multiple of 64.
  explicit InterruptFile(unsigned identities);
  static bool is_legal_size(unsigned identities);

  /// A message. False if no such identity exists; it is ignored then.
  bool set_pending(std::uint64_t identity);

  Delivery delivery() const override { return delivery_; }
  std::uint32_t top() const override;
  void claim() override;
  bool read(unsigned select, std::uint64_t& value) const override;
  bool write(unsigned select, std::uint64_t value) override;

  unsigned identities() const { return identities_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(delivery_, threshold_, pending_, enabled_);
  }

 private:
  using Bits = std::vector<std::uint64_t>;  ///< Bit i % 64 of word i / 64: identity i.

  Delivery delivery_ = Delivery::kWires;
  std::uint32_t threshold_ = 0;
  Bits pending_, enabled_;
  const unsigned identities_;
};

}  // namespace cvp
