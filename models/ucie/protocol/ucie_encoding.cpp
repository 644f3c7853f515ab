// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/protocol/ucie_encoding.h"

#include <array>

#include "models/ucie/protocol/ucie_cxl_mem.h"
#include "models/ucie/protocol/ucie_streaming.h"
#include "models/ucie/protocol/ucie_tlp.h"

namespace cvp {
namespace {

constinit const UcieStreamingEncoding kStreaming;
constinit const UcieTlpEncoding kTlp;
constinit const UcieCxlMemEncoding kMem;

}  // namespace

constinit const std::array<const UcieEncoding*, 4> kUcieEncodings = {&kStreaming, &kTlp, &kMem,
                                                                     &kStreaming};

std::string_view UcieStreamingEncoding::name_of(const UcieMessageHeader& message) const {
  constexpr std::array kNames = {"NO MESSAGE", "read",      "write",     "posted write",
                                 "atomic",     "read data", "completion"};
  return kNames[static_cast<std::size_t>(message.kind)];
}

}  // namespace cvp
