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

// What an answer tells of the address.
std::uint64_t told_address(const UcieMessage& answer) {
  if (answer.protocol == UcieProtocol::kStreaming) return answer.address;
  const bool some = answer.protocol == UcieProtocol::kIo && answer.kind == Kind::kReadData;
  return some ? answer.address & 0x7F : 0;
}

// But for the data, of which there is as much.
bool same_header(const UcieMessage& a, const UcieMessage& b) {
  return a.protocol == b.protocol && a.kind == b.kind && a.operation == b.operation &&
         a.status == b.status && a.poison == b.poison && a.traffic_class == b.traffic_class &&
         a.tag == b.tag && a.length == b.length && a.address == b.address;
}

}  // namespace

UcieBenchMemory::UcieBenchMemory(std::uint32_t most)
    : size_(std::bit_ceil(std::max(most, kLeastMemory))), bytes_(size_ + most) {
  fill(bytes_, 0);
}

UcieTransactions::UcieTransactions(const UcieTraffic& traffic)
    : traffic_(traffic),
      pattern_(traffic.size + kPatterns),
      stacks_(traffic.stacks, Stack(traffic.size)) {
  fill(pattern_, ~traffic.seed);
}

std::span<const std::uint8_t> UcieTransactions::data(std::uint64_t transaction) const {
  return std::span(pattern_).subspan(transaction % kPatterns, traffic_.size);
}

const UcieMessage& UcieTransactions::issue() {
  Stack& stack = stacks_[next_stack()];
  std::vector<std::uint8_t> memory = std::move(request_.data);
  request_ = traffic_.message(issued_, traffic_.is_read(issued_), false);
  request_.data = std::move(memory);
  const auto bytes = data(issued_).first(request_.data_bytes());
  request_.data.assign(bytes.begin(), bytes.end());
  ++stack.issued;
  ++issued_;
  return request_;
}

// Transaction n's, without data.
UcieMessage UcieTransactions::should_be(unsigned stack, std::uint64_t n, bool answer) const {
  const std::uint64_t transaction = number(stack, n);
  UcieMessage message = traffic_.message(transaction, traffic_.is_read(transaction), answer);
  if (answer) message.address = told_address(message);
  return message;
}

// The transaction of a message is the next one or, where some have been lost, one further on that
// it fits.
std::optional<std::uint64_t> UcieTransactions::find(const UcieMessage& message, unsigned stack,
                                                    std::uint64_t next, bool answer) const {
  const auto off = static_cast<std::uint16_t>(message.tag - number(stack, next));
  const std::uint64_t n = next + off / traffic_.stacks;
  if (off % traffic_.stacks != 0 || n >= stacks_[stack].issued) return {};
  if (n > next && !same_header(message, should_be(stack, n, answer))) return {};
  return n;
}

std::optional<std::uint64_t> UcieTransactions::arrive(const UcieMessage& request, unsigned number) {
  Stack& stack = stacks_[number];
  const auto found = find(request, number, stack.arrived, false);
  if (!found) return {};
  const bool right =
      same_header(request, should_be(number, *found, false)) &&
      std::ranges::equal(request.data,
                         data(this->number(number, *found)).first(request.data.size()));
  if (!right && *found >= stack.completed) stack.changed.push_back(*found);
  stack.arrived = *found + 1;
  return found;
}

const UcieMessage* UcieTransactions::answer(const UcieMessage& request, unsigned stack) {
  const bool write = request.kind == Kind::kWrite || request.kind == Kind::kPostedWrite;
  if (!write && request.kind != Kind::kRead && request.kind != Kind::kAtomic) return nullptr;
  answer_.protocol = request.protocol;
  answer_.tag = request.tag;
  answer_.traffic_class = request.traffic_class;
  answer_.address = request.address;
  answer_.kind = Kind::kCompletion;
  answer_.status = 0;
  answer_.length = 0;
  answer_.data.clear();
  if (request.length == 0 || request.length > traffic_.size || request.kind == Kind::kAtomic) {
    answer_.status = kError;
  } else if (write) {
    copy(request.data, stacks_[stack].memory.at(request.address, request.length));
  } else {
    answer_.kind = Kind::kReadData;
    answer_.length = request.length;
    const auto bytes = stacks_[stack].memory.at(request.address, request.length);
    answer_.data.assign(bytes.begin(), bytes.end());
  }
  return request.kind == Kind::kPostedWrite ? nullptr : &answer_;
}

// The oldest transaction of a stack is done.
void UcieTransactions::finish(unsigned number, bool read, bool right) {
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
}

// Transactions of a stack up to `end` will not be answered. What came as a stray was perhaps the
// answer to one of them.
void UcieTransactions::lose(unsigned number, std::uint64_t end) {
  Stack& stack = stacks_[number];
  stack.strays -= std::min(stack.strays, end - stack.completed);
  while (stack.completed < end) {
    finish(number, traffic_.is_read(this->number(number, stack.completed)), false);
  }
}

void UcieTransactions::complete(const UcieMessage& answer, unsigned number) {
  Stack& stack = stacks_[number];
  const auto found = find(answer, number, stack.completed, true);
  if (!found) {
    ++stack.strays;
    return;
  }
  if (*found > stack.completed) lose(number, *found);
  const UcieMessage should = should_be(number, *found, true);
  const bool read = should.kind == Kind::kReadData;
  bool right = same_header(answer, should);
  if (right && read) {
    const std::uint64_t address = traffic_.address(this->number(number, *found));
    right = std::ranges::equal(answer.data, stack.expected.at(address, traffic_.size));
  }
  finish(number, read, right);
}

void UcieTransactions::give_up() {
  for (unsigned number = 0; number < traffic_.stacks; ++number) {
    lose(number, stacks_[number].issued);
    stacks_[number].arrived = stacks_[number].issued;
  }
}

std::uint64_t UcieTransactions::outstanding() const {
  std::uint64_t count = 0;
  for (const Stack& stack : stacks_) count += stack.issued - stack.completed;
  return count;
}

std::uint64_t UcieTransactions::wrong() const {
  std::uint64_t count = wrong_;
  for (const Stack& stack : stacks_) count += stack.strays;
  return count;
}

}  // namespace cvp
