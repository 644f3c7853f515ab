// SPDX-License-Identifier: Apache-2.0
#include "platform/device_options.h"

#include <chrono>

#include "models/rtc/rtc_date.h"

namespace cvp {
namespace {

/// Sets a parameter; what is wrong with the value is said with the option's name.
void set(Instance& instance, std::string_view key, const std::string& text,
         const std::string& option, Diagnostics& diagnostics) {
  std::string what;
  const auto value = check_value(*find_parameter(instance.params.table(), key), text, what);
  if (!value) return diagnostics.error("", 0, option, what);
  instance.params.set(std::string(key), *value, {});
}

std::string host_date() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return format_date(static_cast<std::uint64_t>(seconds));
}

}  // namespace

void DeviceOptions::add_to(CLI::App& command) {
  command.add_option("--rtc", rtc, "Date at the start: host, or as 2026-01-01T00:00:00Z")
      ->type_name("DATE")
      ->check([](const std::string& text) {
        if (text == "host" || parse_date(text)) return std::string();
        return "expected host, or a date such as 2026-01-01T00:00:00Z, not \"" + text + "\"";
      });
}

void DeviceOptions::apply(Package& package, Diagnostics& diagnostics) const {
  if (rtc.empty()) return;
  bool found = false;
  for (Instance& instance : package.dies.front().instances) {
    if (instance.type->type != "rtc") continue;
    set(instance, "start", rtc == "host" ? host_date() : rtc, "--rtc", diagnostics);
    found = true;
  }
  if (!found) diagnostics.error("", 0, "--rtc", "the host die has no rtc");
}

}  // namespace cvp
