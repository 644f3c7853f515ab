// SPDX-License-Identifier: Apache-2.0
//
// What a hart may touch directly: grants it asked for, when to ask again, what they hide.
#include <algorithm>

#include "models/cpu/hart_unit.h"

namespace cvp {
namespace {

constexpr Addr kPageMask = 0xfff;
/// A refused page is asked for again after this many accesses: memory may have been switched on.
constexpr unsigned kQuestionsToSkip = 64;

bool contains(const HostPage& page, Addr address) {
  return address >= page.base && address - page.base < page.size;
}

}  // namespace

const HostPage* HartUnit::grant(Addr address) {
  if (!params_.dmi) return nullptr;
  if (last_grant_ == nullptr || !contains(last_grant_->page, address)) {
    const auto found = std::find_if(grants_.begin(), grants_.end(), [&](const Grant& grant) {
      return contains(grant.page, address);
    });
    if (found == grants_.end()) return ask_for_grant(address);
    last_grant_ = &*found;
  }
  return without_stores(last_grant_->page, address);
}

/// Stores to tohost, and to what another hart has reserved, go over the bus, where they are seen.
bool HartUnit::stores_are_watched(Addr address) const {
  return (htif_ != nullptr && ((address ^ tohost_) & ~kPageMask) == 0) ||
         cluster_.reservations_.suspends_stores(index_, address);
}

/// The page around `address`, for stores only if nobody watches them.
const HostPage* HartUnit::without_stores(const HostPage& page, Addr address) {
  if (!stores_are_watched(address)) return &page;
  watched_ = page;
  watched_.base = std::max(page.base, address & ~kPageMask);
  watched_.size = std::min(page.base + page.size, (address | kPageMask) + 1) - watched_.base;
  watched_.host = page.host + (watched_.base - page.base);
  watched_.writable = false;
  return &watched_;
}

/// Another hart has a reservation at `address`: forgets where stores to its page go.
void HartUnit::withdraw_stores(Addr address) {
  const Addr page = address & ~kPageMask;
  for (const Grant& grant : grants_) {
    if (grant.page.writable && contains(grant.page, address) && page >= grant.page.base) {
      hart_.withdraw_stores(grant.page.host + (page - grant.page.base));
    }
  }
}

const HostPage* HartUnit::ask_for_grant(Addr address) {
  const auto [entry, fresh] = refused_.try_emplace(address & ~kPageMask, 0);
  if (!fresh && ++entry->second < kQuestionsToSkip) return nullptr;
  entry->second = 0;
  tlm::tlm_generic_payload question;
  question.set_command(tlm::TLM_READ_COMMAND);
  question.set_address(address);
  question.set_data_length(1);
  question.set_streaming_width(1);
  GrantExtension extension;
  question.set_extension(&extension);
  tlm::tlm_dmi dmi;
  dmi.init();
  const bool granted = socket_->get_direct_mem_ptr(question, dmi);
  question.clear_extension(&extension);
  if (!granted || address < dmi.get_start_address() || address > dmi.get_end_address()) {
    return nullptr;
  }
  refused_.erase(address & ~kPageMask);
  Grant grant;
  grant.store = extension.store;
  grant.page.base = dmi.get_start_address();
  grant.page.size = dmi.get_end_address() - dmi.get_start_address() + 1;
  grant.page.host =
      grant.store != nullptr ? grant.store->data() + extension.offset : dmi.get_dmi_ptr();
  grant.page.readable = dmi.is_read_allowed();
  grant.page.writable = dmi.is_write_allowed();
  if (grant.page.host == nullptr) return nullptr;
  if (!params_.cached.contains(grant.page.base, grant.page.size)) {
    const auto cycles = [&](const sc_core::sc_time& latency) {
      return static_cast<std::uint32_t>(clock_.cycles_until(to_femtoseconds(latency)));
    };
    grant.page.read_cycles = cycles(dmi.get_read_latency());
    grant.page.write_cycles = cycles(dmi.get_write_latency());
  }
  grants_.push_back(std::move(grant));
  last_grant_ = &grants_.back();
  last_grant_->page.bytes = &last_grant_->bytes;  // A list never moves what it holds.
  return without_stores(last_grant_->page, address);
}

void HartUnit::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  refused_.clear();
  const auto hit = [&](const Grant& grant) {
    return grant.page.base <= last && grant.page.base + (grant.page.size - 1) >= first;
  };
  if (std::none_of(grants_.begin(), grants_.end(), hit)) return;
  for (const Grant& grant : grants_) {
    if (hit(grant)) retired_grants_.push_back(grant.statistics());
  }
  grants_.remove_if(hit);
  last_grant_ = nullptr;
  hart_.flush_translations();
}

void HartUnit::watch(Addr tohost, Htif& htif) {
  tohost_ = tohost;
  htif_ = &htif;
  hart_.flush_translations();
}

}  // namespace cvp
