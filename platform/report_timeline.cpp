// SPDX-License-Identifier: Apache-2.0
#include "platform/report_timeline.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "platform/diagram.h"

namespace cvp {
namespace {

constexpr std::size_t kBins = 480;
constexpr double kLabel = 150, kBin = 2, kRow = 20, kBar = 14, kTop = 8, kAxis = 26;

using Bins = std::vector<double>;

// Busy time of each bin, as a share of the bin. Spans of one track do not overlap.
Bins fill(const TraceRecorder& trace, std::uint32_t track, Femtoseconds from, Femtoseconds to) {
  Bins bins(kBins, 0);
  const double width = static_cast<double>((to - from).value) / kBins;
  for (const TraceRecorder::Span& span : trace.spans()) {
    if (span.track != track || span.end <= from || span.start >= to) continue;
    const double start = static_cast<double>((std::max(span.start, from) - from).value) / width;
    const double end = static_cast<double>((std::min(span.end, to) - from).value) / width;
    for (auto bin = static_cast<std::size_t>(start); bin < kBins && static_cast<double>(bin) < end;
         ++bin) {
      const double low = std::max(start, static_cast<double>(bin));
      const double high = std::min(end, static_cast<double>(bin + 1));
      bins[bin] += std::max(0.0, high - low);
    }
  }
  for (double& bin : bins) bin = std::min(bin, 1.0);
  return bins;
}

std::string short_name(const std::string& track) {
  const auto dot = track.find('.');
  return dot == std::string::npos ? track : track.substr(dot + 1);
}

const char* kind_of(const std::string& track) {
  if (track.ends_with(".mm")) return "k1";
  if (track.ends_with(".vec")) return "k2";
  if (track.ends_with(".ld") || track.ends_with(".st")) return "k3";
  if (track.find("hart") != std::string::npos) return "k5";
  return "k4";
}

// Neighbouring bins of about the same load become one rectangle.
std::string draw_row(const Bins& bins, double y, const char* kind) {
  std::string out;
  for (std::size_t begin = 0; begin < kBins;) {
    const double level = std::ceil(bins[begin] * 8) / 8;
    std::size_t end = begin + 1;
    while (end < kBins && std::ceil(bins[end] * 8) / 8 == level) ++end;
    if (level > 0) {
      const double height = std::max(2.0, kBar * level);
      out += fmt::format("<rect class='{}' x='{:.0f}' y='{:.1f}' width='{:.0f}' height='{:.1f}'/>",
                         kind, kLabel + static_cast<double>(begin) * kBin, y + kBar - height,
                         static_cast<double>(end - begin) * kBin, height);
    }
    begin = end;
  }
  return out;
}

std::string axis(double y, Femtoseconds from, Femtoseconds to) {
  std::string out;
  for (int tick = 0; tick <= 4; ++tick) {
    const double x = kLabel + kBin * kBins * tick / 4;
    const double time = from.seconds() + (to - from).seconds() * tick / 4;
    out += fmt::format(
        "<line x1='{0:.0f}' y1='{1:.0f}' x2='{0:.0f}' y2='{2:.0f}'/><text class='tick' x='{0:.0f}' "
        "y='{3:.0f}' text-anchor='{5}'>{4:.3f} ms</text>",
        x, kTop, y, y + 16, time * 1e3,
        tick == 0   ? "start"
        : tick == 4 ? "end"
                    : "middle");
  }
  return out;
}

}  // namespace

std::string timeline_svg(const TraceRecorder& trace, Femtoseconds from, Femtoseconds to) {
  if (to <= from) return "";
  std::map<std::string, std::uint32_t> order;
  for (std::uint32_t n = 0; n < trace.tracks().size(); ++n)
    order[short_name(trace.tracks()[n])] = n;
  std::string rows;
  double y = kTop;
  for (const auto& [name, track] : order) {
    const Bins bins = fill(trace, track, from, to);
    double busy = 0;
    for (const double bin : bins) busy += bin / kBins;
    if (busy == 0) continue;
    rows += fmt::format(
        "<g><title>{0}: busy {1:.2f} % of this time</title><rect class='lane' x='{2:.0f}' "
        "y='{3:.0f}' width='{4:.0f}' height='{5:.0f}'/>{6}<text class='track' x='{7:.0f}' "
        "y='{8:.0f}'>{0}</text></g>\n",
        escape_markup(name), busy * 100, kLabel, y, kBin * kBins, kBar,
        draw_row(bins, y, kind_of(name)), kLabel - 8, y + 11);
    y += kRow;
  }
  if (rows.empty()) return "";
  return fmt::format(
      "<svg class='timeline' viewBox='0 0 {0:.0f} {1:.0f}' role='img'>{2}{3}</svg>\n",
      kLabel + kBin * kBins + 4, y + kAxis, axis(y, from, to), rows);
}

double peak_load(const TraceRecorder& trace, const std::string& suffix, Femtoseconds end) {
  double peak = 0;
  for (std::uint32_t n = 0; n < trace.tracks().size(); ++n) {
    if (!trace.tracks()[n].ends_with(suffix)) continue;
    for (const double bin : fill(trace, n, {}, end)) peak = std::max(peak, bin);
  }
  return peak;
}

}  // namespace cvp
