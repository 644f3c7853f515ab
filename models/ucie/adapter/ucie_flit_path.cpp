// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_flit_path.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "models/core/report.h"
#include "models/ucie/ucie_link_trace.h"

namespace cvp {
namespace {

enum Op : std::uint32_t { kSlot, kSecondHalf };
constexpr std::uint8_t kLast = 3;  // Behind all priorities of a die.

// Between two paths a message is this mark, whether bits flipped, the flit, and notes.
constexpr std::uint8_t kFlitMark = 0xF1;
constexpr std::uint8_t kParityMark = 0xF2;  // And a block of parity.
constexpr std::size_t kFlitAt = 2;
constexpr std::size_t kAnyPayload = 8;  // A byte that every format protects.

static_assert(std::is_trivially_copyable_v<UcieNote>);

}  // namespace

UcieFlitPath::UcieFlitPath(const std::string& port, ActionQueue& actions,
                           UcieFlitPathClient& client, const UcieFlitPathParams& params)
    : actions_(actions),
      client_(client),
      source_(source_id(port + ".flits")),
      params_(params),
      port_(port),
      adapter_(params.adapter),
      noise_(params.adapter.layout(), {}, source_),
      decoder_(params.adapter.format, params.adapter.stacks) {}

std::uint64_t UcieFlitPath::slot_at(Femtoseconds time) const {
  return first_slot_ + (time - since_) / clock_.time(1);
}

void UcieFlitPath::open(const UcieLinkShape& shape, const UcieBitFaults& bits, std::uint32_t parity,
                        std::vector<UcieLane> incoming) {
  const Femtoseconds now = actions_.now();
  first_slot_ = slot_at(now);
  awake_before_ += params_.idle.awake_since(free_at(), now);
  busy_before_ = busy();
  since_ = base_ = woken_ = now;
  wire_flits_before_ = wire_flits();
  run_ = run_before_ = 0;
  clock_ = FlitClock(shape.flit_format());
  half_time_ = shape.half_time();
  noise_.change(bits);
  parity_sent_ = parity_received_ = UcieParity(parity);
  incoming_ = std::move(incoming);
  open_ = true;
  schedule();
}

Femtoseconds UcieFlitPath::stop() {
  open_ = false;
  return std::max(actions_.now(), free_at());
}

void UcieFlitPath::close() {
  open_ = false;
  adapter_.retrained();
  parity_sent_.restart();
  parity_received_.restart();
}

std::size_t UcieFlitPath::reset() {
  std::size_t lost = late_.size();
  for (const Stack& stack : stacks_) lost += stack.expected.size();
  open_ = false;
  adapter_.restart();
  parity_sent_.restart();
  parity_received_.restart();
  notes_.clear();
  late_.clear();
  stacks_ = {};
  decoder_.reset();
  stalled_since_ = Femtoseconds::max();
  return lost;
}

bool UcieFlitPath::at_rest() const {
  const auto idle = [](const Stack& stack) {
    return stack.expected.empty() && stack.leaving.empty();
  };
  return late_.empty() && notes_.empty() && std::ranges::all_of(stacks_, idle);
}

// Leaving.

void UcieFlitPath::push(const Packet& packet) {
  const UcieMessageHeader message = ucie_bare_message(packet, params_.mapping);
  const std::uint64_t bytes = ucie_wire_bytes(message, params_.adapter.packets);
  const unsigned stack = ucie_stack(packet, params_.mapping, params_.adapter.stacks);
  if (packet.data.size() == message.data_bytes()) {
    adapter_.push({message, packet.data}, stack);
  } else {  // Timing-only data takes the place that real data would.
    adapter_.push({message, std::vector<std::uint8_t>(message.data_bytes())}, stack);
  }
  notes_.push_back(UcieNote::of(packet, actions_.now()));
  notes_.back().stack = static_cast<std::uint8_t>(stack);
  stacks_[stack].pushed_bytes += bytes;
  stacks_[stack].leaving.push_back({stacks_[stack].pushed_bytes,
                                    {.tag = packet.tag,
                                     .posted = message.kind == UcieMessageKind::kPostedWrite,
                                     .traffic_class = packet.attributes.traffic_class,
                                     .bytes = bytes,
                                     .pushed = actions_.now()}});
  schedule();
}

void UcieFlitPath::schedule() {
  if (!open_) return;
  const Femtoseconds now = actions_.now();
  const std::uint64_t slot = slot_at(now), next = adapter_.next_slot(slot);
  note_stall();
  if (next == UcieAdapter::kNever) return;
  const Femtoseconds due = next == slot ? now : since_ + (next - first_slot_) * clock_.time(1);
  const Femtoseconds time = std::max({due, free_at(), woken_});
  if (time >= posted_) return;
  posted_ = time;
  actions_.post(time, source_, *this, kSlot, 0, kLast);
}

void UcieFlitPath::on_action(const Action& action) {
  if (action.op == kSecondHalf) {
    while (!late_.empty() && late_.front().time <= actions_.now()) {
      Late late = std::move(late_.front());
      late_.pop_front();  // Before: what has come may end the row.
      client_.packet_arrived(std::move(late.packet), late.latency);
    }
    return;
  }
  if (actions_.now() != posted_) return;  // An earlier one has taken its place.
  posted_ = Femtoseconds::max();
  if (open_ && !wakes()) transmit();
  schedule();
}

// The wire is idle, and is told to wake: what there is to send waits.
bool UcieFlitPath::wakes() {
  const Femtoseconds now = actions_.now();
  const Femtoseconds start = params_.idle.start(std::max(free_at(), woken_), now);
  if (start > now) woken_ = start;
  return start > now;
}

void UcieFlitPath::transmit() {
  const Femtoseconds now = actions_.now();
  UcieFlit flit;
  if (!adapter_.transmit(slot_at(now), flit)) return;
  if (now > free_at()) {  // The wire was idle: a new run.
    awake_before_ += params_.idle.awake_between(free_at(), now);
    base_ = now;
    run_before_ += run_;
    run_ = 0;
  }
  ++run_;
  UcieFlitDecoder::Decoded decoded;
  if (ucie_trace_sink() != nullptr) decoded = decoder_.decode(flit);
  const bool parity_due = parity_sent_.add(flit.bytes);
  bool damaged = noise_.damage(flit);
  if (std::exchange(damage_next_, false)) {
    flit.bytes[kAnyPayload] ^= 1;
    damaged = true;
  }
  const Femtoseconds arrival = free_at() + clock_.format().latency;
  if (ucie_trace_sink() != nullptr) trace(decoded, flit, damaged);
  client_.flit_leaves(arrival - half_time_, wire_message(flit, damaged));
  for (unsigned stack = 0; stack < params_.adapter.stacks; ++stack) {
    auto& leaving = stacks_[stack].leaving;
    const std::uint64_t placed = adapter_.transmitter().placed_bytes(stack);
    for (; !leaving.empty() && leaving.front().end <= placed; leaving.pop_front()) {
      client_.message_left(leaving.front().message, free_at());
    }
  }
  if (parity_due) send_parity();
}

// Takes the wire for as long as its bytes need.
void UcieFlitPath::send_parity() {
  const auto block = parity_sent_.block();
  const Femtoseconds start = free_at();
  FlitFormat format = clock_.format();
  format.wire_bytes = static_cast<std::uint32_t>(block.size());
  base_ += format.time(1);
  busy_before_ += format.time(1);
  parity_bytes_ += block.size();
  if (UcieTraceSink* sink = ucie_trace_sink()) {
    sink->record({.port = port_,
                  .start = start,
                  .end = free_at(),
                  .arrival = free_at() + clock_.format().latency,
                  .name = "parity",
                  .text = concat("parity, ", block.size(), " B of what went before")});
  }
  Message message = {kParityMark};
  message.insert(message.end(), block.begin(), block.end());
  client_.flit_leaves(free_at() + clock_.format().latency, std::move(message));
}

void UcieFlitPath::trace(UcieFlitDecoder::Decoded& flit, const UcieFlit& on_wire, bool damaged) {
  if (damaged) {
    const bool found = !ucie_intact(params_.adapter.layout(), on_wire);
    flit.text += found ? " | DAMAGED" : " | DAMAGED, AND NO CRC FINDS IT";
  }
  ucie_trace_sink()->record({.port = port_,
                             .start = actions_.now(),
                             .end = free_at(),
                             .arrival = free_at() + clock_.format().latency,
                             .name = std::move(flit.name),
                             .text = std::move(flit.text),
                             .bytes = flit.bytes});
}

Message UcieFlitPath::wire_message(const UcieFlit& flit, bool damaged) {
  const std::size_t flit_bytes = params_.adapter.layout().wire_bytes;
  const std::size_t note_bytes = notes_.size() * sizeof(UcieNote);
  Message message(kFlitAt + flit_bytes + note_bytes);
  message[0] = kFlitMark;
  message[1] = damaged ? 1 : 0;
  std::memcpy(&message[kFlitAt], flit.bytes.data(), flit_bytes);
  if (note_bytes > 0) std::memcpy(&message[kFlitAt + flit_bytes], notes_.data(), note_bytes);
  notes_.clear();
  return message;
}

// Time in which the wire is free, something waits, and no flit may go.
void UcieFlitPath::note_stall() {
  const Femtoseconds now = actions_.now();
  const UcieTransmitter& transmitter = adapter_.transmitter();
  const bool credit = transmitter.lacks_credit();
  const bool stalled = (credit || transmitter.retry_buffer_full()) && !transmitter.has_flit();
  if (stalled_since_ != Femtoseconds::max() && now > stalled_since_) {
    (stalled_by_credit_ ? credit_stall_ : retry_stall_) += now - stalled_since_;
  }
  stalled_since_ = stalled ? std::max(now, free_at()) : Femtoseconds::max();
  stalled_by_credit_ = credit;
}

// Coming.

bool UcieFlitPath::is_flit(const Message& message) {
  return !message.empty() && (message[0] == kFlitMark || message[0] == kParityMark);
}

void UcieFlitPath::receive(const Message& message, bool hears) {
  if (message[0] == kParityMark) {
    if (hears) compare_parity(std::span(message).subspan(1));
    return;
  }
  const std::size_t flit_bytes = params_.adapter.layout().wire_bytes;
  CVP_CHECK(message.size() >= kFlitAt + flit_bytes, "a flit is cut off");
  for (std::size_t at = kFlitAt + flit_bytes; at + sizeof(UcieNote) <= message.size();
       at += sizeof(UcieNote)) {
    UcieNote note;
    std::memcpy(&note, &message[at], sizeof note);
    stacks_[note.stack % kUcieStacks].expected.push_back(note);
  }
  if (!hears) return;
  UcieFlit flit;
  std::memcpy(flit.bytes.data(), &message[kFlitAt], flit_bytes);
  parity_received_.add(flit.bytes);
  const bool damaged = message[1] != 0;
  const UcieReceiver& receiver = adapter_.receiver();
  const std::uint64_t undetected = adapter_.undetected(), malformed = receiver.malformed();
  adapter_.receive(slot_at(actions_.now()), flit, damaged);
  if (adapter_.undetected() > undetected) client_.error_passed();
  bool in_step = receiver.malformed() == malformed;
  for (unsigned stack = 0; stack < params_.adapter.stacks; ++stack) {
    in_step = take_arrivals(stack) && in_step;
  }
  if (!in_step) client_.framing_error();
  schedule();
}

void UcieFlitPath::compare_parity(std::span<const std::uint8_t> block) {
  std::vector<std::uint64_t> wrong(incoming_.size());
  parity_received_.compare(block, wrong);
  for (std::size_t lane = 0; lane < wrong.size(); ++lane) {
    if (wrong[lane] > 0) parity_errors_[incoming_[lane]] += wrong[lane];
  }
}

// False: not all of them were messages that the other end has sent.
bool UcieFlitPath::take_arrivals(unsigned stack) {
  bool in_step = true;
  const Femtoseconds now = actions_.now();
  UcieUnpacker& messages = adapter_.receiver().messages(stack);
  const std::size_t early = messages.early();
  for (std::size_t i = 0; i < messages.size(); ++i) {  // Fewer if what has come ends the link.
    Femtoseconds pushed;
    auto packet = packet_of(messages[i], stack, pushed);
    if (!packet) {
      in_step = false;
    } else if (i < early || half_time_.value == 0) {
      client_.packet_arrived(std::move(*packet), now - pushed);
    } else {
      const Femtoseconds whole = now + half_time_;
      late_.push_back({whole, std::move(*packet), whole - pushed});
      actions_.post(whole, source_, *this, kSecondHalf, 0, kArrival);
    }
  }
  messages.clear();
  return in_step;
}

// Joins a message and its note. Both come in the order in which they were pushed on a stack; what
// has no partner was made by an error that no CRC has found.
std::optional<Packet> UcieFlitPath::packet_of(const UcieMessageView& message, unsigned stack,
                                              Femtoseconds& pushed) {
  auto& expected = stacks_[stack].expected;
  if (expected.empty() || (expected.front().tag & 0xFFFF) != message.tag) return {};
  pushed = expected.front().pushed;
  auto packet = ucie_packet(message, expected.front());
  expected.pop_front();
  return packet;
}

}  // namespace cvp
