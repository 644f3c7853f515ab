// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/protocol/ucie_tlp.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "models/ucie/protocol/ucie_little_endian.h"

namespace cvp {
namespace {

using Kind = UcieMessageKind;

constexpr std::uint32_t kShortHeader = 12, kLongHeader = 16;
constexpr std::uint64_t kEndOfShortAddresses = std::uint64_t{1} << 32;
constexpr std::uint32_t kMostDoubleWords = 1024, kMostBytes = 4096;
constexpr std::uint8_t kMore = 0x10;  // Of byte 1; ours.

// Type and format in one byte. [PCIe: Transaction Descriptor] A zero is a NOP in flit mode, so a
// read below 4 GiB is 3 as there.
enum Type : std::uint8_t {
  kMRd32 = 0x03,
  kMRd64 = 0x20,
  kMWr32 = 0x40,
  kMWr64 = 0x60,
  kDMWr32 = 0x5B,
  kDMWr64 = 0x7B,
  kFetchAdd32 = 0x4C,
  kSwap32 = 0x4D,
  kCas32 = 0x4E,
  kAtomic32 = 0x4F,  // Ours: the operations that PCIe has not got.
  kCpl = 0x0A,
  kCplD = 0x4A,
};
constexpr std::uint8_t kLong = 0x20;  // The same with an address of 64 bits, but for reads.

// Numbers of atomic operations. [Attributes, AtomicOp]
constexpr std::uint8_t kSwap = 1, kAdd = 2, kCompareSwap = 10;

bool is_answer(Kind kind) { return kind == Kind::kReadData || kind == Kind::kCompletion; }

std::uint8_t short_type(const UcieMessageHeader& message) {
  switch (message.kind) {
    case Kind::kRead:
      return kMRd32;
    case Kind::kWrite:
      return kDMWr32;
    case Kind::kPostedWrite:
      return kMWr32;
    case Kind::kReadData:
      return kCplD;
    case Kind::kCompletion:
      return kCpl;
    default:
      return message.operation == kAdd           ? kFetchAdd32
             : message.operation == kSwap        ? kSwap32
             : message.operation == kCompareSwap ? kCas32
                                                 : kAtomic32;
  }
}

std::uint8_t type_of(const UcieMessageHeader& message, std::uint64_t address) {
  const std::uint8_t type = short_type(message);
  if (is_answer(message.kind) || address < kEndOfShortAddresses) return type;
  return type == kMRd32 ? std::uint8_t{kMRd64} : static_cast<std::uint8_t>(type | kLong);
}

Kind kind_of(std::uint8_t type) {
  if (type == kMRd32 || type == kMRd64) return Kind::kRead;
  if (type == kCpl) return Kind::kCompletion;
  if (type == kCplD) return Kind::kReadData;
  switch (type & ~kLong) {
    case kMWr32:
      return Kind::kPostedWrite;
    case kDMWr32:
      return Kind::kWrite;
    case kFetchAdd32:
    case kSwap32:
    case kCas32:
    case kAtomic32:
      return Kind::kAtomic;
    default:
      return Kind::kNone;
  }
}

// Each read request has completions of its own.
std::uint32_t limit_of(Kind kind, const UciePacketSizes& sizes) {
  if (kind == Kind::kRead) return sizes.max_read_request;
  return kind == Kind::kReadData ? std::min(sizes.max_payload, sizes.max_read_request)
                                 : sizes.max_payload;
}

// Double words that hold `length` bytes from `address` on. No bytes take one, with none enabled.
std::uint32_t double_words(std::uint64_t address, std::uint32_t length) {
  return std::max(1u, (static_cast<std::uint32_t>(address % 4) + length + 3) / 4);
}

// Packets of a transaction's bytes, 1 or more.
std::uint64_t packets(std::uint64_t address, std::uint64_t length, std::uint32_t limit) {
  return length == 0 ? 1 : (address % limit + length - 1) / limit + 1;
}

// Bits of the bytes in use, in the first and the last double word.
std::uint8_t byte_enables(std::uint64_t address, std::uint32_t length) {
  if (length == 0) return 0;
  const unsigned lead = address % 4, words = double_words(address, length);
  const unsigned end = (lead + length - 1) % 4;  // Last byte in its double word.
  const unsigned from_lead = 0xFu << lead & 0xFu, to_end = 0xFu >> (3 - end);
  return static_cast<std::uint8_t>(words == 1 ? from_lead & to_end : from_lead | to_end << 4);
}

// Bytes that a request's byte enables leave out at the front and at the back of its double words.
struct Trim {
  std::uint32_t front = 0, back = 0;
};
std::optional<Trim> trim_of(std::uint8_t enables, std::uint32_t words) {
  const unsigned first = enables & 0xF, last = enables >> 4;
  if (first == 0) return words == 1 && last == 0 ? std::optional(Trim{0, 4}) : std::nullopt;
  const auto front = static_cast<unsigned>(std::countr_zero(first));
  if (words > 1) {  // Up to the end of the first; from the start of the last.
    const unsigned used = static_cast<unsigned>(std::countr_one(last));
    if (first >> front != 0xFu >> front || used == 0 || last >> used != 0) return {};
    return Trim{front, 4 - used};
  }
  const unsigned used = static_cast<unsigned>(std::countr_one(first >> front));
  if (last != 0 || first >> (front + used) != 0) return {};
  return Trim{front, 4 - front - used};
}

}  // namespace

std::uint64_t UcieTlpEncoding::wire_bytes(const UcieMessageHeader& message,
                                          const UciePacketSizes& sizes) const {
  if (message.kind == Kind::kCompletion) return kShortHeader;
  const std::uint64_t address = message.address, length = message.length;
  const std::uint32_t limit = limit_of(message.kind, sizes);
  const std::uint64_t count = packets(address, length, limit);
  const std::uint64_t data =
      message.kind == Kind::kRead ? 0 : 4 * double_words(address, message.length);
  if (message.kind == Kind::kReadData) return count * kShortHeader + data;
  std::uint64_t below = 0;  // Packets below 4 GiB.
  if (address < kEndOfShortAddresses) {
    below = packets(address, std::min(length, kEndOfShortAddresses - address), limit);
  }
  return count * kLongHeader - below * (kLongHeader - kShortHeader) + data;
}

// Byte 0: type; byte 1: class 2:0, poison 3, more 4; 2: double words 9:0, operation 15:12; 4: tag.
// Then a request: byte 6: byte enables; 8: address. An answer: 6: byte count 11:0, status 14:12;
// 8: lower address 6:0.
void UcieTlpEncoding::encode(const UcieMessageView& message, const UciePacketSizes& sizes,
                             UcieByteQueue& bytes) const {
  const std::uint32_t limit = limit_of(message.kind, sizes);
  const bool has_data = message.kind != Kind::kRead && message.kind != Kind::kCompletion;
  std::uint64_t address = message.address;
  std::uint32_t left = message.kind == Kind::kCompletion ? 0 : message.length;
  auto data = message.data.begin();
  do {
    const auto count = std::min(left, limit - static_cast<std::uint32_t>(address % limit));
    const std::uint32_t words =
        has_data || message.kind == Kind::kRead ? double_words(address, count) : 0;
    const std::uint8_t type = type_of(message, address);
    const std::size_t header_size = header_bytes(type), data_size = has_data ? 4 * words : 0;
    std::array<std::uint8_t, kLongHeader> header{};
    header[0] = type;
    header[1] = static_cast<std::uint8_t>((message.traffic_class & 7u) |
                                          (message.poison ? 8u : 0u) | (left > count ? kMore : 0u));
    ucie_put(&header[2], static_cast<std::uint16_t>(words % kMostDoubleWords |
                                                    (message.operation & 0xFu) << 12));
    ucie_put(&header[4], message.tag);
    if (is_answer(message.kind)) {
      // What is still to come of this read request; 0: all of 4096.
      const std::uint32_t most = sizes.max_read_request;
      const auto asked = std::min(left, most - static_cast<std::uint32_t>(address % most));
      ucie_put(&header[6],
               static_cast<std::uint16_t>(asked % kMostBytes | (message.status & 7u) << 12));
      header[8] = address & 0x7F;
    } else {
      header[6] = byte_enables(address, count);
      ucie_put(&header[8], address & ~std::uint64_t{3});
    }
    std::uint8_t* to = bytes.append(header_size + data_size);
    to = std::copy_n(header.begin(), header_size, to);
    if (has_data) {
      const std::size_t front = count == 0 ? 0 : address % 4;
      to = std::copy_n(data, count, std::fill_n(to, front, std::uint8_t{0}));
      std::fill_n(to, data_size - front - count, std::uint8_t{0});
      data += count;
    }
    address += count;
    left -= count;
  } while (left > 0);
}

std::size_t UcieTlpEncoding::header_bytes(std::uint8_t first) const {
  const Kind kind = kind_of(first);
  if (kind == Kind::kNone) return 0;
  return (first & kLong) != 0 ? kLongHeader : kShortHeader;
}

bool UcieTlpEncoding::read(std::span<const std::uint8_t> header, UcieUnit& unit) const {
  unit.begin(UcieProtocol::kIo, kind_of(header[0]));
  UcieMessageHeader& message = unit.message;
  const auto length = ucie_get<std::uint16_t>(&header[2]);
  const auto counts = ucie_get<std::uint16_t>(&header[6]);
  message.traffic_class = header[1] & 7;
  message.poison = (header[1] & 8) != 0;
  message.operation = length >> 12;
  message.tag = ucie_get<std::uint16_t>(&header[4]);
  unit.more = (header[1] & kMore) != 0;
  const std::uint32_t words = (length - 1) % kMostDoubleWords + 1;
  if (is_answer(message.kind)) {
    message.status = counts >> 12 & 7;
    if (message.kind == Kind::kCompletion) return true;
    message.address = header[8] & 0x7F;
    unit.padding = static_cast<std::uint32_t>(message.address % 4);
    unit.data_bytes = 4 * words;
    const std::uint32_t left = counts % kMostBytes == 0 ? kMostBytes : counts % kMostBytes;
    message.length = std::min(left, unit.data_bytes - unit.padding);
    return true;
  }
  const auto trim = trim_of(header[6], words);
  if (!trim) return false;
  message.length = 4 * words - trim->front - trim->back;
  message.address = (header.size() == kLongHeader ? ucie_get<std::uint64_t>(&header[8])
                                                  : ucie_get<std::uint32_t>(&header[8])) +
                    trim->front;
  unit.padding = trim->front;
  unit.data_bytes = message.kind == Kind::kRead ? 0 : 4 * words;
  return true;
}

std::string_view UcieTlpEncoding::name_of(const UcieMessageHeader& message) const {
  switch (short_type(message)) {
    case kMRd32:
      return "MRd";
    case kDMWr32:
      return "DMWr";
    case kMWr32:
      return "MWr";
    case kCplD:
      return "CplD";
    case kCpl:
      return "Cpl";
    case kFetchAdd32:
      return "FetchAdd";
    case kSwap32:
      return "Swap";
    case kCas32:
      return "CAS";
    default:
      return "atomic";
  }
}

}  // namespace cvp
