// SPDX-License-Identifier: Apache-2.0
//
// What an end has received, for tests that compare it as a whole.
#pragma once

#include "models/ucie/adapter/ucie_packing.h"

namespace cvp {

inline std::vector<UcieMessage> all_messages(const UcieUnpacker& received) {
  std::vector<UcieMessage> all;
  for (const UcieMessageView message : received) {
    all.push_back({message, {message.data.begin(), message.data.end()}});
  }
  return all;
}

}  // namespace cvp
