// SPDX-License-Identifier: Apache-2.0
//
// A job: a compiled program with its constants, inputs and labels in one blob that the host places
// in DRAM (`/chosen/cvp,job`) and the inference runtime hands out to the NPU dies.
//
// Region table that the runtime sets up for every NPU die, and that compiled programs rely on:
//   0 program    the program, in the die's own HBM                      read
//   1 constants  weights, biases, scales, in the die's own HBM          read
//   2 input      all images of the job, in CXL memory, else host DRAM   read
//   3 output     all outputs of the job, in host DRAM                   read, write
//   4 layers     every layer's output of all the job's images (when kept)
//                plus working tensors, in the die's own HBM             read, write
// A run of the program handles `batch` images, the images first..first+batch-1 of the job:
//   a1 = first * input_bytes, a2 = first * output_bytes, a3 = first * layer_bytes, a4 = 0.
// Runs of one context follow one another, so one set of working tensors serves them all.
//
// Shares are static: with D live NPU dies in the order of their die index and R = ceil(images /
// batch) runs, die j gets the runs j*R/D .. (j+1)*R/D - 1 (integer division). Images that fill the
// last batch up are zero and their results are ignored; buffers are sized R * batch.
#ifndef CVP_MODELS_NPU_JOB_ABI_H_
#define CVP_MODELS_NPU_JOB_ABI_H_

#include <stdint.h>

#ifdef __cplusplus
#define NPU_JOB_ASSERT(condition, what) static_assert(condition, what)
#else
#define NPU_JOB_ASSERT(condition, what) _Static_assert(condition, what)
#endif

enum {
  NPU_JOB_MAGIC = 0x424f4a4e,  // "NJOB"
  NPU_JOB_VERSION = 1,
  NPU_JOB_REGION_PROGRAM = 0,
  NPU_JOB_REGION_CONSTANTS = 1,
  NPU_JOB_REGION_INPUT = 2,
  NPU_JOB_REGION_OUTPUT = 3,
  NPU_JOB_REGION_LAYERS = 4,
  // Written to the finisher before the first tensor byte moves, and around the runs: the time
  // between the latter is NpuJobResult's.
  NPU_JOB_MARK_START = 0x4a4f42,
  NPU_JOB_MARK_RUN = 0x4a4f43,
  NPU_JOB_MARK_END = 0x4a4f44,
};

// 192 bytes, at the start of the blob. Offsets count from the blob's start and are multiples of 64.
typedef struct {
  uint32_t magic;
  uint32_t version;
  uint64_t total_bytes;
  uint32_t images;   // That count for the accuracy.
  uint32_t batch;    // Images a run.
  uint32_t classes;  // Outputs an image of which the largest is the answer; 0: no classification.
  uint32_t flags;    // 0.
  uint64_t program_offset, program_bytes;  // NpuProgramHeader and what follows.
  uint64_t constants_offset, constants_bytes;
  uint64_t inputs_offset, inputs_bytes;    // R * batch * input_bytes.
  uint64_t labels_offset, labels_bytes;    // One byte an image; 0 bytes: none.
  uint64_t results_offset, results_bytes;  // Written by the runtime: NpuJobResult + outputs.
  uint64_t input_bytes, output_bytes;      // An image.
  uint64_t layer_bytes;                    // An image, in the layers region; 0: none.
  uint64_t scratch_bytes;                  // Working tensors of a run.
  uint64_t scratch_offset;                 // Of them in the layers region.
  char name[40];                           // Of the network, zero-terminated.
} NpuJobHeader;
NPU_JOB_ASSERT(sizeof(NpuJobHeader) == 192, "NpuJobHeader");

// 64 bytes, at results_offset; the outputs of all images follow (images * output_bytes).
typedef struct {
  uint32_t magic;    // NPU_JOB_MAGIC when the runtime has written it.
  uint32_t status;   // 0: all runs completed with kNpuStatusOk.
  uint32_t correct;  // Images whose largest output is their label (first one of equals).
  uint32_t dies;     // NPU dies that took part.
  uint64_t start_ticks, end_ticks;  // mtime around the inference phase.
  uint64_t die_mask;                // Bit i: the die with index i took part.
  uint64_t failed_runs;
  uint64_t reserved[2];
} NpuJobResult;
NPU_JOB_ASSERT(sizeof(NpuJobResult) == 64, "NpuJobResult");

#endif  // CVP_MODELS_NPU_JOB_ABI_H_
