// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/job.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace cvp {
namespace {

constexpr std::uint64_t kAlignment = 64;

template <class Bytes>
void place(std::vector<std::uint8_t>& blob, const Bytes& part, std::uint64_t& offset,
           std::uint64_t& bytes) {
  offset = blob.size();
  bytes = part.size();
  blob.insert(blob.end(), part.begin(), part.end());
  blob.resize((blob.size() + kAlignment - 1) / kAlignment * kAlignment, 0);
}

}  // namespace

std::vector<std::int8_t> quantise_image(const CompiledProgram& program,
                                        std::span<const float> image) {
  if (image.size() != program.input_bytes) {
    throw std::invalid_argument("an image has " + std::to_string(image.size()) +
                                " values; the network's input has " +
                                std::to_string(program.input_bytes));
  }
  const Quantisation& q = program.input_quantisation;
  std::vector<std::int8_t> integers;
  for (const float value : image) {
    const double scaled = q.is_float ? std::nearbyint(value / q.scale) + q.zero_point : value;
    integers.push_back(static_cast<std::int8_t>(std::clamp(scaled, -128.0, 127.0)));
  }
  return integers;
}

namespace {

// Integers of an INT8 input would be changed by rounding or clamping without a word.
void check_fits(const CompiledProgram& program, std::span<const float> image, std::size_t number) {
  if (program.input_quantisation.is_float) return;
  for (const float value : image) {
    if (value >= -128 && value <= 127 && value == std::nearbyint(value)) continue;
    throw std::invalid_argument("image " + std::to_string(number) + " has the value " +
                                std::to_string(value) +
                                "; expected integers of -128..127: the network's input is INT8");
  }
}

}  // namespace

std::vector<std::uint8_t> build_job(const CompiledProgram& program, const Dataset& dataset) {
  if (dataset.images.empty()) throw std::invalid_argument("a job needs at least one image");
  const std::uint64_t images = dataset.images.size();
  const std::uint64_t padded = (images + program.batch - 1) / program.batch * program.batch;
  std::vector<std::uint8_t> inputs;
  for (std::size_t number = 0; number < dataset.images.size(); ++number) {
    const auto& image = dataset.images[number];
    check_fits(program, image, number);
    const std::vector<std::int8_t> integers = quantise_image(program, image);
    inputs.insert(inputs.end(), integers.begin(), integers.end());
  }
  inputs.resize(padded * program.input_bytes, 0);

  NpuJobHeader header{};
  header.magic = NPU_JOB_MAGIC;
  header.version = NPU_JOB_VERSION;
  header.images = static_cast<std::uint32_t>(images);
  header.batch = program.batch;
  header.classes = program.classes;
  header.input_bytes = program.input_bytes;
  header.output_bytes = program.output_bytes;
  header.layer_bytes = program.layer_bytes;
  header.scratch_bytes = program.scratch_bytes;
  header.scratch_offset = padded * program.layer_bytes;  // One of the two is always empty.
  std::strncpy(header.name, program.name.c_str(), sizeof header.name - 1);

  std::vector<std::uint8_t> blob(sizeof header, 0);
  place(blob, program.program, header.program_offset, header.program_bytes);
  place(blob, program.constants, header.constants_offset, header.constants_bytes);
  place(blob, inputs, header.inputs_offset, header.inputs_bytes);
  place(blob, dataset.labels, header.labels_offset, header.labels_bytes);
  place(blob, std::vector<std::uint8_t>(sizeof(NpuJobResult) + padded * program.output_bytes, 0),
        header.results_offset, header.results_bytes);
  header.total_bytes = blob.size();
  std::memcpy(blob.data(), &header, sizeof header);
  return blob;
}

NpuJobHeader job_header(std::span<const std::uint8_t> blob) {
  NpuJobHeader header;
  if (blob.size() < sizeof header) throw std::invalid_argument("job blob: truncated header");
  std::memcpy(&header, blob.data(), sizeof header);
  if (header.magic != NPU_JOB_MAGIC || header.version != NPU_JOB_VERSION) {
    throw std::invalid_argument("job blob: wrong magic number or version");
  }
  return header;
}

JobResults read_results(const NpuJobHeader& header, std::span<const std::uint8_t> results) {
  JobResults read;
  if (results.size() < sizeof read.header + header.images * header.output_bytes) {
    throw std::invalid_argument("job results: truncated");
  }
  std::memcpy(&read.header, results.data(), sizeof read.header);
  read.written = read.header.magic == NPU_JOB_MAGIC;
  const std::uint8_t* at = results.data() + sizeof read.header;
  for (std::uint32_t i = 0; i < header.images; ++i, at += header.output_bytes) {
    read.outputs.emplace_back(at, at + header.output_bytes);
  }
  return read;
}

std::vector<float> dequantise_output(const CompiledProgram& program,
                                     std::span<const std::int8_t> output) {
  const Quantisation& q = program.output_quantisation;
  std::vector<float> values;
  for (const std::int8_t integer : output) {
    values.push_back(q.is_float ? static_cast<float>(integer - q.zero_point) * q.scale : integer);
  }
  return values;
}

std::uint32_t best_class(std::span<const std::int8_t> output) {
  return static_cast<std::uint32_t>(std::max_element(output.begin(), output.end()) -
                                    output.begin());
}

}  // namespace cvp
