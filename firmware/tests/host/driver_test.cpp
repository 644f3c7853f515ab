// SPDX-License-Identifier: Apache-2.0
//
// Drivers against a script of accesses: an address with another width, value or place in the order
// than a driver should use fails the test.
#include <catch2/catch.hpp>

extern "C" {
#include "drivers/aplic.h"
#include "drivers/clint.h"
#include "drivers/cxl.h"
#include "drivers/finisher.h"
#include "drivers/hbm.h"
#include "drivers/hbm_pim.h"
#include "drivers/noc.h"
#include "drivers/npu.h"
#include "drivers/plic.h"
#include "drivers/rtc.h"
#include "drivers/uart.h"
#include "drivers/virtio.h"
}
#include "cxl_component_regs.h"
#include "hbm_regs.h"
#include "mock.h"
#include "npu_regs.h"

TEST_CASE_METHOD(Fixture, "Uart driver waits for room before it sends", "[drivers]") {
  const uart_t uart = {kBase};
  machine.answers[kBase + 5] = {0x00, 0x00, 0x60};
  uart_put(&uart, 'A');
  CHECK(machine.answers[kBase + 5].empty());
  CHECK(wrote(kBase + 0, 'A'));
  CHECK(machine.bytes == 1);
  machine.memory[kBase + 5] = 0x60;
  CHECK(uart_get(&uart) == -1);
}

TEST_CASE_METHOD(Fixture, "Rtc driver reads the low half first and writes it last", "[drivers]") {
  const rtc_t rtc = {kBase};
  machine.answers[kBase + 0x00] = {0xffff'ffff};
  machine.answers[kBase + 0x04] = {0x12};
  CHECK(rtc_time(&rtc) == 0x12'ffff'ffff);
  rtc_set_alarm(&rtc, 0x34'0000'0056);
  CHECK(machine.bytes == 4);
  const decltype(machine.writes) expected = {
      {kBase + 0x10, 1}, {kBase + 0x0c, 0x34}, {kBase + 0x08, 0x56}};
  CHECK(machine.writes == expected);
}

TEST_CASE_METHOD(Fixture, "Clint driver uses 4-byte msip and 8-byte mtimecmp", "[drivers]") {
  const clint_t clint = {0x2000000};
  REQUIRE(clint_set_software(&clint, 1, 1) == CLINT_OK);
  CHECK(wrote(0x2000004, 1));
  CHECK(machine.bytes == 4);
  REQUIRE(clint_set_deadline(&clint, 1, 0x123456789) == CLINT_OK);
  CHECK(wrote(0x2004008, 0x123456789));
  CHECK(machine.bytes == 8);
  CHECK(clint_set_software(&clint, 100000, 1) == CLINT_ERANGE);
  machine.memory[0x200bff8] = 77;
  CHECK(clint_time(&clint) == 77);
}

TEST_CASE_METHOD(Fixture, "Plic driver sets one bit of a context's enable words", "[drivers]") {
  const plic_t plic = {0xc000000};
  machine.memory[0xc002080 + 12] = 0x8000;
  REQUIRE(plic_enable(&plic, 1, 96, 1) == PLIC_OK);
  CHECK(wrote(0xc00208c, 0x8001));
  REQUIRE(plic_enable(&plic, 1, 96, 0) == PLIC_OK);
  CHECK(wrote(0xc00208c, 0x8000));
  CHECK(plic_enable(&plic, 0, 0, 1) == PLIC_ERANGE);
  CHECK(plic_set_priority(&plic, 4096, 1) == PLIC_ERANGE);
  machine.memory[0xc201004] = 96;
  CHECK(plic_claim(&plic, 1) == 96);
  plic_complete(&plic, 1, 96);
  CHECK(wrote(0xc201004, 96));
}

TEST_CASE_METHOD(Fixture, "Aplic driver names sources and harts as the registers do", "[drivers]") {
  const aplic_t aplic = {0xc000000};
  REQUIRE(aplic_set_mode(&aplic, 96, APLIC_RISING) == APLIC_OK);
  CHECK(wrote(0xc000000 + 4 * 96, 4));
  REQUIRE(aplic_delegate(&aplic, 96) == APLIC_OK);
  CHECK(wrote(0xc000000 + 4 * 96, 0x400));
  REQUIRE(aplic_set_target(&aplic, 96, 3, 7) == APLIC_OK);
  CHECK(wrote(0xc003000 + 4 * 96, 3 << 18 | 7));
  REQUIRE(aplic_enable(&aplic, 96, 1) == APLIC_OK);
  CHECK(wrote(0xc001edc, 96));
  REQUIRE(aplic_enable(&aplic, 96, 0) == APLIC_OK);
  CHECK(wrote(0xc001fdc, 96));
  aplic_set_pending(&aplic, 96);
  CHECK(wrote(0xc001cdc, 96));
  CHECK(aplic_set_mode(&aplic, 0, APLIC_HIGH) == APLIC_ERANGE);
  CHECK(aplic_set_mode(&aplic, 1024, APLIC_HIGH) == APLIC_ERANGE);
  CHECK(aplic_set_target(&aplic, 1, 0x4000, 1) == APLIC_ERANGE);
  CHECK(aplic_set_target(&aplic, 1, 0, 0x800) == APLIC_ERANGE);
}

TEST_CASE_METHOD(Fixture, "Aplic driver delivers over a hart's wire or by messages", "[drivers]") {
  const aplic_t aplic = {0xc000000};
  REQUIRE(aplic_deliver_direct(&aplic, 2) == APLIC_OK);
  CHECK(wrote(0xc004040, 1));
  CHECK(wrote(0xc000000, 0x100));
  machine.memory[0xc00405c] = 96 << 16 | 1;
  CHECK(aplic_claim(&aplic, 2) == 96);
  CHECK(aplic_deliver_direct(&aplic, 64) == APLIC_ERANGE);
  aplic_set_message_pages(&aplic, 0x24000000, 0x28000000, 6);
  CHECK(wrote(0xc001bc0, 0x24000));
  CHECK(wrote(0xc001bc4, 6 << 12));
  CHECK(wrote(0xc001bc8, 0x28000));
  CHECK(wrote(0xc001bcc, 0));
  aplic_deliver_messages(&aplic);
  CHECK(wrote(0xc000000, 0x104));
}

TEST_CASE_METHOD(Fixture, "Cxl driver sets a message and takes an error once", "[drivers]") {
  const cxl_function_t port = {0x30000000}, device = {0x30100000};
  cxl_port_set_message(&port, 0x42000000, 0x1'24000000, 50);
  CHECK(wrote(0x30000010, 0x42000000));
  CHECK(wrote(0x42000000, 0x24000000));
  CHECK(wrote(0x42000004, 1));
  CHECK(wrote(0x42000008, 50));
  CHECK(wrote(0x4200000c, 0));
  CHECK(wrote(0x30000080, 0x80000000));
  machine.memory[0x30100048] = 0x2000;
  cxl_report_errors(&port, &device);
  CHECK(wrote(0x300001ac, 2));
  CHECK(wrote(0x30100048, 0x200a));
  uint16_t requester = 0;
  CHECK_FALSE(cxl_port_take_error(&port, &requester));
  machine.memory[0x300001b0] = 0x24;
  machine.memory[0x300001b4] = 0x0100'0000;
  CHECK(cxl_port_take_error(&port, &requester));
  CHECK(requester == 0x100);
  CHECK(wrote(0x300001b0, 0x24));
}

TEST_CASE_METHOD(Fixture, "Finisher driver passes with 0x5555 and fails with the code",
                 "[drivers]") {
  const finisher_t finisher = {0x100000};
  finisher_exit(&finisher, 0);
  finisher_exit(&finisher, 3);
  CHECK(wrote(0x100000, 0x5555));
  CHECK(wrote(0x100000, 0x33333));
}

TEST_CASE_METHOD(Fixture, "Noc driver reports a route that does not stick", "[drivers]") {
  const noc_t noc = {kBase};
  REQUIRE(noc_set_route(&noc, 2, 1) == NOC_OK);
  CHECK(wrote(kBase + 0x108, 0x80000001));
  machine.answers[kBase + 0x10c] = {0};
  CHECK(noc_set_route(&noc, 3, 1) == NOC_EVERIFY);
  CHECK(noc_set_route(&noc, 1000, 1) == NOC_ERANGE);
}

TEST_CASE_METHOD(Fixture, "Hbm driver sends the latencies that the stack asks for", "[drivers]") {
  const hbm_t hbm = {kBase};
  hbm_geometry_t geometry;
  CHECK(hbm_probe(&hbm, &geometry) == HBM_ENODEV);
  machine.memory[kBase + HBM_ID] = 0x314d4248;
  machine.memory[kBase + HBM_GEOMETRY] = 0x442210;
  machine.memory[kBase + HBM_TIMING] = 0x0a14;
  REQUIRE(hbm_probe(&hbm, &geometry) == HBM_OK);
  CHECK(geometry.channels == 16);
  CHECK(geometry.read_latency == 20);
  REQUIRE(hbm_send_modes(&hbm, &geometry) == HBM_OK);
  CHECK(wrote(kBase + HBM_MODE + 2 * HBM_MODE_STRIDE, 20));
  CHECK(wrote(kBase + HBM_MODE + 1 * HBM_MODE_STRIDE, 10));
  CHECK(machine.writes.back() ==
        std::pair<std::uintptr_t, std::uint64_t>(kBase + HBM_CTRL, HBM_CTRL_SEND_MRS));
  machine.memory[kBase + HBM_STATUS] = HBM_STATUS_BUSY;
  CHECK(hbm_train(&hbm) == HBM_EBUSY);
  CHECK(hbm_progress(&hbm) == HBM_EBUSY);
  machine.memory[kBase + HBM_STATUS] = HBM_STATUS_TRAINING_DONE | HBM_STATUS_TRAINING_FAILED;
  CHECK(hbm_progress(&hbm) == HBM_EFAIL);
}

TEST_CASE_METHOD(Fixture, "Hbm driver tells where errors were and clears what it took",
                 "[drivers]") {
  const hbm_t hbm = {kBase};
  machine.memory[kBase + HBM_UNCORRECTED_ADDRESS] = 0x1'2345'6788;
  machine.memory[kBase + HBM_UNCORRECTED_INFO] = 0x8545'0003;
  hbm_error_place_t place;
  hbm_uncorrected_place(&hbm, &place);
  CHECK(place.offset == 0x1'2345'6788);
  CHECK(place.syndrome == 3);
  CHECK(place.channel == 5);
  CHECK(place.pseudo_channel == 1);
  CHECK(place.bank == 5);
  CHECK(place.more);
  machine.memory[kBase + HBM_IRQ_STATUS] = HBM_IRQ_STATUS_UNCORRECTED;
  CHECK(hbm_take_events(&hbm) == HBM_UNCORRECTED);
  CHECK(wrote(kBase + HBM_IRQ_STATUS, HBM_IRQ_STATUS_UNCORRECTED));
  hbm_inject_two(&hbm, 0x40, 17, 70);
  CHECK(wrote(kBase + HBM_INJECT_ADDRESS, 0x40));
  CHECK(wrote(kBase + HBM_INJECT, HBM_INJECT_TWO | 70 << 8 | 17));
}

TEST_CASE_METHOD(Fixture, "Hbm driver works out the mean latency of a channel", "[drivers]") {
  const hbm_t hbm = {kBase};
  hbm_channel_t before, after;
  const auto set = [&](std::uint64_t reads, std::uint64_t nanoseconds) {
    const std::uintptr_t channel = kBase + 3 * HBM_CHANNEL_STRIDE;
    machine.memory[channel + HBM_CHANNEL_READS] = reads;
    machine.memory[channel + HBM_CHANNEL_READ_TIME] = nanoseconds;
  };
  set(10, 1000);
  hbm_channel_counters(&hbm, 3, &before);
  CHECK(hbm_mean_read_latency(&before, &before) == 0);
  set(14, 1201);
  hbm_channel_counters(&hbm, 3, &after);
  CHECK(after.reads == 14);
  CHECK(hbm_mean_read_latency(&before, &after) == 50);
  hbm_channel_counters(&hbm, 2, &after);
  CHECK(after.reads == 0);
}

TEST_CASE_METHOD(Fixture, "Hbm driver steps through the modes of the compute units", "[drivers]") {
  const hbm_t hbm = {kBase};
  CHECK(hbm_pim_enter(&hbm, HBM_PIM_COMPUTE) == HBM_EFAIL);
  machine.memory[kBase + HBM_PIM_CAPS] = HBM_PIM_CAPS_PRESENT | 32;
  machine.memory[kBase + HBM_PIM_STATUS] = HBM_PIM_STATUS_BUSY | 2;
  CHECK(hbm_pim_enter(&hbm, HBM_PIM_SINGLE_BANK) == HBM_EBUSY);
  machine.memory[kBase + HBM_PIM_STATUS] = 1;
  CHECK(hbm_pim_enter(&hbm, HBM_PIM_ALL_BANKS) == HBM_OK);
  CHECK(hbm_pim_enter(&hbm, HBM_PIM_COMPUTE) == HBM_EFAIL);  // The mock stays where it is.
  CHECK(wrote(kBase + HBM_PIM_MODE, 2));
  CHECK(hbm_pim_start(&hbm) == HBM_EFAIL);
  machine.memory[kBase + HBM_PIM_STATUS] = HBM_PIM_STATUS_ERROR | 2;
  CHECK(hbm_pim_progress(&hbm) == HBM_EFAIL);
  machine.memory[kBase + HBM_PIM_ADDRESS] = 0x1240;
  const hbm_pim_place_t place = {3, 1, 5, 0x123, 7};
  CHECK(hbm_pim_offset(&hbm, &place) == 0x1240);
  CHECK(wrote(kBase + HBM_PIM_PLACE, 0x0000'0123'0705'0103));
}

TEST_CASE_METHOD(Fixture, "Cxl driver walks DVSECs and survives a list that loops", "[drivers]") {
  const cxl_function_t function = cxl_function(0x30000000, 1, 0, 0);
  CHECK(function.base == 0x30100000);
  const std::uintptr_t at = function.base;
  cxl_dvsec_t dvsec = {};
  CHECK(cxl_next_dvsec(&function, &dvsec) == CXL_ENOCAP);
  machine.memory[at + 0x100] = 0x14010023;
  machine.memory[at + 0x104] = 0x03811e98;
  machine.memory[at + 0x108] = 0x001e0000;
  machine.memory[at + 0x140] = 0x14010001;  // Another capability, which points to itself.
  REQUIRE(cxl_next_dvsec(&function, &dvsec) == CXL_OK);
  CHECK(dvsec.offset == 0x100);
  CHECK(dvsec.vendor == 0x1e98);
  CHECK(dvsec.length == 0x38);
  CHECK(cxl_next_dvsec(&function, &dvsec) == CXL_ENOCAP);
}

TEST_CASE_METHOD(Fixture, "Cxl driver commits a decoder or says that it did not", "[drivers]") {
  const cxl_component_t component = {kBase};
  CHECK(cxl_commit_decoder(&component, 0x1000000000, 0x100000000) == CXL_ENOCAP);
  machine.memory[kBase + CXL_COMPONENT_HDM_HEADER] = 0x01010005;
  CHECK(cxl_commit_decoder(&component, 0x1000000000, 0x1000) == CXL_ERANGE);
  CHECK(machine.writes.empty());
  machine.answers[kBase + CXL_COMPONENT_DECODER_CONTROL] = {
      0, CXL_COMPONENT_DECODER_CONTROL_COMMITTED};
  CHECK(cxl_commit_decoder(&component, 0x1000000000, 0x100000000) == CXL_OK);
  CHECK(wrote(kBase + CXL_COMPONENT_DECODER_BASE_HIGH, 0x10));
  CHECK(wrote(kBase + CXL_COMPONENT_DECODER_SIZE_HIGH, 0x1));
  machine.answers[kBase + CXL_COMPONENT_DECODER_CONTROL] = {CXL_COMPONENT_DECODER_CONTROL_ERROR};
  CHECK(cxl_commit_decoder(&component, 0x1000000000, 0x100000000) == CXL_ECOMMIT);
}

TEST_CASE_METHOD(Fixture, "Npu driver refuses rings that are no power of two", "[drivers]") {
  const npu_t npu = {kBase};
  npu_rings_t rings = {0x80000000, 0x80001000, 48, 0x10010000, 3};
  CHECK(npu_enable(&npu, &rings) == NPU_ERANGE);
  rings.entries = 32;
  machine.memory[kBase + NPU_CONTEXT_STATUS] = NPU_CONTEXT_STATUS_STATE_STOPPED;
  CHECK(npu_enable(&npu, &rings) == NPU_EBUSY);
  CHECK(machine.writes.empty());
  machine.memory[kBase + NPU_CONTEXT_STATUS] = NPU_CONTEXT_STATUS_STATE_IDLE;
  REQUIRE(npu_enable(&npu, &rings) == NPU_OK);
  CHECK(machine.writes.back() == std::pair<std::uintptr_t, std::uint64_t>(kBase + NPU_CONTEXT_CTRL,
                                                                          NPU_CONTEXT_CTRL_ENABLE));
  CHECK(wrote(kBase + NPU_CONTEXT_IRQ_ADDRESS, 0x10010000));
}

TEST_CASE_METHOD(Fixture, "Npu driver writes a region's three registers", "[drivers]") {
  const npu_t npu = {kBase};
  CHECK(npu_set_region(&npu, 2, 0x1000, 0x200, 1) == NPU_ERANGE);  // LIMITS says none.
  machine.memory[kBase + NPU_LIMITS] = 8u << 16;
  REQUIRE(npu_set_region(&npu, 2, 0x1000, 0x200, 1) == NPU_OK);
  CHECK(wrote(kBase + NPU_CONTEXT_REGION_BASE + 2 * NPU_CONTEXT_REGION_BASE_STRIDE, 0x1000));
  CHECK(wrote(kBase + NPU_CONTEXT_REGION_SIZE + 2 * NPU_CONTEXT_REGION_SIZE_STRIDE, 0x200));
  CHECK(wrote(kBase + NPU_CONTEXT_REGION_RIGHTS + 2 * NPU_CONTEXT_REGION_RIGHTS_STRIDE, 1));
  CHECK(npu_set_region(&npu, 8, 0x1000, 0x200, 1) == NPU_ERANGE);
}

TEST_CASE_METHOD(Fixture, "Virtio driver starts no empty slot and no device of other features",
                 "[drivers]") {
  const virtio_t virtio = {kBase};
  virtio_queue_t queue;
  machine.memory[kBase + 0x000] = 0x74726976;
  machine.memory[kBase + 0x004] = 2;
  CHECK(virtio_start(&virtio, &queue, 1) == VIRTIO_ENODEV);
  CHECK(machine.writes.empty());
  machine.memory[kBase + 0x008] = 4;
  machine.answers[kBase + 0x070] = {3};  // FEATURES_OK does not stay.
  CHECK(virtio_start(&virtio, &queue, 1) == VIRTIO_EFEATURES);
  CHECK(virtio_start(&virtio, &queue, 1) == VIRTIO_ERANGE);  // No queue.
  machine.memory[kBase + 0x034] = 8;
  machine.writes.clear();
  REQUIRE(virtio_start(&virtio, &queue, 1) == VIRTIO_OK);
  CHECK(machine.writes.front() == std::pair<std::uintptr_t, std::uint64_t>(kBase + 0x070, 0));
  CHECK(machine.writes.back() == std::pair<std::uintptr_t, std::uint64_t>(kBase + 0x070, 15));
}

TEST_CASE_METHOD(Fixture, "Virtio driver chains its buffers and sees them used", "[drivers]") {
  const virtio_t virtio = {kBase};
  virtio_queue_t queue = {};
  std::uint32_t bytes = 0;
  char request[16], answer[32];
  const virtio_buffer_t buffers[] = {{request, 16, 0}, {answer, 32, 1}};
  CHECK(virtio_send(&virtio, &queue, 0, buffers, 0) == VIRTIO_ERANGE);
  CHECK(virtio_send(&virtio, &queue, 0, buffers, 9) == VIRTIO_ERANGE);
  REQUIRE(virtio_send(&virtio, &queue, 1, buffers, 2) == VIRTIO_OK);
  CHECK(wrote(kBase + 0x050, 1));
  CHECK(queue.descriptors[0].flags == 1);
  CHECK(queue.descriptors[0].next == 1);
  CHECK(queue.descriptors[1].flags == 2);
  CHECK(queue.descriptors[1].bytes == 32);
  CHECK(queue.available.index == 1);
  CHECK(virtio_poll(&virtio, &queue, &bytes) == VIRTIO_EBUSY);
  queue.used.index = 1;
  queue.used.ring[0] = {0, 7};
  CHECK(virtio_poll(&virtio, &queue, &bytes) == VIRTIO_OK);
  CHECK(bytes == 7);
  machine.memory[kBase + 0x070] = 0x4f;
  CHECK(virtio_poll(&virtio, &queue, &bytes) == VIRTIO_ERESET);
}
