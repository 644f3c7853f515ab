// SPDX-License-Identifier: Apache-2.0
#include "platform/device_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <map>
#include <set>
#include <sstream>

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

/// `key=value,key=value`; what is not in `known` is an error.
using Keys = std::map<std::string, std::string>;
Keys parse_keys(const std::string& text, const std::string& option,
                const std::set<std::string, std::less<>>& known, Diagnostics& diagnostics) {
  Keys keys;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    const auto equals = part.find('=');
    const std::string key = part.substr(0, equals);
    if (equals == std::string::npos || !known.contains(key)) {
      diagnostics.error(
          "", 0, option,
          fmt::format("\"{}\" is not known; expected {}=...", part, fmt::join(known, "=... or ")));
    } else {
      keys[key] = part.substr(equals + 1);
    }
  }
  return keys;
}

bool flag(const Keys& keys, const std::string& key, const std::string& option,
          Diagnostics& diagnostics) {
  const auto found = keys.find(key);
  if (found == keys.end() || found->second == "off") return false;
  if (found->second != "on") {
    diagnostics.error("", 0, option, fmt::format("{}={}; expected on or off", key, found->second));
  }
  return true;
}

/// The next slot that is empty, with its parameters set.
void fill_slot(Package& package, const Keys& parameters, const std::string& option,
               Diagnostics& diagnostics) {
  for (Instance& instance : package.dies.front().instances) {
    if (instance.type->type != "virtio" || instance.params["device"].text != "none") continue;
    for (const auto& [key, value] : parameters) set(instance, key, value, option, diagnostics);
    for (const std::string& error : instance.type->check(instance.params)) {
      diagnostics.error("", 0, option, error);
    }
    return;
  }
  diagnostics.error("", 0, option, "no empty virtio slot is left on the host die");
}

void add_drive(Package& package, const std::string& text, Diagnostics& diagnostics) {
  const std::string option = "--drive " + text;
  const Keys keys =
      parse_keys(text, option, {"file", "format", "readonly", "snapshot"}, diagnostics);
  if (!keys.contains("file")) return diagnostics.error("", 0, option, "expected file=...");
  if (const auto format = keys.find("format"); format != keys.end() && format->second != "raw") {
    diagnostics.error("", 0, option, "format=" + format->second + "; expected raw");
  }
  const bool read_only = flag(keys, "readonly", option, diagnostics);
  const bool snapshot = flag(keys, "snapshot", option, diagnostics);
  const std::string mode = read_only ? "read_only" : snapshot ? "snapshot" : "write";
  fill_slot(package, {{"device", "block"}, {"file", keys.at("file")}, {"mode", mode}}, option,
            diagnostics);
}

void add_device(Package& package, const std::string& text, Diagnostics& diagnostics) {
  const std::string option = "--device " + text;
  const auto comma = std::min(text.find(','), text.size());
  if (text.substr(0, comma) != "virtio-rng-device") {
    return diagnostics.error("", 0, option,
                             "expected virtio-rng-device, alone or with ,seed=NUMBER");
  }
  Keys keys =
      parse_keys(text.substr(std::min(comma + 1, text.size())), option, {"seed"}, diagnostics);
  keys["device"] = "rng";
  fill_slot(package, keys, option, diagnostics);
}

std::string host_date() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return format_date(static_cast<std::uint64_t>(seconds));
}

}  // namespace

void DeviceOptions::add_to(CLI::App& command) {
  const auto list = [&command](const char* name, std::vector<std::string>& values,
                               const char* what) {
    return command.add_option(name, values, what)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  list("--drive", drives, "A disk from a raw image file, in the next virtio slot")
      ->type_name("file=FILE,format=raw,readonly=on,snapshot=on");
  list("--device", devices, "virtio-rng-device: random numbers from a seed")
      ->type_name("NAME,seed=N");
  command.add_option("--rtc", rtc, "Date at the start: host, or as 2026-01-01T00:00:00Z")
      ->type_name("DATE")
      ->check([](const std::string& text) {
        if (text == "host" || parse_date(text)) return std::string();
        return "expected host, or a date such as 2026-01-01T00:00:00Z, not \"" + text + "\"";
      });
}

void DeviceOptions::apply(Package& package, Diagnostics& diagnostics) const {
  for (const std::string& drive : drives) add_drive(package, drive, diagnostics);
  for (const std::string& device : devices) add_device(package, device, diagnostics);
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
