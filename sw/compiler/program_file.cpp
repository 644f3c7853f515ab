// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/program_file.h"

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "models/core/input_file.h"

namespace cvp {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kMagic[8] = "CVPNPU1";
constexpr std::uint64_t kAlignment = 64;

std::uint64_t align(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

Json shape_json(const Shape& shape) { return {shape.channels, shape.height, shape.width}; }

Shape shape_from(const Json& json) {
  return {json.at(0).get<int>(), json.at(1).get<int>(), json.at(2).get<int>()};
}

Json quantisation_json(const Quantisation& q) {
  return {{"float", q.is_float}, {"scale", q.scale}, {"zero_point", q.zero_point}};
}

Quantisation quantisation_from(const Json& json) {
  return {json.at("float").get<bool>(), json.at("scale").get<float>(),
          json.at("zero_point").get<int>()};
}

Json plan_object(const RunPlan& plan) {
  Json regions = Json::array();
  for (const RegionBytes& region : plan.regions) {
    regions.push_back({{"bytes_read", region.read}, {"bytes_written", region.written}});
  }
  return {{"commands", plan.commands},
          {"loads", plan.loads},
          {"stores", plan.stores},
          {"tiles", plan.tiles},
          {"array_macs", plan.array_macs},
          {"useful_macs", plan.useful_macs},
          {"array_cycles", plan.array_cycles},
          {"regions", regions}};
}

Json side_info(const CompiledProgram& p) {
  Json layers = Json::array();
  for (const LayerInfo& layer : p.layers) {
    layers.push_back({{"tensor", layer.tensor},
                      {"node", layer.node},
                      {"kind", layer.kind},
                      {"shape", shape_json(layer.shape)},
                      {"region", layer.region},
                      {"offset", layer.offset},
                      {"image_stride", layer.image_stride},
                      {"channels_first", layer.channels_first},
                      {"macs", layer.macs},
                      {"tile_rows", layer.tile_rows},
                      {"tile_channels", layer.tile_channels}});
  }
  return {{"name", p.name},
          {"rows", p.geometry.rows},
          {"columns", p.geometry.columns},
          {"scratchpad_bytes", p.geometry.scratchpad_bytes},
          {"batch", p.batch},
          {"keep_layers", p.keep_layers},
          {"input_shape", shape_json(p.input_shape)},
          {"output_shape", shape_json(p.output_shape)},
          {"input_quantisation", quantisation_json(p.input_quantisation)},
          {"output_quantisation", quantisation_json(p.output_quantisation)},
          {"input_dims", p.input_dims},
          {"output_dims", p.output_dims},
          {"input_bytes", p.input_bytes},
          {"output_bytes", p.output_bytes},
          {"layer_bytes", p.layer_bytes},
          {"scratch_bytes", p.scratch_bytes},
          {"classes", p.classes},
          {"layers", layers},
          {"plan_a_run", plan_object(plan_run(p))}};
}

void read_side_info(const Json& json, CompiledProgram& p) {
  p.name = json.at("name").get<std::string>();
  p.geometry = {json.at("rows").get<std::uint32_t>(), json.at("columns").get<std::uint32_t>(),
                json.at("scratchpad_bytes").get<std::uint32_t>()};
  p.batch = json.at("batch").get<std::uint32_t>();
  p.keep_layers = json.at("keep_layers").get<bool>();
  p.input_shape = shape_from(json.at("input_shape"));
  p.output_shape = shape_from(json.at("output_shape"));
  p.input_quantisation = quantisation_from(json.at("input_quantisation"));
  p.output_quantisation = quantisation_from(json.at("output_quantisation"));
  p.input_dims = json.at("input_dims").get<std::vector<std::int64_t>>();
  p.output_dims = json.at("output_dims").get<std::vector<std::int64_t>>();
  p.input_bytes = json.at("input_bytes").get<std::uint64_t>();
  p.output_bytes = json.at("output_bytes").get<std::uint64_t>();
  p.layer_bytes = json.at("layer_bytes").get<std::uint64_t>();
  p.scratch_bytes = json.at("scratch_bytes").get<std::uint64_t>();
  p.classes = json.at("classes").get<std::uint32_t>();
  for (const Json& layer : json.at("layers")) {
    p.layers.push_back(
        {layer.at("tensor").get<std::string>(), layer.at("node").get<std::string>(),
         layer.at("kind").get<std::string>(), shape_from(layer.at("shape")),
         layer.at("region").get<std::uint32_t>(), layer.at("offset").get<std::uint64_t>(),
         layer.at("image_stride").get<std::uint64_t>(), layer.at("channels_first").get<bool>(),
         layer.at("macs").get<std::uint64_t>(), layer.at("tile_rows").get<std::uint32_t>(),
         layer.at("tile_channels").get<std::uint32_t>()});
  }
}

template <class Bytes>
void place(std::vector<std::uint8_t>& file, const Bytes& part, std::uint64_t& offset,
           std::uint64_t& bytes) {
  offset = file.size();
  bytes = part.size();
  file.insert(file.end(), part.begin(), part.end());
  file.resize(align(file.size()), 0);
}

}  // namespace

std::string plan_json(const RunPlan& plan) { return plan_object(plan).dump(); }

std::vector<std::uint8_t> pack_program(const CompiledProgram& program) {
  ProgramFileHeader header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  std::vector<std::uint8_t> file(sizeof header, 0);
  place(file, program.program, header.program_offset, header.program_bytes);
  place(file, program.constants, header.constants_offset, header.constants_bytes);
  // Names may hold any bytes that the ONNX file does.
  const std::string json = side_info(program).dump(2, ' ', false, Json::error_handler_t::replace);
  place(file, json, header.side_info_offset, header.side_info_bytes);
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

CompiledProgram unpack_program(const std::vector<std::uint8_t>& bytes, const std::string& file) {
  const auto fail = [&] {
    throw CompileError(file, "", "is no compiled program; expected a file made by 'compile'");
  };
  ProgramFileHeader header{};
  if (bytes.size() < sizeof header) fail();
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) fail();
  const auto part = [&](std::uint64_t offset, std::uint64_t size) {
    if (size > bytes.size() || offset > bytes.size() - size) fail();
    return std::vector<std::uint8_t>(bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(offset + size));
  };
  CompiledProgram program;
  program.program = part(header.program_offset, header.program_bytes);
  program.constants = part(header.constants_offset, header.constants_bytes);
  const std::vector<std::uint8_t> json = part(header.side_info_offset, header.side_info_bytes);
  try {
    read_side_info(Json::parse(json.begin(), json.end()), program);
  } catch (const Json::exception&) {
    fail();
  }
  return program;
}

void write_program_file(const CompiledProgram& program, const std::string& file) {
  const std::vector<std::uint8_t> bytes = pack_program(program);
  const bool replace = !std::filesystem::exists(file) || std::filesystem::is_regular_file(file);
  const std::string temporary = replace ? file + ".part" + std::to_string(getpid()) : file;
  const auto fail = [&] {
    const int reason = errno;
    if (replace) std::remove(temporary.c_str());
    throw std::system_error(reason, std::generic_category(), file + ": cannot be written");
  };
  errno = EIO;
  std::ofstream stream(temporary, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) fail();
  if (replace && std::rename(temporary.c_str(), file.c_str()) != 0) fail();
}

CompiledProgram read_program_file(const std::string& file) {
  const InputFile input = read_input_file(file, "cannot be read; expected a compiled program");
  if (!input.problem.empty()) throw CompileError(file, "", input.problem);
  return unpack_program({input.bytes.begin(), input.bytes.end()}, file);
}

}  // namespace cvp
