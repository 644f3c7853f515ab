// SPDX-License-Identifier: Apache-2.0
#include "platform/console.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace cvp {

namespace {
/// Typed ahead of a guest that does not read; more waits where it comes from.
constexpr std::size_t kMaxTyped = 1 << 16;
}  // namespace

Console::Console(ActionQueue& actions, SourceId source, std::unique_ptr<OutsideStream> stream)
    : actions_(actions), source_(source), stream_(std::move(stream)) {}

Console::Console(ActionQueue& actions, SourceId source, Input input, bool quiet)
    : actions_(actions), source_(source), quiet_(quiet) {
  if (input == Input::kAll) {
    std::array<std::uint8_t, 4096> buffer;
    for (ssize_t n; (n = ::read(STDIN_FILENO, buffer.data(), buffer.size())) > 0;) {
      typed_.insert(typed_.end(), buffer.begin(), buffer.begin() + n);
    }
  }
  if (input == Input::kTerminal && ::tcgetattr(STDIN_FILENO, &saved_) == 0) {
    termios raw = saved_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    terminal_raw_ = terminal_live_ = true;
  }
}

Console::~Console() {
  if (terminal_raw_) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_);
  flush();
}

void Console::put(std::uint8_t character, Femtoseconds time) {
  clear_progress();
  if (stream_) {
    stream_->write({&character, 1});
  } else if (!quiet_) {
    std::putchar(character);
  }
  if (!line_open_) log_.push_back({time, {}});
  line_open_ = character != '\n';
  if (character != '\n' && character != '\r')
    log_.back().text.push_back(static_cast<char>(character));
  if (!stream_ && (character == '\n' || terminal_raw_)) flush();
}

void Console::start() {
  if (stream_) stream_->start();
}

void Console::read_terminal() {
  pollfd descriptor{STDIN_FILENO, POLLIN, 0};
  while (terminal_live_ && typed_.size() < kMaxTyped && ::poll(&descriptor, 1, 0) > 0) {
    std::uint8_t character = 0;
    if (::read(STDIN_FILENO, &character, 1) != 1) {
      terminal_live_ = false;
    } else {
      typed_.push_back(character);
    }
  }
}

void Console::read_stream() {
  stream_->flush();
  if (typed_.size() >= kMaxTyped) return;
  std::vector<std::uint8_t> received;
  stream_->receive(received);
  typed_.insert(typed_.end(), received.begin(), received.end());
}

void Console::poll() {
  if (stream_) {
    read_stream();
  } else {
    read_terminal();
  }
  if (typed_.empty() || !port_ || !port_->room() || posted_) return;
  posted_ = true;
  actions_.post(actions_.now(), source_, *this, 0);
}

int Console::descriptor() const {
  if (!live() || typed_.size() >= kMaxTyped) return -1;
  return stream_ ? stream_->descriptor() : STDIN_FILENO;
}

// What the port has no room for is offered again after the next poll.
void Console::on_action(const Action&) {
  posted_ = false;
  while (!typed_.empty() && port_->receive(typed_.front())) typed_.pop_front();
}

void Console::progress(const std::string& text) {
  if (line_open_ || !::isatty(STDERR_FILENO)) return;
  flush();
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  std::fflush(stderr);
  progress_shown_ = true;
}

void Console::clear_progress() {
  if (!progress_shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  progress_shown_ = false;
}

void Console::flush() {
  clear_progress();
  std::fflush(stdout);
}

}  // namespace cvp
