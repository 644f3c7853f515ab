// SPDX-License-Identifier: Apache-2.0
//
// All channels of a stack at approximate fidelity. Where each pseudo channel has queues of its own,
// it is one HbmChannel by itself, which uses the banks that are its own. No SystemC.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/hbm/approximate/hbm_channel.h"

namespace cvp {

class HbmChannels {
 public:
  /// `channels` as `timing` has them.
  HbmChannels(std::size_t channels, const HbmTiming& timing, const HbmControllerParams& params,
              bool queues_per_pseudo_channel)
      : of_channel_(queues_per_pseudo_channel ? timing.geometry.pseudo_channels : 1),
        banks_(timing.geometry.bank_count() / of_channel_),
        buses_(channels),
        all_(channels * of_channel_, HbmChannel(timing, params)) {}

  /// See HbmChannel::access().
  [[gnu::always_inline]] Tick access(bool write, HbmPlace place, unsigned bursts, Tick arrival) {
    if (of_channel_ == 1) return all_[place.channel()].access(write, place, bursts, arrival);
    const std::size_t first = std::size_t{place.channel()} * of_channel_;
    HbmColumnBus& bus = buses_[place.channel()];
    HbmChannel& own = all_[first + place.bank() / banks_];
    own.bus() = bus;
    const Tick end = own.access(write, place, bursts, arrival);
    bus = own.bus();
    return end;
  }
  /// Those that make up one channel of the stack.
  std::span<const HbmChannel> of_channel(std::size_t channel) const {
    return std::span(all_).subspan(channel * of_channel_, of_channel_);
  }
  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }

  template <class Archive>
  void serialize(Archive& archive) {
    for (HbmChannel& channel : all_) archive(channel);
    for (HbmColumnBus& bus : buses_) archive(bus.last, bus.pc);
  }

 private:
  unsigned of_channel_, banks_;      // HbmChannels a channel, and banks that each of them uses.
  std::vector<HbmColumnBus> buses_;  // By channel, where it has several.
  std::vector<HbmChannel> all_;
};

}  // namespace cvp
