// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/growing_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "models/core/report.h"

namespace cvp {

std::optional<GrowingFile> GrowingFile::open(const std::string& path, const std::string& option,
                                             Diagnostics& diagnostics) {
  auto file = OutputFile::open(path, option, diagnostics);
  if (!file) return {};
  return GrowingFile(std::move(*file), option);
}

void GrowingFile::start() {
  file_.reset(::fdopen(pending_.release(), "w"));
  CVP_CHECK(file_, pending_.path(), ": ", std::strerror(errno));
}

void GrowingFile::check(bool written) {
  if (written || !file_) return;
  std::fprintf(stderr, "warning: %s: %s: %s; the rest is not written\n", option_.c_str(),
               pending_.path().c_str(), std::strerror(errno));
  file_.reset();
}

void GrowingFile::write(std::span<const std::uint8_t> bytes) {
  if (!file_ || bytes.empty()) return;
  check(std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size());
}

void GrowingFile::flush() {
  if (file_) check(std::fflush(file_.get()) == 0);
}

}  // namespace cvp
