// SPDX-License-Identifier: Apache-2.0
//
// The transactions of a link's benchmark at both ends, and whether all is right: the target does
// what the requests that have come say, to a memory of its own; the initiator compares the answers,
// whole, with what they have to be after all that it has asked. No SystemC.
#pragma once

#include <deque>
#include <optional>
#include <span>

#include "platform/bench/ucie_traffic.h"

namespace cvp {

/// A small memory: addresses beyond its end begin again.
class UcieBenchMemory {
 public:
  /// For accesses of up to so many bytes.
  explicit UcieBenchMemory(std::uint32_t most);
  std::span<std::uint8_t> at(std::uint64_t address, std::uint32_t length) {
    return std::span(bytes_).subspan(address & (size_ - 1), length);
  }

 private:
  std::uint64_t size_;  // A power of two.
  std::vector<std::uint8_t> bytes_;
};

/// Transactions of each stack are counted by themselves, and keep their order.
class UcieTransactions {
 public:
  explicit UcieTransactions(const UcieTraffic& traffic);

  /// The next request, on `next_stack()`, while fewer are outstanding than the traffic has at most.
  UcieMessageView issue();
  unsigned next_stack() const { return stack_of(issued_); }
  /// A request has come to the target. False: it is none of those that were issued.
  bool arrive(const UcieMessageView& request, unsigned stack);
  /// The target does what it says; calls come in the order of a stack. Empty: it has no answer.
  /// The data of a read is that of the memory until the next call.
  std::optional<UcieMessageView> answer(const UcieMessageView& request, unsigned stack);
  /// An answer has come to the initiator.
  void complete(const UcieMessageView& answer, unsigned stack);
  /// What is outstanding will never be answered.
  void give_up();

  std::uint64_t issued() const { return issued_; }
  std::uint64_t outstanding() const { return issued_ - completed_; }
  std::uint64_t completed() const { return completed_; }
  /// Requests or answers were lost, changed, doubled or in the wrong place.
  std::uint64_t wrong() const;

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  struct Stack {
    explicit Stack(std::uint32_t most) : memory(most), expected(most) {}
    std::uint64_t issued = 0, arrived = 0, completed = 0;
    std::deque<std::uint64_t> changed;  // Of those outstanding, whose requests came otherwise.
    std::uint64_t strays = 0;           // Answers that are no transaction's.
    UcieBenchMemory memory;             // The target's,
    UcieBenchMemory expected;           // and what should be in it when those completed are done.
  };

  unsigned stack_of(std::uint64_t transaction) const {
    return static_cast<unsigned>(transaction & (traffic_.stacks - 1));
  }
  // It has not been completed.
  bool is_read(std::uint64_t transaction) const { return reads_[transaction & last_read_] != 0; }
  // Of transaction n of a stack.
  std::uint64_t number(unsigned stack, std::uint64_t n) const { return n << stack_bits_ | stack; }
  bool has_header(const UcieMessageHeader& message, std::uint64_t transaction, bool read,
                  bool answer) const;
  std::uint64_t find(const UcieMessageHeader& message, unsigned stack, std::uint64_t next,
                     bool answer) const;
  std::uint64_t address(std::uint64_t transaction) const { return first_ + transaction * stride_; }
  const std::uint8_t* data(std::uint64_t transaction) const;
  void finish(unsigned stack, bool read, bool right);
  void lose(unsigned stack, std::uint64_t end);

  // What messages of a kind have in common, and which bits of the address they tell.
  struct Form {
    UcieMessageHeader header;
    std::uint64_t told = 0;
  };

  const UcieTraffic& traffic_;
  const unsigned stack_bits_;
  const std::uint64_t first_, stride_;        // Address of a transaction.
  std::array<std::array<Form, 2>, 2> forms_;  // Of requests and answers, by whether it reads.
  std::vector<std::uint8_t> reads_;           // A ring of those outstanding; not 0: it is one.
  const std::uint64_t last_read_;
  std::vector<std::uint8_t> pattern_;  // Writes take their data from anywhere in it.
  std::vector<Stack> stacks_;
  std::uint64_t issued_ = 0, completed_ = 0, wrong_ = 0;
};

}  // namespace cvp
