// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/pty_stream.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "platform/outside/peer_stream.h"

namespace cvp {
namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

class PtyStream : public PeerStream<Descriptor> {
 public:
  PtyStream() = default;
  // What has not been read goes with the terminal: who reads gets the time to end. What was written
  // shows there a little later.
  ~PtyStream() override {
    constexpr std::chrono::milliseconds kPause(10);
    constexpr int kShown = 5, kPatience = 100;  // Pauses with nothing to read; without progress.
    int before = 0, empty = 0;
    for (int idle = 0; far_end_.is_open() && idle < kPatience && empty < kShown;) {
      flush();
      std::this_thread::sleep_for(kPause);
      int unread = 0;
      if (::ioctl(far_end_.native_handle(), FIONREAD, &unread) != 0) break;
      empty = unread == 0 ? empty + 1 : 0;
      idle = unread < before ? 0 : idle + 1;
      before = unread;
    }
  }

  /// False after an error, which is in errno.
  bool open() {
    const int ours = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ours < 0) return false;
    device_.assign(ours);
    device_.non_blocking(true);
    if (::grantpt(ours) != 0 || ::unlockpt(ours) != 0 ||
        ::ptsname_r(ours, name_.data(), name_.size()) != 0) {
      return false;
    }
    const int theirs = ::open(name_.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (theirs < 0) return false;
    far_end_.assign(theirs);
    termios raw{};
    if (::tcgetattr(theirs, &raw) != 0) return false;
    ::cfmakeraw(&raw);
    return ::tcsetattr(theirs, TCSANOW, &raw) == 0;
  }

  void start() override { std::fprintf(stderr, "note: console on %s\n", name_.data()); }

 private:
  std::array<char, 128> name_{};
  Descriptor far_end_{context_};  // Held, so that who leaves does not hang it up.
};

}  // namespace

std::unique_ptr<OutsideStream> open_pty(std::string& why) {
  auto stream = std::make_unique<PtyStream>();
  if (stream->open()) return stream;
  why = std::strerror(errno);
  return nullptr;
}

}  // namespace cvp
