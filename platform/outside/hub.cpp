// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/hub.h"

#include <poll.h>

#include <chrono>
#include <cstdio>

namespace cvp {

boost::system::error_code Hub::open(const std::string& path) {
  const auto error = listener_.listen_at_path(path);
  if (!error) std::fprintf(stderr, "note: hub at %s\n", path.c_str());
  return error;
}

void Hub::sleep() const {
  constexpr int kPatienceMs = 20;
  std::vector<pollfd> descriptors = {{listener_.descriptor(), POLLIN, 0}};
  for (const FrameLink& member : members_) {
    descriptors.push_back({member.descriptor(), POLLIN, 0});
  }
  ::poll(descriptors.data(), descriptors.size(), kPatienceMs);
}

void Hub::admit() {
  for (;;) {
    auto stream = std::make_unique<SocketStream>(false);
    if (!stream->take(listener_)) return;
    members_.emplace_back(std::move(stream));
    visited_ = true;
  }
}

void Hub::pass_on() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  std::deque<Frame> frames;
  for (FrameLink& from : members_) {
    frames.clear();
    from.receive(frames);
    for (const Frame& frame : frames) {
      if (pcap_) pcap_->record(frame, static_cast<std::uint64_t>(time));
      for (FrameLink& to : members_) {
        if (&to != &from) to.send(frame);
      }
    }
  }
}

void Hub::step() {
  sleep();
  admit();
  pass_on();
  for (FrameLink& member : members_) member.flush();
  if (pcap_) pcap_->flush();
  std::erase_if(members_, [](const FrameLink& member) { return !member.live(); });
}

}  // namespace cvp
