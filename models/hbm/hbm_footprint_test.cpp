// SPDX-License-Identifier: Apache-2.0
//
// A stack costs host memory only for the pages that somebody has touched.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "models/hbm/hbm.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

// What this process has in the host's memory, shared pages too.
std::uint64_t resident_bytes() {
  std::uint64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t stored_bytes(const BackingStore& store) {
  struct stat status = {};
  REQUIRE(::fstat(store.id(), &status) == 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

// Whether this host may hand out shared memory in huge pages: "always within_size [never] …".
bool huge_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return text.find("[never]") == std::string::npos && text.find("[deny]") == std::string::npos &&
         text.find("[advise]") == std::string::npos;
}

// Twelve dies of 2 GiB; every 256 MiB a page is written and read, every 64 MiB there is a read
// without data.
void check_footprint(Fidelity fidelity) {
  constexpr std::uint64_t kPages = 96, kStep = 256_MiB;
  constexpr std::uint64_t kModel = 64_MiB;
  const auto page = huge_pages() ? 2_MiB : static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t before = resident_bytes();
  TestBench<HbmStack> bench(
      HbmParams{.stack_ids = 3, .fidelity = fidelity, .trained_at_reset = true});
  bench.run([&] {
    REQUIRE(bench.dut.size() == 24_GiB);
    REQUIRE(bench.dut.size() == kPages * kStep);
    CHECK(stored_bytes(bench.dut.store()) == 0);
    CHECK(resident_bytes() - before < kModel);
    for (Addr at = 0; at < bench.dut.size(); at += kStep) {
      bench.mem_initiator.write(at + 64, 8, at);
      REQUIRE(bench.mem_initiator.read(at + 64, 8).value == at);
    }
    bench.mem_initiator.attributes.no_data = true;
    for (Addr at = 0; at < bench.dut.size(); at += 64_MiB) {
      bench.mem_initiator.read_bytes(at, 64 * 1024);
    }
    const std::uint64_t stored = stored_bytes(bench.dut.store());
    INFO(stored << " bytes stored, " << resident_bytes() - before << " resident");
    if (huge_pages()) {
      CHECK(stored >= kPages * 4_KiB);
      CHECK(stored <= kPages * page);
    } else {
      CHECK(stored == kPages * page);
    }
    // What the process has beside the store also holds what sanitizers keep of each access.
    CHECK(resident_bytes() - before < kModel + kPages * 2_MiB);
  });
}

}  // namespace

TEST_CASE("Hbm stack of 24 GiB costs what is touched at functional fidelity", "[unit][hbm]") {
  check_footprint(Fidelity::kFunctional);
}
TEST_CASE("Hbm stack of 24 GiB costs what is touched at approximate fidelity", "[unit][hbm]") {
  check_footprint(Fidelity::kApproximate);
}
TEST_CASE("Hbm stack of 24 GiB costs what is touched at cycle fidelity", "[unit][hbm]") {
  check_footprint(Fidelity::kCycle);
}
