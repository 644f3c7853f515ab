// SPDX-License-Identifier: Apache-2.0
#include "platform/bench/access_pattern.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

#include "models/core/input_file.h"
#include "models/core/report.h"
#include "models/core/splitmix64.h"

namespace cvp {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

bool parse_number(std::string_view text, int base, std::uint64_t& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return code == std::errc() && end == text.data() + text.size();
}

// `R 1f40`, `W 0x1f40`
bool parse_line(std::string_view line, std::uint64_t& address, bool& write) {
  if (line.size() < 3 || (line[0] != 'R' && line[0] != 'W') || line[1] != ' ') return false;
  write = line[0] == 'W';
  line.remove_prefix(2);
  if (line.starts_with("0x") || line.starts_with("0X")) line.remove_prefix(2);
  return parse_number(line, 16, address);
}

constexpr const char* kForms = "seq, seqw, rand:G[:W], stride:S, s21:C[:K], copy:C[:K], file:F";

}  // namespace

const char* AccessPattern::grammar() {
  return "seq, seqw           one address after the other: reads, writes\n"
         "rand:G[:W]          random blocks of G bytes, W of 1000 of them written\n"
         "stride:S            reads S bytes apart\n"
         "s21:C[:K]           blocks of C bytes of two streams read and one written\n"
         "copy:C[:K]          the same of one read and one written; K bytes shift the streams\n"
         "file:F              the lines of a file: R or W and a hexadecimal address\n"
         "Of an address that is not aligned the whole burst counts.";
}

AccessPattern::Divisor::Divisor(std::uint64_t by)
    : value(by),
      shift(static_cast<unsigned>(std::countr_zero(by))),
      power(std::has_single_bit(by)) {}

AccessPattern::AccessPattern(Kind kind, const PatternSpace& space, std::uint64_t grain,
                             std::uint64_t extra, unsigned streams)
    : kind_(kind),
      space_(space),
      grain_(grain),
      extra_(extra),
      streams_(streams),
      per_block_(std::max<std::uint64_t>(grain / space.unit, 1)),
      blocks_(grain == 0 ? 1 : space.capacity / grain),
      capacity_(space.capacity),
      quarter_(std::max<std::uint64_t>(space.capacity / 4, 1)),
      unit_bits_(static_cast<unsigned>(std::countr_zero(space.unit))) {}

std::optional<AccessPattern> AccessPattern::parse(const std::string& text,
                                                  const PatternSpace& space, std::string& error) {
  if (text.starts_with("file:")) return load(text.substr(5), space, error);
  const auto parts = split(text, ':');
  const std::string_view name = parts[0];
  std::uint64_t numbers[2] = {};
  bool numbers_good = parts.size() <= 3;
  for (std::size_t i = 1; i < parts.size() && numbers_good; ++i) {
    numbers_good = parse_number(parts[i], 10, numbers[i - 1]);
  }
  const auto takes = [&](std::size_t least, std::size_t most) {
    return numbers_good && parts.size() > least && parts.size() <= most + 1;
  };
  const std::uint64_t block = std::max(numbers[0], space.unit);
  if ((name == "seq" || name == "seqw") && takes(0, 0)) {
    AccessPattern pattern(Kind::kSequential, space, space.unit, 0, 0);
    pattern.write_ = name == "seqw";
    return pattern;
  }
  if (name == "stride" && takes(1, 1)) {
    return AccessPattern(Kind::kStride, space, numbers[0], 0, 0);
  }
  const bool random = name == "rand" && takes(1, 2);
  const bool streams = (name == "s21" || name == "copy") && takes(1, 2);
  if (!random && !streams) {
    error = concat("\"", text, "\" is no pattern; expected one of ", kForms);
    return {};
  }
  const std::uint64_t most = random ? space.capacity : space.capacity / 4;
  if (block > most) {
    error = concat("blocks of ", block, " bytes; expected at most ", most);
    return {};
  }
  if (random && numbers[1] > 1000) {
    error = concat(numbers[1], " of 1000 blocks written; expected 0 to 1000");
    return {};
  }
  if (random) {
    AccessPattern pattern(Kind::kRandom, space, block, numbers[1], 0);
    pattern.write_ = numbers[1] > 0;
    return pattern;
  }
  return AccessPattern(Kind::kStreams, space, block, numbers[1] % space.capacity,
                       name == "s21" ? 3 : 2);
}

std::string AccessPattern::problem_of(std::uint64_t requests) const {
  const std::uint64_t most =
      std::numeric_limits<std::uint64_t>::max() / std::max<std::uint64_t>(requests, 1);
  if (kind_ != Kind::kStride || grain_ <= most) return {};
  return concat("a stride of ", grain_, " bytes leads ", requests,
                " requests past 2^64; expected at most ", most);
}

std::optional<AccessPattern> AccessPattern::load(const std::string& path, const PatternSpace& space,
                                                 std::string& error) {
  const InputFile input = read_input_file(path, "cannot be read; expected a file of accesses");
  if (!input.problem.empty()) {
    error = path + ": " + input.problem;
    return {};
  }
  auto requests = std::make_shared<std::vector<std::uint64_t>>();
  std::string_view rest = input.bytes;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    std::uint64_t address = 0;
    bool write = false;
    if (!parse_line(line, address, write)) {
      error = concat(path, ":", number, ": expected R or W, a blank, and a hexadecimal address");
      return {};
    }
    if (address >= space.capacity) {
      error = concat(path, ":", number, ": ", hex(address),
                     " lies beyond the memory; expected less "
                     "than ",
                     hex(space.capacity));
      return {};
    }
    requests->push_back((address & ~std::uint64_t{1}) | (write ? 1 : 0));
  }
  if (requests->empty()) {
    error = path + ": holds no accesses";
    return {};
  }
  AccessPattern pattern(Kind::kFile, space, space.unit, 0, 0);
  pattern.file_ = std::move(requests);
  return pattern;
}

inline AccessPattern::Run AccessPattern::cut(Addr address, std::uint64_t count, bool write) const {
  address &= ~(space_.unit - 1);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  count = std::min({count, (space_.capacity - address) >> unit_bits_, kMost});
  return {address, static_cast<std::uint32_t>(count), write};
}

inline AccessPattern::Run AccessPattern::random(std::uint64_t n) const {
  const std::uint64_t block = per_block_.quotient(n), inside = per_block_.remainder(n);
  const std::uint64_t key = block ^ space_.seed << 32;
  const bool write = write_ && splitmix64(key ^ 0xABCDEF12345) % 1000 < extra_;
  const Addr base = blocks_.remainder(splitmix64(key)) * grain_;
  return cut(base + inside * space_.unit, per_block_.value - inside, write);
}

AccessPattern::Run AccessPattern::stream(std::uint64_t n) const {
  const std::uint64_t quarter = quarter_.value;
  const std::uint64_t block = per_block_.quotient(n), inside = per_block_.remainder(n);
  const std::uint64_t stream = block % streams_, p = block / streams_;
  const std::uint64_t offset = quarter_.remainder(p * grain_ + inside * space_.unit);
  const std::uint64_t left = std::min(per_block_.value - inside,
                                      std::max<std::uint64_t>((quarter - offset) >> unit_bits_, 1));
  return cut(capacity_.remainder(stream * (quarter + extra_) + offset), left,
             stream == streams_ - 1);
}

AccessPattern::Run AccessPattern::run(std::uint64_t n) const {
  switch (kind_) {
    case Kind::kSequential: {
      const Addr address = blocks_.remainder(n) * space_.unit;
      return cut(address, blocks_.value, write_);
    }
    case Kind::kRandom:
      return random(n);
    case Kind::kStride: {
      const std::uint64_t offset = n * grain_;
      const std::uint64_t rounds = capacity_.quotient(offset);
      return cut(capacity_.remainder(capacity_.remainder(offset) + rounds * space_.unit), 1, false);
    }
    case Kind::kStreams:
      return stream(n);
    case Kind::kFile:
      break;
  }
  const std::uint64_t request = (*file_)[n];
  return cut(request & ~std::uint64_t{1}, 1, (request & 1) != 0);
}

}  // namespace cvp
