// SPDX-License-Identifier: Apache-2.0
//
// What the benchmark of a link takes for a wrong transaction: whatever is not as it was sent, in
// requests and in answers, one by one.
#include "platform/bench/ucie_transactions.h"

#include <catch2/catch.hpp>

using namespace cvp;

namespace {

using Kind = UcieMessageKind;

UcieTraffic traffic_of(double read_fraction, unsigned stacks = 1) {
  return {.stacks = stacks, .read_fraction = read_fraction, .size = 96, .outstanding = 8};
}

// Both ends, joined by wires that are perfect but for what a test does to a message.
struct Ends {
  explicit Ends(const UcieTraffic& traffic) : traffic(traffic), transactions(this->traffic) {}

  UcieMessage request() {
    stack = transactions.next_stack();
    return made(transactions.issue());
  }
  UcieMessage answer_to(const UcieMessage& request) {
    transactions.arrive(request, stack);
    return made(*transactions.answer(request, stack));
  }
  static UcieMessage made(const UcieMessageView& message) {
    return {message, {message.data.begin(), message.data.end()}};
  }
  void pass(const UcieMessage& request) { transactions.complete(answer_to(request), stack); }

  UcieTraffic traffic;
  UcieTransactions transactions;
  unsigned stack = 0;
};

struct Change {
  const char* what;
  void (*make)(UcieMessage&);
};
constexpr Change kChanges[] = {
    {"protocol", [](UcieMessage& message) { message.protocol = UcieProtocol::kIo; }},
    {"operation", [](UcieMessage& message) { message.operation = 1; }},
    {"status", [](UcieMessage& message) { message.status = 1; }},
    {"poison", [](UcieMessage& message) { message.poison = true; }},
    {"traffic class", [](UcieMessage& message) { message.traffic_class = 3; }},
    {"tag", [](UcieMessage& message) { message.tag ^= 0x400; }},
    {"near tag", [](UcieMessage& message) { message.tag ^= 1; }},
    {"length",
     [](UcieMessage& message) {
       message.length -= 32;
       if (!message.data.empty()) message.data.resize(message.length);
     }},
    {"address", [](UcieMessage& message) { message.address ^= 0x40; }},
    {"high bits of the address", [](UcieMessage& message) { message.address ^= 1ULL << 50; }},
    {"command",
     [](UcieMessage& message) {
       switch (message.kind) {
         case Kind::kRead:
           message.kind = Kind::kWrite;
           message.data.resize(message.length);
           break;
         case Kind::kWrite:
           message.kind = Kind::kRead;
           message.data.clear();
           break;
         default:
           message.kind = message.kind == Kind::kReadData ? Kind::kCompletion : Kind::kReadData;
       }
     }},
};
// Of messages with data.
constexpr Change kDataChanges[] = {
    {"first bit", [](UcieMessage& message) { message.data.front() ^= 1; }},
    {"last bit", [](UcieMessage& message) { message.data.back() ^= 0x80; }},
    {"order of bytes", [](UcieMessage& message) { std::swap(message.data[4], message.data[7]); }},
    {"other data", [](UcieMessage& message) { message.data.assign(message.length, 0xA5); }},
};

// Changes one message among 40 transactions; the end is as if nothing had been.
void check(const Change& change, double read_fraction, bool in_answer) {
  INFO(change.what << (in_answer ? " of an answer, reads " : " of a request, reads ")
                   << read_fraction);
  Ends ends(traffic_of(read_fraction));
  for (int i = 0; i < 40; ++i) {
    UcieMessage request = ends.request();
    if (i == 20 && !in_answer) change.make(request);
    UcieMessage answer = ends.answer_to(request);
    if (i == 20 && in_answer) change.make(answer);
    ends.transactions.complete(answer, 0);
  }
  ends.transactions.give_up();
  CHECK(ends.transactions.wrong() == 1);
  CHECK(ends.transactions.completed() == 40);
}

}  // namespace

TEST_CASE("UcieTransactions without damage are right, again and again in the same memory",
          "[unit][bench]") {
  for (const unsigned stacks : {1u, 2u}) {
    Ends ends(traffic_of(0.5, stacks));
    for (int i = 0; i < 5000; ++i) ends.pass(ends.request());
    CHECK(ends.transactions.wrong() == 0);
    CHECK(ends.transactions.completed() == 5000);
  }
}

TEST_CASE("UcieTransactions notice every field of a request", "[unit][bench]") {
  for (const Change& change : kChanges) {
    check(change, 0, false);
    check(change, 1, false);
  }
  for (const Change& change : kDataChanges) check(change, 0, false);
}

TEST_CASE("UcieTransactions notice every field of an answer", "[unit][bench]") {
  for (const Change& change : kChanges) check(change, 1, true);
  for (const Change& change : kDataChanges) check(change, 1, true);
  for (const char* what : {"status", "tag", "address", "command"}) {
    for (const Change& change : kChanges) {
      if (change.what == std::string(what)) check(change, 0, true);
    }
  }
}

TEST_CASE("UcieTransactions answer from what the target has received", "[unit][bench]") {
  Ends ends(traffic_of(0));
  UcieMessage write = ends.request();
  write.data[5] ^= 0xFF;
  ends.pass(write);
  CHECK(ends.transactions.wrong() == 1);
  UcieMessage read = write;
  read.kind = Kind::kRead;
  read.data.clear();
  CHECK((ends.made(*ends.transactions.answer(read, 0)).data == write.data));
  read.address += 64;
  CHECK((ends.made(*ends.transactions.answer(read, 0)).data != write.data));
  read.length = 1 << 20;  // More than there is.
  CHECK(ends.transactions.answer(read, 0)->status == 1);
}

TEST_CASE("UcieTransactions are answered once, each, in order", "[unit][bench]") {
  Ends ends(traffic_of(0.5));
  std::vector<UcieMessage> answers;
  for (int i = 0; i < 8; ++i) answers.push_back(ends.answer_to(ends.request()));
  auto& transactions = ends.transactions;
  SECTION("one is lost") {
    answers.erase(answers.begin() + 3);
    for (const UcieMessage& answer : answers) transactions.complete(answer, 0);
    CHECK(transactions.wrong() == 1);
    CHECK(transactions.completed() == 8);
  }
  SECTION("the last is lost") {
    answers.pop_back();
    for (const UcieMessage& answer : answers) transactions.complete(answer, 0);
    CHECK(transactions.wrong() == 0);
    transactions.give_up();
    CHECK(transactions.wrong() == 1);
  }
  SECTION("one comes twice") {
    answers.insert(answers.begin() + 3, answers[3]);
    for (const UcieMessage& answer : answers) transactions.complete(answer, 0);
    CHECK(transactions.wrong() == 1);
  }
  SECTION("two have changed places") {
    std::swap(answers[3], answers[4]);
    for (const UcieMessage& answer : answers) transactions.complete(answer, 0);
    CHECK(transactions.wrong() > 0);
  }
}
