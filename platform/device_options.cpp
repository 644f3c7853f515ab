// SPDX-License-Identifier: Apache-2.0
#include "platform/device_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <map>
#include <set>

#include "models/rtc/rtc_date.h"

namespace cvp {
namespace {

using Keys = std::map<std::string, std::string>;
constexpr std::string_view kFile = "file:";
constexpr const char* kTerminal = "term";

std::string host_date() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return format_date(static_cast<std::uint64_t>(seconds));
}

/// One run's options on their way into its package. Every error is said with the `option_` that is
/// being read.
class Applier {
 public:
  Applier(Package& package, Diagnostics& diagnostics)
      : host_(package.dies.front()), diagnostics_(diagnostics) {}

  void set_date(const std::string& date);
  void add_drive(const std::string& text);
  void add_device(const std::string& text);
  void connect_uart(const std::string& address);
  void record(const std::string& pcap);
  /// After all others: what only makes sense with another option.
  void check(bool all_input);

  OutsideEnds ends;

 private:
  void error(const std::string& what) { diagnostics_.error("", 0, option_, what); }
  void set(Instance& instance, std::string_view key, const std::string& text);
  Keys parse_keys(const std::string& text, const std::set<std::string, std::less<>>& known);
  bool flag(const Keys& keys, const std::string& key);
  std::string fill_slot(const Keys& parameters);
  void connect(const std::string& instance, const std::string& address);
  void add_drive_device(const Keys& keys);
  void add_console(const Keys& keys);
  void add_network_card(Keys keys);
  const Instance* uart() const;

  Die& host_;
  Diagnostics& diagnostics_;
  std::string option_;
  std::map<std::string, Keys> drives_;  // With if=none: by their id, until a device takes them.
  unsigned network_cards_ = 0;
};

void Applier::set(Instance& instance, std::string_view key, const std::string& text) {
  std::string what;
  const auto value = check_value(*find_parameter(instance.params.table(), key), text, what);
  if (!value) return error(what);
  instance.params.set(std::string(key), *value, {});
}

/// Parts between commas; two commas are one within a part, as in QEMU.
std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool comma = text[i] == ',';
    const bool doubled = comma && i + 1 < text.size() && text[i + 1] == ',';
    if (comma && !doubled) {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
      i += doubled ? 1 : 0;
    }
  }
  return parts;
}

/// `key=value,key=value`; what is not in `known` is an error.
Keys Applier::parse_keys(const std::string& text, const std::set<std::string, std::less<>>& known) {
  Keys keys;
  if (text.empty()) return keys;
  for (const std::string& part : split_at_commas(text)) {
    const auto equals = part.find('=');
    const std::string key = part.substr(0, equals);
    if (equals == std::string::npos || !known.contains(key)) {
      error(known.empty() ? fmt::format("\"{}\" is not known; nothing is expected here", part)
                          : fmt::format("\"{}\" is not known; expected {}=...", part,
                                        fmt::join(known, "=... or ")));
    } else {
      keys[key] = part.substr(equals + 1);
    }
  }
  return keys;
}

bool Applier::flag(const Keys& keys, const std::string& key) {
  const auto found = keys.find(key);
  if (found == keys.end() || found->second == "off") return false;
  if (found->second != "on") error(fmt::format("{}={}; expected on or off", key, found->second));
  return true;
}

/// The next slot that is empty, with its parameters set; its name, empty after an error.
std::string Applier::fill_slot(const Keys& parameters) {
  for (Instance& instance : host_.instances) {
    if (instance.type->type != "virtio" || instance.params["device"].text != "none") continue;
    for (const auto& [key, value] : parameters) set(instance, key, value);
    for (const std::string& what : instance.type->check(instance.params)) error(what);
    return instance.name;
  }
  error("no empty virtio slot is left on the host die");
  return {};
}

void Applier::connect(const std::string& instance, const std::string& address) {
  if (instance.empty()) return;
  if (address == kTerminal) {
    if (!ends.terminal.empty()) return error("the terminal is the console of another device");
    ends.terminal = instance;
    return;
  }
  if (address.starts_with(kFile)) ends.files.push_back({option_, address.substr(kFile.size())});
  if (auto stream = open_stream(address, option_, diagnostics_)) {
    ends.streams[instance] = std::move(stream);
  }
}

void Applier::set_date(const std::string& date) {
  option_ = "--rtc";
  bool found = false;
  for (Instance& instance : host_.instances) {
    if (instance.type->type != "rtc") continue;
    set(instance, "start", date == "host" ? host_date() : date);
    found = true;
  }
  if (!found) error("the host die has no rtc");
}

void Applier::add_drive(const std::string& text) {
  option_ = "--drive " + text;
  const Keys keys = parse_keys(text, {"file", "format", "readonly", "snapshot", "if", "id"});
  if (!keys.contains("file")) return error("expected file=...");
  if (const auto format = keys.find("format"); format != keys.end() && format->second != "raw") {
    error("format=" + format->second + "; expected raw");
  }
  const bool read_only = flag(keys, "readonly");
  const bool snapshot = flag(keys, "snapshot");
  const std::string mode = read_only ? "read_only" : snapshot ? "snapshot" : "write";
  const Keys parameters = {{"device", "block"}, {"file", keys.at("file")}, {"mode", mode}};
  const auto bus = keys.find("if");
  if (bus == keys.end() || bus->second == "virtio") {
    fill_slot(parameters);
  } else if (bus->second != "none") {
    error("if=" + bus->second + "; expected virtio, or none with id=...");
  } else if (const auto id = keys.find("id"); id == keys.end()) {
    error("if=none; expected id=... too");
  } else if (!drives_.emplace(id->second, parameters).second) {
    error("id=" + id->second + " is that of another drive");
  }
}

void Applier::add_drive_device(const Keys& keys) {
  const auto drive = keys.find("drive");
  if (drive == keys.end()) return error("expected drive=ID of a --drive with if=none,id=ID");
  const auto parameters = drives_.extract(drive->second);
  if (parameters.empty()) {
    return error("drive=" + drive->second + "; expected the id of a --drive with if=none");
  }
  fill_slot(parameters.mapped());
}

void Applier::add_console(const Keys& keys) {
  const auto to = keys.find("to");
  if (to == keys.end()) return error(fmt::format("expected to=term, or one of {}", kStreamForms));
  connect(fill_slot({{"device", "console"}}), to->second);
}

// Cards of one run differ in their addresses; those of several runs do so if the user says so.
void Applier::add_network_card(Keys keys) {
  constexpr unsigned kFirst = 0x56;
  const auto to = keys.extract("to");
  keys.emplace("mac", fmt::format("52:54:00:12:34:{:02x}", kFirst + network_cards_++));
  keys["device"] = "net";
  const std::string instance = fill_slot(keys);
  if (!to.empty() && to.mapped() == kTerminal) return error("a cable does not end at a terminal");
  if (!to.empty()) connect(instance, to.mapped());
}

void Applier::add_device(const std::string& text) {
  option_ = "--device " + text;
  const auto comma = std::min(text.find(','), text.size());
  const std::string name = text.substr(0, comma);
  const std::string rest = text.substr(std::min(comma + 1, text.size()));
  if (name == "virtio-rng-device") {
    Keys keys = parse_keys(rest, {"seed"});
    keys["device"] = "rng";
    fill_slot(keys);
  } else if (name == "virtio-blk-device") {
    add_drive_device(parse_keys(rest, {"drive"}));
  } else if (name == "virtio-console-device") {
    add_console(parse_keys(rest, {"to"}));
  } else if (name == "virtio-net-device") {
    add_network_card(parse_keys(rest, {"to", "mac"}));
  } else {
    error(
        "expected virtio-blk-device, virtio-console-device, virtio-net-device or "
        "virtio-rng-device");
  }
}

const Instance* Applier::uart() const {
  for (const Instance& instance : host_.instances) {
    if (instance.type->type == "uart") return &instance;
  }
  return nullptr;
}

void Applier::connect_uart(const std::string& address) {
  option_ = "--uart " + address;
  if (!uart()) return error("the host die has no uart");
  if (address != kTerminal) return connect(uart()->name, address);
  if (!ends.terminal.empty()) error("the terminal is the console of " + ends.terminal);
}

void Applier::record(const std::string& pcap) {
  option_ = "--pcap";
  ends.files.push_back({option_, pcap});
  ends.pcap = PcapFile::open(pcap, option_, diagnostics_);
  for (const Instance& instance : host_.instances) {
    if (instance.type->type == "virtio" && instance.params["device"].text == "net") return;
  }
  error("there is no network card; expected --device virtio-net-device");
}

void Applier::check(bool all_input) {
  for (const auto& [id, keys] : drives_) {
    option_ = "--drive file=" + keys.at("file");
    error("nothing takes it; expected --device virtio-blk-device,drive=" + id);
  }
  const bool streamed = uart() && ends.streams.contains(uart()->name);
  option_ = "--device virtio-console-device,to=term";
  if (!ends.terminal.empty() && uart() && !streamed) {
    error("the terminal is the console of " + uart()->name + "; expected --uart none as well");
  }
  option_ = "--stdin";
  if (all_input && ends.terminal.empty() && streamed) error("no console is on the terminal");
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
  list("--device", devices,
       "virtio-console-device,to=TO; virtio-net-device,to=TO,mac=ADDRESS; "
       "virtio-rng-device,seed=N; virtio-blk-device,drive=ID")
      ->type_name("NAME,KEY=VALUE");
  command
      .add_option("--uart", uart,
                  "Where the serial port is: term, none, file:NAME, tcp:PORT, "
                  "unix:PATH or pty")
      ->type_name("TO")
      ->check([](const std::string& text) {
        return text.empty() ? "expected a place, such as none" : std::string();
      });
  command.add_option("--pcap", pcap, "Record of the network cards' frames")->type_name("FILE");
  command.add_option("--rtc", rtc, "Date at the start: host, or as 2026-01-01T00:00:00Z")
      ->type_name("DATE")
      ->check([](const std::string& text) {
        if (text == "host" || parse_date(text)) return std::string();
        return "expected host, or a date such as 2026-01-01T00:00:00Z, not \"" + text + "\"";
      });
  command.add_flag("--stdin", all_input,
                   "All of standard input goes to the console, from the start on");
}

OutsideEnds DeviceOptions::apply(Package& package, Diagnostics& diagnostics) const {
  Applier applier(package, diagnostics);
  for (const std::string& drive : drives) applier.add_drive(drive);
  for (const std::string& device : devices) applier.add_device(device);
  if (!uart.empty()) applier.connect_uart(uart);
  if (!pcap.empty()) applier.record(pcap);
  if (!rtc.empty()) applier.set_date(rtc);
  applier.check(all_input);
  return std::move(applier.ends);
}

}  // namespace cvp
