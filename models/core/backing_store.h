// SPDX-License-Identifier: Apache-2.0
//
// Storage of a main memory: a memfd, sparse, so that terabytes can be described and only touched
// pages cost host memory, and so that another process could map it.
//
// A DMI grant is {store, offset, length, read and write latency}: the usual tlm_dmi carries range,
// rights and latencies, and GrantExtension on the payload carries store and offset. `dmi_ptr` is
// filled too, for initiators that know only the base protocol.
#pragma once

#include <memory>
#include <span>
#include <tlm>

#include "models/core/address_range.h"

namespace cvp {

class BackingStore {
 public:
  /// Throws std::system_error when the host refuses the mapping.
  static std::shared_ptr<BackingStore> create(const std::string& name, std::uint64_t size);
  /// The living store with that id, or null: how a grant that travelled as a message is resolved.
  static std::shared_ptr<BackingStore> find(int id);
  ~BackingStore();
  BackingStore(const BackingStore&) = delete;
  BackingStore& operator=(const BackingStore&) = delete;

  int id() const { return fd_; }
  std::uint64_t size() const { return size_; }
  std::uint8_t* data() { return data_; }
  /// The caller has checked that the range lies inside; an empty one is fine.
  void read(std::uint64_t offset, std::span<std::uint8_t> out) const;
  void write(std::uint64_t offset, std::span<const std::uint8_t> in);

 private:
  BackingStore(int fd, std::uint64_t size, std::uint8_t* data);
  int fd_;
  std::uint64_t size_;
  std::uint8_t* data_;
};

struct GrantExtension : tlm::tlm_extension<GrantExtension> {
  std::shared_ptr<BackingStore> store;
  std::uint64_t offset = 0;  ///< In the store, of the first address of the tlm_dmi.

  tlm::tlm_extension_base* clone() const override { return new GrantExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const GrantExtension&>(other);
  }
};

/// Fills `dmi`, and the payload's GrantExtension if it has one, with a grant for the whole store.
/// Addresses in `dmi` begin at 0. Returns true.
bool grant_store(const std::shared_ptr<BackingStore>& store, tlm::tlm_generic_payload& payload,
                 tlm::tlm_dmi& dmi, Femtoseconds read_latency, Femtoseconds write_latency,
                 bool read_only = false);

/// Cuts a grant down to `window` (in the grant's addresses) and moves it so that the window's base
/// becomes `new_base`. False if nothing is left.
bool move_grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi, const AddrRange& window,
                Addr new_base);

/// Does a read, write or atomic on `store` at `offset`; the caller has checked the range. Honours
/// `no_data`. Sets TLM_OK_RESPONSE.
void access_store(BackingStore& store, std::uint64_t offset, tlm::tlm_generic_payload& payload);

}  // namespace cvp
