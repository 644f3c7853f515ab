// SPDX-License-Identifier: Apache-2.0
//
// An initiator with many bursts in flight and no process for any of them. A burst goes out with
// nb_transport_fw; whether the target answers at once with a completion time or later over the
// backward path, the handler is called from the action queue at the time of completion.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <tlm>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/attributes.h"

namespace cvp {

/// A finished burst. `data` is valid during the call.
struct Burst {
  tlm::tlm_command command = tlm::TLM_IGNORE_COMMAND;
  Addr address = 0;
  std::span<const std::uint8_t> data;
  std::uint64_t tag = 0;
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  bool poison = false;
  Femtoseconds issued;

  bool ok() const { return status == tlm::TLM_OK_RESPONSE; }
  bool is_read() const { return command == tlm::TLM_READ_COMMAND; }
};

class BurstInitiator : public tlm::tlm_initiator_socket<>,
                       private tlm::tlm_bw_transport_if<>,
                       private ActionHandler {
 public:
  BurstInitiator(const char* name, ActionQueue& actions);
  ~BurstInitiator() override;

  void on_complete(std::function<void(const Burst&)> handler) { on_complete_ = std::move(handler); }
  void on_invalidate(std::function<void(Addr first, Addr last)> handler);
  /// `attributes.source` is filled in. A `no_data` burst carries no bytes.
  void read(Addr address, std::uint32_t bytes, std::uint64_t tag, const Attributes& attributes);
  void write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag,
             const Attributes& attributes);
  void write_no_data(Addr address, std::uint32_t bytes, std::uint64_t tag, Attributes attributes);
  unsigned in_flight() const { return in_flight_; }
  SourceId source() const { return source_; }

 private:
  struct Slot;
  Slot& take_slot();
  void issue(Slot& slot, tlm::tlm_command command, Addr address, std::uint32_t bytes,
             std::uint64_t tag, const Attributes& attributes);
  void on_action(const Action& action) override;
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;

  ActionQueue& actions_;
  const SourceId source_;
  std::function<void(const Burst&)> on_complete_;
  std::function<void(Addr, Addr)> on_invalidate_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::size_t> free_;
  unsigned in_flight_ = 0;
};

}  // namespace cvp
