// SPDX-License-Identifier: Apache-2.0
//
// Names of functions by address, from the images of a run and from more files: ELF, or the list
// that nm writes, as a kernel's System.map is one. No SystemC.
#pragma once

#include <string>
#include <vector>

#include "platform/image.h"

namespace cvp {

class SymbolTable {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  void add(const Image& image);
  /// `FILE`, or `FILE@ADDRESS` for a position-independent ELF file that lies there.
  void read(const std::string& text, const std::string& option, Diagnostics& diagnostics);

  /// The function that holds `pc`, or kNone. After the first call nothing can be added.
  std::size_t find(Addr pc) const;
  const ImageFunction& function(std::size_t index) const { return functions_[index]; }

 private:
  void read_list(const std::string& file, const std::vector<std::uint8_t>& bytes,
                 const std::string& option, Diagnostics& diagnostics);
  void sort() const;

  mutable std::vector<ImageFunction> functions_;  // Sorted by address when `sorted_`.
  mutable bool sorted_ = false;
};

}  // namespace cvp
