// SPDX-License-Identifier: Apache-2.0
//
// The far end of transactions that came over a link: a request message becomes a transaction on
// this die's bus, many at a time and no process for any of them; when it is done, the link hears of
// it.
#pragma once

#include <functional>
#include <memory>
#include <tlm>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/message.h"

namespace cvp {

class Inbound : public tlm::tlm_initiator_socket<>,
                private tlm::tlm_bw_transport_if<>,
                private ActionHandler {
 public:
  Inbound(const char* name, ActionQueue& actions);
  ~Inbound() override;

  /// `payload` is valid during the call and has the address that the request had.
  using Done = std::function<void(const tlm::tlm_generic_payload& payload, std::uint64_t tag)>;
  void on_done(Done handler) { done_ = std::move(handler); }
  void on_invalidate(std::function<void()> handler) { invalidate_ = std::move(handler); }
  /// Issues the request now; leaves one that is done, whose memory may serve again.
  void issue(Packet&& request);
  std::size_t in_flight() const { return slots_.size() - free_.size(); }

 private:
  struct Slot;
  void on_action(const Action& action) override;
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;

  ActionQueue& actions_;
  const SourceId source_;
  Done done_;
  std::function<void()> invalidate_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::size_t> free_;
};

}  // namespace cvp
