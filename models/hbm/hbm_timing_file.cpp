// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_timing_file.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <toml++/toml.h>

#include "models/hbm/cycle/controller_policy.h"

namespace cvp {
namespace {

/// One table of the file. Remembers what was asked for, so that the rest is reported as unknown.
class Section {
 public:
  Section(const toml::table& table, const std::string& file, std::string path,
          std::vector<ConfigError>& errors)
      : table_(table), file_(file), path_(std::move(path)), errors_(errors) {}

  void error(std::string_view key, std::string what) {
    const toml::node* node = key.empty() ? nullptr : table_.get(key);
    errors_.push_back({file_, static_cast<int>((node ? *node : table_).source().begin.line),
                       path_of(key), std::move(what)});
  }

  const toml::node* take(std::string_view key, bool required, std::string_view expected) {
    known_.emplace(key);
    const toml::node* node = table_.get(key);
    if (!node && required) error(key, concat("is missing; expected ", expected));
    return node;
  }

  void integer(std::string_view key, unsigned& value, unsigned from, unsigned to,
               bool required = true) {
    const std::string expected = concat("an integer, ", from, " to ", to);
    const toml::node* node = take(key, required, expected);
    if (!node) return;
    const auto* number = node->as_integer();
    if (!number || number->get() < from || number->get() > to) {
      return error(key, "expected " + expected);
    }
    value = static_cast<unsigned>(number->get());
  }

  void flag(std::string_view key, bool& value) {
    const toml::node* node = take(key, true, "true or false");
    if (!node) return;
    const auto* read = node->as_boolean();
    if (!read) return error(key, "expected true or false");
    value = read->get();
  }

  void number(std::string_view key, double& value, double to) {
    const std::string expected = concat("a number, 0 to ", to);
    const toml::node* node = take(key, true, expected);
    if (!node) return;
    const auto read = node->is_number() ? node->value<double>() : std::nullopt;
    if (!read || !(*read >= 0 && *read <= to)) return error(key, "expected " + expected);
    value = *read;
  }

  std::string text(std::string_view key, bool required = true) {
    const toml::node* node = take(key, required, "a text");
    if (!node) return {};
    const auto* value = node->as_string();
    if (value && !value->get().empty()) return value->get();
    error(key, "expected a text in quotes");
    return {};
  }

  /// A quantity such as "350 ns", in steps of `unit`, rounded to the nearest.
  std::uint64_t quantity(std::string_view key, std::string_view unit, double scale, double from,
                         double to) {
    const std::string expected = concat("a text such as \"350 ", unit, "\", ", from, " to ", to);
    const toml::node* node = take(key, true, expected);
    if (!node) return 0;
    const auto* value = node->as_string();
    double number = 0;
    if (value) {
      const std::string& all = value->get();
      const auto [end, code] = std::from_chars(all.data(), all.data() + all.size(), number);
      const std::string_view rest(end, static_cast<std::size_t>(all.data() + all.size() - end));
      if (code == std::errc() && rest == concat(" ", unit) && number >= from && number <= to) {
        return static_cast<std::uint64_t>(std::llround(number * scale));
      }
    }
    error(key, "expected " + expected);
    return 0;
  }

  std::vector<std::string> texts(std::string_view key) {
    const toml::node* node = take(key, false, "");
    if (!node) return {};
    std::vector<std::string> all;
    const auto* list = node->as_array();
    if (!list) error(key, "expected a list of texts");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      const auto* value = list->get(i)->as_string();
      if (!value) return error(key, "expected a list of texts"), all;
      all.push_back(value->get());
    }
    return all;
  }

  /// The table under `key`, read by `read`.
  template <class Read>
  void section(std::string_view key, Read read) {
    const toml::node* node = take(key, true, concat("a table [", key, "]"));
    if (!node) return;
    if (!node->is_table()) return error(key, concat("expected a table [", key, "]"));
    Section inner(*node->as_table(), file_, path_of(key), errors_);
    read(inner);
    inner.finish();
  }

  /// The tables in the list under `key`, each read by `read`.
  template <class Read>
  void list(std::string_view key, Read read) {
    const toml::node* node = take(key, true, "a list of tables");
    if (!node) return;
    const auto* list = node->as_array();
    if (!list || list->empty() || !list->is_homogeneous(toml::node_type::table)) {
      return error(key, "expected a list of tables");
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      Section inner(*list->get(i)->as_table(), file_, concat(path_of(key), "[", i, "]"), errors_);
      read(inner);
      inner.finish();
    }
  }

  /// Reports every key that nobody asked for.
  void finish() {
    for (const auto& [key, node] : table_) {
      if (known_.contains(key.str())) continue;
      std::string names;
      for (const std::string& known : known_) names += (names.empty() ? "" : ", ") + known;
      error(key.str(), "unknown key; expected " + names);
    }
  }

 private:
  std::string path_of(std::string_view key) const {
    return path_.empty() || key.empty() ? path_ + std::string(key) : concat(path_, ".", key);
  }

  const toml::table& table_;
  const std::string& file_;
  std::string path_;
  std::vector<ConfigError>& errors_;
  std::set<std::string, std::less<>> known_;
};

// The limits are those of registers, masks and tables that hold the numbers.
void read_geometry(Section& section, HbmGeometry& geometry) {
  section.text("source");
  const auto power = [&](std::string_view key, unsigned& value, unsigned to) {
    value = 1;
    section.integer(key, value, 1, to);
    if (!std::has_single_bit(value)) {
      section.error(key, concat(value, "; expected a power of two"));
    }
  };
  section.integer("channels", geometry.channels, 1, 32);
  power("pseudo_channels", geometry.pseudo_channels, 2);
  section.integer("stack_ids", geometry.stack_ids, 1, 8);
  power("bank_groups", geometry.bank_groups, 8);
  power("banks", geometry.banks, 8);
  section.integer("rows", geometry.rows, 1, 1 << 20);
  power("columns", geometry.columns, 256);
  power("burst_bytes", geometry.burst_bytes, 128);
  power("pins", geometry.pins, 128);
  section.flag("ranks", geometry.ranks);
}

void read_distances(Section& section, HbmTiming& t) {
  struct Key {
    const char* name;
    unsigned HbmTiming::*member;
    unsigned from, to;
  };
  static constexpr Key kKeys[] = {
      {"burst", &HbmTiming::burst, 1, 16},
      {"cl", &HbmTiming::cl, 1, 255},
      {"cwl", &HbmTiming::cwl, 1, 255},
      {"rcd_rd", &HbmTiming::rcd_rd, 1, 255},
      {"rcd_wr", &HbmTiming::rcd_wr, 1, 255},
      {"rp", &HbmTiming::rp, 1, 255},
      {"ras", &HbmTiming::ras, 1, 512},
      {"rc", &HbmTiming::rc, 1, 1024},
      {"ccd_s", &HbmTiming::ccd_s, 1, 16},
      {"ccd_l", &HbmTiming::ccd_l, 1, 16},
      {"ccd_l_wr", &HbmTiming::ccd_l_wr, 1, 255},
      {"ccd_r", &HbmTiming::ccd_r, 1, 16},
      {"rrd_s", &HbmTiming::rrd_s, 1, 16},
      {"rrd_l", &HbmTiming::rrd_l, 1, 16},
      {"faw", &HbmTiming::faw, 1, 512},
      {"wr", &HbmTiming::wr, 1, 512},
      {"rtp", &HbmTiming::rtp, 1, 255},
      {"wtr_s", &HbmTiming::wtr_s, 1, 255},
      {"wtr_l", &HbmTiming::wtr_l, 1, 255},
      {"rtw", &HbmTiming::rtw, 1, 255},
      {"ppd", &HbmTiming::ppd, 1, 16},
  };
  t.source = section.text("source");
  for (const Key& key : kKeys) section.integer(key.name, t.*key.member, key.from, key.to);
}

void read_commands(Section& section, HbmCommands& commands) {
  section.text("source");
  const std::string from = section.text("count_from");
  commands.count_from_end = from == "end";
  if (!from.empty() && from != "end" && from != "start") {
    section.error("count_from", "expected \"end\" or \"start\"");
  }
  section.integer("act", commands.act, 1, 8);
  section.integer("column", commands.column, 1, 8);
  section.integer("precharge", commands.precharge, 1, 8);
  section.integer("refresh", commands.refresh, 1, 8);
  section.integer("buses", commands.buses, 1, 2);
}

void read_refresh(Section& section, HbmTiming& t) {
  section.text("source");
  section.integer("refi", t.refi, 100, 100000);
  section.integer("rrefd", t.rrefd, 1, 512);
  section.integer("max_postponed", t.max_postponed, 0, 8);
  unsigned last = 0;
  bool any_size = false;
  section.list("rfc", [&](Section& row) {
    HbmRefreshTime time;
    row.integer("up_to_gbit", time.up_to_gbit, 1, 1 << 20, false);
    if (any_size || (time.up_to_gbit != 0 && time.up_to_gbit <= last)) {
      row.error("", "expected ascending up_to_gbit, without it in the last entry only");
    }
    any_size = time.up_to_gbit == 0;
    last = time.up_to_gbit;
    const auto length = [&](std::string_view key) {
      return Femtoseconds{row.quantity(key, "ns", 1e6, 1, 4000)};
    };
    time.all_bank = length("all_bank");
    time.per_bank = length("per_bank");
    time.same_bank = length("same_bank");
    t.refreshes.push_back(time);
  });
  if (!t.refreshes.empty() && !any_size) {
    section.error("rfc", "expected a last entry without up_to_gbit, for all larger sizes");
  }
}

void read_power(Section& section, HbmWakeTimes& wake) {
  wake.source = section.text("source");
  wake.xp = Femtoseconds{section.quantity("xp", "ns", 1e6, 0, 1000)};
  wake.xs_past_rfc = Femtoseconds{section.quantity("xs_past_rfc", "ns", 1e6, 0, 1000)};
}

struct EnergyKey {
  const char* name;
  double HbmEnergy::*member;
};

// pJ of [energy], mW of [background].
void read_energies(Section& section, std::string& source, std::initializer_list<EnergyKey> keys,
                   HbmEnergy& energy) {
  constexpr double kMost = 1e6;
  source = section.text("source");
  for (const EnergyKey& key : keys) section.number(key.name, energy.*key.member, kMost);
}

void read_energy(Section& section, HbmEnergy& energy) {
  read_energies(section, energy.source,
                {{"activate", &HbmEnergy::activate},
                 {"core_read", &HbmEnergy::core_read},
                 {"core_write", &HbmEnergy::core_write},
                 {"tsv", &HbmEnergy::tsv},
                 {"io", &HbmEnergy::io},
                 {"refresh_bank", &HbmEnergy::refresh_bank}},
                energy);
}

void read_background(Section& section, HbmEnergy& energy) {
  read_energies(section, energy.background_source,
                {{"active", &HbmEnergy::active},
                 {"standby", &HbmEnergy::standby},
                 {"power_down", &HbmEnergy::power_down},
                 {"self_refresh", &HbmEnergy::self_refresh}},
                energy);
}

// No devices or pipes, which may never end.
bool read_file(const std::string& name, std::string& text) {
  constexpr std::size_t kMost = 1 << 20;
  std::error_code code;
  if (!std::filesystem::is_regular_file(name, code)) return false;
  std::ifstream file(name, std::ios::binary);
  text.resize(kMost + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || !file.eof()) return false;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return true;
}

}  // namespace

std::optional<HbmTiming> parse_hbm_timing(std::string_view text, const std::string& file,
                                          std::vector<ConfigError>& errors) {
  toml::table table;
  try {
    table = toml::parse(text, std::string_view(file));
  } catch (const toml::parse_error& error) {
    errors.push_back({file, static_cast<int>(error.source().begin.line), "",
                      concat("not valid TOML: ", error.description())});
    return {};
  }
  const std::size_t before = errors.size();
  HbmTiming timing{};
  Section root(table, file, "", errors);
  timing.name = root.text("name");
  timing.aliases = root.texts("aliases");
  const std::string policy = root.text("policy", false);
  if (!policy.empty()) timing.policy = policy;
  if (hbm_cycle::find_controller_policy(timing.policy) == nullptr) {
    root.error("policy",
               concat("\"", timing.policy, "\" is unknown; expected one of ",
                      hbm_cycle::controller_policy_names([](const auto&) { return true; })));
  }
  timing.clock = {root.quantity("clock", "MHz", 1e6, 1, 10000)};
  root.section("geometry", [&](Section& section) { read_geometry(section, timing.geometry); });
  root.section("timing", [&](Section& section) { read_distances(section, timing); });
  root.section("commands", [&](Section& section) { read_commands(section, timing.commands); });
  root.section("refresh", [&](Section& section) { read_refresh(section, timing); });
  root.section("power", [&](Section& section) { read_power(section, timing.wake); });
  root.section("energy", [&](Section& section) { read_energy(section, timing.energy); });
  root.section("background", [&](Section& section) { read_background(section, timing.energy); });
  root.finish();
  if (errors.size() > before) return {};

  timing = timing.with_geometry(timing.geometry);
  for (const HbmTimingFault& fault : check_hbm_timing(timing)) {
    const toml::node_view<toml::node> node = table.at_path(fault.key);
    const int line = node ? static_cast<int>(node.node()->source().begin.line) : 0;
    errors.push_back({file, line, fault.key, fault.what});
  }
  if (errors.size() > before) return {};
  return timing;
}

std::optional<HbmTiming> load_hbm_timing(const std::string& name,
                                         std::vector<ConfigError>& errors) {
  if (const HbmTiming* timing = find_hbm_timing(name)) return *timing;
  if (!name.ends_with(kHbmTimingSuffix)) {
    std::string names;
    for (const HbmTiming& timing : hbm_timings()) names += timing.name + ", ";
    errors.push_back({"", 0, "",
                      concat("\"", name, "\" is no generation; expected ", names,
                             "or a file that ends in ", kHbmTimingSuffix)});
    return {};
  }
  // What was right once stays so, whatever becomes of the file while somebody builds a stack from
  // it.
  static std::map<std::string, HbmTiming, std::less<>> known;
  if (const auto found = known.find(name); found != known.end()) return found->second;
  std::string text;
  if (!read_file(name, text)) {
    errors.push_back({name, 0, "", "cannot be read; expected a timing file of up to 1 MiB"});
    return {};
  }
  const auto timing = parse_hbm_timing(text, name, errors);
  if (timing) known.emplace(name, *timing);
  return timing;
}

}  // namespace cvp
