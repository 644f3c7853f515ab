// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/outside_stream.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "platform/outside/growing_file.h"
#include "platform/outside/pty_stream.h"
#include "platform/outside/socket_stream.h"

namespace cvp {
namespace {

class NoStream : public OutsideStream {
 public:
  bool write(std::span<const std::uint8_t>) override { return true; }
  void flush() override {}
  void receive(std::vector<std::uint8_t>&) override {}
  bool live() const override { return false; }
};

class FileStream : public OutsideStream {
 public:
  explicit FileStream(GrowingFile file) : file_(std::move(file)) {}
  void start() override { file_.start(); }
  bool write(std::span<const std::uint8_t> bytes) override { return file_.write(bytes), true; }
  void flush() override { file_.flush(); }
  void receive(std::vector<std::uint8_t>&) override {}
  bool live() const override { return false; }

 private:
  GrowingFile file_;
};

/// What follows `prefix`, if `text` begins with it.
std::optional<std::string> after(std::string_view prefix, const std::string& text) {
  if (!text.starts_with(prefix) || text.size() == prefix.size()) return {};
  return text.substr(prefix.size());
}

std::optional<std::uint16_t> parse_port(const std::string& text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end) return {};
  return port;
}

}  // namespace

std::unique_ptr<OutsideStream> no_stream() { return std::make_unique<NoStream>(); }

std::unique_ptr<OutsideStream> open_stream(const std::string& address, const std::string& option,
                                           Diagnostics& diagnostics) {
  if (address == "none") return no_stream();
  if (const auto name = after("file:", address)) {
    auto file = GrowingFile::open(*name, option, diagnostics);
    return file ? std::make_unique<FileStream>(std::move(*file)) : nullptr;
  }
  const auto failed = [&](const std::string& why) {
    diagnostics.error("", 0, option, fmt::format("{}: {}", address, why));
    return nullptr;
  };
  std::string why;
  std::unique_ptr<OutsideStream> stream;
  if (const auto path = after("unix:", address)) {
    stream = meet_at_path(*path, why);
  } else if (const auto text = after("tcp:", address); text && parse_port(*text)) {
    stream = listen_on_port(*parse_port(*text), why);
  } else if (address == "pty") {
    stream = open_pty(why);
  } else {
    return failed(std::string("expected ") + kStreamForms);
  }
  return stream ? std::move(stream) : failed(why);
}

}  // namespace cvp
