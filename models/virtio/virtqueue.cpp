// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/virtqueue.h"

#include <algorithm>

#include "models/core/report.h"
#include "models/virtio/little_endian.h"

namespace cvp {
namespace {

// [VIRTIO: The Virtqueue Available Ring, The Virtqueue Used Ring]: flags, index, entries, event.
constexpr std::uint32_t kIndex = 2, kRing = 4, kAvailableEntry = 2, kUsedEntry = 8;
constexpr std::uint16_t kNoInterrupt = 1;
constexpr std::uint64_t kGenerations = 0xff'ffff;

/// The first `bytes` of the ranges.
std::vector<BufferRange> head_of(const std::vector<BufferRange>& ranges, std::uint64_t bytes) {
  std::vector<BufferRange> head;
  for (const BufferRange& range : ranges) {
    if (bytes == 0) break;
    const auto part = static_cast<std::uint32_t>(std::min<std::uint64_t>(range.bytes, bytes));
    head.push_back({range.address, part});
    bytes -= part;
  }
  return head;
}

}  // namespace

void Virtqueue::enable(const VirtqueueSetup& setup, bool indirect, bool event_index) {
  setup_ = setup;
  indirect_ = indirect;
  event_index_ = event_index;
  taken_ = used_ = published_ = 0;
  enabled_ = true;
}

void Virtqueue::disable() {
  enabled_ = kicked_ = false;
  step_ = Step::kIdle;
  generation_ = (generation_ + 1) & kGenerations;
}

void Virtqueue::kick() {
  if (!enabled_) return;
  kicked_ = true;
  if (step_ == Step::kIdle) look();
}

void Virtqueue::look() {
  kicked_ = false;
  step_ = Step::kIdle;
  if (owner_.ready(number_)) fetch(Step::kAvailable, setup_.driver, kRing);
}

void Virtqueue::fetch(Step step, Addr address, std::uint32_t bytes) {
  step_ = step;
  transfer_.start_read({{address, bytes}}, tag(), owner_);
}

void Virtqueue::store(Step step, Addr address, std::vector<std::uint8_t> bytes) {
  step_ = step;
  const auto length = static_cast<std::uint32_t>(bytes.size());
  transfer_.start_write({{address, length}}, std::move(bytes), tag(), owner_);
}

void Virtqueue::answered(std::uint64_t tag, std::span<const std::uint8_t> data, bool ok) {
  if ((tag ^ this->tag()) >> 32 != 0) return;
  if (!transfer_.answered(tag, data, ok, owner_)) return;
  if (transfer_.failed()) return owner_.broken(number_, "an address that does not answer");
  go_on(std::vector(transfer_.data()));
}

void Virtqueue::go_on(const std::vector<std::uint8_t>& data) {
  switch (step_) {
    case Step::kAvailable:
      return take_available(data);
    case Step::kPublish:
      return fetch(Step::kAvailable, setup_.driver, kRing);
    case Step::kHead:
      return follow(
          chain_.start(little_endian<std::uint16_t>(data, 0), setup_.size, kMaxSize, indirect_));
    case Step::kDescriptor:
      return follow(chain_.add(data));
    case Step::kTable:
      return follow(chain_.add_table(data));
    case Step::kRequest:
      return serve(data);
    case Step::kAnswer:
      return write_used_element();
    case Step::kUsedElement: {
      ++used_;
      std::vector<std::uint8_t> index;
      append_little_endian(index, used_);
      return store(Step::kUsedIndex, setup_.device + kIndex, std::move(index));
    }
    case Step::kUsedIndex: {
      const Addr event = kRing + kAvailableEntry * setup_.size;
      return fetch(Step::kSuppression, setup_.driver + (event_index_ ? event : 0), 2);
    }
    case Step::kSuppression:
      return check_suppression(data);
    case Step::kIdle:
    case Step::kService:
      break;
  }
  CVP_CHECK(false, "memory answered a queue that waits for none");
}

// Asked to notify from here on, the driver may have added buffers meanwhile: look once more.
void Virtqueue::take_available(const std::vector<std::uint8_t>& data) {
  const auto index = little_endian<std::uint16_t>(data, kIndex);
  const auto waiting = static_cast<std::uint16_t>(index - taken_);
  if (waiting > setup_.size) {
    return owner_.broken(number_, "an available index that is more than the queue ahead");
  }
  if (waiting > 0) {
    const std::uint32_t entry = kAvailableEntry * (taken_++ % setup_.size);
    return fetch(Step::kHead, setup_.driver + kRing + entry, kAvailableEntry);
  }
  if (event_index_ && published_ != taken_) {
    published_ = taken_;
    std::vector<std::uint8_t> event;
    append_little_endian(event, published_);
    return store(Step::kPublish, setup_.device + kRing + kUsedEntry * setup_.size,
                 std::move(event));
  }
  step_ = Step::kIdle;
  if (kicked_) look();
}

void Virtqueue::follow(DescriptorChain::Next next) {
  switch (next) {
    case DescriptorChain::Next::kDescriptor:
      return fetch(Step::kDescriptor,
                   setup_.descriptors + chain_.next() * Addr{DescriptorChain::kDescriptorBytes},
                   DescriptorChain::kDescriptorBytes);
    case DescriptorChain::Next::kTable:
      return fetch(Step::kTable, chain_.table().address, chain_.table().bytes);
    case DescriptorChain::Next::kBroken:
      return owner_.broken(number_, chain_.error());
    case DescriptorChain::Next::kComplete:
      break;
  }
  if (chain_.readable().empty()) return serve({});
  step_ = Step::kRequest;
  transfer_.start_read(chain_.readable(), tag(), owner_);
}

void Virtqueue::serve(std::span<const std::uint8_t> request) {
  answer_ = owner_.serve(number_, request, chain_.writable_bytes());
  if (!answer_.broken.empty()) return owner_.broken(number_, answer_.broken);
  const std::uint64_t length = answer_.data.size() + (answer_.last ? 1 : 0);
  CVP_CHECK(length <= chain_.writable_bytes(), "an answer of ", length, " bytes for a buffer of ",
            chain_.writable_bytes());
  step_ = Step::kService;
  owner_.wake_after(answer_.takes, tag());
}

void Virtqueue::served(std::uint64_t tag) {
  if (tag == this->tag() && step_ == Step::kService) write_answer();
}

void Virtqueue::write_answer() {
  std::vector<BufferRange> ranges = head_of(chain_.writable(), answer_.data.size());
  std::vector<std::uint8_t> data = answer_.data;
  if (answer_.last) {
    const BufferRange& end = chain_.writable().back();
    ranges.push_back({end.address + end.bytes - 1, 1});
    data.push_back(*answer_.last);
  }
  if (data.empty()) return write_used_element();
  step_ = Step::kAnswer;
  transfer_.start_write(std::move(ranges), std::move(data), tag(), owner_);
}

// The length says how much was written without a gap from the start on.
void Virtqueue::write_used_element() {
  std::uint64_t written = answer_.data.size();
  if (answer_.last && written + 1 == chain_.writable_bytes()) ++written;
  std::vector<std::uint8_t> element;
  append_little_endian(element, std::uint32_t{chain_.head()});
  append_little_endian(element, static_cast<std::uint32_t>(written));
  store(Step::kUsedElement, setup_.device + kRing + kUsedEntry * (used_ % setup_.size),
        std::move(element));
}

// One chain at a time is given back, so the driver's event is passed exactly when it was the
// previous count.
void Virtqueue::check_suppression(const std::vector<std::uint8_t>& data) {
  const auto word = little_endian<std::uint16_t>(data, 0);
  const bool wanted =
      event_index_ ? static_cast<std::uint16_t>(word + 1) == used_ : (word & kNoInterrupt) == 0;
  if (wanted) owner_.notify_driver();
  look();
}

}  // namespace cvp
