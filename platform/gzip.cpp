// SPDX-License-Identifier: Apache-2.0
#include "platform/gzip.h"

#include <zlib.h>

#include <algorithm>

#include <fmt/format.h>

namespace cvp {

bool is_gzip(const std::vector<std::uint8_t>& bytes) {
  return bytes.size() >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

std::optional<std::vector<std::uint8_t>> gunzip(const std::vector<std::uint8_t>& bytes,
                                                std::uint64_t limit, std::string& problem) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  constexpr std::uint64_t kStep = 1 << 20;
  z_stream stream{};
  if (::inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
  stream.next_in = const_cast<Bytef*>(bytes.data());  // zlib's interface; it only reads.
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::vector<std::uint8_t> out;
  int result = Z_OK;
  while (result == Z_OK && out.size() < limit) {
    const std::size_t done = out.size();
    out.resize(std::min<std::uint64_t>(done + std::max<std::uint64_t>(done, kStep), limit));
    stream.next_out = out.data() + done;
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size() - done, 1U << 30));
    const uInt room = stream.avail_out;
    result = ::inflate(&stream, Z_NO_FLUSH);
    out.resize(done + room - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (result == Z_STREAM_END) return out;
  if (result == Z_OK && out.size() >= limit) {
    problem = fmt::format("unpacks to more than {} bytes of DRAM; expected a smaller image", limit);
  } else {
    problem = "is a broken gzip file; expected a whole one";
  }
  return {};
}

}  // namespace cvp
