// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/phy/ucie_lane_rates.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "models/core/report.h"
#include "models/ucie/phy/ucie_fault.h"

namespace cvp {

std::vector<std::string> ucie_read_lane_rates(std::string_view text, const UcieLinkShape& shape,
                                              double most, UcieLaneRates& rates) {
  std::vector<std::string> errors;
  std::set<UciePinFault> seen;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equals);
    std::vector<UciePinFault> lanes;
    const auto is_lane = [](const UciePinFault& lane) {
      return lane.pin == UciePin::kData && lane.works_up_to == DataRate{};
    };
    const bool named = name.find(':') != name.npos && ucie_read_faults(name, lanes).empty() &&
                       std::ranges::all_of(lanes, is_lane) &&
                       ucie_fault_errors(shape, lanes).empty();
    const char* end = part.data() + part.size();
    double rate = 0;
    const auto real = std::from_chars(std::min(name.data() + name.size() + 1, end), end, rate);
    const bool rated = real.ec == std::errc() && real.ptr == end && rate >= 0 && rate <= most;
    if (!named || !rated) {
      errors.push_back(
          concat('"', part, "\"; expected for example data:3=1e-6, m1.d0.data:3=1e-6; lanes 0 to ",
                 shape.lanes - 1, " of a module, rates 0 to ", most));
      continue;
    }
    bool twice = false;
    for (const UciePinFault& lane : lanes) {
      rates[lane.direction].at(lane.module * shape.lanes + lane.number) = rate;
      twice = !seen.insert(lane).second || twice;
    }
    if (twice) errors.push_back(concat('"', part, "\"; this lane is named twice"));
  }
  return errors;
}

}  // namespace cvp
