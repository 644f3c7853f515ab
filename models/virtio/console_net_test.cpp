// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/virtio_test_driver.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

// Both queues of a device, started together.
struct Bench {
  explicit Bench(VirtioCore::Device device) : core(std::move(device), world) {
    receive.negotiate(TestDriver::kVersion1);
    receive.set_up_queue();
    transmit.set_up_queue();
    core.notified = [this](unsigned queue) { core.kick(queue); };
    core.regs.write(0x070, 4, 15);
  }
  void put(std::uint32_t address, const std::string& text) {
    std::copy(text.begin(), text.end(), world.memory.begin() + address);
  }
  std::string get(std::uint32_t address, std::uint32_t bytes) {
    const auto first = world.memory.begin() + address;
    return {first, first + bytes};
  }
  void run() { REQUIRE(world.run(core)); }

  TestWorld world;
  VirtioCore core;
  TestDriver receive{core, world, 0}, transmit{core, world, 1};
};

const MacAddress kMac = {0x52, 0x54, 0, 1, 2, 3};

std::vector<std::uint8_t> frame_of(std::size_t bytes) {
  std::vector<std::uint8_t> frame(bytes);
  for (std::size_t i = 0; i < bytes; ++i) frame[i] = static_cast<std::uint8_t>(i);
  return frame;
}

}  // namespace

TEST_CASE("Console device sends what the guest writes", "[unit][virtio]") {
  Bench b{ConsoleDevice({})};
  std::string sent;
  b.core.device_as<ConsoleDevice>()->transmit = [&](std::uint8_t c) {
    sent.push_back(static_cast<char>(c));
  };
  b.put(0x4000, "hello");
  b.transmit.send({{0x4000, 2, false}, {0x4002, 3, false}});
  CHECK(sent == "hello");
  CHECK(b.transmit.used() == 1);
  CHECK(b.transmit.used_length(0) == 0);
}

TEST_CASE("Console device takes a buffer only when something was typed", "[unit][virtio]") {
  Bench b{ConsoleDevice({})};
  auto& console = *b.core.device_as<ConsoleDevice>();
  b.run();
  const auto accesses = b.world.accesses;
  b.receive.send({{0x4000, 3, true}});
  CHECK(b.receive.used() == 0);
  CHECK(b.world.accesses == accesses);
  for (const char c : std::string("abcde")) CHECK(console.receive(static_cast<std::uint8_t>(c)));
  b.run();
  CHECK(b.receive.used() == 1);
  CHECK(b.receive.used_length(0) == 3);
  CHECK(b.get(0x4000, 3) == "abc");
  CHECK(b.receive.interrupted());
  b.receive.send({{0x5000, 100, true}});
  CHECK(b.receive.used_length(1) == 2);
  CHECK(b.get(0x5000, 2) == "de");
}

TEST_CASE("Console device holds input back when it has no room", "[unit][virtio]") {
  ConsoleDevice console({});
  unsigned taken = 0;
  while (console.receive('x')) ++taken;
  CHECK_FALSE(console.room());
  CHECK(taken == 4096);
  CHECK(console.serve(0, {}, 10).data.size() == 10);
  CHECK(console.receive('y'));
}

TEST_CASE("Network card shows its address and sends frames behind a header", "[unit][virtio]") {
  Bench b{NetDevice(kMac, {})};
  std::vector<std::vector<std::uint8_t>> sent;
  b.core.device_as<NetDevice>()->transmit = [&](std::span<const std::uint8_t> frame) {
    sent.emplace_back(frame.begin(), frame.end());
  };
  CHECK(b.core.regs.read(0x100, 4).value == 0x0100'5452);
  CHECK(b.core.regs.read(0x104, 2).value == 0x0302);
  b.receive.reg(0x014, 0);
  CHECK((b.receive.reg(0x010) & 0x00ff'ffff) == 1 << 5);
  const auto frame = frame_of(60);
  std::copy(frame.begin(), frame.end(), b.world.memory.begin() + 0x400c);
  b.transmit.send({{0x4000, 12, false}, {0x400c, 60, false}});
  b.transmit.send({{0x4000, 12 + 60, false}});
  CHECK(sent == std::vector{frame, frame});
  b.transmit.send({{0x4000, 12 + 13, false}});    // Less than an Ethernet header.
  b.transmit.send({{0x4000, 12 + 1515, false}});  // More than a frame.
  CHECK(sent.size() == 2);
  CHECK(b.transmit.used() == 4);
  CHECK_FALSE(b.transmit.needs_reset());
  b.transmit.send({{0x4000, 11, false}});
  CHECK(b.transmit.needs_reset());
}

TEST_CASE("Network card receives frames behind a header", "[unit][virtio]") {
  Bench b{NetDevice(kMac, {})};
  auto& card = *b.core.device_as<NetDevice>();
  card.receive(frame_of(100));
  card.receive(frame_of(13));    // Lost.
  card.receive(frame_of(1515));  // Lost.
  card.receive(frame_of(1514));
  b.run();
  b.receive.send({{0x4000, 2048, true}});
  CHECK(b.receive.used_length(0) == 112);
  CHECK(b.get(0x4000, 12) == std::string("\0\0\0\0\0\0\0\0\0\0\1\0", 12));
  CHECK(b.world.memory[0x4000 + 12 + 99] == 99);
  b.receive.send({{0x4000, 2048, true}});
  CHECK(b.receive.used_length(1) == 1526);
  CHECK(b.receive.used() == 2);
}

TEST_CASE("Network card needs a reset when a frame does not fit, and forgets frames then",
          "[unit][virtio]") {
  Bench b{NetDevice(kMac, {})};
  auto& card = *b.core.device_as<NetDevice>();
  b.receive.send({{0x4000, 111, true}});
  card.receive(frame_of(100));
  card.receive(frame_of(100));
  b.run();
  CHECK(b.receive.needs_reset());
  CHECK(b.receive.used() == 0);
  b.receive.reg(0x070, 0);
  CHECK_FALSE(card.ready(0));
}

TEST_CASE("Network card holds frames back when it has no room", "[unit][virtio]") {
  NetDevice card(kMac, {});
  unsigned taken = 0;
  for (; card.room(); ++taken) card.receive(frame_of(60));
  CHECK(taken == 64);
  card.receive(frame_of(100));  // Lost.
  for (; taken > 0; --taken) CHECK(card.serve(0, {}, 2048).data.size() == 72);
  CHECK_FALSE(card.ready(0));
  CHECK(card.room());
}

TEST_CASE("Console and network card go on from an archive with what has arrived",
          "[unit][virtio]") {
  ConsoleDevice console({}), loaded_console({});
  console.receive('x');
  load(loaded_console, save(console));
  CHECK(loaded_console.serve(0, {}, 10).data == std::vector<std::uint8_t>{'x'});
  NetDevice card(kMac, {}), loaded_card(kMac, {});
  card.receive(frame_of(60));
  load(loaded_card, save(card));
  CHECK(loaded_card.serve(0, {}, 100).data.size() == 72);
}

TEST_CASE("Hardware addresses are six bytes of one station", "[unit][virtio]") {
  CHECK(parse_mac("52:54:00:01:02:03") == kMac);
  CHECK(parse_mac("52:54:00:Ab:cD:ef") == MacAddress{0x52, 0x54, 0, 0xab, 0xcd, 0xef});
  for (const char* text : {"", "52:54:00:01:02", "52:54:00:01:02:0g", "52-54-00-01-02-03",
                           "52:54:00:01:02:03:", "01:00:5e:00:00:01"}) {
    INFO(text);
    CHECK_FALSE(parse_mac(text));
  }
}

}  // namespace cvp
