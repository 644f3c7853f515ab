// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/sweep.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "models/core/input_file.h"
#include "sw/explore/sweep_reader.h"

namespace cvp {
namespace {

// Names become directories: what a shell or a file system might mind becomes a dash, and none is
// hidden.
std::string file_name_part(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) || (!out.empty() && (c == '.' || c == '+'));
    if (plain || (!out.empty() && out.back() != '-')) out += plain ? c : '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

class SweepParser {
 public:
  SweepParser(std::string file, std::vector<ConfigError>& errors) : errors_(errors) {
    sweep_.file = std::move(file);
  }

  Sweep parse(const toml::table& top) {
    SweepReader reader(top, sweep_.file, "", errors_);
    const toml::node* schema = reader.take("schema", true, "schema = 1");
    if (schema && !(schema->as_integer() && schema->as_integer()->get() == 1)) {
      reader.error("schema", "expected 1, the only version there is");
    }
    sweep_.name = reader.text("sweep", true, "the sweep's name");
    if (const toml::table* infer = reader.table("infer")) read_infer(*infer);
    static constexpr const char* kAxes = "one or more [[axis]] with name and values";
    if (const toml::array* axes = reader.list("axis", kAxes)) {
      for (std::size_t n = 0; n < axes->size(); ++n) {
        if (const toml::table* table = axes->get(n)->as_table()) {
          read_axis(*table, n);
        } else {
          reader.error("axis", std::string("expected ") + kAxes);
        }
      }
    }
    reader.finish();
    return std::move(sweep_);
  }

 private:
  void read_infer(const toml::table& table) {
    SweepReader reader(table, sweep_.file, "infer", errors_);
    sweep_.model = reader.text_setting("model", "MODEL", true, "an ONNX file");
    sweep_.input = reader.text_setting("input", "--input", true, "a file of images");
    sweep_.append = reader.text("append", false, "bootargs such as reach=off");
    sweep_.max_time =
        reader.text_setting("max_time", "--max-time", false, "a simulated time such as 1 s");
    sweep_.keep_layers = reader.flag("layers", true);
    sweep_.trace = reader.flag("trace", false);
    sweep_.base = reader.choice();
    reader.finish();
  }

  void read_axis(const toml::table& table, std::size_t number) {
    Axis axis;
    SweepReader reader(table, sweep_.file, fmt::format("axis[{}]", number), errors_);
    axis.name = reader.text("name", true, "the axis' name");
    axis.line = line_of(table);
    for (const Axis& other : sweep_.axes) {
      if (!axis.name.empty() && file_name_part(axis.name) == file_name_part(other.name)) {
        reader.error("name", fmt::format("there is an axis \"{}\" already", other.name));
      }
    }
    const std::vector<std::string> keys = read_keys(reader);
    const toml::array* values = reader.list("values", "a list of values in [ ]");
    for (std::size_t n = 0; values && n < values->size(); ++n) {
      const std::string path = fmt::format("{}[{}]", reader.path("values"), n);
      read_value(*values->get(n), path, keys, axis);
    }
    reader.finish();
    sweep_.axes.push_back(std::move(axis));
  }

  std::vector<std::string> read_keys(SweepReader& reader) {
    std::vector<std::string> keys;
    const toml::node* node = reader.take("key", false, "");
    if (!node) return keys;
    if (const auto* text = node->as_string()) {
      keys.push_back(text->get());
    } else if (const auto* list = node->as_array()) {
      for (const toml::node& each : *list) {
        keys.push_back(each.is_string() ? each.as_string()->get() : std::string());
      }
    }
    for (const std::string& key : keys) {
      if (key == "package" || key == "images" || key == "batch" ||
          key.find('.') != std::string::npos) {
        continue;
      }
      reader.error("key", fmt::format("\"{}\": expected a parameter such as link.*.lanes, or "
                                      "package, images, batch",
                                      key));
    }
    if (keys.empty()) reader.error("key", "expected a text or a list of texts");
    return keys;
  }

  void read_value(const toml::node& node, const std::string& path,
                  const std::vector<std::string>& keys, Axis& axis) {
    const std::size_t before = errors_.size();
    const int line = line_of(node);
    const auto fail = [&](const std::string& what) {
      errors_.push_back({sweep_.file, line, path, what});
    };
    AxisValue value;
    if (const toml::table* table = node.as_table()) {
      SweepReader reader(*table, sweep_.file, path, errors_);
      value.label = reader.text("label", true, "the value's name in the table");
      value.choice = reader.choice();
      const bool nothing = value.choice.package.empty() && value.choice.settings.empty() &&
                           !value.choice.images && !value.choice.batch;
      reader.finish();
      if (nothing && errors_.size() == before) {
        fail("changes nothing; expected package, images, batch or set");
      }
    } else if (const auto text = value_text(node)) {
      value.label = *text;
      if (keys.empty()) fail("expected a table { label = …, set = { … } }, or `key` in the axis");
      for (const std::string& key : keys) apply(key, *text, line, path, value.choice);
    } else {
      fail("expected a text, a number, true, false or a table { label = … }");
    }
    if (errors_.size() > before) return;
    if (file_name_part(value.label).empty()) fail("expected a label with a letter or a digit");
    for (const AxisValue& other : axis.values) {
      if (file_name_part(other.label) == file_name_part(value.label)) {
        fail(fmt::format("\"{}\" is in this axis already", other.label));
      }
    }
    axis.values.push_back(std::move(value));
  }

  void apply(const std::string& key, const std::string& text, int line, const std::string& path,
             SweepChoice& choice) {
    if (key == "package") {
      choice.package = text;
      choice.package_line = line;
    } else if (key == "images" || key == "batch") {
      const bool digits = !text.empty() && text.size() < 10 &&
                          text.find_first_not_of("0123456789") == std::string::npos;
      if (!digits || std::stoull(text) == 0) {
        errors_.push_back({sweep_.file, line, path, "expected an integer, 1 or more"});
      }
      (key == "images" ? choice.images : choice.batch) = SweepSetting{"--" + key, text, line, path};
    } else {
      choice.settings.push_back({key, text, line, path});
    }
  }

  std::vector<ConfigError>& errors_;
  Sweep sweep_;
};

void merge(SweepChoice& into, const SweepChoice& from) {
  if (!from.package.empty()) {
    into.package = from.package;
    into.package_line = from.package_line;
  }
  if (from.images) into.images = from.images;
  if (from.batch) into.batch = from.batch;
  into.settings.insert(into.settings.end(), from.settings.begin(), from.settings.end());
}

// Of two axes that set one thing, the first would be without effect.
void check_axes_apart(const Sweep& sweep, std::vector<ConfigError>& errors) {
  std::map<std::string, std::string> owners;
  const auto own = [&](const Axis& axis, const std::string& what) {
    const auto [owner, added] = owners.emplace(what, axis.name);
    if (added || owner->second == axis.name) return;
    errors.push_back(
        {sweep.file, axis.line, axis.name,
         fmt::format("sets {}, as axis \"{}\" does; expected one of them", what, owner->second)});
    owner->second = axis.name;
  };
  for (const Axis& axis : sweep.axes) {
    for (const AxisValue& value : axis.values) {
      if (!value.choice.package.empty()) own(axis, "package");
      if (value.choice.images) own(axis, "images");
      if (value.choice.batch) own(axis, "batch");
      for (const SweepSetting& setting : value.choice.settings) own(axis, setting.key);
    }
  }
}

}  // namespace

std::optional<Sweep> read_sweep(const std::string& file, std::vector<ConfigError>& errors) {
  const std::size_t before = errors.size();
  const InputFile input = read_input_file(file, "cannot read it; expected a sweep file");
  if (!input.problem.empty()) {
    errors.push_back({file, 0, "", input.problem});
    return {};
  }
  try {
    Sweep sweep = SweepParser(file, errors).parse(toml::parse(input.bytes, std::string_view(file)));
    if (errors.size() == before) check_axes_apart(sweep, errors);
    if (errors.size() == before) return sweep;
  } catch (const toml::parse_error& error) {
    errors.push_back({file, static_cast<int>(error.source().begin.line), "",
                      fmt::format("not valid TOML: {}", error.description())});
  }
  return {};
}

std::vector<SweepPoint> expand_grid(const Sweep& sweep, std::vector<ConfigError>& errors) {
  std::size_t total = 1;
  for (const Axis& axis : sweep.axes) {
    total *= axis.values.size();
    if (total <= kMaxPoints) continue;
    errors.push_back(
        {sweep.file, axis.line, "axis",
         fmt::format("the grid has {} points and more; expected {} at most", total, kMaxPoints)});
    return {};
  }
  std::vector<SweepPoint> points(total);
  for (std::size_t n = 0; n < total; ++n) {
    SweepPoint& point = points[n];
    point.choice = sweep.base;
    std::size_t stride = total;
    for (const Axis& axis : sweep.axes) {
      stride /= axis.values.size();
      const AxisValue& value = axis.values[n / stride % axis.values.size()];
      point.name += fmt::format("{}{}-{}", point.name.empty() ? "" : "_", file_name_part(axis.name),
                                file_name_part(value.label));
      point.labels.push_back(value.label);
      merge(point.choice, value.choice);
    }
  }
  for (const SweepPoint& point : points) {
    if (!point.choice.package.empty()) continue;
    errors.push_back({sweep.file, 0, "infer.package",
                      "is missing; expected it here or in every value of an axis"});
    break;
  }
  return points;
}

}  // namespace cvp
