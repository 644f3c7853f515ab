// SPDX-License-Identifier: Apache-2.0
//
// The reservation engine against an event-by-event simulation of the same machine: one memory
// channel, one requester on the die and one 100 ns away, each keeping 1 to 32 reads in flight.
// The reference knows no calendars: servers with queues, and an event for every step.
#include <catch2/catch.hpp>
#include <deque>
#include <queue>

#include "models/core/burst_initiator.h"
#include "models/core/burst_target.h"
#include "models/noc/crossbar.h"

using namespace cvp;

namespace {

constexpr Femtoseconds kHop = 2_ns;
constexpr Femtoseconds kDramLatency = 40_ns;
constexpr Femtoseconds kFar = 100_ns;  // One way.
constexpr std::uint32_t kBytes = 256;
constexpr Bandwidth kChannel{51.2e9};
constexpr Bandwidth kPort{128e9};
constexpr Femtoseconds kWarm = 10_us, kEnd = 60_us;

struct Rates {
  double near = 0, far = 0;  // Bytes a second.
};

// ------------------------------------------------------------------ the machine under test

class Channel : public sc_core::sc_module, public BurstModel {
 public:
  BurstTarget mem_target{"mem_target"};
  explicit Channel(sc_core::sc_module_name name) : sc_module(name) { mem_target.serve(*this); }
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override {
    const auto time = kChannel.time_for(payload.get_data_length());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return calendar_.reserve(arrival, time) + time + kDramLatency;
  }
  unsigned debug(tlm::tlm_generic_payload&) override { return 0; }

 private:
  Calendar calendar_;
};

/// A die boundary 100 ns long: a request becomes an event at its arrival, a response too.
class Boundary : public sc_core::sc_module, private tlm::tlm_fw_transport_if<>, ActionHandler {
 public:
  tlm::tlm_target_socket<> near_target{"near_target"};
  BurstInitiator far_initiator;
  Boundary(sc_core::sc_module_name name, ActionQueue& actions)
      : sc_module(name), far_initiator("far_initiator", actions), actions_(actions) {
    near_target.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
    far_initiator.on_complete([this](const Burst& burst) {
      actions_.post(actions_.now() + kFar, 2, *this, 1, burst.tag);
    });
  }

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    waiting_.push_back(&payload);
    actions_.post(actions_.now() + kFar, 2, *this, 0, waiting_.size() - 1);
    return tlm::TLM_ACCEPTED;
  }
  void on_action(const Action& action) override {
    tlm::tlm_generic_payload& payload = *waiting_[action.arg];
    if (action.op == 0) {
      far_initiator.read(payload.get_address(), payload.get_data_length(), action.arg, {});
      return;
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    near_target->nb_transport_bw(payload, phase, delay);
  }
  void b_transport(tlm::tlm_generic_payload&, sc_core::sc_time&) override {}
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }

  ActionQueue& actions_;
  std::vector<tlm::tlm_generic_payload*> waiting_;
};

/// Keeps `window` reads in flight and counts what arrives after the warm-up.
class Requester : public sc_core::sc_module {
 public:
  BurstInitiator initiator;

  Requester(sc_core::sc_module_name name, ActionQueue& actions, int window)
      : sc_module(name), initiator("initiator", actions), actions_(actions) {
    initiator.on_complete([this](const Burst& burst) {
      if (actions_.now() >= kWarm && actions_.now() < kEnd) bytes_ += burst.data.size();
      initiator.read(0, kBytes, 0, {});
    });
    window_ = window;
  }
  void start() {
    for (int i = 0; i < window_; ++i) initiator.read(0, kBytes, 0, {});
  }
  double rate() const { return static_cast<double>(bytes_) / (kEnd - kWarm).seconds(); }

 private:
  ActionQueue& actions_;
  int window_;
  std::uint64_t bytes_ = 0;
};

struct Machine : sc_core::sc_module {
  ActionQueue actions{"actions"};
  Crossbar noc{"noc", actions,
               CrossbarParams{.clock = 2_GHz,
                              .width_bits = 512,
                              .hop = kHop,
                              .initiators = {{.name = "near"}, {.name = "far"}},
                              .targets = {{.name = "memory", .ranges = {{0, 1_GiB}}}}}};
  Channel channel{"channel"};
  Boundary boundary{"boundary", actions};
  Requester near, far;
  BurstInitiator regs{"regs", actions};

  Machine(sc_core::sc_module_name name, int near_window, int far_window)
      : sc_module(name), near("near", actions, near_window), far("far", actions, far_window) {
    near.initiator.bind(noc.from[0]);
    far.initiator.bind(boundary.near_target);
    boundary.far_initiator.bind(noc.from[1]);
    noc.to[0].bind(channel.mem_target);
    regs.bind(noc.regs_target);
  }
};

Rates simulate(int near_window, int far_window) {
  Machine machine("machine", near_window, far_window);
  machine.near.start();
  machine.far.start();
  sc_core::sc_start(to_sc_time(kEnd));
  return {machine.near.rate(), machine.far.rate()};
}

// ------------------------------------------------------------------------ the reference

class Reference {
 public:
  Rates run(int near_window, int far_window) {
    for (int i = 0; i < near_window; ++i) issue(false, {0});
    for (int i = 0; i < far_window; ++i) issue(true, {0});
    while (!events_.empty() && events_.top().time < kEnd) {
      const Event event = events_.top();
      events_.pop();
      step(event);
    }
    const double seconds = (kEnd - kWarm).seconds();
    return {bytes_[0] / seconds, bytes_[1] / seconds};
  }

 private:
  enum Step { kAtMemory, kMemoryDone, kAtPort, kPortDone, kArrived };
  struct Event {
    Femtoseconds time;
    std::uint64_t sequence;
    Step step;
    bool far;
    bool operator<(const Event& other) const {
      return std::tie(other.time, other.sequence) < std::tie(time, sequence);
    }
  };
  struct Server {
    std::deque<bool> queue;  // The one in service is in front.
  };

  void post(Femtoseconds time, Step step, bool far) {
    events_.push({time, sequence_++, step, far});
  }
  void issue(bool far, Femtoseconds now) { post(now + kHop + (far ? kFar : 0_ns), kAtMemory, far); }
  void enter(Server& server, bool far, Femtoseconds now, Femtoseconds service, Step done) {
    server.queue.push_back(far);
    if (server.queue.size() == 1) post(now + service, done, far);
  }
  void leave(Server& server, Femtoseconds now, Femtoseconds service, Step done) {
    server.queue.pop_front();
    if (!server.queue.empty()) post(now + service, done, server.queue.front());
  }
  void step(const Event& event) {
    const Femtoseconds now = event.time;
    const auto memory_time = kChannel.time_for(kBytes);
    const auto port_time = kPort.time_for(kBytes);
    switch (event.step) {
      case kAtMemory:
        return enter(memory_, event.far, now, memory_time, kMemoryDone);
      case kMemoryDone:
        leave(memory_, now, memory_time, kMemoryDone);
        // Data streams through the port while DRAM delivers: it begins a port time before the end.
        return post(now + kDramLatency - port_time, kAtPort, event.far);
      case kAtPort:
        return enter(port_, event.far, now, port_time, kPortDone);
      case kPortDone:
        leave(port_, now, port_time, kPortDone);
        return post(now + kHop + (event.far ? kFar : 0_ns), kArrived, event.far);
      case kArrived:
        if (now >= kWarm) bytes_[event.far] += kBytes;
        return issue(event.far, now);
    }
  }

  std::priority_queue<Event> events_;
  std::uint64_t sequence_ = 0;
  Server memory_, port_;
  double bytes_[2] = {0, 0};
};

void compare(int near_window, int far_window) {
  const Rates engine = simulate(near_window, far_window);
  const Rates reference = Reference().run(near_window, far_window);
  INFO("near " << engine.near / 1e9 << " GB/s, reference " << reference.near / 1e9);
  INFO("far  " << engine.far / 1e9 << " GB/s, reference " << reference.far / 1e9);
  REQUIRE(reference.near > 1e9);
  REQUIRE(reference.far > 0.5e9);
  CHECK(engine.near == Approx(reference.near).epsilon(0.05));
  CHECK(engine.far == Approx(reference.far).epsilon(0.05));
}

}  // namespace

// One case each: a SystemC kernel elaborates once a process.
#define NEAR_FAR(near_window, far_window)                                               \
  TEST_CASE("Reservations agree with events for " #near_window " near and " #far_window \
            " far reads in flight",                                                     \
            "[equivalence]") {                                                          \
    compare(near_window, far_window);                                                   \
  }

NEAR_FAR(1, 1)
NEAR_FAR(1, 8)
NEAR_FAR(1, 32)
NEAR_FAR(4, 4)
NEAR_FAR(8, 1)
NEAR_FAR(8, 32)
NEAR_FAR(16, 16)
NEAR_FAR(32, 1)
NEAR_FAR(32, 8)
NEAR_FAR(32, 32)
