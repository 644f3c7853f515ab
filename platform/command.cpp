// SPDX-License-Identifier: Apache-2.0
#include "platform/command.h"

#include <cstdio>
#include <set>

#include <fmt/format.h>

namespace cvp {

namespace fs = std::filesystem;

namespace {

std::string installed_packages() {
  std::set<std::string> names;
  std::error_code ignored;
  for (const fs::path& directory : data_directories()) {
    for (const auto& entry : fs::directory_iterator(directory / "packages", ignored)) {
      if (entry.path().extension() == ".toml") names.insert(entry.path().stem().string());
    }
  }
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

void PackageOptions::add_to(CLI::App& command) {
  command
      .add_option("PACKAGE", package, "Package file, or the name of one that is installed (duo)")
      ->required();
  command.add_option("--set", overrides, "Override a parameter: npu1.hbm0.generation=hbm3e")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

Package PackageOptions::load() const {
  Diagnostics diagnostics;
  Package package = load_into(diagnostics);
  print_notes(diagnostics.notes());
  return package;
}

Package PackageOptions::load_quietly() const {
  Diagnostics diagnostics;
  return load_into(diagnostics);
}

Package PackageOptions::load_into(Diagnostics& diagnostics) const {
  PackageSource source{package, overrides, data_directories()};
  if (!fs::exists(package) && package.find('/') == std::string::npos) {
    const fs::path name = fs::path(package).extension() == ".toml" ? package : package + ".toml";
    if (const auto found = find_data("packages" / name)) source.file = found->string();
  }
  if (!fs::exists(source.file) && source.file == package) {
    throw ConfigurationFailed(
        {package, 0, "PACKAGE",
         "cannot read it; expected a package file or one of: " + installed_packages()});
  }
  auto loaded = load_package(source, diagnostics);
  throw_if_failed(diagnostics);
  return std::move(*loaded);
}

CLI::Validator above_zero() {
  return {[](std::string& text) {
            double number = 0;
            const bool good = CLI::detail::lexical_cast(text, number) && number > 0;
            return good ? std::string() : "expected a number above 0, not " + text;
          },
          "ABOVE 0"};
}

CLI::Validator time_above_zero() {
  return {[](std::string& text) {
            const auto value = parse_quantity(Unit::kTime, text);
            if (value && value->integer > 0) return std::string();
            return "expected " + std::string(expected_form(Unit::kTime)) + ", not \"" + text + "\"";
          },
          "TIME"};
}

CLI::Validator bootargs() {
  static constexpr std::size_t kMost = 2047;  // [LINUX: COMMAND_LINE_SIZE of arch/riscv]
  return {[](std::string& text) {
            if (text.size() <= kMost) return std::string();
            return fmt::format("expected at most {} characters, not {}", kMost, text.size());
          },
          "BOOTARGS"};
}

Femtoseconds parse_time_limit(const std::string& text) {
  if (text.empty()) return Femtoseconds::max();
  return {parse_quantity(Unit::kTime, text)->integer};
}

void throw_if_failed(const Diagnostics& diagnostics) {
  if (!diagnostics.ok()) throw ConfigurationFailed(diagnostics.errors());
}

std::vector<fs::path> data_directories() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path top = program.parent_path().parent_path();
  return {top / "share" / "chiplet-vp", top};
}

std::optional<fs::path> find_data(const fs::path& relative) {
  std::error_code ignored;
  for (const fs::path& directory : data_directories()) {
    if (fs::exists(directory / relative, ignored)) return directory / relative;
  }
  return {};
}

}  // namespace cvp
