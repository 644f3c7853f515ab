// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/semihosting.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "models/core/report.h"
#include "models/cpu/hart.h"

namespace cvp {
namespace {

// The instructions before and behind the ebreak: slli zero, zero, 0x1f and srai zero, zero, 7.
constexpr std::uint32_t kBefore = 0x01f0'1013, kBehind = 0x4070'5013, kEbreak = 0x0010'0073;

enum Operation : std::uint64_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWriteCharacter = 0x03,
  kWriteString = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kReadCharacter = 0x07,
  kIsError = 0x08,
  kIsTty = 0x09,
  kSeek = 0x0a,
  kLength = 0x0c,
  kClock = 0x10,
  kTime = 0x11,
  kErrno = 0x13,
  kCommandLine = 0x15,
  kHeapInfo = 0x16,
  kExit = 0x18,
  kExitExtended = 0x20,
  kElapsed = 0x30,
  kTickFrequency = 0x31,
};
enum Handle : std::uint64_t { kInput = 1, kOutput = 2, kErrorOutput = 3, kFeatures = 4 };

constexpr std::uint64_t kFailed = ~std::uint64_t{0};
constexpr std::uint64_t kNoEntry = 2, kBadHandle = 9, kNotSupported = 95;  // Of errno.h.
constexpr std::uint64_t kApplicationExit = 0x2'0026;
constexpr std::uint64_t kMaxText = 1 << 20;  // A length beyond is a broken guest.
constexpr unsigned kA0 = 10, kA1 = 11;
constexpr std::string_view kConsole = ":tt", kFeatureFile = ":semihosting-features";
// The magic, then extended exit, and handles of their own for output and errors.
constexpr std::array<std::uint8_t, 5> kFeatureBytes = {'S', 'H', 'F', 'B', 3};

}  // namespace

DebugReader Semihosting::reader() const {
  return [this](Addr physical, std::uint64_t& value) {
    std::array<std::uint8_t, 8> bytes{};
    if (!host_.read(physical, bytes)) return false;
    std::memcpy(&value, bytes.data(), bytes.size());
    return true;
  };
}

bool Semihosting::get(const Hart& hart, Addr va, std::span<std::uint8_t> out) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto physical = debug_translate(hart, va + i, reader());
    if (!physical || !host_.read(*physical, out.subspan(i, 1))) return false;
  }
  return true;
}

bool Semihosting::put(const Hart& hart, Addr va, std::span<const std::uint8_t> in) const {
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto physical = debug_translate(hart, va + i, reader());
    if (!physical || !host_.write(*physical, in.subspan(i, 1))) return false;
  }
  return true;
}

/// Word `index` of a parameter block; 0 where there is no memory.
std::uint64_t Semihosting::word(const Hart& hart, Addr block, unsigned index) const {
  std::array<std::uint8_t, 8> bytes{};
  std::uint64_t value = 0;
  if (get(hart, block + 8 * index, bytes)) std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

bool Semihosting::is_call(const Hart& hart, Addr pc) const {
  std::array<std::uint8_t, 12> bytes{};
  std::array<std::uint32_t, 3> words{};
  if (!get(hart, pc - 4, bytes)) return false;
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words == std::array{kBefore, kEbreak, kBehind};
}

HartProbe::Verdict Semihosting::before(Hart& hart, const ProbedInstruction& instruction) {
  if (!is_call(hart, instruction.pc)) return Verdict::kExecute;
  const std::uint64_t result = serve(hart, hart.x(kA0), hart.x(kA1));
  if (ended_) return Verdict::kStop;
  hart.set_x(kA0, result);
  return Verdict::kSkip;
}

std::uint64_t Semihosting::fail(std::uint64_t error) {
  errno_ = error;
  return kFailed;
}

std::uint64_t Semihosting::ticks(const Hart& hart) const {
  std::uint64_t value = 0;
  hart.peek_csr(kCsrTime, value);
  return value;
}

std::uint64_t Semihosting::serve(const Hart& hart, std::uint64_t operation,
                                 std::uint64_t parameter) {
  std::array<std::uint8_t, 8> bytes{};
  switch (operation) {
    case kOpen:
      return open(hart, parameter);
    case kClose:
      return word(hart, parameter, 0) - 1 < kFeatures ? 0 : fail(kBadHandle);
    case kWriteCharacter:
      if (get(hart, parameter, {bytes.data(), 1})) host_.console(static_cast<char>(bytes[0]));
      return 0;
    case kWriteString:
      print_string(hart, parameter);
      return 0;
    case kWrite:
      return write(hart, parameter);
    case kRead:
      return read(hart, parameter);
    case kReadCharacter:
      return kFailed;  // There is no input.
    case kIsError:
      return static_cast<std::int64_t>(word(hart, parameter, 0)) < 0 ? 1 : 0;
    case kIsTty:
      return word(hart, parameter, 0) - 1 < kErrorOutput ? 1 : 0;
    case kSeek:
      if (word(hart, parameter, 0) != kFeatures) return fail(kNotSupported);
      features_read_ = std::min<std::uint64_t>(word(hart, parameter, 1), kFeatureBytes.size());
      return 0;
    case kLength:
      return word(hart, parameter, 0) == kFeatures ? kFeatureBytes.size() : fail(kNotSupported);
    case kClock:
      return ticks(hart) * 100 / ticks_per_second_;
    case kTime:
      return ticks(hart) / ticks_per_second_;
    case kErrno:
      return errno_;
    case kCommandLine:
      return command_line(hart, parameter);
    case kHeapInfo: {
      const std::array<std::uint8_t, 32> unknown{};
      const Addr block = word(hart, parameter, 0);
      return put(hart, block, unknown) ? 0 : kFailed;
    }
    case kExit:
    case kExitExtended:
      exit(hart, parameter);
      return 0;
    case kElapsed: {
      const std::uint64_t now = ticks(hart);
      std::memcpy(bytes.data(), &now, bytes.size());
      return put(hart, parameter, bytes) ? 0 : kFailed;
    }
    case kTickFrequency:
      return ticks_per_second_;
    default:
      log_unmodelled("semihosting operations other than console, clocks and exit");
      return fail(kNotSupported);
  }
}

/// {name, mode, length}: the console, by mode for input, output or errors, or the features.
std::uint64_t Semihosting::open(const Hart& hart, Addr block) {
  const std::uint64_t mode = word(hart, block, 1), length = word(hart, block, 2);
  std::vector<std::uint8_t> name(std::min<std::uint64_t>(length, kFeatureFile.size() + 1));
  if (!get(hart, word(hart, block, 0), name)) return fail(kNoEntry);
  const std::string_view text(reinterpret_cast<const char*>(name.data()), name.size());
  if (text == kConsole) return mode < 4 ? kInput : mode < 8 ? kOutput : kErrorOutput;
  if (text != kFeatureFile || mode > 1) return fail(kNoEntry);
  features_read_ = 0;
  return kFeatures;
}

/// {handle, address, length}: how many bytes were not written.
std::uint64_t Semihosting::write(const Hart& hart, Addr block) {
  const std::uint64_t handle = word(hart, block, 0), length = word(hart, block, 2);
  if (handle != kOutput && handle != kErrorOutput) {
    errno_ = kBadHandle;
    return length;
  }
  const Addr from = word(hart, block, 1);
  std::uint64_t done = 0;
  std::uint8_t byte = 0;
  while (done < std::min(length, kMaxText) && get(hart, from + done, {&byte, 1})) {
    host_.console(static_cast<char>(byte));
    ++done;
  }
  return length - done;
}

/// {handle, address, length}: how many bytes were not read.
std::uint64_t Semihosting::read(const Hart& hart, Addr block) {
  const std::uint64_t length = word(hart, block, 2);
  if (word(hart, block, 0) != kFeatures) return length;  // The end of the input.
  const std::uint64_t size = std::min(length, kFeatureBytes.size() - features_read_);
  if (!put(hart, word(hart, block, 1), std::span(kFeatureBytes).subspan(features_read_, size))) {
    return length;
  }
  features_read_ += size;
  return length - size;
}

/// {address, size}: the command line is empty.
std::uint64_t Semihosting::command_line(const Hart& hart, Addr block) const {
  const std::uint8_t end = 0;
  const std::array<std::uint8_t, 8> length{};
  if (word(hart, block, 1) == 0) return kFailed;
  return put(hart, word(hart, block, 0), {&end, 1}) && put(hart, block + 8, length) ? 0 : kFailed;
}

void Semihosting::print_string(const Hart& hart, Addr text) {
  std::uint8_t byte = 0;
  for (std::uint64_t i = 0; i < kMaxText && get(hart, text + i, {&byte, 1}) && byte != 0; ++i) {
    host_.console(static_cast<char>(byte));
  }
}

/// {reason, code}; every reason but the usual one is a failure.
void Semihosting::exit(const Hart& hart, Addr block) {
  ended_ = true;
  host_.exit(word(hart, block, 0) == kApplicationExit ? word(hart, block, 1) : 1);
}

}  // namespace cvp
