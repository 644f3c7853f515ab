// SPDX-License-Identifier: Apache-2.0
//
// Errors as software sees them, through the registers of a stack.
#include <catch2/catch.hpp>
#include <utility>

#include "models/hbm/hbm.h"
#include "tests/harness/archive.h"
#include "tests/harness/test_bench.h"

using namespace cvp;

namespace {

using R = HbmRegs;
constexpr Addr kWord = 0x12340;
constexpr std::uint64_t kData = 0x0123'4567'89ab'cdef;

struct HeardStack : HbmStack {
  HeardStack(sc_core::sc_module_name name, ActionQueue& actions, const HbmParams& params)
      : HbmStack(name, actions, params) {
    msi_initiator.bind(messages);
  }
  TestMemory messages{"messages"};
};

struct RasBench : TestBench<HeardStack> {
  RasBench() : TestBench(HbmParams{.trained_at_reset = true}) {}

  void inject(Addr address, R::Inject what) {
    write(&R::inject_address, address);
    write(&R::inject, what);
  }
  std::uint32_t message() { return dut.messages.bytes(0x40, 1)[0]; }
  bool granted() {
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    return mem_initiator->get_direct_mem_ptr(payload, dmi);
  }
};

}  // namespace

TEST_CASE("HbmRas corrects one wrong bit and logs where it was", "[unit][hbm]") {
  RasBench bench;
  bench.run([&] {
    bench.mem_initiator.write(kWord, 8, kData);
    bench.write(&R::ecc_ctrl, R::EccCtrl{.enable = true});  // The die would hide it.
    bench.inject(kWord + 3, {.bit = 17, .one = true});
    CHECK(bench.mem_initiator.read(kWord, 8).value == kData);
    CHECK(bench.mem_initiator.attributes.poison == false);
    CHECK(bench.read(&R::ecc_corrected) == 1);
    CHECK(bench.read(&R::ecc_uncorrected) == 0);
    CHECK(bench.read(&R::corrected_address) == kWord);
    const R::CorrectedInfo info = bench.read(&R::corrected_info);
    const HbmPlace place = bench.dut.engine().place(kWord);
    CHECK(info.bit == 17);
    CHECK(info.channel == place.channel());
    CHECK(info.pseudo_channel == bench.dut.engine().pseudo_channel(kWord) % 2);
    CHECK_FALSE(info.more);
    CHECK(bench.read(&R::irq_status).corrected);
    bench.mem_initiator.read(kWord, 8);
    CHECK(bench.read(&R::corrected_info).more);
    CHECK(bench.read(&R::ecc_corrected) == 2);
    bench.write(&R::ecc_ctrl, R::EccCtrl{.enable = true, .on_die = true, .clear_counters = true});
    CHECK(bench.read(&R::ecc_corrected) == 0);
    bench.mem_initiator.read(kWord, 8);
    CHECK(bench.read(&R::ecc_corrected) == 0);
    CHECK(bench.read(&R::ecc_on_die_corrected) == 1);
  });
}

TEST_CASE("HbmRas answers two wrong bits with poison, or an error to who cannot see it",
          "[unit][hbm]") {
  RasBench bench;
  bench.run([&] {
    bench.mem_initiator.write(kWord, 8, kData);
    bench.inject(kWord, {.bit = 17, .second_bit = 70, .two = true});
    CHECK(bench.mem_initiator.read(kWord, 8).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.mem_initiator.attributes.poison);
    bench.mem_initiator.attributes.poison = false;
    CHECK(bench.read(&R::ecc_uncorrected) == 1);
    CHECK(bench.read(&R::uncorrected_address) == kWord);
    CHECK(bench.read(&R::uncorrected_info).syndrome != 0);

    tlm::tlm_generic_payload plain;
    std::uint64_t value = 0;
    plain.set_command(tlm::TLM_READ_COMMAND);
    plain.set_address(kWord);
    plain.set_data_ptr(reinterpret_cast<std::uint8_t*>(&value));
    plain.set_data_length(8);
    plain.set_streaming_width(8);
    sc_core::sc_time delay;
    bench.mem_initiator->b_transport(plain, delay);
    CHECK(plain.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);

    // An atomic operation must not turn it into data.
    bench.mem_initiator.attributes.atomic = AtomicOp::kSwap;
    bench.mem_initiator.read(kWord, 8);
    CHECK(bench.mem_initiator.attributes.poison);
    bench.mem_initiator.attributes = {};
    std::uint64_t stored = 0;
    bench.mem_initiator.peek(kWord, 8, stored);
    CHECK(stored == kData);

    bench.mem_initiator.write(kWord, 8, kData);
    CHECK(bench.mem_initiator.read(kWord, 8).value == kData);
    CHECK_FALSE(bench.mem_initiator.attributes.poison);
  });
}

TEST_CASE("HbmRas keeps poison that is written", "[unit][hbm]") {
  RasBench bench;
  bench.run([&] {
    bench.mem_initiator.attributes.poison = true;
    CHECK(bench.mem_initiator.write(kWord, 8, kData).status == tlm::TLM_OK_RESPONSE);
    bench.mem_initiator.attributes.poison = false;
    bench.mem_initiator.read(kWord, 4);
    CHECK(bench.mem_initiator.attributes.poison);
    CHECK(bench.read(&R::ecc_poison_read) == 1);
    CHECK(bench.read(&R::ecc_uncorrected) == 0);
    // A bad operand must not get into good data.
    bench.mem_initiator.attributes = {};
    bench.mem_initiator.write(kWord, 8, kData);
    bench.mem_initiator.attributes.atomic = AtomicOp::kSwap;
    bench.mem_initiator.attributes.poison = true;
    bench.mem_initiator.read(kWord, 8);
    CHECK(bench.mem_initiator.attributes.poison);
    bench.mem_initiator.attributes = {};
    CHECK(bench.mem_initiator.read(kWord, 8).value == kData);
    bench.mem_initiator.attributes.poison = true;
    bench.write(&R::ecc_ctrl, R::EccCtrl{});  // Without a code nothing can say that it is bad.
    CHECK(bench.mem_initiator.write(kWord, 8, 1).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.mem_initiator.attributes = {};
    CHECK(bench.mem_initiator.read(kWord, 8).value == kData);
  });
}

TEST_CASE("HbmRas never takes poison for data, however many errors there are", "[unit][hbm]") {
  RasBench bench;
  bench.run([&] {
    constexpr std::uint64_t kMiB = 1 << 20;
    bench.write(&R::inject_one_in, 1);
    for (Addr at = 0; at < 64 * kMiB; at += kMiB) bench.mem_initiator.read_bytes(at, kMiB);
    bench.write(&R::inject_one_in, 0);
    bench.mem_initiator.attributes = {};
    const auto poisoned = [&](Addr at) {
      bench.mem_initiator.read(at, 8);
      return std::exchange(bench.mem_initiator.attributes.poison, false);
    };
    const auto write_poisoned = [&](Addr at, std::uint64_t length) {
      bench.mem_initiator.attributes.poison = true;
      const auto status =
          bench.mem_initiator.write_bytes(at, std::vector<std::uint8_t>(length, 0xbd));
      bench.mem_initiator.attributes.poison = false;
      return status;
    };
    // The rate has left room for those who mean it.
    CHECK(write_poisoned(80 * kMiB, 8) == tlm::TLM_OK_RESPONSE);
    CHECK(poisoned(80 * kMiB));
    bench.inject(81 * kMiB, {.bit = 1, .second_bit = 2, .two = true});
    CHECK(poisoned(81 * kMiB));
    // Until that is used up too.
    bench.mem_initiator.write(200 * kMiB, 8, kData);
    Addr at = 100 * kMiB;
    while (write_poisoned(at, kMiB) == tlm::TLM_OK_RESPONSE) at += kMiB;
    CHECK(at > 100 * kMiB);
    CHECK(at < 200 * kMiB);
    CHECK(poisoned(at - 8));
    CHECK(write_poisoned(200 * kMiB, kMiB) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.mem_initiator.read(200 * kMiB, 8).value == kData);
    CHECK(write_poisoned(80 * kMiB, 8) == tlm::TLM_OK_RESPONSE);
    CHECK(poisoned(80 * kMiB));
  });
}

TEST_CASE("HbmRas injects nothing beyond the memory", "[unit][hbm]") {
  RasBench bench;
  bench.run([&] {
    for (const Addr beyond : {bench.dut.size(), bench.dut.size() + 64, ~Addr{0}}) {
      bench.inject(beyond, {.bit = 1, .second_bit = 2, .two = true});
      CHECK(bench.granted());
    }
    bench.inject(bench.dut.size() - 1, {.bit = 1, .one = true});
    CHECK_FALSE(bench.granted());
  });
}

TEST_CASE("HbmRas grants no direct access while there are wrong bits or a rate", "[unit][hbm]") {
  RasBench bench;
  bench.run([&] {
    CHECK(bench.granted());
    bench.inject(kWord, {.bit = 1, .one = true});
    CHECK(bench.mem_initiator.revoked == 1);
    CHECK_FALSE(bench.granted());
    bench.mem_initiator.write(kWord, 8, kData);
    CHECK(bench.granted());
    bench.write(&R::inject_one_in, 1000);
    CHECK(bench.mem_initiator.revoked == 2);
    CHECK_FALSE(bench.granted());
    bench.write(&R::inject_one_in, 0);
    CHECK(bench.granted());
  });
}

TEST_CASE("HbmRas rates hit one burst in so many, the same ones for one seed", "[unit][hbm]") {
  RasBench bench;
  bench.run([&] {
    const auto count = [&](std::uint64_t seed) {
      bench.write(&R::ecc_ctrl, R::EccCtrl{.enable = true, .clear_counters = true});
      bench.write(&R::inject_seed, seed);
      bench.write(&R::inject_one_in, 50);
      bench.write(&R::inject_two_in, 400);
      for (Addr at = 0; at < 32 * 20000; at += 4096) {
        bench.mem_initiator.read_bytes(at, 4096);
        bench.mem_initiator.attributes.poison = false;
        bench.mem_initiator.write_bytes(at, std::vector<std::uint8_t>(4096));
      }
      bench.write(&R::inject_one_in, 0);
      bench.write(&R::inject_two_in, 0);
      return std::pair{bench.read(&R::ecc_corrected), bench.read(&R::ecc_uncorrected)};
    };
    const auto [one, two] = count(1);
    // 20,096 bursts: means 402 and 50; six deviations of a Poisson count.
    CHECK(std::abs(static_cast<double>(one) - 402) < 6 * 20.1);
    CHECK(std::abs(static_cast<double>(two) - 50) < 6 * 7.1);
    CHECK(count(1) == std::pair{one, two});
    CHECK(count(2) != std::pair{one, two});
    CHECK(bench.granted());
  });
}

TEST_CASE("HbmRas interrupts by message when an enabled bit rises", "[unit][hbm]") {
  RasBench bench;
  bench.run([&] {
    bench.write(&R::message_address, 0x40);
    bench.write(&R::message_data, 7);
    bench.write(&R::ecc_threshold, R::EccThreshold{.corrected = 2});
    bench.write(&R::irq_enable, R::IrqEnable{.corrected = true});
    const auto correct_one = [&] {
      bench.inject(kWord, {.bit = 3, .transfer = true, .one = true});
      bench.mem_initiator.read(kWord, 8);
      bench.wait(1_ns);
    };
    correct_one();
    CHECK(bench.message() == 0);
    correct_one();
    CHECK(bench.message() == 7);
    bench.write(&R::message_data, 8);
    correct_one();
    CHECK(bench.message() == 7);  // Still set: no edge.
    bench.write(&R::irq_status, R::IrqStatus{.corrected = true});
    correct_one();
    correct_one();
    CHECK(bench.message() == 8);

    bench.write(&R::message_data, 9);
    bench.inject(kWord, {.bit = 3, .second_bit = 4, .transfer = true, .two = true});
    bench.mem_initiator.read(kWord, 8);
    bench.wait(1_ns);
    CHECK(bench.message() == 8);
    bench.write(&R::irq_enable, R::IrqEnable{.uncorrected = true});
    bench.wait(1_ns);
    CHECK(bench.message() == 9);
  });
}
