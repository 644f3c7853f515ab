// SPDX-License-Identifier: Apache-2.0
#include "platform/link_ends.h"

#include <algorithm>

#include <fmt/format.h>

namespace cvp {
namespace {

const ParameterSet& port_params(const Package& package, const PortName& end) {
  return package.find_die(end.die)->find(end.port)->params;
}

bool has_own(const ParameterSet& port) {
  return std::ranges::any_of(port.table(),
                             [&](const Parameter& row) { return !port.is_default(row.key); });
}

// Why both ends together cannot be ACTIVE.
std::string difference(const Package& package, const Link& link) {
  for (const char* key : {"package", "protocol", "format"}) {
    std::string texts[2];
    for (int end = 0; end < 2; ++end) {
      const ParameterSet& port = port_params(package, link.ends[end]);
      texts[end] = (port.is_default(key) ? link.params : port)[key].text;
    }
    if (texts[0] != texts[1]) return fmt::format("{} is {} and {}", key, texts[0], texts[1]);
  }
  return "they have no flit format in common";
}

}  // namespace

UcieParams ucie_params(const Package& package, const Link& link, unsigned end) {
  auto params = link.params.make<UcieParams>();
  port_params(package, link.ends[end]).store_into(&params);
  params.end = end;
  return params;
}

std::optional<UcieLinkShape> ucie_shape(const Package& package, const Link& link) {
  return ucie_link_shape(ucie_params(package, link, 0).offer(),
                         ucie_params(package, link, 1).offer());
}

UcieLinkShape trained_shape(const Package& package, const Link& link) {
  const auto params = ucie_params(package, link, 0);
  const auto common = ucie_shape(package, link);
  UcieLinkShape shape = common.value_or(params.shape());
  const UcieLinkOutcome outcome = ucie_training_outcome(shape, params.pin_faults());
  shape.lanes = !common || params.fault == UcieFault::kDead ? 0 : outcome.lanes;
  if (shape.lanes == 0) return shape;
  shape.modules = outcome.modules;
  shape.rate = outcome.rate;
  return shape;
}

void check_link_ends(const Package& package, const Link& link, Diagnostics& diagnostics) {
  bool first_own = false;
  for (unsigned end = 0; end < 2; ++end) {
    const ParameterSet& port = port_params(package, link.ends[end]);
    if (link.params.faulty() || port.faulty()) return;
    const bool own = has_own(port);
    if (end == 1 && !own && !first_own) break;  // Like the first.
    first_own = own;
    for (const std::string& error : ucie_params_errors(ucie_params(package, link, end))) {
      const auto colon = error.find(": ");
      const std::string key = error.substr(0, colon);
      const auto sets = [&](const ParameterSet& params) {
        return find_parameter(params.table(), key) != nullptr && !params.is_default(key);
      };
      const Origin at = sets(port)          ? port.origin(key)
                        : sets(link.params) ? link.params.origin(key)
                                            : link.origin;
      diagnostics.error(at.file, at.line, (own ? link.ends[end].text() : link.name) + "." + key,
                        error.substr(colon + 2));
    }
  }
  if (!diagnostics.ok() || ucie_shape(package, link)) return;
  diagnostics.note(link.origin.file, link.origin.line, link.name,
                   fmt::format("will not train, its ends differ: {}", difference(package, link)));
}

}  // namespace cvp
