// SPDX-License-Identifier: Apache-2.0
#include "platform/signature.h"

#include <fmt/format.h>

namespace cvp {

void SignatureOptions::add_to(CLI::App& command) {
  command.add_option("--signature", file, "Write begin_signature..end_signature after the end")
      ->type_name("FILE");
  command.add_option("--signature-granularity", granularity, "Bytes of a word (default 4)")
      ->check(CLI::IsMember({1, 2, 4, 8, 16}));
}

void check_signature(const Image& program, const SignatureOptions& options,
                     Diagnostics& diagnostics) {
  if (options.file.empty()) return;
  const auto begin = program.symbol("begin_signature"), end = program.symbol("end_signature");
  if (!begin || !end || *end < *begin) {
    diagnostics.error(program.file, 0, "--signature",
                      "expected symbols begin_signature and end_signature, in this order");
  }
}

std::optional<OutputFile> open_signature(const SignatureOptions& options,
                                         Diagnostics& diagnostics) {
  if (options.file.empty()) return {};
  return OutputFile::open(options.file, "--signature", diagnostics);
}

std::string signature_text(const Platform& platform, const Image& program,
                           const SignatureOptions& options) {
  const Addr begin = *program.symbol("begin_signature");
  std::vector<std::uint8_t> bytes(*program.symbol("end_signature") - begin);
  CVP_CHECK(platform.read(begin, bytes), "signature at ", hex(begin));
  const std::size_t left_over = bytes.size() % options.granularity;
  if (left_over != 0) bytes.resize(bytes.size() + options.granularity - left_over);
  std::string text;
  for (std::size_t word = 0; word < bytes.size(); word += options.granularity) {
    for (std::size_t n = options.granularity; n-- > 0;)
      text += fmt::format("{:02x}", bytes[word + n]);
    text += "\n";
  }
  return text;
}

}  // namespace cvp
