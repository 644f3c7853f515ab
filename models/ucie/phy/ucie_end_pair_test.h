// SPDX-License-Identifier: Apache-2.0
//
// Two pure ends of a link for tests, and what is on the sidebands between them.
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "models/core/units.h"

namespace cvp {

/// An end has a deadline() at which it wakes up, and messages for the other one.
template <class End, class Message>
struct EndPair {
  End a, b;
  Femtoseconds now;
  std::multimap<std::uint64_t, std::pair<bool, Message>> wire;  ///< By arrival; true: from b.

  template <class Params>
  EndPair(const Params& pa, const Params& pb) : a(pa), b(pb) {}
  virtual ~EndPair() = default;

  void collect() {
    for (const Message& message : a.take_messages()) send(false, message);
    for (const Message& message : b.take_messages()) send(true, message);
    look();
  }
  Femtoseconds next() const {
    Femtoseconds first = std::min(a.deadline(), b.deadline());
    if (!wire.empty()) first = std::min(first, Femtoseconds{wire.begin()->first});
    return first;
  }
  void step() {
    now = std::max(now, next());
    while (!wire.empty() && wire.begin()->first <= now.value) {
      const auto [from_b, message] = wire.begin()->second;
      wire.erase(wire.begin());
      receive(from_b, message);
      collect();
    }
    a.wake(now);
    b.wake(now);
    collect();
  }
  /// Everything that happens up to the limit.
  void run(Femtoseconds limit) {
    collect();
    while (next() <= limit) step();
    now = limit;
  }

 protected:
  virtual void send(bool from_b, const Message& message) = 0;
  virtual void receive(bool from_b, const Message& message) = 0;
  virtual void look() {}  ///< After every change.
};

}  // namespace cvp
