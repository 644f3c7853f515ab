// SPDX-License-Identifier: Apache-2.0
//
// A Linux program without a library: drives the NPU of die 1 through /dev/mem, in the part of its
// HBM that the kernel leaves alone. The NPU copies 1 MiB within the stack, argv[1] times; then the
// copy is compared.
#include <stdint.h>

#include "drivers/npu.h"
#include "models/npu/npu_abi.h"

enum { kOpenat = 56, kWrite = 64, kExit = 93, kYield = 124, kMmap = 222 };
enum { kEntries = 16, kRow = 4096, kRows = 64, kBox = kRow * kRows, kBytes = 1 << 20 };
enum { kMemoryRegister = 5, kScratchpadRegister = 6 };
static const uint64_t kRegisters = UINT64_C(0x10000010000), kStack = UINT64_C(0x11000000000);
enum { kProgram = 0, kRings = 0x10000, kFrom = 0x100000, kTo = 0x200000, kWindow = 0x400000 };

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  register long a5 __asm__("a5") = f;
  register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall"
                   : "+r"(a0)
                   : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
                   : "memory");
  return a0;
}

__attribute__((noreturn)) static void end(const char* text, int code) {
  long length = 0;
  while (text[length] != 0) ++length;
  call(kWrite, 1, (long)text, length, 0, 0, 0);
  for (;;) call(kExit, code, 0, 0, 0, 0, 0);
}

void* memset(void* to, int value, unsigned long bytes) {
  for (unsigned long i = 0; i < bytes; ++i) ((volatile char*)to)[i] = (char)value;
  return to;
}

void* memcpy(void* to, const void* from, unsigned long bytes) {
  for (unsigned long i = 0; i < bytes; ++i) ((volatile char*)to)[i] = ((const char*)from)[i];
  return to;
}

static char* map(uint64_t address, long bytes) {
  static const char kPath[] = "/dev/mem";
  const long file = call(kOpenat, -100, (long)kPath, 2 | 0x101000, 0, 0, 0);  // O_RDWR | O_SYNC
  const long at = call(kMmap, 0, bytes, 3, 1, file, (long)address);           // shared, read, write
  if (file < 0 || at < 0) end("npu: no /dev/mem\n", 1);
  return (char*)at;
}

static void move(NpuDma* dma, uint8_t opcode, uint8_t queue, uint16_t tensor) {
  dma->head.opcode = opcode;
  dma->head.queue = queue;
  dma->tensor = tensor;
  dma->row_pitch = kRow;
  dma->scratchpad_register = kScratchpadRegister;
}

// LOOP { LOAD a box; STORE it }, each box at its own place of the scratchpad.
static void write_program(char* at) {
  memset(at, 0, 4096);
  NpuCommand* commands = (NpuCommand*)(at + 64);
  commands[0].loop.head.opcode = kNpuOpLoop;
  commands[0].loop.count = kBytes / kBox;
  for (int i = 0; i < 2; ++i) {
    commands[0].loop.step_register[i] = i == 0 ? kMemoryRegister : kScratchpadRegister;
    commands[0].loop.step[i] = kBox;
  }
  move(&commands[1].dma, kNpuOpLoad, kNpuQueueLd, 0);
  commands[1].head.post_semaphore[0] = 1;
  commands[1].head.post_count[0] = 1;
  move(&commands[2].dma, kNpuOpStore, kNpuQueueSt, 1);
  commands[2].head.wait_semaphore[0] = 1;
  commands[2].head.wait_count[0] = 1;
  commands[3].head.opcode = kNpuOpEndLoop;
  commands[4].head.opcode = kNpuOpEnd;
  NpuTensor* tensors = (NpuTensor*)(at + 1024);
  for (int t = 0; t < 2; ++t) {
    tensors[t].type = kNpuTypeInt8;
    tensors[t].rank = 2;
    tensors[t].region = 0;
    tensors[t].address_register = kMemoryRegister;
    tensors[t].offset = t == 0 ? kFrom : kTo;
    for (int i = 0; i < NPU_RANK; ++i)
      tensors[t].dims[i] = tensors[t].box[i] = tensors[t].step[i] = 1;
    tensors[t].dims[0] = tensors[t].box[0] = kRows;
    tensors[t].dims[1] = tensors[t].box[1] = kRow;
    tensors[t].stride[0] = kRow;
    tensors[t].stride[1] = 1;
  }
  *(NpuProgramHeader*)at = (NpuProgramHeader){.magic = NPU_PROGRAM_MAGIC,
                                              .abi_major = NPU_ABI_MAJOR,
                                              .semaphores = 2,
                                              .rows = 1,
                                              .columns = 1,
                                              .scratchpad_bytes = kBytes,
                                              .command_count = 5,
                                              .tensor_count = 2,
                                              .commands_offset = 64,
                                              .tensors_offset = 1024,
                                              .total_bytes = 1024 + 2 * sizeof(NpuTensor)};
}

static void submit(const npu_t* npu, char* memory, uint32_t number) {
  NpuSubmission* entry = (NpuSubmission*)(memory + kRings) + number % kEntries;
  memset(entry, 0, sizeof *entry);
  entry->tag = number;
  mmio_fence();
  npu_submit(npu, number + 1);
  const volatile NpuCompletion* done =
      (volatile NpuCompletion*)(memory + kRings + 4096) + number % kEntries;
  while (done->sequence != number + 1) call(kYield, 0, 0, 0, 0, 0, 0);
  if (done->status != kNpuStatusOk) end("npu: a program failed\n", 1);
  npu_consume(npu, number + 1);
}

__attribute__((used)) static void run(const char* count) {
  char* memory = map(kStack, kWindow);
  const npu_t npu = {(uintptr_t)map(kRegisters, 0x10000)};
  npu_info_t info;
  if (npu_probe(&npu, &info) != NPU_OK) end("npu: does not answer\n", 1);
  write_program(memory);
  memset(memory + kRings, 0, 8192);
  for (uint32_t i = 0; i < kBytes; i += 8)
    *(uint64_t*)(memory + kFrom + i) = i * UINT64_C(0x9e3779b97f4a7c15);
  const npu_rings_t rings = {
      .submissions = kStack + kRings, .completions = kStack + kRings + 4096, .entries = kEntries};
  npu_reset(&npu);
  while (!npu_idle(&npu)) {
  }
  if (npu_set_region(&npu, 0, kStack, kWindow, NPU_REGION_READ | NPU_REGION_WRITE) != NPU_OK ||
      npu_enable(&npu, &rings) != NPU_OK) {
    end("npu: not enabled\n", 1);
  }
  uint32_t programs = 0;
  while (*count >= '0' && *count <= '9') programs = 10 * programs + (uint32_t)(*count++ - '0');
  for (uint32_t n = 0; n < programs; ++n) submit(&npu, memory, n);
  for (uint32_t i = 0; i < kBytes; i += 8) {
    if (*(uint64_t*)(memory + kTo + i) != *(uint64_t*)(memory + kFrom + i))
      end("npu: a copy differs\n", 1);
  }
  end("npu: all copies are right\n", 0);
}

// The stack holds argc, then argv; argv[1] has to be there.
__asm__(".globl _start\n_start: ld a0, 16(sp)\n  andi sp, sp, -16\n  call run\n");
