// SPDX-License-Identifier: Apache-2.0
//
// The contract between the NPU cluster, its firmware and its compiler. Registers are declared in
// npu.regs.toml; this header holds what lies in memory: rings, programs, commands, tensors.
//
// How a job runs
//   1. The driver fills the context's region table, sets up both rings and enables the context.
//   2. It writes a NpuSubmission at ring index SQ_TAIL & (size - 1) and then SQ_TAIL = tail + 1
//      (the doorbell). Indices are free-running 32-bit counts, sizes are powers of two.
//   3. The NPU fetches the submission, the program's header, its tensors and its commands, and the
//      sequencer hands the commands in order to four in-order queues LD, MM, VEC, ST. Commands of
//      different queues run in parallel; only semaphores order them.
//   4. When the last command has finished, a NpuCompletion is written to the completion ring and,
//      if wanted, the context's interrupt message is sent after it. Submissions of one context run
//      one after another, each from a cleared semaphore file.
//
// Addresses. No command holds a physical address. Memory operands name {region, offset}; the
// effective offset is  operand offset + address register + the tensor walk,  and all of it must
// lie inside the region with the right that is needed. Scratchpad operands are byte offsets into
// the NPU's own scratchpad plus an address register.
//
// Address registers: 16 a program, 64 bit, a0 reads as zero. a1..a4 start as the submission's
// arguments, the others as zero. LOOP steps them.
//
// All fields are little-endian. Reserved fields must be zero, else kNpuStatusReserved.
#ifndef CVP_MODELS_NPU_NPU_ABI_H_
#define CVP_MODELS_NPU_NPU_ABI_H_

#include <stdint.h>

#ifdef __cplusplus
#define NPU_ABI_ASSERT(condition, what) static_assert(condition, what)
#else
#define NPU_ABI_ASSERT(condition, what) _Static_assert(condition, what)
#endif

enum {
  NPU_ABI_MAJOR = 1,
  NPU_ABI_MINOR = 0,
  NPU_PROGRAM_MAGIC = 0x5055504e,  // "NPUP"
  NPU_REGIONS = 8,                 // Entries of a context's region table.
  NPU_ADDRESS_REGISTERS = 16,
  NPU_ARGUMENTS = 4,
  NPU_SEMAPHORES = 32,  // A context; 16 bit each.
  NPU_LOOP_DEPTH = 4,
  NPU_LOOP_STEPS = 4,
  NPU_RANK = 5,
  NPU_MAX_COMMANDS = 65536,
  NPU_MAX_TENSORS = 4096,
};

// Feature bits of the FEATURES register and of a program's `features`.
enum {
  NPU_FEATURE_INT8 = 1u << 0,
  NPU_FEATURE_POOL = 1u << 1,
  NPU_FEATURE_ADD = 1u << 2,
};

// Rights of a region.
enum { NPU_REGION_READ = 1u << 0, NPU_REGION_WRITE = 1u << 1 };

// ------------------------------------------------------------------------------------- rings

// 64 bytes.
typedef struct {
  uint64_t tag;             // Returned in the completion.
  uint64_t program_offset;  // Of the NpuProgramHeader in its region; a multiple of 64.
  uint32_t program_region;
  uint32_t flags;                    // NPU_SUBMIT_*.
  uint64_t argument[NPU_ARGUMENTS];  // Start values of a1..a4.
  uint64_t reserved;
} NpuSubmission;
NPU_ABI_ASSERT(sizeof(NpuSubmission) == 64, "NpuSubmission");

enum { NPU_SUBMIT_INTERRUPT = 1u << 0 };  // Send the interrupt message after the completion.

// 32 bytes. `sequence` is the free-running completion index plus one, written together with the
// rest in one burst, so that a driver can poll memory instead of a register.
typedef struct {
  uint64_t tag;
  uint64_t address;  // Of a failing access: its offset in the region; else 0.
  uint16_t status;   // NpuStatus.
  uint16_t field;    // Byte offset of the offending field in the command, its tensor,
                     // the header or the submission.
  uint32_t command;  // Index of the failing command; 0 when none.
  uint32_t sequence;
  uint32_t reserved;
} NpuCompletion;
NPU_ABI_ASSERT(sizeof(NpuCompletion) == 32, "NpuCompletion");

typedef enum {
  kNpuStatusOk = 0,
  kNpuStatusVersion = 1,     // Header: magic, ABI major, or a feature the NPU lacks.
  kNpuStatusGeometry = 2,    // Header: needs more rows, columns, scratchpad or semaphores.
  kNpuStatusReserved = 3,    // A reserved field or flag is not zero.
  kNpuStatusOpcode = 4,      // Unknown opcode, or one that its queue does not serve.
  kNpuStatusOperand = 5,     // A count, index, pitch or size out of range.
  kNpuStatusRegion = 6,      // Region absent, access outside it, or right missing.
  kNpuStatusScratchpad = 7,  // Scratchpad access outside it.
  kNpuStatusLoop = 8,        // Nesting too deep, LOOP without END_LOOP or the reverse.
  kNpuStatusSemaphore = 9,   // Semaphore number, or overflow of a count.
  kNpuStatusBus = 10,        // The memory answered an error.
  kNpuStatusPoison = 11,     // The memory answered poisoned data.
  kNpuStatusTensor = 12,     // A tensor descriptor is malformed.
  kNpuStatusDeadlock = 13,   // Every queue waits for a semaphore that nobody will post.
} NpuStatus;

// ----------------------------------------------------------------------------------- program

// 64 bytes. Commands and tensors follow at offsets from the header's own address.
typedef struct {
  uint32_t magic;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t features;          // All of them must be present.
  uint16_t rows, columns;     // Of the MAC array it was compiled for; at most the array's own.
  uint32_t scratchpad_bytes;  // What it uses, from offset 0.
  uint32_t semaphores;
  uint32_t command_count, tensor_count;
  uint32_t commands_offset, tensors_offset;  // Multiples of 64.
  uint32_t total_bytes;                      // Header to the end of the last part.
  uint32_t reserved[5];
} NpuProgramHeader;
NPU_ABI_ASSERT(sizeof(NpuProgramHeader) == 64, "NpuProgramHeader");

typedef enum {
  kNpuTypeInt8 = 1,
  kNpuTypeUint8 = 2,
  kNpuTypeInt32 = 3,
  kNpuTypeFloat32 = 4,
} NpuType;

// 128 bytes. A view of memory: element (i0..i4) lies at
//   offset + sum(i_d * stride[d])   inside `region`.
// Dimension rank - 1 is the innermost. A command reads or writes a box of `box[d]` elements a
// dimension, from `start[d]` of the command, every `step[d]`-th element: coordinate
// c_d = start[d] + j_d * step[d] for j_d in 0..box[d]-1. A coordinate outside 0..dims[d]-1 reads as
// `fill` (low bytes of it) and is skipped when written: that is padding.
typedef struct {
  uint8_t type;  // NpuType.
  uint8_t rank;  // 1..5.
  uint8_t region;
  uint8_t address_register;  // Added to `offset`.
  uint32_t fill;
  uint64_t offset;
  uint32_t dims[NPU_RANK];   // Unused ones are 1.
  uint32_t box[NPU_RANK];    // 1..65536; unused ones are 1.
  int64_t stride[NPU_RANK];  // Bytes; unused ones are 0.
  uint16_t step[NPU_RANK];   // At least 1.
  uint8_t reserved[22];
} NpuTensor;
NPU_ABI_ASSERT(sizeof(NpuTensor) == 128, "NpuTensor");

// ---------------------------------------------------------------------------------- commands

typedef enum { kNpuQueueLd = 0, kNpuQueueMm = 1, kNpuQueueVec = 2, kNpuQueueSt = 3 } NpuQueue;

typedef enum {
  // Sequencer: not queued.
  kNpuOpEnd = 0x00,   // The program ends when all queues are empty.
  kNpuOpLoop = 0x01,  // NpuLoop: repeats up to the matching END_LOOP.
  kNpuOpEndLoop = 0x02,
  // LD and ST: NpuDma. LOAD on LD only, STORE on ST only.
  kNpuOpLoad = 0x10,
  kNpuOpStore = 0x11,
  kNpuOpSync = 0x12,  // ST: NpuSync.
  // MM: NpuMatmul.
  kNpuOpMatmul = 0x20,
  // VEC.
  kNpuOpRequantise = 0x30,   // NpuVector: INT32 accumulators to INT8.
  kNpuOpMaxPool = 0x31,      // NpuPool.
  kNpuOpAveragePool = 0x32,  // NpuPool.
  kNpuOpAdd = 0x33,          // NpuAdd.
} NpuOpcode;

// What every command begins with: 16 bytes. A queue takes its next command when every wait holds;
// `wait n` needs the count to be >= n and subtracts n (n = 0: no wait). `post` adds when the
// command has finished (a STORE: when its writes have completed). Two waits and two posts.
typedef struct {
  uint8_t opcode;
  uint8_t queue;
  uint16_t flags;
  uint8_t wait_semaphore[2];
  uint8_t post_semaphore[2];
  uint16_t wait_count[2];
  uint16_t post_count[2];
} NpuCommandHead;
NPU_ABI_ASSERT(sizeof(NpuCommandHead) == 16, "NpuCommandHead");

// LOOP. The body runs `count` times (at least 1). After each round but the last,
// a[step_register[i]] += step[i]; after the last the registers return to what they were before
// the loop. step_register 0: unused, its step must be 0. Head: no waits, posts or flags.
typedef struct {
  NpuCommandHead head;
  uint32_t count;
  uint8_t step_register[NPU_LOOP_STEPS];
  int64_t step[NPU_LOOP_STEPS];
  uint8_t reserved[8];
} NpuLoop;
NPU_ABI_ASSERT(sizeof(NpuLoop) == 64, "NpuLoop");

// LOAD: box of `tensor` at `start` to the scratchpad. STORE: the reverse. In the scratchpad the box
// is laid out row by row: a row is the innermost dimension's box[rank-1] elements, contiguous; the
// n-th row (row-major order of the outer dimensions) begins at  scratchpad + n * row_pitch.
// start[d] is added to the coordinate and may be negative.
typedef struct {
  NpuCommandHead head;
  uint32_t scratchpad;
  uint32_t row_pitch;  // Bytes; at least the row.
  uint16_t tensor;
  uint8_t scratchpad_register;
  uint8_t reserved0;
  int32_t start[NPU_RANK];
  uint8_t reserved[16];
} NpuDma;
NPU_ABI_ASSERT(sizeof(NpuDma) == 64, "NpuDma");

// SYNC: when every earlier write of the ST queue has completed, an 8-byte posted write of `value`
// to {region, offset + a[address_register]}, 8-byte aligned.
typedef struct {
  NpuCommandHead head;
  uint64_t value;
  uint64_t offset;
  uint8_t region;
  uint8_t address_register;
  uint8_t reserved[30];
} NpuSync;
NPU_ABI_ASSERT(sizeof(NpuSync) == 64, "NpuSync");

// MATMUL: C[m x n] (+)= A[m x k] * B[k x n], INT8 x INT8 to INT32 that wraps. All in the
// scratchpad, row-major, pitches in bytes; C is 4-byte aligned. m, n, k of any size: the hardware
// cuts k into tiles of `rows` and n into tiles of `columns` of its array, n outermost, each tile
// with all m rows of A: ceil(k / rows) * ceil(n / columns) tiles.
typedef struct {
  NpuCommandHead head;
  uint32_t a, b, c;  // Scratchpad offsets.
  uint32_t a_pitch, b_pitch, c_pitch;
  uint32_t m;
  uint16_t n, k;
  uint8_t a_register, b_register, c_register;
  uint8_t reserved[13];
} NpuMatmul;
NPU_ABI_ASSERT(sizeof(NpuMatmul) == 64, "NpuMatmul");

enum { NPU_MATMUL_ACCUMULATE = 1u << 0 };  // flags: add to C instead of replacing it.

// REQUANTISE: for each of m rows and n columns
//   acc = in[m][n] + bias[n]                          (INT32, wraps)
//   y   = round_half_even((float)acc * scale[n])      (FP32 multiply, rounded once)
//   out[m][n] = clamp(y + zero_point, low, high)      (in 64-bit integers; NaN cannot occur)
// `bias` points to n INT32, `scale` to n FP32 in the scratchpad. ReLU is low = zero_point. The
// product is clamped to +-2^31 before rounding. (float)acc rounds half to even. Scales are finite.
typedef struct {
  NpuCommandHead head;
  uint32_t in, out, bias, scale;  // Scratchpad offsets; in, bias, scale 4-byte aligned.
  uint32_t in_pitch, out_pitch;   // Bytes.
  uint32_t m;
  uint16_t n;
  int16_t zero_point;
  int16_t low, high;  // Within -128..255; low <= high. The byte stored is the low 8 bits.
  uint8_t in_register, out_register;
  uint8_t reserved[10];
} NpuVector;
NPU_ABI_ASSERT(sizeof(NpuVector) == 64, "NpuVector");

// MAX_POOL, AVERAGE_POOL of an INT8 image [height][width][channels] in the scratchpad, channels
// contiguous, no padding: output [out_height][out_width][channels], out = (in - kernel) / stride
// + 1. The average is round_half_even(sum * scale), saturated to INT8.
typedef struct {
  NpuCommandHead head;
  uint32_t in, out;
  uint16_t height, width, channels;
  uint8_t kernel_height, kernel_width;
  uint8_t stride_height, stride_width;
  uint8_t in_register, out_register;
  float scale;           // AVERAGE_POOL; 0 for MAX_POOL.
  uint32_t pixel_pitch;  // Bytes from pixel to pixel, in and out; at least `channels`.
  uint32_t images;       // That many, one after the other, packed.
  uint8_t reserved[16];
} NpuPool;
NPU_ABI_ASSERT(sizeof(NpuPool) == 64, "NpuPool");

// ADD: out[i] = saturate(round_half_even(a[i] * scale_a + b[i] * scale_b)), INT8, each product in
// FP32, their sum in FP32.
typedef struct {
  NpuCommandHead head;
  uint32_t a, b, out;
  uint32_t count;
  float scale_a, scale_b;
  uint8_t a_register, b_register, out_register;
  uint8_t reserved[21];
} NpuAdd;
NPU_ABI_ASSERT(sizeof(NpuAdd) == 64, "NpuAdd");

typedef union {
  NpuCommandHead head;
  NpuLoop loop;
  NpuDma dma;
  NpuSync sync;
  NpuMatmul matmul;
  NpuVector vector;
  NpuPool pool;
  NpuAdd add;
} NpuCommand;
NPU_ABI_ASSERT(sizeof(NpuCommand) == 64, "NpuCommand");

#endif  // CVP_MODELS_NPU_NPU_ABI_H_
