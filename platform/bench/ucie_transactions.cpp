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

// `b` has as many.
bool same(std::span<const std::uint8_t> a, const std::uint8_t* b) {
  return a.empty() || std::memcmp(a.data(), b, a.size()) == 0;
}

// Bits of the address that an answer tells.
std::uint64_t told_address(UcieProtocol protocol, bool read) {
  if (protocol == UcieProtocol::kStreaming) return ~std::uint64_t{0};
  return protocol == UcieProtocol::kIo && read ? 0x7F : 0;
}

}  // namespace

UcieBenchMemory::UcieBenchMemory(std::uint32_t most)
    : size_(std::bit_ceil(std::max(most, kLeastMemory))), bytes_(size_ + most) {
  fill(bytes_, 0);
}

UcieTransactions::UcieTransactions(const UcieTraffic& traffic)
    : traffic_(traffic),
      stack_bits_(static_cast<unsigned>(std::countr_zero(traffic.stacks))),
      first_(traffic.address(0)),
      stride_(traffic.address(1) - first_),
      reads_(std::bit_ceil(traffic.outstanding * traffic.stacks)),
      last_read_(reads_.size() - 1),
      pattern_(traffic.size + kPatterns),
      stacks_(traffic.stacks, Stack(traffic.size)) {
  fill(pattern_, ~traffic.seed);
  for (const bool answer : {false, true}) {
    for (const bool read : {false, true}) {
      forms_[answer][read] = {
          .header = traffic.message(0, read, answer),
          .told = answer ? told_address(traffic.protocol(), read) : ~std::uint64_t{0}};
    }
  }
}

inline const std::uint8_t* UcieTransactions::data(std::uint64_t transaction) const {
  return &pattern_[transaction % kPatterns];
}

UcieMessageView UcieTransactions::issue() {
  const bool read = traffic_.is_read(issued_);
  reads_[issued_ & last_read_] = read ? 1 : 0;
  UcieMessageHeader request = forms_[false][read].header;
  request.tag = static_cast<std::uint16_t>(issued_);
  request.address = address(issued_);
  const std::span bytes(data(issued_), request.data_bytes());
  ++stacks_[next_stack()].issued;
  ++issued_;
  return {request, bytes};
}

// It is the request, or its answer, as it has to come.
inline bool UcieTransactions::has_header(const UcieMessageHeader& message,
                                         std::uint64_t transaction, bool read, bool answer) const {
  const Form& form = forms_[answer][read];
  return message.tag == static_cast<std::uint16_t>(transaction) && message.is_like(form.header) &&
         message.address == (address(transaction) & form.told);
}

// The transaction of a message is the next one or, where some have been lost, one further on that
// it fits.
inline std::uint64_t UcieTransactions::find(const UcieMessageHeader& message, unsigned stack,
                                            std::uint64_t next, bool answer) const {
  const auto off = static_cast<std::uint16_t>(message.tag - number(stack, next));
  const std::uint64_t n = next + (off >> stack_bits_);
  if (stack_of(off) != 0 || n >= stacks_[stack].issued) return kNone;
  if (n == next) return n;
  const std::uint64_t transaction = number(stack, n);
  return has_header(message, transaction, is_read(transaction), answer) ? n : kNone;
}

bool UcieTransactions::arrive(const UcieMessageView& request, unsigned number) {
  Stack& stack = stacks_[number];
  const std::uint64_t found = find(request, number, stack.arrived, false);
  if (found == kNone) return false;
  const std::uint64_t transaction = this->number(number, found);
  const bool right = has_header(request, transaction, is_read(transaction), false) &&
                     same(request.data, data(transaction));
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
    copy(std::span(data(transaction), traffic_.size),
         stack.expected.at(address(transaction), traffic_.size));
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
  const bool right =
      has_header(answer, transaction, read, true) &&
      same(answer.data, stack.expected.at(address(transaction), traffic_.size).data());
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
