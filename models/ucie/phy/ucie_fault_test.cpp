// SPDX-License-Identifier: Apache-2.0
//
// Faults as text.
#include <catch2/catch.hpp>

#include "models/ucie/phy/ucie_fault.h"

namespace cvp {
namespace {

std::vector<UciePinFault> read(std::string_view text) {
  std::vector<UciePinFault> faults;
  CHECK(ucie_read_faults(text, faults).empty());
  return faults;
}

TEST_CASE("UcieFault lists name pins, modules, directions and rates", "[unit][ucie]") {
  CHECK(read("").empty());
  CHECK(read("clock") ==
        std::vector<UciePinFault>{{0, 0, UciePin::kClock, 0}, {0, 1, UciePin::kClock, 0}});
  CHECK(read("d1.data:3, m1.d0.valid") ==
        std::vector<UciePinFault>{{0, 1, UciePin::kData, 3}, {1, 0, UciePin::kValid, 0}});
  CHECK(read("d0.data_spare:2@16") ==
        std::vector<UciePinFault>{{0, 0, UciePin::kDataSpare, 2, 16_GTps}});
  CHECK(read("d0.sideband:1,d0.track,d0.clock_spare,d0.valid_spare,d0.sideband_spare").size() == 5);
}

TEST_CASE("UcieFault lists that name no pin are refused", "[unit][ucie]") {
  for (const char* text : {"lane", "data:", "data:x", "data:-1", "m.valid", "m1valid", "d.valid",
                           "x1.valid", ".valid", "data:3@", "data:3@0", "data:3@16GT", "clock,,",
                           "clock,", ",", "data 3", "data:99999999999"}) {
    std::vector<UciePinFault> faults;
    INFO(text);
    CHECK_FALSE(ucie_read_faults(text, faults).empty());
  }
}

TEST_CASE("UcieFault rates are those of the links, of data lanes", "[unit][ucie]") {
  const UcieLinkShape shape;
  CHECK(ucie_fault_errors(shape, read("data:3@16")).empty());
  CHECK(ucie_fault_errors(shape, read("data:3@17")) ==
        std::vector<std::string>{"a lane works up to 4, 8, 12, 16, 24, 32, 48 or 64 GT/s"});
  CHECK(ucie_fault_errors(shape, read("valid@16")) ==
        std::vector<std::string>{"only data lanes work up to a rate, not valid"});
}

}  // namespace
}  // namespace cvp
