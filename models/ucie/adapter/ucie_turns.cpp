// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_turns.h"

#include "models/core/report.h"

namespace cvp {

void UcieTurns::push(unsigned stack, std::uint64_t bytes, std::uint32_t capacity) {
  CVP_CHECK(bytes > 0, "an empty message has no place in a flit");
  Stack& to = stacks_[stack];
  CVP_CHECK(to.ends.empty() || to.capacity == capacity, "a stack carries one protocol");
  to.capacity = capacity;
  to.pushed += bytes;
  to.ends.push_back(to.pushed);
}

}  // namespace cvp
