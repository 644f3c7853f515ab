// SPDX-License-Identifier: Apache-2.0
//
// What a run leaves behind: reach matrix from the log, arrays, traces, drawings.
#include <nlohmann/json.hpp>

#include <regex>

#include "platform/command.h"
#include "platform/diagram.h"
#include "platform/npy.h"
#include "platform/outputs.h"
#include "platform/reach_log.h"
#include "platform/report_table.h"
#include "platform/report_timeline.h"
#include "platform/simulation.h"
#include "platform/test_files.h"
#include "platform/trace_recorder.h"

using namespace cvp;

namespace {

Package installed(const std::string& name) {
  Diagnostics diagnostics;
  const auto file = find_data("packages/" + name + ".toml");
  REQUIRE(file);
  auto package = load_package({file->string(), {}, data_directories()}, diagnostics);
  REQUIRE(package);
  return *package;
}

// Empty when every element that is opened is closed, in order; else the first one that is not.
std::string unbalanced(const std::string& markup) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z]+)[^>]*?(/?)>");
  for (std::sregex_iterator at(markup.begin(), markup.end(), tag), end; at != end; ++at) {
    const std::string name = (*at)[2];
    if ((*at)[1].length() > 0) {
      if (open.empty() || open.back() != name) return name;
      open.pop_back();
    } else if ((*at)[3].length() == 0) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : open.back();
}

std::string npy_error(const ScratchDirectory& directory, const std::string& content) {
  Diagnostics diagnostics;
  CHECK_FALSE(read_npy(directory.write("a.npy", content), "--input", diagnostics));
  REQUIRE(diagnostics.errors().size() == 1);
  return diagnostics.errors()[0].what;
}

}  // namespace

TEST_CASE("Reach tables are read back from the boot log", "[results]") {
  const std::vector<Console::Line> log = {
      {{}, "[    0.016523] reach matrix: NPU rows"},
      {{}, ""},
      {{}, "  idle latency in ns"},
      {{}, "  from \\ to    host DRAM    npu0 HBM"},
      {{}, "  hart0              0.5        49.0"},
      {{}, "  npu0              75.1           -"},
      {{}, ""},
  };
  const auto tables = reach_tables(log);
  REQUIRE(tables.size() == 1);
  CHECK(tables[0]["title"] == "idle latency in ns");
  CHECK(tables[0]["columns"] == nlohmann::json({"host DRAM", "npu0 HBM"}));
  REQUIRE(tables[0]["rows"].size() == 2);
  CHECK(tables[0]["rows"][0]["values"][1] == 49.0);
  CHECK(tables[0]["rows"][1]["values"][1].is_null());
}

TEST_CASE("Npy files are read as they were written", "[results]") {
  ScratchDirectory directory;
  const std::vector<float> values = {0.5f, -1.f, 3e30f, 0, 1, 2};
  directory.write("a.npy", to_npy({2, 3}, values));
  Diagnostics diagnostics;
  const auto array = read_npy(directory.path("a.npy"), "--input", diagnostics);
  REQUIRE(array);
  CHECK(array->shape == std::vector<std::size_t>{2, 3});
  CHECK(array->values == values);
  // NumPy wants the data aligned to 64 bytes. [NEP 1: a simple file format for NumPy arrays]
  CHECK((to_npy({2, 3}, values).size() - values.size() * sizeof(float)) % 64 == 0);
}

TEST_CASE("Npy files that are broken are reported", "[results]") {
  ScratchDirectory directory;
  const std::vector<float> values(4);
  std::string good = to_npy({4}, values);
  CHECK(npy_error(directory, "hello").starts_with("is no .npy file"));
  CHECK(npy_error(directory, good.substr(0, good.size() - 1)).starts_with("is truncated"));
  CHECK(npy_error(directory, good.substr(0, 20)).starts_with("is truncated"));
  std::string other = good;
  other.replace(other.find("<f4"), 3, "<i4");
  CHECK(npy_error(directory, other).starts_with("holds other numbers"));
  other = good;
  other.replace(other.find("(4, )"), 5, "(9e9)");
  CHECK(npy_error(directory, other).starts_with("has an impossible shape"));
}

TEST_CASE("Two outputs of one name are refused, the command's own among them", "[results]") {
  const ScratchDirectory directory;
  OutputOptions options;
  options.stats = directory.path("a");
  options.trace = directory.path("b");
  Diagnostics diagnostics;
  { const Outputs outputs(options, diagnostics, {{"--output", directory.path("c")}}); }
  CHECK(diagnostics.ok());
  { const Outputs outputs(options, diagnostics, {{"--output", directory.path("./b")}}); }
  REQUIRE(diagnostics.errors().size() == 1);
  CHECK(diagnostics.errors()[0].key == "--trace");
  CHECK(diagnostics.errors()[0].what == "is the file of --output too; expected another name");
  CHECK(directory.files() == 0);
}

TEST_CASE("Trace is JSON that Perfetto reads, sorted by time", "[results]") {
  TraceRecorder recorder;
  REQUIRE(trace_sink() == &recorder);
  trace_sink()->span("duo.npu0.npu.mm", "matmul \"x\"", 20_ns, 30_ns, 0);
  trace_sink()->span("duo.host.d2d0.tx", "tensor", 5_ns, 6_ns, 64);
  const auto trace = nlohmann::json::parse(recorder.to_json());
  std::vector<nlohmann::json> spans, names;
  for (const auto& event : trace["traceEvents"]) {
    (event["ph"] == "X" ? spans : names).push_back(event);
  }
  REQUIRE(spans.size() == 2);
  CHECK(spans[0]["name"] == "tensor");
  CHECK(spans[0]["ts"] == 0.005);
  CHECK(spans[0]["args"]["bytes"] == 64);
  CHECK(spans[1]["dur"] == 0.01);
  CHECK(names.size() == 4);  // Two processes, two threads.
}

TEST_CASE("Timeline shows the busy tracks of its window", "[results]") {
  TraceRecorder recorder;
  recorder.span("duo.npu0.npu.mm", "matmul", 0_ns, 50_ns, 0);
  recorder.span("duo.host.d2d0.tx", "tensor", 150_ns, 200_ns, 64);
  const std::string svg = timeline_svg(recorder, 0_ns, 100_ns);
  CHECK(unbalanced(svg) == "");
  CHECK(svg.find("npu0.npu.mm: busy 50.00 %") != std::string::npos);
  CHECK(svg.find("d2d0") == std::string::npos);
  CHECK(peak_load(recorder, ".host.d2d0.tx", 200_ns) == 1.0);
  CHECK(timeline_svg(recorder, 60_ns, 100_ns).empty());
}

TEST_CASE("Diagram shows every die, link and device, and nothing from outside", "[results]") {
  for (const char* name : {"solo", "duo", "quad"}) {
    const Package package = installed(name);
    const std::string svg = diagram_svg(package, true, [](const std::string& link) {
      return LinkLoad{0.5, "load of <" + link + ">", false};
    });
    CHECK(unbalanced(svg) == "");
    for (const Die& die : package.dies) CHECK(svg.find(">" + die.name + "<") != std::string::npos);
    for (const Link& link : package.links) {
      CHECK(svg.find("load of &lt;" + link.name + "&gt;") != std::string::npos);
    }
    for (const Device& device : package.devices) {
      CHECK(svg.find(">" + device.name + "<") != std::string::npos);
    }
    CHECK(svg.find("href") == std::string::npos);
  }
}

TEST_CASE("Names in tables of the report are never markup", "[results]") {
  Table table({"<b>"});
  table.row({std::string("<img src=x>"), "<i>", Markup{"<span>1</span>"}});
  const std::string html = table.end();
  CHECK(html.find("<img") == std::string::npos);
  CHECK(html.find("<th>&lt;b&gt;</th>") != std::string::npos);
  CHECK(html.find("<td>&lt;img src=x&gt;</td><td>&lt;i&gt;</td>") != std::string::npos);
  CHECK(html.find("<td><span>1</span></td>") != std::string::npos);
}

TEST_CASE("Exit code of a guest never becomes success by truncation", "[results]") {
  CHECK(process_exit_code(0) == 0);
  CHECK(process_exit_code(7) == 7);
  CHECK(process_exit_code(256) == 1);
  CHECK(process_exit_code(0x1ff) == 0xff);
}
