// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <iterator>

#include "models/core/splitmix64.h"
#include "models/ucie/adapter/ucie_packing.h"
#include "models/ucie/adapter/ucie_received_test.h"
#include "models/ucie/protocol/ucie_naive_test.h"
#include "models/ucie/protocol/ucie_traffic_test.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

TEST_CASE("UciePacking carries every message through every format", "[unit][ucie]") {
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    const UcieFlitLayout& layout = ucie_flit_layout(format);
    INFO(layout.name);
    UciePacker packer;
    UcieUnpacker unpacker;
    NaiveReceiver naive{std::string(layout.name)};
    std::vector<UcieMessage> sent;
    UcieFlitHeader header{.protocol = UcieProtocol::kStreaming};
    for (std::uint64_t i = 0; i < 3000; ++i) {
      sent.push_back(random_ucie_message(i));
      packer.push(sent.back());
      // Sometimes the link falls behind, sometimes it catches up and pads.
      for (std::uint64_t flits = splitmix64(i) % 9; flits > 0 && !packer.empty(); --flits) {
        UcieFlit flit;
        packer.fill(layout, flit);
        ucie_seal(layout, header, flit);
        header.sequence = static_cast<std::uint16_t>((header.sequence + 1) % kUcieSequences);
        unpacker.take(layout, flit);
        naive.receive(flit.bytes.data());
      }
    }
    for (UcieFlit flit; !packer.empty();) {
      packer.fill(layout, flit);
      ucie_seal(layout, header, flit);
      header.sequence = static_cast<std::uint16_t>((header.sequence + 1) % kUcieSequences);
      unpacker.take(layout, flit);
      naive.receive(flit.bytes.data());
    }
    CHECK(all_messages(unpacker) == sent);
    CHECK((naive.messages == sent));
    CHECK(naive.damaged + naive.unexpected + unpacker.malformed() == 0);
  }
}

TEST_CASE("UciePacking leaves no payload byte empty while a message waits", "[unit][ucie]") {
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    const UcieFlitLayout& layout = ucie_flit_layout(format);
    INFO(layout.name);
    for (const std::uint32_t bytes : {1u, 16u, 47u, 64u, 224u, 240u, 256u, 1000u, 4096u}) {
      UciePacker packer;
      std::uint64_t waiting = 0, flits = 0, placed = 0;
      for (std::uint64_t i = 0; i < 500; ++i) {
        const UcieMessage message{{.kind = UcieMessageKind::kPostedWrite, .length = bytes},
                                  std::vector<std::uint8_t>(bytes, 0xFF)};
        packer.push(message);
        waiting += ucie_wire_bytes(message);
      }
      REQUIRE(packer.waiting_bytes() == waiting);
      for (UcieFlit flit; !packer.empty(); ++flits) placed += packer.fill(layout, flit);
      CHECK(placed == waiting);
      CHECK(flits == (waiting + layout.payload_bytes() - 1) / layout.payload_bytes());
    }
  }
}

// Data of a transaction on the wire: 64 bytes and their header of 16 in 250 of 256.
TEST_CASE("UciePacking of 64 byte writes has the efficiency of its arithmetic", "[unit][ucie]") {
  const UcieFlitLayout& layout = ucie_flit_layout(UcieFlitFormat::k256LatOptExtra);
  UciePacker packer;
  constexpr std::uint64_t kWrites = 250'000;
  std::uint64_t flits = 0;
  UcieFlit flit;
  for (std::uint64_t i = 0; i < kWrites; ++i) {
    packer.push(UcieMessage{{.kind = UcieMessageKind::kWrite, .length = 64},
                            std::vector<std::uint8_t>(64)});
    for (; packer.waiting_bytes() >= layout.payload_bytes(); ++flits) packer.fill(layout, flit);
  }
  const double efficiency =
      static_cast<double>(kWrites * 64) / static_cast<double>(flits * layout.wire_bytes);
  CHECK(efficiency == Approx(0.8 * 250 / 256).epsilon(1e-4));
}

TEST_CASE("UcieByteQueue gives bytes in order, in memory for few more than wait", "[unit][ucie]") {
  UcieByteQueue queue;
  std::uint8_t next_in = 0, next_out = 0;
  bool in_order = true;
  std::size_t most_waiting = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const std::uint64_t random = splitmix64(i);
    if (queue.size() < 1000) {
      const std::size_t count = random % 300;
      std::uint8_t* const to = queue.append(count);
      for (std::size_t n = 0; n < count; ++n) to[n] = next_in++;
    }
    most_waiting = std::max(most_waiting, queue.size());
    const std::size_t count = std::min<std::size_t>(random >> 32 & 0xFF, queue.size());
    for (const std::uint8_t byte : queue.bytes().first(count)) in_order &= byte == next_out++;
    queue.drop(count);
  }
  CHECK(in_order);
  CHECK(most_waiting > 1000);
  CHECK(queue.memory_bytes() <= 2 * most_waiting + 600);
}

TEST_CASE("UcieUnpacker keeps no more memory than what has not been taken", "[unit][ucie]") {
  const UcieFlitLayout& layout = ucie_flit_layout(UcieFlitFormat::k256);
  UciePacker packer;
  UcieUnpacker unpacker;
  UcieFlit flit;
  const auto pass = [&](std::uint32_t most) {  // Many messages, each taken as it comes.
    std::vector<UcieMessage> received;
    for (std::uint64_t i = 0; i < 3000; ++i) {
      packer.push(random_ucie_message(i, most));
      while (packer.waiting_bytes() >= layout.payload_bytes()) {
        packer.fill(layout, flit);
        unpacker.take(layout, flit);
        std::ranges::copy(all_messages(unpacker), std::back_inserter(received));
        unpacker.clear();
        CHECK(unpacker.empty());
      }
    }
    bool right = received.size() > 2900;
    for (std::uint64_t i = 0; i < received.size(); ++i) {
      right &= received[i] == random_ucie_message(i, most);
    }
    CHECK(right);
    while (!packer.empty()) {  // What is left.
      packer.fill(layout, flit);
      unpacker.take(layout, flit);
    }
    unpacker.clear();
  };
  pass(100);
  CHECK(unpacker.memory_bytes() <= 2000);
  pass(5000);  // Longer than a flit.
  CHECK(unpacker.memory_bytes() <= 22000);
}

TEST_CASE("UciePacking drops what is no message and goes on with the next flit", "[unit][ucie]") {
  const UcieFlitLayout& layout = ucie_flit_layout(UcieFlitFormat::k256);
  UcieUnpacker unpacker;
  UcieFlit flit;
  flit.bytes[2] = 0x0F;  // No such kind.
  unpacker.take(layout, flit);
  flit.bytes[2] = 0x02;  // A write of 4 GiB.
  flit.bytes[6] = flit.bytes[7] = flit.bytes[8] = flit.bytes[9] = 0xFF;
  unpacker.take(layout, flit);
  CHECK(unpacker.malformed() == 2);
  CHECK(unpacker.empty());
  const UcieMessage good = random_ucie_message(1, 100);
  UciePacker packer;
  packer.push(good);
  packer.fill(layout, flit);
  unpacker.take(layout, flit);
  REQUIRE(unpacker.size() == 1);
  CHECK((unpacker[0] == good));
}

TEST_CASE("UciePacking takes any bytes without harm", "[unit][ucie]") {
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    const UcieFlitLayout& layout = ucie_flit_layout(format);
    UcieUnpacker unpacker;
    std::uint64_t malformed = 0, received = 0;
    bool whole = true;
    for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
      if (seed % 4 == 0) malformed += std::exchange(unpacker, {}).malformed();
      UcieFlit flit;
      for (std::size_t i = 0; i < flit.bytes.size(); i += 8) {
        const std::uint64_t word = splitmix64(seed << 8 | i) >> seed % 60;
        for (std::size_t b = 0; b < 8; ++b) {
          flit.bytes[i + b] = static_cast<std::uint8_t>(word >> 8 * b);
        }
      }
      const std::size_t length = layout.payload[0].first + 4u;  // Of a message: short, often.
      if (seed % 8 != 0) std::fill_n(flit.bytes.begin() + length + 1, 3, std::uint8_t{0});
      unpacker.take(layout, flit);
      for (const UcieMessageView message : unpacker) {
        whole &= message.kind != UcieMessageKind::kNone;
        whole &= message.data.size() == message.data_bytes();
      }
      received += unpacker.size();
      unpacker.clear();
    }
    CHECK(received > 1000);
    CHECK(malformed > 1000);
    CHECK(whole);
  }
}

TEST_CASE("UciePacking saved and loaded goes on identically", "[unit][ucie]") {
  const UcieFlitLayout& layout = ucie_flit_layout(UcieFlitFormat::k68);
  UciePacker packer, packer2;
  UcieUnpacker unpacker, unpacker2;
  for (std::uint64_t i = 0; i < 20; ++i) packer.push(random_ucie_message(i));
  UcieFlit flit;
  while (packer.waiting_bytes() > 2000 || !unpacker.inside_message()) {
    packer.fill(layout, flit);
    unpacker.take(layout, flit);
  }
  load(packer2, save(packer));
  load(unpacker2, save(unpacker));
  unpacker.clear();
  unpacker2.clear();
  while (!packer.empty()) {
    packer.fill(layout, flit);
    unpacker.take(layout, flit);
    packer2.fill(layout, flit);
    unpacker2.take(layout, flit);
  }
  CHECK(unpacker.size() > 1);
  CHECK(all_messages(unpacker) == all_messages(unpacker2));
}

}  // namespace
}  // namespace cvp
