// SPDX-License-Identifier: Apache-2.0
#include "platform/bench/ucie_transactions.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cvp {
namespace {

using Kind = UcieMessageKind;

constexpr std::uint32_t kLeastMemory = 16384;
constexpr std::uint32_t kPatterns = 251;  // Writes in a row have other data.
constexpr std::uint8_t kError = 1;

void fill(std::vector<std::uint8_t>& bytes, std::uint64_t seed) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(splitmix64(seed + i));
  }
}

// Both are as long, and not empty.
void copy(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
  std::memcpy(to.data(), from.data(), from.size());
}

bool same(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return std::ranges::equal(a, b);
}

// What an answer tells of the address.
std::uint64_t told_address(UcieProtocol protocol, UcieMessageKind kind, std::uint64_t address) {
  if (protocol == UcieProtocol::kStreaming) return address;
  return protocol == UcieProtocol::kIo && kind == Kind::kReadData ? address & 0x7F : 0;
}

}  // namespace

UcieBenchMemory::UcieBenchMemory(std::uint32_t most)
    : size_(std::bit_ceil(std::max(most, kLeastMemory))), bytes_(size_ + most) {
  fill(bytes_, 0);
}

UcieTransactions::UcieTransactions(const UcieTraffic& traffic)
    : traffic_(traffic),
      protocol_(traffic.protocol()),
      stack_bits_(static_cast<unsigned>(std::countr_zero(traffic.stacks))),
      reads_(std::bit_ceil(traffic.outstanding * traffic.stacks)),
      pattern_(traffic.size + kPatterns),
      stacks_(traffic.stacks, Stack(traffic.size)) {
  fill(pattern_, ~traffic.seed);
}

inline std::span<const std::uint8_t> UcieTransactions::data(std::uint64_t transaction) const {
  return std::span(pattern_).subspan(transaction % kPatterns, traffic_.size);
}

UcieMessageView UcieTransactions::issue() {
  const bool read = traffic_.is_read(issued_);
  reads_[issued_ & (reads_.size() - 1)] = read ? 1 : 0;
  const UcieMessageHeader request = header(issued_, read, false);
  const auto bytes = data(issued_).first(request.data_bytes());
  ++stacks_[next_stack()].issued;
  ++issued_;
  return {request, bytes};
}

// Of the request, or of its answer, as it comes.
inline UcieMessageHeader UcieTransactions::header(std::uint64_t transaction, bool read,
                                                  bool answer) const {
  const Kind kind = UcieTraffic::kind(read, answer);
  const std::uint64_t address = traffic_.address(transaction);
  return {.protocol = protocol_,
          .kind = kind,
          .tag = static_cast<std::uint16_t>(transaction),
          .length = kind == Kind::kCompletion ? 0 : traffic_.size,
          .address = answer ? told_address(protocol_, kind, address) : address};
}

inline bool UcieTransactions::has_header(const UcieMessageHeader& message,
                                         std::uint64_t transaction, bool answer) const {
  return message == header(transaction, is_read(transaction), answer);
}

// The transaction of a message is the next one or, where some have been lost, one further on that
// it fits.
inline std::uint64_t UcieTransactions::find(const UcieMessageHeader& message, unsigned stack,
                                            std::uint64_t next, bool answer) const {
  const auto off = static_cast<std::uint16_t>(message.tag - number(stack, next));
  const std::uint64_t n = next + (off >> stack_bits_);
  if (stack_of(off) != 0 || n >= stacks_[stack].issued) return kNone;
  if (n > next && !has_header(message, number(stack, n), answer)) return kNone;
  return n;
}

bool UcieTransactions::arrive(const UcieMessageView& request, unsigned number) {
  Stack& stack = stacks_[number];
  const std::uint64_t found = find(request, number, stack.arrived, false);
  if (found == kNone) return false;
  const std::uint64_t transaction = this->number(number, found);
  const bool right = has_header(request, transaction, false) &&
                     same(request.data, data(transaction).first(request.data.size()));
  if (!right && found >= stack.completed) stack.changed.push_back(found);
  stack.arrived = found + 1;
  return true;
}

std::optional<UcieMessageView> UcieTransactions::answer(const UcieMessageView& request,
                                                        unsigned stack) {
  const bool write = request.kind == Kind::kWrite || request.kind == Kind::kPostedWrite;
  if (!write && request.kind != Kind::kRead && request.kind != Kind::kAtomic) return {};
  UcieMessageHeader answer{.protocol = request.protocol,
                           .kind = Kind::kCompletion,
                           .traffic_class = request.traffic_class,
                           .tag = request.tag,
                           .address = request.address};
  std::span<const std::uint8_t> bytes;
  if (request.length == 0 || request.length > traffic_.size || request.kind == Kind::kAtomic) {
    answer.status = kError;
  } else if (write) {
    copy(request.data, stacks_[stack].memory.at(request.address, request.length));
  } else {
    answer.kind = Kind::kReadData;
    answer.length = request.length;
    bytes = stacks_[stack].memory.at(request.address, request.length);
  }
  if (request.kind == Kind::kPostedWrite) return {};
  return UcieMessageView(answer, bytes);
}

// The oldest transaction of a stack is done.
inline void UcieTransactions::finish(unsigned number, bool read, bool right) {
  Stack& stack = stacks_[number];
  if (!stack.changed.empty() && stack.changed.front() == stack.completed) {
    stack.changed.pop_front();
    right = false;
  }
  wrong_ += right ? 0 : 1;
  const std::uint64_t transaction = this->number(number, stack.completed);
  if (!read) {
    copy(data(transaction), stack.expected.at(traffic_.address(transaction), traffic_.size));
  }
  ++stack.completed;
  ++completed_;
}

// Transactions of a stack up to `end` will not be answered. What came as a stray was perhaps the
// answer to one of them.
void UcieTransactions::lose(unsigned number, std::uint64_t end) {
  Stack& stack = stacks_[number];
  stack.strays -= std::min(stack.strays, end - stack.completed);
  while (stack.completed < end) {
    finish(number, is_read(this->number(number, stack.completed)), false);
  }
}

void UcieTransactions::complete(const UcieMessageView& answer, unsigned number) {
  Stack& stack = stacks_[number];
  const std::uint64_t found = find(answer, number, stack.completed, true);
  if (found == kNone) {
    ++stack.strays;
    return;
  }
  if (found > stack.completed) lose(number, found);
  const std::uint64_t transaction = this->number(number, found);
  const bool read = is_read(transaction);
  bool right = has_header(answer, transaction, true);
  if (right && read) {
    right = same(answer.data, stack.expected.at(traffic_.address(transaction), traffic_.size));
  }
  finish(number, read, right);
}

void UcieTransactions::give_up() {
  for (unsigned number = 0; number < traffic_.stacks; ++number) {
    lose(number, stacks_[number].issued);
    stacks_[number].arrived = stacks_[number].issued;
  }
}

std::uint64_t UcieTransactions::wrong() const {
  std::uint64_t count = wrong_;
  for (const Stack& stack : stacks_) count += stack.strays;
  return count;
}

}  // namespace cvp
