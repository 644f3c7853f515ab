// SPDX-License-Identifier: Apache-2.0
//
// The machine that the drivers under test believe in: memory by address.
#ifndef CVP_FIRMWARE_TESTS_HOST_MOCK_H_
#define CVP_FIRMWARE_TESTS_HOST_MOCK_H_

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

/// Reads of an address may have a queue of answers first. Writes are recorded.
struct Mock {
  std::map<std::uintptr_t, std::uint64_t> memory;
  std::map<std::uintptr_t, std::deque<std::uint64_t>> answers;
  std::vector<std::pair<std::uintptr_t, std::uint64_t>> writes;
  unsigned bytes = 0;  ///< Of the last access.
};

/// Of a test case: accesses go to its machine.
struct Fixture {
  Fixture();
  bool wrote(std::uintptr_t address, std::uint64_t value) const;
  Mock machine;
};

inline constexpr std::uintptr_t kBase = 0x10000000;

#endif  // CVP_FIRMWARE_TESTS_HOST_MOCK_H_
