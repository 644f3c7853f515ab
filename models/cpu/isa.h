// SPDX-License-Identifier: Apache-2.0
//
// Which instruction set a hart has, read from an ISA string as device trees and compilers write it:
// `rv64gc_zba_zbb_svpbmt`. No SystemC. [UNPRIV: ISA Extension Naming Conventions]
//
// I, M, A, F, D and C are always there, and so are S and U mode. `g` stands for IMAFD, Zicsr,
// Zifencei and, as before those had names, the counters Zicntr and Zihpm; `b` for Zba, Zbb and Zbs.
// Names imply what they contain: zfh zfhmin, zbc zbkc, sv57 sv48. Without sv48 there is Sv39.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cvp {

/// In the order in which an ISA string names them.
enum class Extension : std::uint8_t {
  kZicbom,
  kZicbop,
  kZicboz,
  kZicntr,
  kZicond,
  kZicsr,
  kZifencei,
  kZihintpause,
  kZihpm,
  kZawrs,
  kZfh,
  kZfhmin,
  kZba,
  kZbb,
  kZbc,
  kZbkb,
  kZbkc,
  kZbkx,
  kZbs,
  kSstc,
  kSv48,
  kSv57,
  kSvade,
  kSvadu,
  kSvinval,
  kSvnapot,
  kSvpbmt,
};

using ExtensionSet = std::uint32_t;

template <class... Extensions>
constexpr ExtensionSet set_of(Extensions... extensions) {
  return (ExtensionSet{0} | ... | (ExtensionSet{1} << static_cast<unsigned>(extensions)));
}

class Isa {
 public:
  /// rv64gc.
  Isa();
  /// All that a hart here can have; A and D are left to Svadu alone.
  static std::string everything();
  /// Nothing if `text` is no ISA string, or names what is not here, or twice; `error` then says so.
  static std::optional<Isa> parse(std::string_view text, std::string& error);
  /// The same for a string that has been checked; throws ModelError.
  static Isa checked(std::string_view text);

  bool has(Extension extension) const { return has_any(set_of(extension)); }
  bool has_any(ExtensionSet extensions) const { return (extensions_ & extensions) != 0; }
  /// Levels of page tables of the largest translation mode: 3 for Sv39 to 5 for Sv57.
  unsigned levels() const;
  /// The misa register.
  std::uint64_t misa() const;

  /// For the device tree: what `riscv,isa-extensions`, `riscv,isa` and `mmu-type` say.
  std::vector<std::string> names() const;
  std::string text() const;
  std::string mmu_type() const;
  /// Bytes of the blocks of Zicbom, Zicbop and Zicboz.
  static constexpr unsigned kBlockBytes = 64;

 private:
  explicit Isa(ExtensionSet extensions) : extensions_(extensions) {}

  ExtensionSet extensions_;
};

}  // namespace cvp
