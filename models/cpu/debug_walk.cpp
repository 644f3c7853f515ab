// SPDX-License-Identifier: Apache-2.0
//
// [PRIV: Virtual Address Translation Process], [PRIV: Svnapot].
#include "models/cpu/debug_walk.h"

#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr unsigned kPageBits = 12, kIndexBits = 9;
constexpr std::uint64_t kValid = 1, kRead = 2, kExecute = 8;
constexpr std::uint64_t kPpnMask = (std::uint64_t{1} << 44) - 1, kNapot = std::uint64_t{1} << 63;
constexpr unsigned kNapotBits = 16;  // The one size there is: 64 KiB.

}  // namespace

std::optional<DebugTranslation> debug_walk(const Hart& hart, Addr va, const DebugReader& read) {
  std::uint64_t root = 0;
  hart.peek_csr(kCsrSatp, root);
  const auto mode = static_cast<unsigned>(root >> 60);
  if (mode == satp::kBare) return DebugTranslation{va, 0, 0, {}};
  const unsigned levels = mode - satp::kSv39 + 3;
  const auto high = static_cast<std::int64_t>(va) >> (kPageBits + kIndexBits * levels - 1);
  if (high != 0 && high != -1) return {};
  DebugTranslation found;
  Addr table = (root & kPpnMask) << kPageBits;
  for (unsigned level = levels; level-- > 0;) {
    unsigned bits = kPageBits + kIndexBits * level;
    found.pte_address.push_back(table + (va >> bits & ((1u << kIndexBits) - 1)) * 8);
    if (!read(found.pte_address.back(), found.pte) || (found.pte & kValid) == 0) return {};
    const Addr target = (found.pte >> 10 & kPpnMask) << kPageBits;
    if ((found.pte & (kRead | kExecute)) == 0) {
      table = target;
      continue;
    }
    if (level == 0 && (found.pte & kNapot) != 0) bits = kNapotBits;
    found.page_bytes = std::uint64_t{1} << bits;
    found.physical = (target & ~(found.page_bytes - 1)) | (va & (found.page_bytes - 1));
    return found;
  }
  return {};
}

std::optional<Addr> debug_translate(const Hart& hart, Addr va, const DebugReader& read) {
  if (hart.privilege() == Privilege::kMachine) return va;
  const auto found = debug_walk(hart, va, read);
  return found ? std::optional(found->physical) : std::nullopt;
}

std::string pte_rights(std::uint64_t pte) {
  std::string text = "rwxugad";
  for (unsigned bit = 0; bit < text.size(); ++bit) {
    if ((pte >> (bit + 1) & 1) == 0) text[bit] = '-';
  }
  return text;
}

}  // namespace cvp
