// SPDX-License-Identifier: Apache-2.0
#include "models/core/burst_initiator.h"

#include "models/core/payload_mark.h"
#include "models/core/report.h"

namespace cvp {
namespace {
/// Where timing-only transactions point: all of them the same zeros.
constexpr std::size_t kZeroPageBytes = 64 * 1024;
std::uint8_t* zero_page() {
  static std::vector<std::uint8_t> page(kZeroPageBytes);
  return page.data();
}
}  // namespace

struct BurstInitiator::Slot : tlm::tlm_mm_interface {
  PayloadMark mark;
  tlm::tlm_generic_payload payload{this};
  Attributes attributes;
  std::vector<std::uint8_t> data;
  std::uint64_t tag = 0;
  Femtoseconds issued;
  bool busy = false;

  Slot() {
    payload.set_extension(&attributes);
    payload.set_extension(&mark);
  }
  ~Slot() override {
    payload.clear_extension(&attributes);
    payload.clear_extension(&mark);
  }
  void free(tlm::tlm_generic_payload*) override {}  // The pool owns it.
};

BurstInitiator::BurstInitiator(const char* name, ActionQueue& actions)
    : tlm::tlm_initiator_socket<>(name),
      actions_(actions),
      source_(source_id(tlm::tlm_initiator_socket<>::name())) {
  bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
}

BurstInitiator::~BurstInitiator() = default;

void BurstInitiator::on_invalidate(std::function<void(Addr, Addr)> handler) {
  on_invalidate_ = std::move(handler);
}

BurstInitiator::Slot& BurstInitiator::take_slot() {
  if (free_.empty()) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->mark.owner = this;
    slots_.back()->mark.index = slots_.size() - 1;
    free_.push_back(slots_.size() - 1);
  }
  Slot& slot = *slots_[free_.back()];
  free_.pop_back();
  return slot;
}

void BurstInitiator::read(Addr address, std::uint32_t bytes, std::uint64_t tag,
                          const Attributes& attributes) {
  Slot& slot = take_slot();
  if (!attributes.no_data) slot.data.assign(bytes, 0);
  issue(slot, tlm::TLM_READ_COMMAND, address, bytes, tag, attributes);
}

void BurstInitiator::write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag,
                           const Attributes& attributes) {
  Slot& slot = take_slot();
  slot.data.assign(data.begin(), data.end());
  issue(slot, tlm::TLM_WRITE_COMMAND, address, static_cast<std::uint32_t>(data.size()), tag,
        attributes);
}

void BurstInitiator::write_no_data(Addr address, std::uint32_t bytes, std::uint64_t tag,
                                   Attributes attributes) {
  attributes.no_data = true;
  issue(take_slot(), tlm::TLM_WRITE_COMMAND, address, bytes, tag, attributes);
}

void BurstInitiator::issue(Slot& slot, tlm::tlm_command command, Addr address, std::uint32_t bytes,
                           std::uint64_t tag, const Attributes& attributes) {
  CVP_CHECK(!attributes.no_data || bytes <= kZeroPageBytes, name(), ": burst of ", bytes);
  slot.attributes = attributes;
  slot.attributes.source = source_;
  slot.tag = tag;
  slot.issued = actions_.now();
  slot.busy = true;
  auto& payload = slot.payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(attributes.no_data ? zero_page() : slot.data.data());
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.acquire();
  ++in_flight_;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto state = (*this)->nb_transport_fw(payload, phase, delay);
  if (state == tlm::TLM_COMPLETED || (state == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    actions_.post(slot.issued + to_femtoseconds(delay), source_, *this, 0, slot.mark.index);
  }
}

tlm::tlm_sync_enum BurstInitiator::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                                   tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const PayloadMark* const mark = PayloadMark::find(payload, this);
  CVP_CHECK(mark != nullptr, name(), ": response to a stranger");
  CVP_CHECK(slots_[mark->index]->busy, name(), ": a second response");
  actions_.post(actions_.now() + to_femtoseconds(delay), source_, *this, 0, mark->index);
  return tlm::TLM_COMPLETED;
}

void BurstInitiator::on_action(const Action& action) {
  Slot& slot = *slots_[action.arg];
  CVP_CHECK(slot.busy, name(), ": completion of an idle slot");
  const auto& payload = slot.payload;
  const std::size_t bytes = slot.attributes.no_data ? 0 : slot.data.size();
  const Burst burst{payload.get_command(),
                    payload.get_address(),
                    {slot.data.data(), bytes},
                    slot.tag,
                    payload.get_response_status(),
                    slot.attributes.poison,
                    slot.issued};
  slot.busy = false;
  --in_flight_;
  slot.payload.release();
  if (on_complete_) on_complete_(burst);
  free_.push_back(
      slot.mark.index);  // Only now: the handler may issue, and `burst` refers to the slot.
}

void BurstInitiator::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  if (on_invalidate_) on_invalidate_(first, last);
}

}  // namespace cvp
