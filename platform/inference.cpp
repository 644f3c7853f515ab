// SPDX-License-Identifier: Apache-2.0
#include "platform/inference.h"

#include <algorithm>

#include <fmt/format.h>

#include "models/npu/npu_cluster.h"

namespace cvp {
namespace {

using Json = nlohmann::ordered_json;

// Distance of the job from the start of DRAM: room for what firmware loads there.
constexpr std::uint64_t kJobOffset = 64_MiB;

}  // namespace

Geometry common_geometry(const Package& package) {
  Geometry common;
  bool first = true;
  for (const Die& die : package.dies) {
    for (const Instance* npu : die.of_type("npu_cluster")) {
      const auto value = [&](const char* key) {
        return static_cast<std::uint32_t>(npu->params[key].integer);
      };
      const Geometry own{value("rows"), value("columns"), value("scratchpad")};
      if (first) common = own;
      common.rows = std::min(common.rows, own.rows);
      common.columns = std::min(common.columns, own.columns);
      common.scratchpad_bytes = std::min(common.scratchpad_bytes, own.scratchpad_bytes);
      first = false;
    }
  }
  return common;
}

AddrRange place_job(const Package& package, std::uint64_t bytes, Diagnostics& diagnostics) {
  AddrRange dram;
  for (const Instance* ram : package.host().of_type("ram")) {
    const AddrRange range = ram->window("map")->range;
    if (range.size > dram.size) dram = range;
  }
  const std::uint64_t offset = std::min(kJobOffset, dram.size / 4) & ~std::uint64_t{0xffff};
  if (offset + bytes <= dram.size / 2) return {dram.base + offset, bytes};
  diagnostics.error(
      package.file, 0, "host DRAM",
      fmt::format("has {}, the job {}; expected DRAM of at least twice the job",
                  format_quantity(Unit::kBytes, dram.size), format_quantity(Unit::kBytes, bytes)));
  return {dram.base, bytes};
}

Inference::Inference(OnnxGraph graph, CompiledProgram program, Dataset dataset)
    : graph_(std::move(graph)),
      program_(std::move(program)),
      dataset_(std::move(dataset)),
      blob_(build_job(program_, dataset_)),
      header_(job_header(blob_)) {}

void Inference::watch(Simulation& simulation) {
  simulation.on_mark([this, &simulation](std::uint32_t number) {
    const auto energy = [&] { return take_snapshot(simulation.platform()).energy_j; };
    if (number == NPU_JOB_MARK_START) before_ = take_snapshot(simulation.platform());
    if (number == NPU_JOB_MARK_RUN) energy_j_ = -energy();
    if (number == NPU_JOB_MARK_END) energy_j_ += energy();
  });
}

bool Inference::collect(const Simulation& simulation, Addr job) {
  const Platform& platform = simulation.platform();
  after_ = take_snapshot(platform);
  std::vector<std::uint8_t> bytes(header_.results_bytes);
  if (!platform.read(job + header_.results_offset, bytes)) return false;
  results_ = read_results(header_, bytes);
  if (!results_.written) return false;
  const Instance* clint = simulation.package().host().first("clint");
  time_s_ = static_cast<double>(results_.header.end_ticks - results_.header.start_ticks) /
            clint->params["timebase"].real;
  for (const auto& die : platform.dies()) {  // In the order of their index, as shares are.
    if (results_.header.die_mask >> die->die().index & 1) dies_.push_back(job_die(*die));
  }
  if (dies_.empty()) return false;
  plan_ =
      plan_job(program_, static_cast<std::uint32_t>(dataset_.images.size()), results_.header.dies);
  for (const auto& output : results_.outputs) {
    const auto values = dequantise_output(program_, output);
    outputs_.insert(outputs_.end(), values.begin(), values.end());
  }
  check_all_layers(simulation);
  traffic_ = compare_with_plan(platform, plan_, dies_, before_, after_);
  return true;
}

void Inference::check_all_layers(const Simulation& simulation) {
  const auto read = [&](std::uint32_t image, std::uint32_t region, std::uint64_t offset,
                        std::span<std::uint8_t> bytes) {
    const std::uint32_t run = image / program_.batch;
    std::size_t j = 0;
    while (j + 1 < plan_.dies.size() && run >= plan_.dies[j].first_run + plan_.dies[j].runs) ++j;
    CVP_CHECK(j < dies_.size() &&
                  simulation.platform().read(dies_[j].region_base.at(region) + offset, bytes),
              "region ", region, " of image ", image);
  };
  layers_ = check_layers(program_, graph_, dataset_, read);
}

std::uint64_t Inference::layer_differences() const {
  std::uint64_t sum = 0;
  for (const LayerCheck& layer : layers_) sum += layer.differences;
  return sum;
}

bool Inference::plan_holds() const {
  return std::all_of(traffic_.begin(), traffic_.end(),
                     [](const PlanRow& row) { return row.planned == row.counted; });
}

Json Inference::to_json() const {
  const auto images = static_cast<double>(dataset_.images.size());
  Json layers = Json::array();
  for (const LayerCheck& layer : layers_) {
    layers.push_back({{"tensor", layer.tensor},
                      {"images", layer.images},
                      {"values", layer.values},
                      {"differences", layer.differences},
                      {"first_difference", layer.first}});
  }
  Json traffic = Json::array();
  for (const PlanRow& row : traffic_) {
    traffic.push_back(
        {{"what", row.what}, {"planned_bytes", row.planned}, {"counted_bytes", row.counted}});
  }
  Json npus = Json::array();
  std::uint64_t macs = 0, peak = 0, compared = 0, different = 0;
  for (const JobDie& job : dies_) {
    const auto* npu = job.die->find<NpuCluster>(job.npu);
    const NpuStatistics s = npu->statistics();
    const auto start = before_.npus.find(job.die->die().name);
    const NpuCounters base = start == before_.npus.end() ? NpuCounters{} : start->second;
    const std::uint64_t a_cycle = std::uint64_t{npu->params().rows} * npu->params().columns;
    const std::uint64_t cycles = s.counters.cycles - base.cycles;
    macs += s.counters.macs - base.macs;
    peak += cycles * a_cycle;
    compared += s.mac_array.tiles_compared;
    different += s.mac_array.tiles_different;
    const double share = static_cast<double>(s.counters.macs - base.macs) /
                         static_cast<double>(std::max<std::uint64_t>(1, cycles * a_cycle));
    npus.push_back({{"die", job.die->die().name},
                    {"runs", plan_.dies.at(npus.size()).runs},
                    {"cycles", cycles},
                    {"macs", s.counters.macs - base.macs},
                    {"utilisation", share}});
  }
  return {{"network", program_.name},
          {"images", dataset_.images.size()},
          {"batch", program_.batch},
          {"correct", results_.header.correct},
          {"accuracy", images > 0 ? results_.header.correct / images : 0},
          {"dies", results_.header.dies},
          {"failed_runs", results_.header.failed_runs},
          {"time_s", time_s_},
          {"images_per_s", time_s_ > 0 ? images / time_s_ : 0},
          {"energy_j", energy_j_},
          {"energy_with_loading_j", after_.energy_j - before_.energy_j},
          {"planned_macs", plan_.total.useful_macs},
          {"mac_utilisation", peak > 0 ? static_cast<double>(macs) / static_cast<double>(peak) : 0},
          {"tiles_compared", compared},
          {"tiles_different", different},
          {"layers", layers},
          {"traffic", traffic},
          {"traffic_equals_plan", plan_holds()},
          {"npus", npus}};
}

std::string Inference::summary(const Json& stats) const {
  const Json mine = to_json();
  const auto images = dataset_.images.size();
  std::uint64_t values = 0;
  for (const LayerCheck& layer : layers_) values += layer.values;
  std::string out = fmt::format("\n{} on {}: {} images on {} NPU {}\n", program_.name,
                                stats["package"].get<std::string>(), images, results_.header.dies,
                                results_.header.dies == 1 ? "die" : "dies");
  const auto row = [&](const char* key, const std::string& value) {
    out += fmt::format("  {:<26} {}\n", key, value);
  };
  if (!dataset_.labels.empty()) {
    row("accuracy", fmt::format("{} of {} = {:.1f} %", results_.header.correct, images,
                                100 * mine["accuracy"].get<double>()));
  }
  row("equal to the reference",
      layer_differences() == 0
          ? fmt::format("all {} values of {} layers of {} images", values, layers_.size(), images)
          : fmt::format("NO: {} of {} values differ", layer_differences(), values));
  for (const LayerCheck& layer : layers_) {
    if (layer.differences > 0) row("", layer.tensor + ": " + layer.first);
  }
  row("simulated time", fmt::format("{:.3f} ms, of it inference {:.3f} ms",
                                    stats["sim_time_s"].get<double>() * 1e3, time_s_ * 1e3));
  row("images a simulated second", fmt::format("{:.0f}", mine["images_per_s"].get<double>()));
  row("tensor bytes", plan_holds() ? "equal to the compiler's plan on every link and memory"
                                   : "NOT equal to the compiler's plan");
  for (const PlanRow& traffic : traffic_) {
    out +=
        fmt::format("    {:<34} {:>12} planned {:>12} counted{}\n", traffic.what, traffic.planned,
                    traffic.counted, traffic.planned == traffic.counted ? "" : "  <- differs");
  }
  row("MAC utilisation", fmt::format("{:.1f} %", 100 * mine["mac_utilisation"].get<double>()));
  if (mine["tiles_compared"].get<std::uint64_t>() > 0)
    row("RTL and model compared",
        fmt::format("{} tiles, {} differences", mine["tiles_compared"].get<std::uint64_t>(),
                    mine["tiles_different"].get<std::uint64_t>()));
  row("energy",
      fmt::format(
          "{:.3f} mJ, of it inference {:.3f} mJ; of all links {:.3f}, memories {:.3f}, NPUs {:.3f}",
          stats["energy_j"].get<double>() * 1e3, stats["inference"]["energy_j"].get<double>() * 1e3,
          stats["energy"]["links_j"].get<double>() * 1e3,
          stats["energy"]["memories_j"].get<double>() * 1e3,
          stats["energy"]["npus_j"].get<double>() * 1e3));
  row("host", fmt::format("{:.1f} s, {:.1f} MIPS", stats["host"]["wall_time_s"].get<double>(),
                          stats["host"]["mips"].get<double>()));
  return out;
}

}  // namespace cvp
