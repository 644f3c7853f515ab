// SPDX-License-Identifier: Apache-2.0
//
// The device as a module: registers, accesses over the bus, time, interrupt.
#include "models/virtio/virtio.h"

#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

using R = VirtioRegs;
constexpr Addr kTable = 0x1000, kDriver = 0x2000, kDevice = 0x3000, kBuffer = 0x4000;

const VirtioParams kRandom{.device = VirtioKind::kRng, .latency = 3_us, .bandwidth = 1_GBps};

struct Bench : TestBench<Virtio> {
  explicit Bench(const VirtioParams& params) : TestBench<Virtio>(params) {}
  // One queue of one entry, and in it one buffer to be filled.
  void start(Addr buffer) {
    write(&R::driver_features_sel, 1);
    write(&R::driver_features, 1);
    regs_initiator.write(0x070, 4, 11);
    write(&R::queue_num, 1);
    write(&R::queue_desc_low, kTable);
    write(&R::queue_driver_low, kDriver);
    write(&R::queue_device_low, kDevice);
    write(&R::queue_ready, 1);
    regs_initiator.write(0x070, 4, 15);  // Finds nothing in the queue.
    wait(1_us);
    std::vector<std::uint8_t> descriptor(16);
    for (unsigned i = 0; i < 8; ++i) descriptor[i] = static_cast<std::uint8_t>(buffer >> 8 * i);
    descriptor[9] = 0x10;  // 4096 bytes
    descriptor[12] = 2;    // written by the device
    ram.load(kTable, descriptor);
    ram.load(kDriver, {0, 0, 1, 0, 0, 0});
    write(&R::queue_notify, 0);
  }
};

}  // namespace

TEST_CASE("Virtio registers follow their register file", "[unit][virtio]") {
  Bench bench(kRandom);
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Virtio reads rings, writes the answer and interrupts after its time", "[unit][virtio]") {
  Bench bench(kRandom);
  bench.ram.latency = 100_ns;
  bench.run([&] {
    bench.start(kBuffer);
    const Femtoseconds begin = simulation_time();
    CHECK(bench.wait_for_irq(1_ms));
    // Index, head, descriptor; 3 us and 4096 ns in the device; answer, used element, used index,
    // flags.
    CHECK(simulation_time() - begin == 7 * 100_ns + 3_us + 4096_ns);
    CHECK(bench.ram.bytes(kDevice, 12) ==
          std::vector<std::uint8_t>{0, 0, 1, 0, 0, 0, 0, 0, 0, 0x10, 0, 0});
    CHECK(bench.ram.bytes(kBuffer, 8) != std::vector<std::uint8_t>(8));
    bench.write(&R::interrupt_ack, 1);
    CHECK_FALSE(bench.wire(bench.dut.irq).read());
    CHECK(bench.dut.statistics().requests == 1);
    CHECK(bench.dut.statistics().bytes_written == 4096);
  });
}

TEST_CASE("Virtio says what it waits for, and interrupts for a broken rule", "[unit][virtio]") {
  Bench bench(kRandom);
  bench.run([&] {
    bench.start(0x7fff'ffff'0000);
    bench.wait(1_us);
    CHECK(bench.dut.waiting() == "queue 0: a request in flight");
    CHECK(bench.wait_for_irq(1_ms));
    CHECK(bench.read(&R::interrupt_status).config_change);
    CHECK(bench.read(&R::status).needs_reset);
    CHECK(bench.dut.waiting().empty());
  });
}

TEST_CASE("Virtio slot without a device has number 0 and no queue", "[unit][virtio]") {
  Bench bench(VirtioParams{});
  bench.run([&] {
    CHECK(bench.read(&R::magic_value) == 0x74726976);
    CHECK(bench.read(&R::device_id) == 0);
    CHECK(bench.read(&R::queue_num_max) == 0);
  });
}

}  // namespace cvp
