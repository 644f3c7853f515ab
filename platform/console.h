// SPDX-License-Identifier: Apache-2.0
//
// The user's side of one of the guest's consoles: the terminal (standard output and input) or a
// stream in its place, and the log that the report shows. Input is stamped with simulated time: it
// enters the port as an action of its die.
#pragma once

#include <termios.h>

#include <deque>
#include <string>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/console_if.h"
#include "platform/outside/outside_input.h"
#include "platform/outside/outside_stream.h"

namespace cvp {

class Console : public ConsoleIf, public OutsideInput, private ActionHandler {
 public:
  enum class Input : std::uint8_t {
    kNone,
    kTerminal,  ///< Live, as typed.
    kAll,       ///< All of standard input, offered from the start on: repeatable.
  };
  struct Line {
    Femtoseconds time;  ///< Of its first character.
    std::string text;
  };

  /// On the terminal. `quiet`: shows nothing there. `source` is that of its actions.
  Console(ActionQueue& actions, SourceId source, Input input, bool quiet);
  Console(ActionQueue& actions, SourceId source, std::unique_ptr<OutsideStream> stream);
  ~Console() override;

  // ConsoleIf
  void put(std::uint8_t character, Femtoseconds time) override;
  void attach(ConsoleInput& input) override { port_ = &input; }

  // OutsideInput
  void start() override;
  void poll() override;
  bool awaited() const override { return stream_ && stream_->awaited(); }
  bool live() const override { return stream_ ? stream_->live() : terminal_live_; }
  bool interactive() const override { return live(); }
  int descriptor() const override;

  /// Shows a line on the terminal that the next output replaces.
  void progress(const std::string& text);
  void flush();
  const std::vector<Line>& log() const { return log_; }

 private:
  void on_action(const Action& action) override;
  void clear_progress();
  void read_stream();
  void read_terminal();

  ActionQueue& actions_;
  const SourceId source_;
  const bool quiet_ = false;
  const std::unique_ptr<OutsideStream> stream_;
  ConsoleInput* port_ = nullptr;
  std::deque<std::uint8_t> typed_;
  bool terminal_live_ = false;
  bool posted_ = false;
  bool terminal_raw_ = false;
  termios saved_{};
  bool progress_shown_ = false;
  bool line_open_ = false;
  std::vector<Line> log_;
};

}  // namespace cvp
