// SPDX-License-Identifier: Apache-2.0
#include "models/core/input_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/harness/scratch_directory.h"

using namespace cvp;

namespace {

const std::string kComplaint = "cannot be read; expected words";

std::string problem(const std::string& file, std::uint64_t max_bytes = kMaxInputBytes) {
  const InputFile input = read_input_file(file, kComplaint, max_bytes);
  CHECK((input.problem.empty() || input.bytes.empty()));
  return input.problem;
}

}  // namespace

TEST_CASE("An input file is read to its end", "[input-file]") {
  const ScratchDirectory scratch;
  for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 300000u}) {
    std::string content(size, 'x');
    for (std::size_t n = 0; n < size; ++n) content[n] = static_cast<char>(n * 31 >> 3);
    const InputFile input = read_input_file(scratch.write("a", content), kComplaint);
    CHECK(input.problem.empty());
    CHECK(input.bytes == content);
  }
  // Regular by its type, 0 bytes by its size.
  CHECK(read_input_file("/proc/self/status", kComplaint).bytes.starts_with("Name:"));
}

TEST_CASE("A file that is not there or not ours is refused", "[input-file]") {
  const ScratchDirectory scratch;
  CHECK(problem(scratch.path("none")) == kComplaint);
  const std::string secret = scratch.write("secret", "words");
  REQUIRE(::chmod(secret.c_str(), 0) == 0);
  if (::geteuid() != 0) CHECK(problem(secret) == kComplaint + " (Permission denied)");
}

TEST_CASE("What may have no end is refused before it is opened", "[input-file]") {
  const ScratchDirectory scratch;
  const std::string device = kComplaint + " (it is a device or a pipe; copy it to a regular file)";
  CHECK(problem("/dev/zero") == device);
  CHECK(problem("/dev/null") == device);
  REQUIRE(::mkfifo(scratch.path("pipe").c_str(), 0600) == 0);
  CHECK(problem(scratch.path("pipe")) == device);  // To open it would wait for a writer.
  CHECK(problem(scratch.path()) == kComplaint + " (it is a directory)");
}

TEST_CASE("A file that is too large is refused", "[input-file]") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("a", "12345");
  CHECK(problem(file, 5).empty());
  CHECK(problem(file, 4) == kComplaint + " (it holds more than 4 bytes)");
  CHECK(problem("/proc/self/status", 4) == kComplaint + " (it holds more than 4 bytes)");
  std::filesystem::resize_file(file, kMaxInputBytes + 1);  // No block of it exists.
  CHECK(problem(file) == kComplaint + " (it holds more than 2147483647 bytes)");
}
