// SPDX-License-Identifier: Apache-2.0
#include "platform/console.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace cvp {

Console::Console(ActionQueue& actions, Input input, bool quiet) : actions_(actions), quiet_(quiet) {
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
    terminal_ = live_ = true;
  }
}

Console::~Console() {
  if (terminal_) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_);
  flush();
}

void Console::put(std::uint8_t character, Femtoseconds time) {
  clear_progress();
  if (!quiet_) std::putchar(character);
  if (!line_open_) log_.push_back({time, {}});
  line_open_ = character != '\n';
  if (character != '\n' && character != '\r')
    log_.back().text.push_back(static_cast<char>(character));
  if (character == '\n' || terminal_) flush();
}

void Console::poll() {
  pollfd descriptor{STDIN_FILENO, POLLIN, 0};
  while (live_ && ::poll(&descriptor, 1, 0) > 0) {
    std::uint8_t character = 0;
    if (::read(STDIN_FILENO, &character, 1) != 1) {
      live_ = false;
    } else {
      typed_.push_back(character);
    }
  }
  if (typed_.empty() || !port_ || posted_) return;
  posted_ = true;
  actions_.post(actions_.now(), source_id("console"), *this, 0);
}

void Console::wait() const {
  pollfd descriptor{STDIN_FILENO, POLLIN, 0};
  ::poll(&descriptor, 1, 100);
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
