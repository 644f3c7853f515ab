// SPDX-License-Identifier: Apache-2.0
//
// Pure cores: slot arithmetic and HDM decoders. No kernel runs.
#include <catch2/catch.hpp>

#include "models/cxl/cxl_component.h"
#include "models/cxl/cxl_link.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

Packet packet(PacketKind kind, tlm::tlm_command command, std::uint32_t length, Addr address = 0) {
  Packet made;
  made.kind = kind;
  made.command = command;
  made.status = tlm::TLM_OK_RESPONSE;
  made.length = length;
  made.address = address;
  return made;
}
std::uint64_t mem_bytes(PacketKind kind, tlm::tlm_command command, std::uint32_t length,
                        Addr address = 0) {
  return cxl_message_bytes(CxlChannel::kMem, packet(kind, command, length, address));
}
constexpr auto kRequest = PacketKind::kRequest;
constexpr auto kResponse = PacketKind::kResponse;
constexpr auto kRead = tlm::TLM_READ_COMMAND;
constexpr auto kWrite = tlm::TLM_WRITE_COMMAND;

/// Data bytes a wire byte at saturation, in the direction that carries the data.
double efficiency(PacketKind kind, tlm::tlm_command command) {
  FlitStream stream;
  stream.configure(CxlLinkShape{}.flit_format(), {});
  constexpr int kLines = 4000;
  for (int i = 0; i < kLines; ++i) stream.send({}, mem_bytes(kind, command, 64));
  return kLines * 64.0 / static_cast<double>(stream.wire_bytes());
}

TEST_CASE("CxlLink efficiency of reads and writes equals the slot arithmetic", "[unit][cxl]") {
  // Reference: 68 B flits, 2 DRS a header slot, 8 lines in 9 flits; 1 RwD a header slot, 4 lines
  // in 5 flits (README.md, "Sources").
  CHECK(efficiency(kResponse, kRead) * 100 == Approx(83.66).margin(0.005));
  CHECK(efficiency(kRequest, kWrite) * 100 == Approx(75.29).margin(0.005));
  CHECK(CxlLinkShape{}.raw_bandwidth() == 32_GBps);
}

TEST_CASE("CxlLink messages take the slots of the lines they touch", "[unit][cxl]") {
  CHECK(mem_bytes(kRequest, kRead, 64) == 16);
  CHECK(mem_bytes(kResponse, kRead, 64) == 72);
  CHECK(mem_bytes(kRequest, kWrite, 64) == 80);
  CHECK(mem_bytes(kResponse, kWrite, 64) == 8);
  CHECK(mem_bytes(kResponse, kRead, 1) == 72);
  CHECK(mem_bytes(kResponse, kRead, 64, 32) == 2 * 72);
  CHECK(mem_bytes(kRequest, kWrite, 4096) == 64 * 80);
}

TEST_CASE("CxlLink shapes that do not exist are refused", "[unit][cxl]") {
  CHECK(cxl_shape_error({}).empty());
  CHECK_FALSE(cxl_shape_error({.lanes = 3}).empty());
  CHECK_FALSE(cxl_shape_error({.rate = 64_GTps}).empty());
}

TEST_CASE("CxlHdmDecoders commit in order and add up device addresses", "[unit][cxl]") {
  CxlHdmDecoders decoders({0, ~0ull}, 4_GiB);
  CHECK_FALSE(decoders.commit(1, {.range = {8_GiB, 1_GiB}}));  // Decoder 0 is not committed.
  CHECK(decoders.commit(0, {.range = {4_GiB, 1_GiB}}));
  CHECK_FALSE(decoders.commit(1, {.range = {1_GiB, 1_GiB}}));  // Below decoder 0.
  CHECK(decoders.commit(1, {.range = {8_GiB, 1_GiB}, .skip = 256_MiB}));
  REQUIRE(decoders.find(8_GiB + 64, 64));
  CHECK(decoders.find(8_GiB + 64, 64)->device_address(8_GiB + 64) == 1_GiB + 256_MiB + 64);
  CHECK_FALSE(decoders.find(5_GiB, 64));
  CHECK_FALSE(decoders.find(5_GiB - 32, 64));  // Leaves the range.
}

TEST_CASE("CxlHdmDecoders refuse what they cannot decode", "[unit][cxl]") {
  CxlHdmDecoders decoders({4_GiB, 8_GiB}, 1_GiB);
  CHECK_FALSE(decoders.commit(0, {.range = {4_GiB, 0}}));
  CHECK_FALSE(decoders.commit(0, {.range = {4_GiB, 2_GiB}}));  // Beyond the device.
  CHECK_FALSE(decoders.commit(0, {.range = {4_GiB, 1_GiB}, .skip = 256_MiB}));
  CHECK_FALSE(decoders.commit(0, {.range = {2_GiB, 1_GiB}}));  // Outside the window.
  CHECK_FALSE(decoders.commit(0, {.range = {4_GiB, 1_GiB}, .ways = 1}));
  CHECK(decoders.commit(0, {.range = {4_GiB, 1_GiB}}));
}

void program(CxlComponentRegs& regs, std::size_t index, const AddrRange& range, bool lock) {
  const Addr at = 0x1020 + 0x20 * index;
  regs.write(at + 0x0, 4, range.base & 0xf000'0000);
  regs.write(at + 0x4, 4, range.base >> 32);
  regs.write(at + 0x8, 4, range.size & 0xf000'0000);
  regs.write(at + 0xc, 4, range.size >> 32);
  regs.write(at + 0x10, 4, 1u << 9 | (lock ? 1u << 8 : 0));
}

TEST_CASE("CxlComponent commits through its registers and says when it cannot", "[unit][cxl]") {
  CxlComponent component({0, ~0ull}, 4_GiB, 0);
  auto& regs = component.regs();
  int changes = 0;
  component.on_change([&] { ++changes; });
  program(regs, 0, {64_GiB, 4_GiB}, false);
  CHECK(regs.decoder_control.get(0).committed);
  CHECK_FALSE(component.find(64_GiB, 64));  // Not enabled yet.
  regs.write(0x1014, 4, 2);
  CHECK(component.find(64_GiB, 64));
  CHECK(changes == 2);
  program(regs, 1, {128_GiB, 256_MiB}, false);  // No capacity is left.
  CHECK_FALSE(regs.decoder_control.get(1).committed);
  CHECK(regs.decoder_control.get(1).error);
  regs.write(0x1030, 4, 0);
  CHECK_FALSE(regs.decoder_control.get(0).committed);
  CHECK_FALSE(component.find(64_GiB, 64));
}

TEST_CASE("CxlComponent keeps a committed decoder as it was until it is taken back",
          "[unit][cxl]") {
  CxlComponent component({0, ~0ull}, 4_GiB, 0);
  auto& regs = component.regs();
  regs.write(0x1014, 4, 2);
  program(regs, 0, {64_GiB, 1_GiB}, false);
  regs.write(0x1024, 4, 0);  // Base moves to 0 in the register only.
  CHECK(component.find(64_GiB, 64));
  CHECK_FALSE(component.find(0, 64));
}

TEST_CASE("CxlComponent ignores writes to a locked decoder", "[unit][cxl]") {
  CxlComponent component({0, ~0ull}, 4_GiB, 0);
  auto& regs = component.regs();
  regs.write(0x1014, 4, 2);
  program(regs, 0, {64_GiB, 1_GiB}, true);
  program(regs, 0, {32_GiB, 2_GiB}, false);
  regs.write(0x1030, 4, 0);
  CHECK(regs.decoder_control.get(0).committed);
  CHECK(regs.decoder_base_high.get(0) == 16);
  CHECK(component.find(64_GiB, 64));
}

TEST_CASE("CxlComponent saved and loaded goes on identically", "[unit][cxl]") {
  CxlComponent first({0, ~0ull}, 4_GiB, 0), second({0, ~0ull}, 4_GiB, 0);
  program(first.regs(), 0, {64_GiB, 1_GiB}, true);
  load(second, save(first));
  for (CxlComponent* component : {&first, &second}) {
    component->regs().write(0x1014, 4, 2);
    program(component->regs(), 1, {80_GiB, 1_GiB}, false);
    CHECK(component->find(80_GiB, 64)->device_address(80_GiB) == 1_GiB);
    component->regs().write(0x1030, 4, 0);
    CHECK(component->regs().decoder_control.get(0).committed);
  }
}

TEST_CASE("CxlTransmitter saved and loaded goes on identically", "[unit][cxl]") {
  CxlTransmitter first({}, true), second({}, true);
  const Packet request = packet(kRequest, kWrite, 192);
  for (std::uint64_t i = 0; i < 50; ++i) first.send(i * 3_ns, CxlChannel::kMem, request);
  load(second, save(first));
  for (std::uint64_t i = 50; i < 99; ++i) {
    CHECK(first.send(i * 3_ns, CxlChannel::kMem, request).arrived ==
          second.send(i * 3_ns, CxlChannel::kMem, request).arrived);
  }
}

}  // namespace
}  // namespace cvp
