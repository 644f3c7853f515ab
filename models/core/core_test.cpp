// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cereal/archives/binary.hpp>
#include <cereal/types/vector.hpp>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <tuple>

#include "models/core/address_range.h"
#include "models/core/backing_store.h"
#include "models/core/burst_initiator.h"
#include "models/core/burst_target.h"
#include "models/core/calendar.h"
#include "models/core/message.h"
#include "models/core/message_pool.h"
#include "models/core/report.h"

using namespace cvp;

TEST_CASE("Clock rounds n periods once, not n times a rounded period", "[core]") {
  const Clock third(Frequency{3'000'000'000});  // Period 333333.3 fs.
  CHECK(third.at(1) == 333'333_fs);
  CHECK(third.at(2) == 666'667_fs);
  CHECK(third.at(3'000'000'000) == 1_s);
  CHECK(third.cycles_in(1_s) == 3'000'000'000);
  CHECK(third.cycles_in(1_s - 1_fs) == 2'999'999'999);
  CHECK(third.cycles_until(333'334_fs) == 2);
  CHECK(third.cycles_until(333'333_fs) == 1);
  for (std::uint64_t n : {0ull, 1ull, 7ull, 12345678901ull})
    CHECK(third.cycles_in(third.at(n)) == n);
}

TEST_CASE("Clock with a period of whole femtoseconds counts like any other", "[core]") {
  const Clock whole(1_GHz), odd(Frequency{1'000'000'007});
  for (const std::uint64_t cycles : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{12345}}) {
    CHECK(whole.at(cycles) == 1_ns * cycles);
    CHECK(whole.at(cycles) - odd.at(cycles) <= 100_fs);
    CHECK(whole.cycles_in(1_ns * cycles) == cycles);
    CHECK(whole.cycles_in(1_ns * cycles + 999'999_fs) == cycles);
    CHECK(whole.cycles_until(1_ns * cycles) == cycles);
    CHECK(whole.cycles_until(1_ns * cycles + 1_fs) == cycles + 1);
  }
  CHECK(whole.at(~std::uint64_t{0}) == Femtoseconds::max());
}

TEST_CASE("Clock stays in range at the end of time", "[core]") {
  const Clock slow(10_MHz);
  CHECK(slow.cycles_in(Femtoseconds::max()) == 184'467'440'737);
  CHECK(slow.at(~std::uint64_t{0}) == Femtoseconds::max());
}

TEST_CASE("AddrRange is half-open and safe at the top of the address space", "[core]") {
  const AddrRange top{~Addr{0} - 15, 16};
  CHECK(top.contains(~Addr{0}));
  CHECK_FALSE(top.contains(~Addr{0}, 2));
  CHECK_FALSE(AddrRange{0x1000, 0x1000}.overlaps({0x2000, 0x1000}));
  CHECK(AddrRange{0x1000, 0x1001}.overlaps({0x2000, 0x1000}));
  CHECK_FALSE(AddrRange{0x1000, 0}.overlaps({0x0, 0x10000}));
}

TEST_CASE("Calendar fills the earliest gap that is long enough", "[core]") {
  Calendar calendar;
  CHECK(calendar.reserve(100_ns, 10_ns) == 100_ns);
  CHECK(calendar.reserve(200_ns, 10_ns) == 200_ns);
  CHECK(calendar.reserve(0_ns, 100_ns) == 0_ns);   // Fits exactly in front.
  CHECK(calendar.reserve(0_ns, 95_ns) == 210_ns);  // Between is too short.
  CHECK(calendar.reserve(0_ns, 90_ns) == 110_ns);  // Fits exactly between.
  CHECK(calendar.reserve(0_ns, 1_ns) == 305_ns);
  CHECK(calendar.busy_time() == 306_ns);
}

TEST_CASE("Calendar never gives one moment away twice", "[core]") {
  std::mt19937_64 random(1);
  Calendar calendar;
  std::map<std::uint64_t, std::uint64_t> taken;  // start -> end
  std::uint64_t now = 0;
  for (int i = 0; i < 5000; ++i) {
    now += random() % 20;
    const std::uint64_t earliest = now + random() % 500, length = 1 + random() % 40;
    const std::uint64_t start = calendar.reserve({earliest}, {length}).value;
    REQUIRE(start >= earliest);
    const auto next = taken.lower_bound(start);
    if (next != taken.end()) REQUIRE(start + length <= next->first);
    if (next != taken.begin()) REQUIRE(std::prev(next)->second <= start);
    taken[start] = start + length;
  }
}

TEST_CASE("Calendar goes on identically after save and load", "[core]") {
  std::mt19937_64 random(2);
  Calendar original;
  for (int i = 0; i < 200; ++i) original.reserve({random() % 10000}, {1 + random() % 30});
  std::stringstream stream;
  cereal::BinaryOutputArchive{stream}(original);
  Calendar copy;
  cereal::BinaryInputArchive{stream}(copy);
  for (int i = 0; i < 200; ++i) {
    const Femtoseconds earliest{random() % 20000}, length{1 + random() % 30};
    REQUIRE(copy.reserve(earliest, length) == original.reserve(earliest, length));
  }
}

namespace {

struct Recorder : ActionHandler {
  std::vector<std::uint64_t> args;
  void on_action(const Action& action) override { args.push_back(action.arg); }
};

/// Everything a payload needs so that it can be compared.
struct TestPayload {
  tlm::tlm_generic_payload payload;
  Attributes attributes;
  std::vector<std::uint8_t> data;
  TestPayload() { payload.set_extension(&attributes); }
  ~TestPayload() { payload.clear_extension(&attributes); }
};

}  // namespace

TEST_CASE("ActionQueue orders by time, priority, source, sequence", "[core]") {
  ActionQueue queue("queue");
  Recorder recorder;
  queue.post(2_ns, 1, recorder, 0, 5);
  queue.post(1_ns, 9, recorder, 0, 3);
  queue.post(1_ns, 2, recorder, 0, 1);
  queue.post(1_ns, 2, recorder, 0, 2);
  queue.post(1_ns, 9, recorder, 0, 0, kArrival);
  queue.post(1_ns, 1, recorder, 0, 4, kHartTurn);
  sc_core::sc_start(sc_core::sc_time(5, sc_core::SC_NS));
  CHECK(recorder.args == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5});
  CHECK(queue.empty());
  CHECK_THROWS_AS(queue.post(1_ns, 1, recorder, 0), ModelError);
}

namespace {

/// Posts others, at times and in places drawn at random, and keeps what should run in a set.
struct Poster : ActionHandler {
  using Key = std::tuple<std::uint64_t, unsigned, SourceId, std::uint64_t>;  // Its order.
  explicit Poster(ActionQueue& queue) : queue(queue) {}

  void post() {
    const Femtoseconds time = queue.now() + (random() % 3) * 1_ns;
    const SourceId source = random() % 4;
    const auto priority = static_cast<std::uint8_t>(random() % 3);
    queue.post(time, source, *this, 0, posted, priority);
    expected.emplace(time.value, priority, source, posted++);
  }
  void on_action(const Action& action) override {
    const Key key{queue.now().value, action.priority, action.source, action.arg};
    wrong += expected.empty() || *expected.begin() != key ? 1 : 0;
    expected.erase(key);
    most = std::max(most, queue.pending());
    if (queue.pending() != expected.size()) ++wrong;
    for (unsigned n = random() % 3; n > 0 && posted < 20'000; --n) post();
    if (expected.empty() && posted < 20'000) post();
  }

  ActionQueue& queue;
  std::mt19937_64 random{5};
  std::set<Key> expected;
  std::uint64_t posted = 0, wrong = 0;
  std::size_t most = 0;
};

}  // namespace

TEST_CASE("ActionQueue keeps that order for what actions post, also for now", "[core]") {
  ActionQueue queue("queue");
  Poster poster(queue);
  for (int i = 0; i < 100; ++i) poster.post();
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
  CHECK(poster.wrong == 0);
  CHECK(poster.posted == 20'000);
  CHECK(poster.most >= 50);
  CHECK(queue.executed() == poster.posted);
  CHECK(queue.empty());
}

TEST_CASE("Message carries every field of a request and its attributes", "[core]") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    TestPayload sent;
    sent.data.resize(1 + random() % 4096);
    for (auto& byte : sent.data) byte = static_cast<std::uint8_t>(random());
    sent.payload.set_command(random() % 2 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
    sent.payload.set_address(random());
    sent.payload.set_data_ptr(sent.data.data());
    sent.payload.set_data_length(static_cast<unsigned>(sent.data.size()));
    Attributes& a = sent.attributes;
    a.source = random();
    a.requester = static_cast<std::uint32_t>(random());
    a.traffic_class = static_cast<TrafficClass>(random() % kTrafficClasses);
    a.posted = random() % 2;
    a.poison = random() % 2;
    a.no_data = random() % 2;
    a.transaction_id = random();

    Packet packet = decode(encode(Packet::request(sent.payload, 42)));
    TestPayload received;
    packet.to_payload(received.payload);
    CHECK(packet.tag == 42);
    CHECK(received.payload.get_command() == sent.payload.get_command());
    CHECK(received.payload.get_address() == sent.payload.get_address());
    REQUIRE(received.payload.get_data_length() == sent.payload.get_data_length());
    if (sent.payload.is_write() && !a.no_data) CHECK(packet.data == sent.data);
    const Attributes& b = received.attributes;
    CHECK(b.source == a.source);
    CHECK(b.requester == a.requester);
    CHECK(b.traffic_class == a.traffic_class);
    CHECK(b.posted == a.posted);
    CHECK(b.poison == a.poison);
    CHECK(b.no_data == a.no_data);
    CHECK(b.transaction_id == a.transaction_id);
  }
}

TEST_CASE("Message is made in memory that serves again", "[core]") {
  MessagePool pool;
  CHECK(pool.spare().empty());
  Packet first, second;
  first.data.assign(100, 1);
  second.data.assign(60, 2);
  pool.drop(encode(first));
  Message memory = pool.spare();
  const auto* const where = memory.data();
  const Message message = encode(second, std::move(memory));
  CHECK(message.data() == where);
  CHECK(message == encode(second));
  const auto* const data = first.data.data();
  decode(message, first);
  CHECK(first.data == second.data);
  CHECK(first.data.data() == data);
  for (int i = 0; i < 1000; ++i) pool.drop(message);
  std::size_t kept = 0;
  while (!pool.spare().empty()) ++kept;
  CHECK(kept <= 64);  // Who only receives does not hoard.
}

TEST_CASE("Message brings an atomic's operand there and its old value back", "[core]") {
  for (int op = 1; op <= static_cast<int>(AtomicOp::kCompareSwap); ++op) {
    TestPayload sent;
    sent.data = {1, 0, 0, 0, 2, 0, 0, 0};
    sent.attributes.atomic = static_cast<AtomicOp>(op);
    sent.payload.set_command(tlm::TLM_READ_COMMAND);
    sent.payload.set_data_ptr(sent.data.data());
    sent.payload.set_data_length(4);
    Packet there = decode(encode(Packet::request(sent.payload, 1)));
    CHECK(there.attributes.atomic == sent.attributes.atomic);
    CHECK(there.data.size() == (op == static_cast<int>(AtomicOp::kCompareSwap) ? 8 : 4));
    TestPayload far;
    there.to_payload(far.payload);
    auto store = BackingStore::create("test", 4096);
    store->write(16, std::vector<std::uint8_t>{1, 0, 0, 0});
    access_store(*store, 16, far.payload);
    decode(encode(Packet::response(far.payload, 1))).finish(sent.payload);
    CHECK(sent.payload.is_response_ok());
    CHECK(sent.data[0] == 1);
    // From 1 with operand 1 (compare-and-swap: expects 1, new 2).
    static constexpr std::uint8_t kResult[] = {1, 1, 2, 0, 1, 1, 1, 1, 1, 1, 2};
    std::uint8_t result = 0xff;
    store->read(16, {&result, 1});
    CHECK(int{result} == int{kResult[op]});
  }
}

TEST_CASE("Message that was cut off is refused", "[core]") {
  TestPayload sent;
  sent.payload.set_command(tlm::TLM_READ_COMMAND);
  Message message = encode(Packet::request(sent.payload, 1));
  message.pop_back();
  CHECK_THROWS_AS(decode(message), ModelError);
}

TEST_CASE("BackingStore takes an empty range, as of a segment that is all zeros", "[core]") {
  auto store = BackingStore::create("test", 4096);
  store->write(4096, {});
  store->read(0, {});
  CHECK(store->data()[4095] == 0);
}

TEST_CASE("BackingStore is sparse and found by its id", "[core]") {
  auto store = BackingStore::create("large", 1_TiB);
  const std::uint8_t byte = 0x5a;
  store->write(1_TiB - 1, {&byte, 1});
  std::uint8_t read = 0;
  BackingStore::find(store->id())->read(1_TiB - 1, {&read, 1});
  CHECK(read == 0x5a);
  const int id = store->id();
  store.reset();
  CHECK(BackingStore::find(id) == nullptr);
}

TEST_CASE("Grant is cut to a window and moved with its offset", "[core]") {
  auto store = BackingStore::create("granted", 1_MiB);
  tlm::tlm_generic_payload payload;
  auto* grant = new GrantExtension;
  payload.set_extension(grant);  // The payload deletes it.
  tlm::tlm_dmi dmi;
  REQUIRE(grant_store(store, payload, dmi, 10_ns, 20_ns));
  REQUIRE(move_grant(payload, dmi, {0x1000, 0x2000}, 0x8000'0000));
  CHECK(dmi.get_start_address() == 0x8000'0000);
  CHECK(dmi.get_end_address() == 0x8000'1fff);
  CHECK(dmi.get_dmi_ptr() == store->data() + 0x1000);
  CHECK(grant->offset == 0x1000);
  CHECK_FALSE(move_grant(payload, dmi, {0x1000, 0x1000}, 0));
}

TEST_CASE("BurstTarget refuses what is not a plain burst", "[core]") {
  tlm::tlm_generic_payload payload;
  std::uint8_t data[8] = {}, enables = 0xff;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_data_ptr(data);
  payload.set_data_length(8);
  payload.set_streaming_width(8);
  CHECK(is_plain_burst(payload));
  payload.set_streaming_width(4);
  CHECK_FALSE(is_plain_burst(payload));
  CHECK(payload.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
  payload.set_streaming_width(8);
  payload.set_data_length(0);
  CHECK_FALSE(is_plain_burst(payload));
  payload.set_data_length(8);
  payload.set_byte_enable_ptr(&enables);
  CHECK_FALSE(is_plain_burst(payload));
  CHECK(payload.get_response_status() == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST_CASE("Guest errors of one instance are logged eight times and counted always", "[core]") {
  std::vector<std::string> lines;
  set_log_sink([&](std::string_view line) { lines.emplace_back(line); });
  for (int i = 0; i < 20; ++i) log_guest_error("soc.uart", 1_us, "write of a reserved bit");
  log_guest_error("soc.plic", 1_us, "no such source");
  CHECK(lines.size() == 9);
  CHECK(lines.front() == "1.000 us soc.uart: write of a reserved bit");
  CHECK(guest_error_count() == 21);
}
