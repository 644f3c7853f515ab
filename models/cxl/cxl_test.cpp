// SPDX-License-Identifier: Apache-2.0
//
// Root port and expander on a bench, driven as firmware would: enumeration, decoders, memory.
#include <catch2/catch.hpp>

#include "models/core/backing_store.h"
#include "models/core/burst_initiator.h"
#include "models/core/report.h"
#include "models/cxl/cxl_expander.h"
#include "models/cxl/cxl_root_port.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_memory.h"

namespace cvp {
namespace {

constexpr Addr kWindow = 64_GiB;
constexpr Addr kBar = 0x4010'0000;  // PCI address.
constexpr Addr kEndpoint = 1 << 20;

template <class Near>
struct System : sc_core::sc_module {
  ActionQueue device_actions{"device_actions"};
  CxlRootPort port;
  CxlExpander expander;
  TestMemory messages{"messages", 0};
  RegisterSocket& regs_target;
  TestInitiator ecam{"ecam"}, mmio{"mmio"};
  Near window;

  System(sc_core::sc_module_name name, ActionQueue& actions, const CxlRootPortParams& port_params,
         const CxlExpanderParams& expander_params)
      : sc_module(name),
        port("port", actions, port_params),
        expander("expander", device_actions, expander_params),
        regs_target(port.regs_target),
        window(make_near(actions)) {
    port.peer.bind(expander.inbox);
    expander.peer.bind(port.inbox);
    ecam.bind(port.ecam_target);
    mmio.bind(port.mmio_target);
    window.bind(port.window_target);
    port.msi_initiator.bind(messages);
  }
  static Near make_near(ActionQueue& actions) {
    if constexpr (std::is_constructible_v<Near, const char*, ActionQueue&>) {
      return Near("window", actions);
    } else {
      return Near("window");
    }
  }
  std::uint32_t config(Addr address) {
    const auto result = ecam.read(address, 4);
    CHECK(result.status == tlm::TLM_OK_RESPONSE);
    return static_cast<std::uint32_t>(result.value);
  }
  void config(Addr address, std::uint32_t value) {
    CHECK(ecam.write(address, 4, value).status == tlm::TLM_OK_RESPONSE);
  }
  // As firmware does it: bus numbers, BAR, windows.
  void enumerate() {
    config(0x18, 0x0001'0100);
    config(0x20, 0x4010'4010);
    config(0x04, 0x6);
    config(kEndpoint + 0x10, kBar);
    config(kEndpoint + 0x14, 0);
    config(kEndpoint + 0x04, 0x6);
  }
  std::uint32_t bar(Addr offset) {
    return static_cast<std::uint32_t>(mmio.read(kBar - 0x4000'0000 + offset, 4).value);
  }
  void bar(Addr offset, std::uint32_t value) {
    CHECK(mmio.write(kBar - 0x4000'0000 + offset, 4, value).status == tlm::TLM_OK_RESPONSE);
  }
  void commit_device(Addr base, std::uint64_t size) {
    bar(0x1020, static_cast<std::uint32_t>(base));
    bar(0x1024, static_cast<std::uint32_t>(base >> 32));
    bar(0x1028, static_cast<std::uint32_t>(size));
    bar(0x102c, static_cast<std::uint32_t>(size >> 32));
    bar(0x1014, 2);
    bar(0x1030, 1u << 9);
    config(kEndpoint + 0x10c, 4);  // Mem_Enable.
  }
};
template <class Near>
void commit_host(TestBench<System<Near>>& bench, Addr base, std::uint64_t size) {
  auto& regs = bench.regs_initiator;
  regs.write(0x1020, 4, base & 0xffff'ffff);
  regs.write(0x1024, 4, base >> 32);
  regs.write(0x1028, 4, size & 0xffff'ffff);
  regs.write(0x102c, 4, size >> 32);
  regs.write(0x1014, 4, 2);
  regs.write(0x1030, 4, 1u << 9);
}

using Basic = System<TestInitiator>;
using Burst_ = System<BurstInitiator>;
using Dmi = System<TestInitiator>;

CxlExpanderParams small() {
  CxlExpanderParams params;
  params.capacity = 256_MiB;
  return params;
}
CxlExpanderParams direct_expander() {
  CxlExpanderParams params = small();
  params.direct_base = kWindow;
  return params;
}
CxlRootPortParams direct_port() {
  CxlRootPortParams params;
  params.direct = {kWindow, 256_MiB};
  return params;
}

TEST_CASE("CxlRootPort component registers follow their register file", "[unit][cxl]") {
  TestBench<Basic> bench(CxlRootPortParams{}, small());
  bench.run([&] { register_walk(bench); });
}

// A bank alone on a socket, for the walk.
template <class Bank>
struct Walked : sc_core::sc_module {
  Bank bank{"bank"};
  RegisterSocket regs_target{"regs_target"};
  explicit Walked(sc_core::sc_module_name name) : sc_module(name) { regs_target.serve(bank); }
};

TEST_CASE("CxlExpander configuration registers follow their register file", "[unit][cxl]") {
  TestBench<Walked<CxlExpanderRegs>> bench;
  bench.run([&] { register_walk(bench); });
}
TEST_CASE("CxlRootPort configuration registers follow their register file", "[unit][cxl]") {
  TestBench<Walked<CxlRootPortRegs>> bench;
  bench.run([&] { register_walk(bench); });
}
TEST_CASE("CxlMemoryDevice registers follow their register file", "[unit][cxl]") {
  TestBench<Walked<CxlMemoryDeviceRegs>> bench;
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("CxlRootPort absent functions read all ones", "[unit][cxl]") {
  TestBench<Basic> bench(CxlRootPortParams{}, small());
  bench.run([&] {
    auto& dut = bench.dut;
    CHECK(dut.config(0x0) == 0x0001'1e98);
    CHECK(dut.config(1 << 15) == 0xffff'ffff);    // Device 1 of bus 0.
    CHECK(dut.config(1 << 12) == 0xffff'ffff);    // Function 1 of the root port.
    CHECK(dut.config(kEndpoint) == 0xffff'ffff);  // No bus numbers yet.
    dut.enumerate();
    CHECK(dut.config(kEndpoint) == 0x0003'1e98);
    CHECK(dut.config(kEndpoint + (1 << 12)) == 0xffff'ffff);  // Function 1.
    CHECK(dut.config(kEndpoint + (1 << 15)) == 0xffff'ffff);  // Device 1: a link has one.
    CHECK(dut.config(2 << 20) == 0xffff'ffff);                // A bus behind nothing.
    // Bytes and half words are accesses of their own.
    CHECK(dut.ecam.read(kEndpoint + 2, 2).value == 0x0003);
    CHECK(dut.ecam.read(kEndpoint + 0xb, 1).value == 0x05);
    CHECK(dut.ecam.read(kEndpoint + 1, 2).status == tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST_CASE("CxlExpander BAR sizes as 128 KiB and moves", "[unit][cxl]") {
  TestBench<Basic> bench(CxlRootPortParams{}, small());
  bench.run([&] {
    auto& dut = bench.dut;
    dut.enumerate();
    dut.config(kEndpoint + 0x10, 0xffff'ffff);
    CHECK(dut.config(kEndpoint + 0x10) == 0xfffe'0004);
    dut.config(kEndpoint + 0x10, kBar);
    CHECK(dut.bar(0x1000) == 0x0111'0001);
    set_log_sink([](std::string_view) {});
    CHECK(dut.mmio.read(kBar - 0x4000'0000 + 0x2'0000, 4).status ==
          tlm::TLM_ADDRESS_ERROR_RESPONSE);                                // Beyond the BAR.
    CHECK(dut.mmio.read(0, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);  // No window.
    dut.config(kEndpoint + 0x04, 0);                                       // Memory space off.
    CHECK(dut.mmio.read(kBar - 0x4000'0000, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("CxlExpander is found by walking its DVSECs", "[unit][cxl]") {
  TestBench<Basic> bench(CxlRootPortParams{}, small());
  bench.run([&] {
    auto& dut = bench.dut;
    dut.enumerate();
    CHECK(dut.config(kEndpoint + 0x8) >> 8 == 0x050210);
    std::map<unsigned, Addr> found;
    for (Addr at = 0x100; at != 0; at = dut.config(kEndpoint + at) >> 20) {
      CHECK((dut.config(kEndpoint + at) & 0xffff) == 0x23);
      CHECK((dut.config(kEndpoint + at + 4) & 0xffff) == 0x1e98);
      found[dut.config(kEndpoint + at + 8) & 0xffff] = at;
    }
    REQUIRE(found.size() == 3);
    REQUIRE(found.count(0));
    REQUIRE(found.count(7));
    REQUIRE(found.count(8));
    // [CXL: Register Locator DVSEC]: block 1 are the component registers, block 3 the device's.
    const Addr locator = kEndpoint + found[8];
    CHECK(dut.config(locator + 0xc) == 0x0000'0100);
    CHECK(dut.config(locator + 0x14) == 0x0001'0300);
    // [CXL: DVSEC CXL Range 1 Size]: memory valid, active, 256 MiB.
    CHECK(dut.config(kEndpoint + found[0] + 0x18) == 0);
    CHECK(dut.config(kEndpoint + found[0] + 0x1c) == 0x1000'0003);
    // Component registers: the HDM decoder capability is at the offset that its header names.
    CHECK(dut.bar(0x1004) == 0x0101'0005);
    CHECK((dut.bar(0x1010) & 0xf) == 1);
    // Device registers: the memory device status capability says that the media is ready.
    CHECK(dut.bar(0x1'0000 + 0x20) == 0x0001'4000);
    CHECK((dut.bar(0x1'0000 + dut.bar(0x1'0000 + 0x24)) >> 2 & 3) == 1);
    // The link: 32 GT/s, x8, up.
    CHECK((dut.config(kEndpoint + 0x50) >> 16 & 0x3ff) == 0x85);
    CHECK((dut.config(0x50) >> 29 & 1) == 1);
  });
}

TEST_CASE("Cxl window answers only after both decoders are committed", "[unit][cxl]") {
  set_log_sink([](std::string_view) {});
  TestBench<Basic> bench(CxlRootPortParams{}, small());
  bench.run([&] {
    auto& dut = bench.dut;
    dut.enumerate();
    const auto status = [&] { return dut.window.write(kWindow + 64, 8, 42).status; };
    CHECK(status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    commit_host(bench, kWindow, 256_MiB);
    CHECK(bench.read(&CxlComponentRegs::decoder_control).committed);
    CHECK(status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    dut.commit_device(kWindow, 256_MiB);
    CHECK((dut.bar(0x1030) >> 10 & 3) == 1);
    CHECK(status() == tlm::TLM_OK_RESPONSE);
    CHECK(dut.window.read(kWindow + 64, 8).value == 42);
    CHECK(dut.expander.store()->data()[64] == 42);
    CHECK(dut.window.read(kWindow + 256_MiB, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    dut.config(kEndpoint + 0x10c, 0);  // Mem_Enable off.
    CHECK(status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("Cxl window with direct decoders works from reset", "[unit][cxl]") {
  TestBench<Basic> bench(direct_port(), direct_expander());
  bench.run([&] {
    CHECK(bench.dut.window.write(kWindow, 8, 7).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.read(&CxlComponentRegs::decoder_control).committed);
    std::uint64_t value = 0;
    CHECK(bench.dut.window.peek(kWindow, 8, value) == 8);
    CHECK(value == 7);
    CHECK(bench.dut.window.peek(0, 8, value) == 0);
  });
}

TEST_CASE("Cxl idle read takes the sum of its path", "[unit][cxl]") {
  TestBench<Basic> bench(direct_port(), direct_expander());
  bench.run([&] {
    // x8 at 32 GT/s: a flit is 2.125 ns. Request one flit, response 72 bytes of slots: two.
    // 2.125 + 40 + 79 + 85 + 4.25 + 40 ns; published for such a device: 250 ns.
    CHECK(bench.dut.window.read(kWindow, 64).latency == 250_ns + 375_ps);
    // Write: 80 bytes of slots are two flits, the memory takes 64 B / 38.4 GB/s, one flit back.
    const Femtoseconds media = (38.4_GBps).time_for(64);
    CHECK(bench.dut.window.write(kWindow, 64, 1).latency == 4250_ps + 2125_ps + 159_ns + media);
  });
}

void saturate(bool reads) {
  TestBench<Burst_> bench(direct_port(), direct_expander());
  Femtoseconds first, last;
  unsigned done = 0, issued = 0;
  constexpr unsigned kBursts = 1000, kBytes = 1024;
  auto& window = bench.dut.window;
  const std::vector<std::uint8_t> data(kBytes, 1);
  const auto issue = [&] {
    if (issued == kBursts) return;
    const Addr address = kWindow + issued++ % 64 * kBytes;
    reads ? window.read(address, kBytes, 0, {}) : window.write(address, data, 0, {});
  };
  window.on_complete([&](const Burst& burst) {
    REQUIRE(burst.ok());
    (done++ == 0 ? first : last) = simulation_time();
    issue();
  });
  bench.run([&] {
    for (int i = 0; i < 64; ++i) issue();
    while (done < kBursts) bench.wait(1_us);
    const double bandwidth = (kBursts - 1) * kBytes / (last - first).seconds() / 1e9;
    // Reference table: 26.77 and 24.09 GB/s on x8 at 32 GT/s.
    CHECK(bandwidth == Approx(reads ? 26.77 : 24.09).epsilon(0.005));
    const auto stats = bench.dut.expander.statistics();
    CHECK((reads ? stats.read : stats.written).total() == std::uint64_t{kBursts} * kBytes);
    CHECK((reads ? stats.link : bench.dut.port.statistics()).data.total() ==
          std::uint64_t{kBursts} * kBytes);
  });
}

TEST_CASE("Cxl reads saturate the link at their slot efficiency", "[unit][cxl]") { saturate(true); }
TEST_CASE("Cxl writes saturate the link at their slot efficiency", "[unit][cxl]") {
  saturate(false);
}

TEST_CASE("Cxl reads are bound by the memory when it is slower than the link", "[unit][cxl]") {
  CxlExpanderParams slow = direct_expander();
  slow.media_bandwidth = 10_GBps;
  TestBench<Burst_> bench(direct_port(), slow);
  Femtoseconds last;
  unsigned done = 0;
  auto& window = bench.dut.window;
  window.on_complete([&](const Burst&) { ++done, last = simulation_time(); });
  bench.run([&] {
    for (unsigned i = 0; i < 100; ++i) window.read(kWindow + i * 4096, 4096, 0, {});
    while (done < 100) bench.wait(1_us);
    CHECK(100 * 4096 / last.seconds() / 1e9 == Approx(10).epsilon(0.02));
  });
}

TEST_CASE("Cxl posted writes end when they have left and give their credit back", "[unit][cxl]") {
  CxlRootPortParams few = direct_port();
  few.max_in_flight = 2;
  TestBench<Burst_> bench(few, direct_expander());
  std::vector<Femtoseconds> completed;
  auto& window = bench.dut.window;
  window.on_complete([&](const Burst&) { completed.push_back(simulation_time()); });
  bench.run([&] {
    Attributes posted;
    posted.posted = true;
    const std::vector<std::uint8_t> data(64, 1);
    for (unsigned i = 0; i < 6; ++i) window.write(kWindow + i * 64, data, 0, posted);
    bench.wait(10_us);
    REQUIRE(completed.size() == 6);
    CHECK(completed[0] == 4250_ps);
    CHECK(completed[2] > 150_ns);  // Waited for a credit.
    for (unsigned i = 0; i < 6; ++i) CHECK(bench.dut.expander.store()->data()[i * 64] == 1);
  });
}

TEST_CASE("Cxl direct access follows the decoders", "[unit][cxl]") {
  TestBench<Dmi> bench(direct_port(), small());
  bench.run([&] {
    auto& dut = bench.dut;
    tlm::tlm_generic_payload payload;
    auto* grant = new GrantExtension;
    payload.set_extension(grant);
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(kWindow + 0x1000);
    tlm::tlm_dmi dmi;
    CHECK_FALSE(dut.window->get_direct_mem_ptr(payload, dmi));  // The device has not committed.
    dut.enumerate();
    dut.commit_device(kWindow, 256_MiB);
    REQUIRE(dut.window->get_direct_mem_ptr(payload, dmi));
    CHECK(grant->store == dut.expander.store());
    CHECK(grant->offset == 0);
    CHECK(dmi.get_start_address() == kWindow);
    CHECK(dmi.get_end_address() == kWindow + 256_MiB - 1);
    CHECK(to_femtoseconds(dmi.get_read_latency()) == 250_ns + 375_ps);
    dut.bar(0x1030, 0);  // The device takes its decoder back.
    CHECK(dut.window.revoked == 1);
    CHECK_FALSE(dut.window->get_direct_mem_ptr(payload, dmi));
    dut.bar(0x1030, 1u << 9);
    REQUIRE(dut.window->get_direct_mem_ptr(payload, dmi));
    bench.regs_initiator.write(0x1030, 4, 0);  // So does the host.
    CHECK(dut.window.revoked == 2);
    CHECK_FALSE(dut.window->get_direct_mem_ptr(payload, dmi));
  });
}

TEST_CASE("Cxl dead link leaves all ones in configuration space", "[unit][cxl]") {
  set_log_sink([](std::string_view) {});
  CxlRootPortParams dead = direct_port();
  dead.dead = true;
  TestBench<Basic> bench(dead, direct_expander());
  bench.run([&] {
    auto& dut = bench.dut;
    dut.config(0x18, 0x0001'0100);
    CHECK((dut.config(0x50) >> 29 & 1) == 0);
    CHECK(dut.config(kEndpoint) == 0xffff'ffff);
    CHECK(dut.window.read(kWindow, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("Cxl parameters that cannot be are refused", "[unit][cxl]") {
  CxlExpanderParams expander;
  CHECK(cxl_expander_params_error(expander).empty());
  expander.capacity = 100_MiB;
  CHECK_FALSE(cxl_expander_params_error(expander).empty());
  CxlRootPortParams port;
  CHECK(cxl_root_port_params_error(port).empty());
  port.device = 32;
  CHECK_FALSE(cxl_root_port_params_error(port).empty());
}

}  // namespace
}  // namespace cvp
