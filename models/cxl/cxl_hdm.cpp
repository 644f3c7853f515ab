// SPDX-License-Identifier: Apache-2.0
#include "models/cxl/cxl_hdm.h"

namespace cvp {

bool CxlHdmDecoders::commit(std::size_t index, const CxlHdmSetting& setting) {
  Decoder& decoder = decoders_[index];
  const AddrRange& range = setting.range;
  if (decoder.committed || range.size == 0 || setting.ways != 0) return false;
  if (!window_.contains(range.base, range.size)) return false;
  Addr device_base = setting.skip;
  if (index > 0) {
    const Decoder& before = decoders_[index - 1];
    if (!before.committed || range.base < before.range.end()) return false;
    device_base += before.device_base + before.range.size;
  }
  if (device_base > capacity_ || range.size > capacity_ - device_base) return false;
  for (std::size_t later = index + 1; later < kCount; ++later) {
    if (decoders_[later].committed) return false;
  }
  decoder = {range, device_base, true};
  return true;
}

std::optional<CxlHdmDecoders::Hit> CxlHdmDecoders::find(Addr host_address,
                                                        std::uint64_t length) const {
  for (const Decoder& decoder : decoders_) {
    if (decoder.committed && decoder.range.contains(host_address, length)) {
      return Hit{decoder.range, decoder.device_base};
    }
  }
  return std::nullopt;
}

}  // namespace cvp
