// SPDX-License-Identifier: Apache-2.0
//
// The protocols of a link: what is packed arrives, read by the model and by a second receiver that
// knows only FLITS.md; what a message costs is what its bytes are; any bytes do no harm.
#include <catch2/catch.hpp>

#include "models/ucie/adapter/ucie_received_test.h"
#include "models/ucie/protocol/ucie_naive_test.h"
#include "models/ucie/protocol/ucie_tlp.h"
#include "models/ucie/protocol/ucie_traffic_test.h"

namespace cvp {
namespace {

using Kind = UcieMessageKind;

constexpr std::array kProtocols = {UcieProtocol::kIo, UcieProtocol::kMem, UcieProtocol::kStreaming};

std::vector<std::uint8_t> bytes_of(const UcieMessage& message, const UciePacketSizes& sizes = {}) {
  UcieByteQueue bytes;
  ucie_encoding(message.protocol).encode(message, sizes, bytes);
  return {bytes.bytes().begin(), bytes.bytes().end()};
}

UcieMessage made(UcieProtocol protocol, Kind kind, std::uint64_t address, std::uint32_t length) {
  UcieMessage message;
  message.protocol = protocol;
  message.kind = kind;
  message.address = address;
  message.length = length;
  message.data.resize(message.data_bytes());
  return message;
}

TEST_CASE("UcieEncoding tells the bytes of a message before they are there", "[unit][ucie]") {
  for (const UcieProtocol protocol : kProtocols) {
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      UcieMessage message = random_ucie_message(i, protocol, 2000);
      const std::size_t bytes = bytes_of(message).size();
      message.data.clear();
      INFO(static_cast<int>(protocol) << ' ' << i);
      REQUIRE(ucie_wire_bytes(message) == bytes);
    }
  }
}

TEST_CASE("UcieEncoding splits transactions as PCIe does", "[unit][ucie]") {
  const auto bytes = [](Kind kind, std::uint64_t address, std::uint32_t length) {
    return ucie_wire_bytes(made(UcieProtocol::kIo, kind, address, length));
  };
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 40;
  CHECK(bytes(Kind::kPostedWrite, kHigh, 64) == 16 + 64);
  CHECK(bytes(Kind::kPostedWrite, 0x1000, 64) == 12 + 64);  // 3 DW below 4 GiB.
  CHECK(bytes(Kind::kWrite, kHigh, 1024) == 4 * 16 + 1024);
  CHECK(bytes(Kind::kWrite, kHigh + 4, 256) == 2 * 16 + 256);  // Ends at a multiple of 256.
  CHECK(bytes(Kind::kPostedWrite, kHigh + 3, 2) == 16 + 8);    // In two double words.
  CHECK(bytes(Kind::kPostedWrite, kHigh + 1, 2) == 16 + 4);
  CHECK(bytes(Kind::kRead, kHigh, 4096) == 8 * 16);
  CHECK(bytes(Kind::kRead, kHigh + 500, 24) == 2 * 16);
  CHECK(bytes(Kind::kReadData, kHigh, 4096) == 16 * 12 + 4096);
  CHECK(bytes(Kind::kCompletion, kHigh, 0) == 12);
  CHECK(bytes(Kind::kRead, 0xFFFF'FF00, 512) == 12 + 16);  // Across 4 GiB.
}

TEST_CASE("UcieEncoding splits transactions at any size that PCIe has", "[unit][ucie]") {
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 40;
  const auto bytes = [](Kind kind, std::uint64_t address, const UciePacketSizes& sizes) {
    return ucie_wire_bytes(made(UcieProtocol::kIo, kind, address, 4096), sizes);
  };
  CHECK(bytes(Kind::kWrite, kHigh, {128, 512}) == 32 * 16 + 4096);
  CHECK(bytes(Kind::kWrite, kHigh, {4096, 128}) == 16 + 4096);
  CHECK(bytes(Kind::kRead, kHigh, {4096, 128}) == 32 * 16);
  CHECK(bytes(Kind::kRead, kHigh, {128, 4096}) == 16);
  CHECK(bytes(Kind::kReadData, kHigh, {4096, 4096}) == 12 + 4096);
  CHECK(bytes(Kind::kReadData, kHigh, {4096, 1024}) == 4 * 12 + 4096);  // Four requests.
  CHECK(bytes(Kind::kReadData, kHigh, {512, 4096}) == 8 * 12 + 4096);
  // What a packet says: double words in byte 2, bytes still to come in byte 6, 4096 as 0.
  const auto whole = bytes_of(made(UcieProtocol::kIo, Kind::kReadData, kHigh, 4096), {4096, 4096});
  CHECK((whole[2] | whole[3] << 8) == 0);
  CHECK((whole[6] | whole[7] << 8) == 0);
  const auto half = bytes_of(made(UcieProtocol::kIo, Kind::kReadData, kHigh, 4096), {2048, 4096});
  CHECK((half[2] | half[3] << 8) == 512);
  CHECK((half[6] | half[7] << 8) == 0);
  CHECK((half[2060 + 6] | half[2060 + 7] << 8) == 2048);
}

TEST_CASE("UcieEncoding of packets of every size is read by two receivers", "[unit][ucie]") {
  const UcieFlitLayout& layout = ucie_flit_layout(UcieFlitFormat::k256, UcieProtocol::kIo);
  for (std::uint32_t payload = 128; payload <= 4096; payload *= 2) {
    for (std::uint32_t request = 128; request <= 4096; request *= 2) {
      INFO(payload << ' ' << request);
      UciePacker packer({payload, request});
      UcieUnpacker unpacker;
      NaiveReceiver naive("256");
      std::vector<UcieMessage> sent;
      for (std::uint64_t i = 0; i < 60; ++i) {
        const UcieMessage message = random_ucie_message(i, UcieProtocol::kIo, 9000);
        packer.push(message);
        sent.push_back(as_received(message));
      }
      for (std::uint16_t sequence = 0; !packer.empty(); ++sequence) {
        UcieFlit flit;
        packer.fill(layout, flit);
        const auto number = static_cast<std::uint16_t>(sequence % kUcieSequences);
        ucie_seal(layout, {.protocol = UcieProtocol::kIo, .sequence = number}, flit);
        unpacker.take(layout, flit, UcieProtocol::kIo);
        naive.receive(flit.bytes.data());
      }
      CHECK(all_messages(unpacker) == sent);
      CHECK((naive.messages == sent));
    }
  }
}

TEST_CASE("UcieEncoding has the public record's types", "[unit][ucie]") {
  const auto type = [](Kind kind, std::uint64_t address, std::uint8_t operation = 0) {
    UcieMessage message = made(UcieProtocol::kIo, kind, address, 4);
    message.operation = operation;
    if (kind == Kind::kCompletion) message.length = 0;
    return bytes_of(message)[0];
  };
  constexpr std::uint64_t kLow = 0x1000, kHigh = 0x1'0000'0000;
  CHECK(type(Kind::kRead, kLow) == 0x03);
  CHECK(type(Kind::kRead, kHigh) == 0x20);
  CHECK(type(Kind::kPostedWrite, kLow) == 0x40);
  CHECK(type(Kind::kPostedWrite, kHigh) == 0x60);
  CHECK(type(Kind::kWrite, kLow) == 0x5B);
  CHECK(type(Kind::kWrite, kHigh) == 0x7B);
  CHECK(type(Kind::kAtomic, kLow, 2) == 0x4C);    // FetchAdd
  CHECK(type(Kind::kAtomic, kHigh, 1) == 0x6D);   // Swap
  CHECK(type(Kind::kAtomic, kHigh, 10) == 0x6E);  // Compare and swap
  CHECK(type(Kind::kAtomic, kLow, 3) == 0x4F);    // Ours.
  CHECK(type(Kind::kReadData, kHigh) == 0x4A);
  CHECK(type(Kind::kCompletion, kHigh) == 0x0A);
}

TEST_CASE("UcieEncoding carries lines in slots", "[unit][ucie]") {
  const auto bytes = [](Kind kind, std::uint32_t length) {
    return ucie_wire_bytes(made(UcieProtocol::kMem, kind, 0x1000, length));
  };
  CHECK(bytes(Kind::kRead, 64) == 16);
  CHECK(bytes(Kind::kWrite, 64) == 80);
  CHECK(bytes(Kind::kReadData, 256) == 4 * 80);
  CHECK(bytes(Kind::kRead, 256) == 4 * 16);
  CHECK(bytes(Kind::kCompletion, 0) == 16);
}

// Both stacks of a link, and protocols that change from message to message.
TEST_CASE("UcieEncoding of every protocol is read by two receivers", "[unit][ucie]") {
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    if (format == UcieFlitFormat::kRaw) continue;
    INFO(ucie_flit_layout(format).name);
    std::array<UciePacker, 2> packers;
    std::array<UcieUnpacker, 2> unpackers;
    NaiveReceiver naive{std::string(ucie_flit_layout(format).name)};
    std::array<std::vector<UcieMessage>, 2> sent, received;
    std::vector<UcieMessage> in_order;
    std::uint16_t sequence = 0;
    const auto send = [&](unsigned stack) {
      UcieFlit flit;
      const UcieProtocol protocol = packers[stack].protocol();
      const UcieFlitLayout& layout = ucie_flit_layout(format, protocol);
      packers[stack].fill(layout, flit);
      ucie_seal(
          layout,
          {.protocol = protocol, .stack = static_cast<std::uint8_t>(stack), .sequence = sequence},
          flit);
      sequence = static_cast<std::uint16_t>((sequence + 1) % kUcieSequences);
      unpackers[stack].take(layout, flit, protocol);
      for (const UcieMessage& message : all_messages(unpackers[stack])) {
        received[stack].push_back(message);
        in_order.push_back(message);
      }
      unpackers[stack].clear();
      naive.receive(flit.bytes.data());
    };
    for (std::uint64_t i = 0; i < 6000; ++i) {
      const UcieProtocol protocol = kProtocols[splitmix64(~i / 3) % 3];
      const UcieMessage message = random_ucie_message(i, protocol);
      packers[i % 2].push(message);
      sent[i % 2].push_back(as_received(message));
      for (std::uint64_t flits = splitmix64(i) % 9; flits > 0; --flits) {
        const unsigned stack = splitmix64(i + flits) % 2;
        if (!packers[stack].empty()) send(stack);
      }
    }
    for (const unsigned stack : {0u, 1u}) {
      while (!packers[stack].empty()) send(stack);
    }
    CHECK(naive.damaged + naive.unexpected == 0);
    CHECK(unpackers[0].malformed() + unpackers[1].malformed() == 0);
    CHECK((received[0] == sent[0]));  // Each stack keeps its order.
    CHECK((received[1] == sent[1]));
    CHECK((naive.messages == in_order));
  }
}

TEST_CASE("UcieEncoding puts one protocol into a flit and no gap between messages",
          "[unit][ucie]") {
  UciePacker packer;
  for (int i = 0; i < 59; ++i) packer.push(made(UcieProtocol::kIo, Kind::kRead, 0x1000, 64));
  packer.push(made(UcieProtocol::kMem, Kind::kRead, 0x1000, 64));
  packer.push(made(UcieProtocol::kIo, Kind::kCompletion, 0, 0));
  std::vector<std::pair<UcieProtocol, std::uint32_t>> flits;
  for (UcieFlit flit; !packer.empty();) {
    const UcieProtocol protocol = packer.protocol();
    flits.emplace_back(protocol,
                       packer.fill(ucie_flit_layout(UcieFlitFormat::k256, protocol), flit));
  }
  const std::vector<std::pair<UcieProtocol, std::uint32_t>> expected = {{UcieProtocol::kIo, 236},
                                                                        {UcieProtocol::kIo, 236},
                                                                        {UcieProtocol::kIo, 236},
                                                                        {UcieProtocol::kMem, 16},
                                                                        {UcieProtocol::kIo, 12}};
  CHECK((flits == expected));
  CHECK(packer.placed() == 3 * 236 + 28);
}

TEST_CASE("UcieEncoding takes any bytes without harm", "[unit][ucie]") {
  for (const UcieProtocol protocol : kProtocols) {
    const UcieFlitLayout& layout = ucie_flit_layout(UcieFlitFormat::k256, protocol);
    UcieUnpacker unpacker;
    std::uint64_t malformed = 0;
    for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
      if (seed % 16 == 0) {  // A damaged length may swallow all that follows.
        malformed += unpacker.malformed();
        unpacker = {};
      }
      UcieFlit flit;
      UciePacker packer;
      // A good flit with a few bytes changed reaches deeper than noise.
      for (std::uint64_t n = 0; n < 4; ++n) {
        packer.push(random_ucie_message(seed * 4 + n, protocol, 80));
      }
      packer.fill(layout, flit);
      for (std::uint64_t n = splitmix64(seed) % 5; n > 0; --n) {
        const std::uint64_t random = splitmix64(seed * 8 + n);
        flit.bytes[2 + random % 240] = static_cast<std::uint8_t>(random >> 32);
      }
      unpacker.take(layout, flit, protocol);
      for (const UcieMessageView message : unpacker) {
        REQUIRE(message.data.size() == message.data_bytes());
      }
      unpacker.clear();
    }
    CHECK(malformed > 100);
  }
}

TEST_CASE("UcieEncoding gives up a message that another protocol cuts off", "[unit][ucie]") {
  UciePacker packer;
  packer.push(made(UcieProtocol::kIo, Kind::kPostedWrite, 0, 1000));
  const UcieFlitLayout& io = ucie_flit_layout(UcieFlitFormat::k256, UcieProtocol::kIo);
  const UcieFlitLayout& mem = ucie_flit_layout(UcieFlitFormat::k256, UcieProtocol::kMem);
  UcieUnpacker unpacker;
  UcieFlit flit;
  packer.fill(io, flit);
  unpacker.take(io, flit, UcieProtocol::kIo);
  CHECK(unpacker.inside_message());
  UciePacker other;
  const UcieMessage line = made(UcieProtocol::kMem, Kind::kRead, 0x40, 64);
  other.push(line);
  other.fill(mem, flit);
  unpacker.take(mem, flit, UcieProtocol::kMem);
  CHECK(unpacker.malformed() == 1);
  REQUIRE(unpacker.size() == 1);
  CHECK((unpacker[0] == line));
}

}  // namespace
}  // namespace cvp
