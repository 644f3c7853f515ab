// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/phy/ucie_fault.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <set>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr std::uint32_t kGroup = 32;  // Lanes that share two spares.

struct PinInfo {
  const char* name;
  std::uint32_t count;
  bool advanced_only;
};
// In the order of UciePin; a count of 0 depends on the lanes.
constexpr std::array<PinInfo, kUciePins> kPins = {{{"data", 0, false},
                                                   {"data_spare", 0, true},
                                                   {"clock", 2, false},
                                                   {"track", 1, false},
                                                   {"clock_spare", 1, true},
                                                   {"valid", 1, false},
                                                   {"valid_spare", 1, true},
                                                   {"sideband", 2, false},
                                                   {"sideband_spare", 2, true}}};

const PinInfo& info(UciePin pin) { return kPins[static_cast<std::size_t>(pin)]; }

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

std::optional<UciePin> pin_named(std::string_view name) {
  for (std::size_t pin = 0; pin < kPins.size(); ++pin) {
    if (name == kPins[pin].name) return static_cast<UciePin>(pin);
  }
  return {};
}

/// Cuts off what stands before the first `mark`, if it is there.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at + 1);
  return head;
}

/// One fault; without a direction of its own, `both`.
std::optional<UciePinFault> read_fault(std::string_view text, bool& both) {
  UciePinFault fault;
  both = true;
  while (const auto prefix = cut(text, '.')) {
    const auto number = prefix->empty() ? std::nullopt : number_in(prefix->substr(1));
    if (!number) return {};
    if (prefix->front() == 'm') {
      fault.module = *number;
    } else if (prefix->front() == 'd') {
      fault.direction = *number;
      both = false;
    } else {
      return {};
    }
  }
  std::string_view rate = text;
  if (const auto pin = cut(rate, '@')) {
    text = *pin;
    const auto gigatransfers = number_in(rate);
    if (!gigatransfers || *gigatransfers == 0) return {};
    fault.works_up_to = {*gigatransfers * std::uint64_t{1'000'000'000}};
  }
  std::string_view number = text;
  if (const auto pin = cut(number, ':')) {
    text = *pin;
    const auto value = number_in(number);
    if (!value) return {};
    fault.number = *value;
  }
  const auto pin = pin_named(text);
  if (!pin) return {};
  fault.pin = *pin;
  return fault;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

const char* name_of(UciePin pin) { return info(pin).name; }

std::uint32_t ucie_pin_count(UciePackage package, std::uint32_t lanes, UciePin pin) {
  if (info(pin).advanced_only && package == UciePackage::kStandard) return 0;
  if (pin == UciePin::kData) return lanes;
  if (pin == UciePin::kDataSpare) return lanes / kGroup * 2;
  return info(pin).count;
}

namespace {

std::string fault_error(const UcieLinkShape& shape, const UciePinFault& fault) {
  const std::uint32_t count = ucie_pin_count(shape.package, shape.lanes, fault.pin);
  if (fault.module >= shape.modules) {
    return concat("module ", fault.module, " does not exist; modules are 0 to ", shape.modules - 1);
  }
  if (fault.direction > 1) {
    return concat("direction ", fault.direction, " does not exist; expected 0 or 1");
  }
  if (count == 0) return concat("a standard package has no ", name_of(fault.pin));
  if (fault.number >= count) {
    return concat(name_of(fault.pin), ' ', fault.number, " does not exist; expected 0 to ",
                  count - 1);
  }
  if (fault.works_up_to == DataRate{}) return {};
  if (fault.pin != UciePin::kData && fault.pin != UciePin::kDataSpare) {
    return concat("only data lanes work up to a rate, not ", name_of(fault.pin));
  }
  if (std::ranges::find(kUcieRates, fault.works_up_to) == kUcieRates.end()) {
    return "a lane works up to 4, 8, 12, 16, 24, 32, 48 or 64 GT/s";
  }
  return {};
}

}  // namespace

std::vector<std::string> ucie_fault_errors(const UcieLinkShape& shape,
                                           std::span<const UciePinFault> faults) {
  std::vector<std::string> errors;
  std::set<UciePinFault> seen;
  for (const UciePinFault& fault : faults) {
    std::string error = fault_error(shape, fault);
    UciePinFault pin = fault;
    pin.works_up_to = {};
    if (error.empty() && !seen.insert(pin).second) {
      error = concat(name_of(fault.pin), ' ', fault.number, " is named twice");
    }
    // Both ways of one word have one mistake.
    if (!error.empty() && !std::ranges::count(errors, error)) errors.push_back(error);
  }
  return errors;
}

std::vector<std::string> ucie_read_faults(std::string_view text,
                                          std::vector<UciePinFault>& faults) {
  std::vector<std::string> errors;
  for (bool more = !trim(text).empty(); more;) {
    std::string_view rest = text;
    const auto head = cut(rest, ',');
    more = head.has_value();
    const std::string_view word = trim(head.value_or(text));
    text = rest;
    bool both = true;
    const auto fault = read_fault(word, both);
    if (!fault) {
      errors.push_back(
          concat('"', word,
                 "\" names no pin; expected for example data:3, clock:1, "
                 "track, valid, sideband:0, data_spare:0, m1.valid, d0.data:3, data:3@16"));
      continue;
    }
    faults.push_back(*fault);
    if (!both) continue;
    faults.push_back(*fault);
    faults.back().direction = 1;
  }
  return errors;
}

std::vector<UciePinFault> ucie_faults_of(std::span<const UciePinFault> faults, std::uint32_t module,
                                         std::uint32_t direction) {
  std::vector<UciePinFault> result;
  std::ranges::copy_if(faults, std::back_inserter(result), [&](const UciePinFault& fault) {
    return fault.module == module && fault.direction == direction;
  });
  return result;
}

}  // namespace cvp
