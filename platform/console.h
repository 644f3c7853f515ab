// SPDX-License-Identifier: Apache-2.0
//
// The user's side of the guest's serial port: standard output, standard input, and the log that the
// report shows. Input is stamped with simulated time: it enters the port as an action of its die.
#pragma once

#include <termios.h>

#include <deque>
#include <string>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/console_if.h"

namespace cvp {

class Console : public ConsoleIf, private ActionHandler {
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

  Console(ActionQueue& actions, Input input, bool quiet);
  ~Console() override;

  void put(std::uint8_t character, Femtoseconds time) override;
  void attach(ConsoleInput& input) override { port_ = &input; }
  /// Looks for input; to be called between slices of simulation.
  void poll();
  /// Sleeps until there is input, or for a tenth of a second.
  void wait() const;
  /// More may come from outside, so that waiting harts are no dead end.
  bool live() const { return live_; }
  /// Shows a line on the terminal that the next output replaces.
  void progress(const std::string& text);
  void flush();
  const std::vector<Line>& log() const { return log_; }

 private:
  void on_action(const Action& action) override;
  void clear_progress();

  ActionQueue& actions_;
  const bool quiet_;
  ConsoleInput* port_ = nullptr;
  std::deque<std::uint8_t> typed_;
  bool live_ = false;
  bool posted_ = false;
  bool terminal_ = false;
  termios saved_{};
  bool progress_shown_ = false;
  bool line_open_ = false;
  std::vector<Line> log_;
};

}  // namespace cvp
