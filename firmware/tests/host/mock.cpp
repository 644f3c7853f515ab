// SPDX-License-Identifier: Apache-2.0
#include "mock.h"

#include "mmio.h"

namespace {

Mock* mock;

}  // namespace

Fixture::Fixture() { mock = &machine; }

bool Fixture::wrote(std::uintptr_t address, std::uint64_t value) const {
  for (const auto& write : machine.writes) {
    if (write.first == address && write.second == value) return true;
  }
  return false;
}

std::uint64_t mock_read(std::uintptr_t address, unsigned bytes) {
  mock->bytes = bytes;
  auto& queue = mock->answers[address];
  if (!queue.empty()) {
    const std::uint64_t value = queue.front();
    queue.pop_front();
    return value;
  }
  return mock->memory[address];
}

void mock_write(std::uintptr_t address, std::uint64_t value, unsigned bytes) {
  mock->bytes = bytes;
  mock->writes.emplace_back(address, value);
  mock->memory[address] = value;
}
