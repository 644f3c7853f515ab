// SPDX-License-Identifier: Apache-2.0
//
// How a model is a target. It answers one question, `access`: the data now, and when it is done.
// b_transport and nb_transport_fw are two doors to that one function; the second answers with
// early completion (TLM_COMPLETED and an annotated delay), as the base protocol allows.
//
// A model that cannot know yet when it will be done takes the transaction with `begin` and
// responds later: b_transport waits until then, nb_transport_fw ends the request at once and the
// response comes over the backward path.
#pragma once

#include <deque>
#include <list>
#include <optional>
#include <tlm>

#include "models/core/simulation_time.h"

namespace cvp {

class BurstModel {
 public:
  virtual ~BurstModel() = default;
  /// Does the transaction that arrives at `arrival`, sets its response status and returns the time
  /// of completion (>= arrival). Lengths and streaming have been checked; byte enables refused.
  virtual Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) = 0;
  /// The same for a model that may answer later: without a result, the model calls
  /// BurstTarget::respond for this transaction once, afterwards.
  virtual std::optional<Femtoseconds> begin(tlm::tlm_generic_payload& payload,
                                            Femtoseconds arrival) {
    return access(payload, arrival);
  }
  /// Does it without time or side effects; returns the number of bytes done.
  virtual unsigned debug(tlm::tlm_generic_payload& payload) = 0;
  /// Grants direct access (see backing_store.h), or not.
  virtual bool grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    (void)payload, (void)dmi;
    return false;
  }
};

class BurstTarget : public tlm::tlm_target_socket<>, protected tlm::tlm_fw_transport_if<> {
 public:
  explicit BurstTarget(const char* name);
  /// `synchronised`: b_transport waits until the arrival before the model acts (registers with side
  /// effects), instead of acting ahead of time.
  void serve(BurstModel& model, bool synchronised = false);
  /// Revokes grants for [base, base + size).
  void revoke(Addr base, std::uint64_t size);
  /// The answer to a transaction that `begin` took; it is complete at `completion`, at the earliest
  /// now.
  void respond(tlm::tlm_generic_payload& payload, Femtoseconds completion);

 private:
  struct Waiter {
    tlm::tlm_generic_payload* payload;
    sc_core::sc_event done;
  };
  struct Response {
    tlm::tlm_generic_payload* payload;
    Femtoseconds completion;
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  bool act(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void send_responses();

  BurstModel* model_ = nullptr;
  bool synchronised_ = false;
  std::list<Waiter> waiters_;       // Threads in b_transport.
  std::deque<Response> responses_;  // That wait for the initiator to end an earlier one.
  tlm::tlm_generic_payload* unended_ = nullptr;  // Its response has begun.
};

/// What every target refuses alike: zero length, byte enables, a streaming width below the length.
/// Sets the response status and returns false if it is not a plain burst.
bool is_plain_burst(tlm::tlm_generic_payload& payload);

}  // namespace cvp
