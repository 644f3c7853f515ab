// SPDX-License-Identifier: Apache-2.0
//
// The DVSEC with which the link registers begin is read and written as configuration space is.
#include "models/ucie/ucie_two_ports_test.h"

namespace cvp {
namespace {

constexpr Addr kDvsecBytes = 0x80, kMessageAddress = 0x38;

TEST_CASE("UcieDvsec is read whole, by bytes, half-words and words", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    auto& bus = bench.regs_initiator;
    bench.write(&R::message_address, 0x1234'5678'9abc'def0);
    CHECK(bench.read(&R::dvsec).length == kDvsecBytes);
    for (Addr word = 0; word < kDvsecBytes; word += 4) {
      INFO("offset " << word);
      const auto whole = bus.read(word, 4);
      REQUIRE(whole.status == tlm::TLM_OK_RESPONSE);
      for (const unsigned bytes : {1u, 2u}) {
        std::uint64_t parts = 0;
        for (unsigned at = 0; at < 4; at += bytes) {
          const auto part = bus.read(word + at, bytes);
          REQUIRE(part.status == tlm::TLM_OK_RESPONSE);
          parts |= part.value << 8 * at;
        }
        CHECK(parts == whole.value);
      }
    }
    for (const Addr reserved : {0x1c, 0x4c, 0x7c}) {
      CHECK(bus.write(reserved, 4, 0xffffffff).status == tlm::TLM_OK_RESPONSE);
      CHECK(bus.read(reserved, 4).value == 0);
    }
    // The mailbox of the other end reads it whole too.
    for (std::uint32_t word = 0; word < kDvsecBytes; word += 4) {
      REQUIRE(mailbox(bench, word) == R::MailboxStatus::kStatusOk);
    }
    // Behind it the blocks have words of their own width, and holes.
    CHECK(bus.read(kDvsecBytes, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bus.read(0x100, 1).status == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(mailbox(bench, kDvsecBytes) == R::MailboxStatus::kStatusNoRegister);
  });
}

TEST_CASE("UcieDvsec is written by bytes, half-words and words", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    auto& bus = bench.regs_initiator;
    bus.write(kMessageAddress + 4, 4, 0x1111'2222);
    bus.write(kMessageAddress, 4, 0x3333'4444);
    bus.write(kMessageAddress + 2, 2, 0x5555);
    bus.write(kMessageAddress + 7, 1, 0x66);
    CHECK(bench.read(&R::message_address) == 0x6611'2222'5555'4444);
    // A byte of `limit` takes effect as the whole does; one of `error` clears its own bits alone.
    CHECK(bus.write(0x2d, 1, 8).status == tlm::TLM_OK_RESPONSE);
    CHECK(bench.read(&R::limit) == R::Limit{.rate = 8});
    CHECK(bench.read(&R::command).result == R::Command::kResultAccepted);
    CHECK(bus.write(0x10, 1, 2).status == tlm::TLM_OK_RESPONSE);
    bench.wait(1_us);
    wait_state(bench, R::Status::kStateActive);
    CHECK(bench.read(&R::status).rate == 8);
    REQUIRE(bench.read(&R::correctable).rate);
    bus.write(0x45, 1, 0xff);
    CHECK(bench.read(&R::correctable).rate);
    bus.write(0x44, 1, 0xff);
    CHECK_FALSE(bench.read(&R::correctable).rate);
  });
}

// [PCIe: Message Address Register for MSI]
TEST_CASE("UcieDvsec aligns the address of the message to double words", "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    bench.write(&R::message_address, 0x43);
    CHECK(bench.read(&R::message_address) == 0x40);
    bench.write(&R::message_data, 5);
    bench.write(&R::event_enable, {.mailbox = true});
    mailbox(bench, 0);
    CHECK(message(bench) == 5);
  });
}

}  // namespace
}  // namespace cvp
