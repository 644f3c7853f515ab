// SPDX-License-Identifier: Apache-2.0
//
// The near end of transactions that leave a die through a link (UCIe, CXL): both TLM doors, order,
// tags and back-pressure. The link itself (what may go out, how it is sent) is an OutboundModel.
//
// A transaction is accepted at once and becomes an action at its arrival time; then it is served
// here, or sent, or waits in order for a tag or for the link. b_transport waits for the answer on
// an event; nb_transport_fw answers TLM_ACCEPTED and later BEGIN_RESP. A posted write completes
// when its last byte has left, and keeps its tag until the far side returns the credit. What
// arrived over another link of the die needs no tag, so that rings of links cannot lock up.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <tlm>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/message.h"

namespace cvp {

/// Marks a transaction that came from another die and may be on its way to a third.
struct Transit : tlm::tlm_extension<Transit> {
  tlm::tlm_extension_base* clone() const override { return new Transit(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const Transit&>(other);
  }
  /// Of a question without time, which would go round for ever where routes form a ring.
  unsigned crossings = 0;
};

class OutboundModel {
 public:
  virtual ~OutboundModel() = default;
  /// True if the transaction ends here, in time `spent` (an error, a register of its own); the
  /// response status is set. `port` names the socket.
  virtual bool serve_here(unsigned port, tlm::tlm_generic_payload& payload,
                          Femtoseconds& spent) = 0;
  /// Whether requests have to wait, for example while the link retrains.
  virtual bool holds() const = 0;
  /// Sends the request; returns when its last byte has left. Femtoseconds::max(): Outbound::left()
  /// will tell.
  virtual Femtoseconds send(unsigned port, const tlm::tlm_generic_payload& payload,
                            std::uint64_t tag) = 0;
  virtual unsigned debug(unsigned port, tlm::tlm_generic_payload& payload) = 0;
  virtual bool grant(unsigned port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) = 0;
};

class OutboundTarget;

class Outbound : private ActionHandler {
 public:
  Outbound(const std::string& instance, ActionQueue& actions, OutboundModel& model, unsigned tags);
  ~Outbound() override;

  /// A response has arrived. Ignored if its request was failed meanwhile.
  void complete(const Packet& response);
  /// The last byte of the posted write with this tag leaves at `time`.
  void left(std::uint64_t tag, Femtoseconds time);
  /// The far side has finished the posted write with this tag.
  void return_credit(std::uint64_t tag);
  /// The link is lost: everything waiting or in flight is answered with an error.
  void fail_all();
  /// The link is open (again): sends what waits.
  void send_waiting();
  unsigned in_flight() const { return in_flight_; }
  /// No transaction is here, not even one without a tag.
  bool empty() const { return free_.size() == slots_.size(); }

  /// While it is empty: what the tags of transactions to come follow from.
  template <class Archive>
  void serialize(Archive& archive) {
    std::uint64_t slots = slots_.size();
    archive(slots, free_, sequence_);
    while (slots_.size() < slots) add_slot();
  }
  std::size_t waiting() const { return waiting_.size() + waiting_transit_.size(); }

 private:
  friend class OutboundTarget;
  struct Slot;
  Slot& accept(OutboundTarget& target, tlm::tlm_generic_payload& payload, Femtoseconds arrival);
  void on_action(const Action& action) override;
  void arrive(Slot& slot);
  void send(Slot& slot);
  void respond(Slot& slot);
  void settle(Slot& slot);
  Slot* find(std::uint64_t tag);
  void add_slot();

  ActionQueue& actions_;
  OutboundModel& model_;
  const SourceId source_;
  const unsigned tags_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::uint32_t> free_;
  std::deque<std::uint32_t> waiting_, waiting_transit_;
  unsigned in_flight_ = 0;
  std::uint64_t sequence_ = 0;
};

/// A socket whose transactions go to an Outbound.
class OutboundTarget : public tlm::tlm_target_socket<>, private tlm::tlm_fw_transport_if<> {
 public:
  explicit OutboundTarget(const char* name);
  void serve(Outbound& outbound, unsigned port = 0);
  void revoke(Addr first, Addr last) { (*this)->invalidate_direct_mem_ptr(first, last); }

 private:
  friend class Outbound;
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;

  Outbound* outbound_ = nullptr;
  unsigned port_ = 0;
};

// Debug access and DMI grants as question and answer.

/// Asks the far side; returns the bytes done.
unsigned ask_debug(MessageIf& peer, tlm::tlm_generic_payload& payload, Addr address);
/// Asks the far side for a grant and fills `dmi` and the payload's GrantExtension.
bool ask_grant(MessageIf& peer, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi, Addr address);
/// Answers a kDebug question with what `debug` does.
Packet answer_debug(Packet question,
                    const std::function<unsigned(tlm::tlm_generic_payload&)>& debug);
/// Answers a kGrant question with what `grant` does; only memory in a BackingStore is granted.
Packet answer_grant(Packet question,
                    const std::function<bool(tlm::tlm_generic_payload&, tlm::tlm_dmi&)>& grant);

}  // namespace cvp
