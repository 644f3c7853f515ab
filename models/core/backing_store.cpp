// SPDX-License-Identifier: Apache-2.0
#include "models/core/backing_store.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <system_error>

#include "models/core/attributes.h"
#include "models/core/simulation_time.h"

namespace cvp {
namespace {

std::map<int, std::weak_ptr<BackingStore>>& stores() {
  static std::map<int, std::weak_ptr<BackingStore>> all;
  return all;
}

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

template <class Signed, class Unsigned = std::make_unsigned_t<Signed>>
Unsigned apply(AtomicOp op, Unsigned old, Unsigned operand) {
  const auto a = static_cast<Signed>(old), b = static_cast<Signed>(operand);
  switch (op) {
    case AtomicOp::kSwap:
      return operand;
    case AtomicOp::kAdd:
      return old + operand;
    case AtomicOp::kXor:
      return old ^ operand;
    case AtomicOp::kAnd:
      return old & operand;
    case AtomicOp::kOr:
      return old | operand;
    case AtomicOp::kMin:
      return a < b ? old : operand;
    case AtomicOp::kMax:
      return a > b ? old : operand;
    case AtomicOp::kMinUnsigned:
      return old < operand ? old : operand;
    case AtomicOp::kMaxUnsigned:
      return old > operand ? old : operand;
    default:
      return old;
  }
}

template <class Signed>
void atomic_on(std::uint8_t* memory, std::uint8_t* buffer, AtomicOp op) {
  std::make_unsigned_t<Signed> old, operand;
  std::memcpy(&old, memory, sizeof old);
  std::memcpy(&operand, buffer, sizeof operand);
  auto result = apply<Signed>(op, old, operand);
  if (op == AtomicOp::kCompareSwap) {
    std::memcpy(&result, buffer + sizeof old, sizeof result);
    if (old != operand) result = old;
  }
  std::memcpy(memory, &result, sizeof result);
  std::memcpy(buffer, &old, sizeof old);
}

}  // namespace

std::shared_ptr<BackingStore> BackingStore::create(const std::string& name, std::uint64_t size) {
  const int fd = memfd_create(name.c_str(), MFD_CLOEXEC);
  if (fd < 0) throw_errno("memory " + name + ": memfd_create");
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) {
    close(fd);
    throw_errno("memory " + name + ": ftruncate");
  }
  void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (data == MAP_FAILED) {
    close(fd);
    throw_errno("memory " + name + ": mmap");
  }
  std::shared_ptr<BackingStore> store(new BackingStore(fd, size, static_cast<std::uint8_t*>(data)));
  stores()[fd] = store;
  return store;
}

std::shared_ptr<BackingStore> BackingStore::find(int id) {
  const auto entry = stores().find(id);
  return entry == stores().end() ? nullptr : entry->second.lock();
}

BackingStore::BackingStore(int fd, std::uint64_t size, std::uint8_t* data)
    : fd_(fd), size_(size), data_(data) {}

BackingStore::~BackingStore() {
  munmap(data_, size_);
  close(fd_);
}

void BackingStore::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  std::copy_n(data_ + offset, out.size(), out.begin());
}

void BackingStore::write(std::uint64_t offset, std::span<const std::uint8_t> in) {
  std::ranges::copy(in, data_ + offset);
}

bool grant_store(const std::shared_ptr<BackingStore>& store, tlm::tlm_generic_payload& payload,
                 tlm::tlm_dmi& dmi, Femtoseconds read_latency, Femtoseconds write_latency,
                 bool read_only) {
  dmi.init();
  dmi.set_dmi_ptr(store->data());
  dmi.set_start_address(0);
  dmi.set_end_address(store->size() - 1);
  dmi.set_read_latency(to_sc_time(read_latency));
  dmi.set_write_latency(to_sc_time(write_latency));
  dmi.set_granted_access(read_only ? tlm::tlm_dmi::DMI_ACCESS_READ
                                   : tlm::tlm_dmi::DMI_ACCESS_READ_WRITE);
  if (auto* grant = payload.get_extension<GrantExtension>()) {
    grant->store = store;
    grant->offset = 0;
  }
  return true;
}

bool move_grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi, const AddrRange& window,
                Addr new_base) {
  const Addr start = std::max<Addr>(dmi.get_start_address(), window.base);
  const Addr last = std::min<Addr>(dmi.get_end_address(), window.end() - 1);
  if (start > last) return false;
  const std::uint64_t cut = start - dmi.get_start_address();
  dmi.set_dmi_ptr(dmi.get_dmi_ptr() + cut);
  if (auto* grant = payload.get_extension<GrantExtension>()) grant->offset += cut;
  dmi.set_start_address(start - window.base + new_base);
  dmi.set_end_address(last - window.base + new_base);
  return true;
}

void access_store(BackingStore& store, std::uint64_t offset, tlm::tlm_generic_payload& payload) {
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const Attributes& attributes = Attributes::of(payload);
  if (attributes.no_data) return;
  std::uint8_t* memory = store.data() + offset;
  std::uint8_t* buffer = payload.get_data_ptr();
  const unsigned length = payload.get_data_length();
  if (attributes.atomic != AtomicOp::kNone) {
    // The length is that of the operand; a compare-and-swap has {expected, new} in the buffer.
    if (length == 4) return atomic_on<std::int32_t>(memory, buffer, attributes.atomic);
    if (length == 8) return atomic_on<std::int64_t>(memory, buffer, attributes.atomic);
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  } else if (payload.is_read()) {
    std::memcpy(buffer, memory, length);
  } else if (payload.is_write()) {
    std::memcpy(memory, buffer, length);
  }
}

}  // namespace cvp
