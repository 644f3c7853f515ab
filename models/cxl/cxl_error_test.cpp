// SPDX-License-Identifier: Apache-2.0
//
// What becomes of requests that the device does not support: error messages, the root port's error
// registers, MSI-X.
#include "models/core/report.h"
#include "models/cxl/cxl_expander.h"
#include "models/cxl/cxl_root_port.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

// PCI addresses: the BAR of the port, of the device, and where neither answers.
constexpr Addr kMmio = 0x4000'0000, kPortBar = 0x4020'0000, kBar = 0x4010'0000;
constexpr Addr kHole = kBar + 0x8'0000;
constexpr Addr kEndpoint = 1 << 20;  // Configuration space.
// Registers of the root port. [PCIE: MSI-X Capability; Advanced Error Reporting]
constexpr Addr kMsixCap = 0x80, kErrorCommand = 0x1ac, kErrorStatus = 0x1b0, kErrorSource = 0x1b4;
constexpr std::uint32_t kEnable = 1u << 31, kFunctionMask = 1u << 30;
constexpr std::uint32_t kNonfatal = 2, kReceived = 1u << 5 | 1u << 2, kMore = 1u << 3;
constexpr Addr kDeviceControl = 0x48;  // Of the device.
constexpr std::uint32_t kReport = 1u << 3 | 1u << 1;

struct Wired : sc_core::sc_module {
  ActionQueue device_actions{"device_actions"};
  CxlRootPort port;
  CxlExpander expander;
  TestInitiator ecam{"ecam"}, mmio{"mmio"}, window{"window"}, regs{"regs"};
  TestMemory messages{"messages", 0x1000};

  Wired(sc_core::sc_module_name name, ActionQueue& actions)
      : sc_module(name),
        port("port", actions, CxlRootPortParams{}),
        expander("expander", device_actions, CxlExpanderParams{}) {
    port.peer.bind(expander.inbox);
    expander.peer.bind(port.inbox);
    ecam.bind(port.ecam_target);
    mmio.bind(port.mmio_target);
    window.bind(port.window_target);
    regs.bind(port.regs_target);
    port.msi_initiator.bind(messages);
  }
};

struct Bench : TestBench<Wired> {
  std::uint32_t config(Addr address) {
    return static_cast<std::uint32_t>(dut.ecam.read(address, 4).value);
  }
  void config(Addr address, std::uint32_t value) {
    CHECK(dut.ecam.write(address, 4, value).status == tlm::TLM_OK_RESPONSE);
  }
  std::uint32_t bar(Addr offset) {
    return static_cast<std::uint32_t>(dut.mmio.read(kPortBar - kMmio + offset, 4).value);
  }
  void bar(Addr offset, std::uint32_t value) {
    CHECK(dut.mmio.write(kPortBar - kMmio + offset, 4, value).status == tlm::TLM_OK_RESPONSE);
  }
  std::uint32_t message() {
    const auto bytes = dut.messages.bytes(0x40, 4);
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | std::uint32_t{bytes[3]} << 24;
  }
  /// Clears it before the next one.
  void forget_message() { dut.messages.load(0x40, {0, 0, 0, 0}); }
  /// As firmware does it; messages of value 77 go to 0x40.
  void enumerate() {
    config(0x18, 0x0001'0100);
    config(0x10, kPortBar);
    config(0x20, 0x4010'4010);
    config(0x04, 0x6);
    config(kEndpoint + 0x10, kBar);
    config(kEndpoint + 0x04, 0x6);
    bar(0x0, 0x40);
    bar(0x8, 77);
    bar(0xc, 0);
    config(kMsixCap, kEnable);
    config(kErrorCommand, kNonfatal);
    config(kEndpoint + kDeviceControl, kReport);
  }
  void write_hole() {
    CHECK(dut.mmio.write(kHole - kMmio, 4, 1).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    wait(1_us);  // The message takes its own way.
  }
};

}  // namespace

TEST_CASE("CxlRootPort has its MSI-X table and pending bits where the capability says",
          "[unit][cxl]") {
  Bench bench;
  bench.run([&] {
    bench.config(0x10, 0xffff'ffff);
    CHECK(bench.config(0x10) == 0xffff'f000);  // 4 KiB, 32-bit memory.
    CHECK((bench.config(0x40) >> 8 & 0xff) == kMsixCap);
    CHECK((bench.config(kMsixCap) & 0xff) == 0x11);
    CHECK((bench.config(kMsixCap) >> 16 & 0x7ff) == 0);  // One less than the number of vectors.
    CHECK(bench.config(kMsixCap + 4) == 0);
    CHECK(bench.config(kMsixCap + 8) == 0x800);
    CHECK((bench.config(0x180) & 0xf'ffff) == 0x2'0001);
    bench.config(0x10, kPortBar);
    CHECK(bench.dut.mmio.read(kPortBar - kMmio, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.config(0x04, 2);
    CHECK(bench.bar(0xc) == 1);  // Masked after reset.
    bench.bar(0x0, 0xffff'ffff);
    CHECK(bench.bar(0x0) == 0xffff'fffc);
  });
}

TEST_CASE("CxlExpander reports a write that it does not support, if it may", "[unit][cxl]") {
  Bench bench;
  bench.run([&] {
    bench.enumerate();
    for (const std::uint32_t allowed : {0u, 1u << 1, 1u << 3, 1u << 0, 1u << 2, kReport}) {
      bench.config(kEndpoint + kDeviceControl, allowed | 0xf'0000);
      bench.write_hole();
      CHECK((bench.config(kEndpoint + kDeviceControl) >> 16 & 0xf) == 0b1010);
      CHECK(bench.config(kErrorStatus) == (allowed == kReport ? kReceived : 0));
    }
    CHECK(bench.config(kErrorSource) == 0x0100'0000);  // Bus 1, device 0, function 0.
  });
}

TEST_CASE("CxlExpander answers a read that it does not support, and reports nothing",
          "[unit][cxl]") {
  Bench bench;
  bench.run([&] {
    bench.enumerate();
    CHECK(bench.dut.mmio.read(kHole - kMmio, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.wait(1_us);
    CHECK((bench.config(kEndpoint + kDeviceControl) >> 16 & 0xf) == 0b1000);
    CHECK(bench.config(kErrorStatus) == 0);
    CHECK(bench.message() == 0);
  });
}

TEST_CASE("CxlRootPort sends its message for an error, and once until it is cleared",
          "[unit][cxl]") {
  Bench bench;
  bench.run([&] {
    bench.enumerate();
    bench.write_hole();
    CHECK(bench.message() == 77);
    CHECK(bench.bar(0x800) == 0);
    bench.forget_message();
    bench.write_hole();
    CHECK(bench.message() == 0);
    CHECK(bench.config(kErrorStatus) == (kReceived | kMore));
    bench.config(kErrorStatus, kReceived | kMore);
    CHECK(bench.config(kErrorStatus) == 0);
    bench.write_hole();
    CHECK(bench.message() == 77);
  });
}

TEST_CASE("CxlRootPort keeps its message pending while any mask holds it", "[unit][cxl]") {
  Bench bench;
  bench.run([&] {
    bench.enumerate();
    const std::function<void(bool)> masks[] = {
        [&](bool on) { bench.bar(0xc, on ? 1 : 0); },
        [&](bool on) { bench.config(kMsixCap, kEnable | (on ? kFunctionMask : 0)); },
        [&](bool on) { bench.config(0x04, on ? 2 : 6); },  // Bus master.
    };
    for (const auto& mask : masks) {
      mask(true);
      bench.write_hole();
      CHECK(bench.message() == 0);
      CHECK(bench.bar(0x800) == 1);
      mask(false);
      bench.wait(100_ns);
      CHECK(bench.message() == 77);
      CHECK(bench.bar(0x800) == 0);
      bench.config(kErrorStatus, kReceived);
      bench.forget_message();
    }
  });
}

TEST_CASE("CxlRootPort sends nothing while MSI-X or the error's report is off", "[unit][cxl]") {
  Bench bench;
  bench.run([&] {
    bench.enumerate();
    bench.config(kErrorCommand, 0b101);
    bench.write_hole();
    CHECK(bench.message() == 0);
    bench.config(kErrorCommand, kNonfatal);  // Now it is enabled and received: an edge.
    bench.wait(100_ns);
    CHECK(bench.message() == 77);
    bench.config(kErrorStatus, kReceived);
    bench.forget_message();
    bench.config(kMsixCap, 0);
    bench.write_hole();
    bench.config(kMsixCap, kEnable);
    bench.wait(100_ns);
    CHECK(bench.message() == 0);  // What came while it was off is lost.
  });
}

TEST_CASE("CxlRootPort outlives a message to nowhere", "[unit][cxl]") {
  Bench bench;
  bench.run([&] {
    bench.enumerate();
    bench.bar(0x4, 0xffff'ffff);
    bench.write_hole();
    CHECK(bench.message() == 0);
    CHECK(bench.config(kErrorStatus) == kReceived);
  });
}

}  // namespace cvp
