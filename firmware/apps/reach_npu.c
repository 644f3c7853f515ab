// SPDX-License-Identifier: Apache-2.0
#include "apps/reach_npu.h"

#include <string.h>

#include "models/npu/npu_abi.h"

enum { kCommands = 64, kTensors = 1024, kBoxBytes = 64, kRowBytes = 4096, kStepRegister = 5 };

// What a builder fills; commands lie at kCommands, tensors at kTensors of the program.
typedef struct {
  NpuProgramHeader* header;
  NpuCommand* commands;
  NpuTensor* tensors;
} program_t;

static program_t begin(void* buffer) {
  memset(buffer, 0, kReachProgramBytes);
  program_t program = {buffer, (NpuCommand*)((char*)buffer + kCommands),
                       (NpuTensor*)((char*)buffer + kTensors)};
  *program.header = (NpuProgramHeader){.magic = NPU_PROGRAM_MAGIC,
                                       .abi_major = NPU_ABI_MAJOR,
                                       .abi_minor = NPU_ABI_MINOR,
                                       .semaphores = 1,
                                       .rows = 1,
                                       .columns = 1,
                                       .commands_offset = kCommands,
                                       .tensors_offset = kTensors};
  return program;
}

static NpuCommand* next_command(program_t* program) {
  return &program->commands[program->header->command_count++];
}

static void end(program_t* program, uint32_t tensors, uint32_t scratchpad_bytes) {
  next_command(program)->head.opcode = kNpuOpEnd;
  program->header->tensor_count = tensors;
  program->header->scratchpad_bytes = scratchpad_bytes;
  program->header->total_bytes = kTensors + tensors * (uint32_t)sizeof(NpuTensor);
}

static NpuDma* add_load(program_t* program, uint32_t row_pitch, uint32_t scratchpad) {
  NpuDma* load = &next_command(program)->dma;
  load->head.opcode = kNpuOpLoad;
  load->head.queue = kNpuQueueLd;
  load->row_pitch = row_pitch;
  load->scratchpad = scratchpad;
  return load;
}

static void add_loop(program_t* program, uint32_t count, uint8_t step_register, int64_t step) {
  NpuLoop* loop = &next_command(program)->loop;
  loop->head.opcode = kNpuOpLoop;
  loop->count = count;
  loop->step_register[0] = step_register;
  loop->step[0] = step;
}

static void add_end_loop(program_t* program) { next_command(program)->head.opcode = kNpuOpEndLoop; }

static void set_tensor(NpuTensor* tensor, uint32_t rows, uint32_t row_bytes, uint32_t box_rows,
                       uint8_t address_register) {
  tensor->type = kNpuTypeInt8;
  tensor->rank = 2;
  tensor->region = kReachTarget;
  tensor->address_register = address_register;
  for (int i = 0; i < NPU_RANK; ++i) {
    tensor->dims[i] = tensor->box[i] = 1;
    tensor->step[i] = 1;
  }
  tensor->dims[0] = rows;
  tensor->dims[1] = tensor->box[1] = row_bytes;
  tensor->box[0] = box_rows;
  tensor->stride[0] = row_bytes;
  tensor->stride[1] = 1;
}

void write_empty_program(void* buffer) {
  program_t program = begin(buffer);
  end(&program, 0, 0);
}

void write_latency_program(void* buffer, uint32_t count) {
  program_t program = begin(buffer);
  set_tensor(&program.tensors[0], 1, kBoxBytes, 1, 0);
  add_load(&program, kBoxBytes, 0)->head.post_count[0] = 1;
  if (count > 0) {
    add_loop(&program, count, 0, 0);
    NpuDma* load = add_load(&program, kBoxBytes, 0);
    load->head.wait_count[0] = 1;
    load->head.post_count[0] = 1;
    add_end_loop(&program);
  }
  end(&program, 1, kBoxBytes);
}

uint64_t write_copy_program(void* buffer, uint64_t bytes, uint32_t scratchpad_bytes) {
  program_t program = begin(buffer);
  uint32_t rows = scratchpad_bytes / 2 / kRowBytes;
  if (rows > 256) rows = 256;
  if (rows == 0) {  // A scratchpad that holds no two rows: nothing to measure with.
    end(&program, 0, 0);
    return 0;
  }
  const uint32_t box = rows * kRowBytes;
  const uint32_t rounds = (uint32_t)(bytes / box / 2);
  set_tensor(&program.tensors[0], rows, kRowBytes, rows, kStepRegister);
  set_tensor(&program.tensors[1], rows, kRowBytes, rows, kStepRegister);
  program.tensors[1].offset = box;
  add_loop(&program, rounds, kStepRegister, 2 * (int64_t)box);
  add_load(&program, kRowBytes, 0)->tensor = 0;
  add_load(&program, kRowBytes, box)->tensor = 1;
  add_end_loop(&program);
  end(&program, 2, 2 * box);
  return (uint64_t)rounds * 2 * box;
}
