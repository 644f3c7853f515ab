// SPDX-License-Identifier: Apache-2.0
//
// What a network card is plugged into: a link to another run, or to a hub, or nothing at all; and
// the record of what passes.
#pragma once

#include "models/core/action_queue.h"
#include "models/virtio/network_if.h"
#include "platform/outside/frame_link.h"
#include "platform/outside/outside_input.h"
#include "platform/outside/pcap_file.h"

namespace cvp {

class NetworkCable : public NetworkIf, public OutsideInput, private ActionHandler {
 public:
  /// Frames from outside enter as actions of `source`. `pcap` may be null.
  NetworkCable(ActionQueue& actions, SourceId source, std::unique_ptr<OutsideStream> stream,
               PcapFile* pcap)
      : actions_(actions), source_(source), link_(std::move(stream)), pcap_(pcap) {}

  // NetworkIf
  void send(std::span<const std::uint8_t> frame, Femtoseconds time) override;
  void attach(NetworkInput& input) override { card_ = &input; }

  // OutsideInput
  void start() override { link_.start(); }
  void poll() override;
  bool awaited() const override { return link_.awaited(); }
  bool live() const override { return link_.live(); }
  bool paced() const override { return link_.live(); }
  int descriptor() const override { return link_.live() ? link_.descriptor() : -1; }

 private:
  void on_action(const Action& action) override;
  void record(std::span<const std::uint8_t> frame, Femtoseconds time);

  ActionQueue& actions_;
  const SourceId source_;
  FrameLink link_;
  PcapFile* pcap_;
  NetworkInput* card_ = nullptr;
  bool posted_ = false;
  std::deque<Frame> frames_;  // For the card.
};

}  // namespace cvp
