// SPDX-License-Identifier: Apache-2.0
//
// What a hart sees of one of its interrupt files. No SystemC.
// [AIA: CSRs for external interrupts via an IMSIC]
#pragma once

#include <cstdint>

namespace cvp {

/// Values of eidelivery.
enum class Delivery : std::uint32_t {
  kOff = 0,
  kFile = 1,              ///< The file supplies the hart's external interrupt.
  kWires = 0x4000'0000u,  ///< An APLIC supplies it over a wire, as if there were no file.
};

class InterruptFileIf {
 public:
  virtual ~InterruptFileIf() = default;

  virtual Delivery delivery() const = 0;
  /// Value of *topei: identity in bits 26:16 and again in bits 10:0; 0: no interrupt.
  virtual std::uint32_t top() const = 0;
  /// A write of *topei: the interrupt that top() names is pending no more.
  virtual void claim() = 0;
  /// Registers behind *iselect 0x70 to 0xff for a hart of 64 bits. False: there is no such
  /// register, the access is an illegal instruction.
  virtual bool read(unsigned select, std::uint64_t& value) const = 0;
  virtual bool write(unsigned select, std::uint64_t value) = 0;
};

}  // namespace cvp
