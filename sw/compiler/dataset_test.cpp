// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/dataset.h"

#include <zlib.h>

#include <catch2/catch.hpp>

#include "tests/harness/scratch_directory.h"

using namespace cvp;

namespace {

/// What reading lines of two numbers and a label of three classes says, without the file's name.
std::string message(const std::string& text) {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("a.csv", text);
  try {
    read_csv(file, 2, 3);
    return "";
  } catch (const CompileError& error) {
    return std::string(error.what()).substr(file.size());
  }
}

}  // namespace

TEST_CASE("A data set is read with its labels", "[dataset]") {
  const Dataset all = read_csv(std::string(CVP_SOURCE_DIR) + "/data/digits/digits.csv.gz", 64, 10);
  CHECK(all.images.size() == 1797);
  CHECK(all.labels.size() == 1797);
  CHECK(all.last(500).images.size() == 500);
  CHECK(all.last(500).labels.back() == 8);  // The last line of the file.
}

TEST_CASE("A broken line of a data set is named", "[dataset]") {
  CHECK(message("1,2,0\r\n\n1,2,2") == "");
  CHECK(message("1,2,0\n1,2\n") == ":2: some lines have a label and some have none");
  CHECK(message("\n1\n") == ":2: has 1 numbers; expected 2, or one more for the label");
  CHECK(message("1,x,0\n") == ":1: expected a number");
  CHECK(message("1,2,\n") == ":1: expected a number");
  CHECK(message("\n") == ": holds no images");
}

TEST_CASE("Pixels are finite", "[dataset]") {
  CHECK(message("1,2,0\n1,nan,0\n") == ":2: number 2 is nan; expected a finite one");
  CHECK(message("-inf,2,0\n") == ":1: number 1 is -inf; expected a finite one");
  CHECK(message("1,2,nan\n") == ":1: number 3 is nan; expected a finite one");
}

TEST_CASE("Labels are classes of the network", "[dataset]") {
  const std::string expected = "; expected an integer of 0..2: the network has 3 classes";
  CHECK(message("1,2,2\n") == "");
  CHECK(message("1,2,2\n1,2,3\n") == ":2: its label is 3" + expected);
  CHECK(message("1,2,-1\n") == ":1: its label is -1" + expected);
  CHECK(message("1,2,0.5\n") == ":1: its label is 0.5" + expected);
  const ScratchDirectory scratch;
  CHECK(read_csv(scratch.write("a.csv", "1,2,255\n"), 2).labels[0] == 255);
  CHECK_THROWS_WITH(read_csv(scratch.write("a.csv", "1,2,256\n"), 2),
                    Catch::EndsWith("its label is 256; expected an integer of 0..255"));
  CHECK_THROWS_WITH(read_csv(scratch.write("a.csv", "1,2,256\n"), 2, 1000),
                    Catch::Contains("expected an integer of 0..255: the network has 1000 classes"));
}

TEST_CASE("Images come from a regular file of bounded size", "[dataset]") {
  const ScratchDirectory scratch;
  const std::string complaint = ": cannot be read; expected images as CSV (it ";
  CHECK_THROWS_WITH(read_csv("/dev/zero", 2),
                    "/dev/zero" + complaint + "is a device or a pipe; copy it to a regular file)");
  CHECK_THROWS_WITH(read_csv(scratch.path(), 2), scratch.path() + complaint + "is a directory)");
  // What counts is the text, not its compressed form.
  const std::string packed = scratch.path("a.csv.gz"), text(1000, '7');
  gzFile stream = gzopen(packed.c_str(), "wb");
  REQUIRE(gzwrite(stream, text.data(), 1000) == 1000);
  gzclose(stream);
  REQUIRE(std::filesystem::file_size(packed) < 100);
  CHECK_THROWS_WITH(read_csv(packed, 2, 0, 999), packed + complaint + "holds more than 999 bytes)");
  CHECK_THROWS_WITH(read_csv(packed, 2, 0, 1000), packed + ":1: expected a number");
}
