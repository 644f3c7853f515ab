// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_functional.h"

#include <algorithm>
#include <map>
#include <string>

#include <toml++/toml.h>

#include "models/core/report.h"

namespace cvp {
namespace {

std::vector<double> numbers(const toml::table& table, std::string_view key) {
  std::vector<double> all;
  const toml::array* list = table[key].as_array();
  CVP_CHECK(list != nullptr, "functional curves: no ", key);
  for (const toml::node& node : *list) all.push_back(node.value_or(0.0));
  return all;
}

std::map<std::string, HbmCurve, std::less<>> read_curves() {
  const toml::table file = toml::parse(hbm_curve_texts().front());
  std::map<std::string, HbmCurve, std::less<>> curves;
  for (const auto& [name, node] : file) {
    const toml::table* table = node.as_table();
    if (table == nullptr) continue;
    HbmCurve curve{(*table)["bandwidth"].value_or(0.0), numbers(file, "load"),
                   numbers(*table, "latency")};
    CVP_CHECK(
        curve.bandwidth > 0 && curve.load.size() == curve.latency.size() && !curve.load.empty(),
        "functional curve of ", name.str());
    curves.emplace(std::string(name.str()), std::move(curve));
  }
  return curves;
}

}  // namespace

double HbmCurve::latency_at(double at, double idle) const {
  const auto above = std::upper_bound(load.begin(), load.end(), at);
  if (above == load.end()) return latency.back();
  const auto i = static_cast<std::size_t>(above - load.begin());
  const double from = i > 0 ? load[i - 1] : 0, low = i > 0 ? latency[i - 1] : idle;
  return low + (at - from) / (load[i] - from) * (latency[i] - low);
}

const HbmCurve& hbm_curve(std::string_view generation) {
  static const auto curves = read_curves();
  const auto found = curves.find(generation);
  return found != curves.end() ? found->second : curves.at("hbm3-6400");
}

HbmFunctional::HbmFunctional(const HbmTiming& timing, Femtoseconds idle)
    : curve_(hbm_curve(timing.name)),
      bandwidth_{curve_.bandwidth * timing.peak_bytes_per_second()},
      idle_(idle),
      clock_(Clock(timing.clock).at(1)),
      window_length_(Clock(timing.clock).at(timing.refi)),
      idle_clocks_(static_cast<double>(idle.value) / static_cast<double>(clock_.value)) {}

Femtoseconds HbmFunctional::access(bool write, std::uint64_t bytes, Femtoseconds arrival) {
  const double load = this->load(arrival);
  bytes_ += bytes;
  const Femtoseconds start = std::max(arrival, busy_until_);
  busy_until_ = start + bandwidth_.time_for(bytes);
  if (write) return start;
  const double clocks = curve_.latency_at(load, idle_clocks_);
  const Femtoseconds latency{
      static_cast<std::uint64_t>(clocks * static_cast<double>(clock_.value))};
  // Most reads of the curve find their row open: where one takes less than a closed bank, who comes
  // in a crowd does too.
  return std::max({busy_until_, start + std::min(idle_, latency), arrival + latency});
}

double HbmFunctional::load(Femtoseconds arrival) {
  const std::uint64_t window = arrival / window_length_;
  if (window > window_) {
    bytes_before_ = window == window_ + 1 ? bytes_ : 0;
    bytes_ = 0;
    window_ = window;
  }
  return static_cast<double>(bytes_before_) /
         (bandwidth_.bytes_per_second * window_length_.seconds());
}

}  // namespace cvp
