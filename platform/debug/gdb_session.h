// SPDX-License-Identifier: Apache-2.0
//
// A conversation with one GDB: bytes in, bytes out, and what its commands do to the target. Harts
// are threads, numbered from 1. All harts stop when one does. Any bytes may come in. No SystemC.
// [GDB: Remote Protocol, Packets]
#pragma once

#include <set>
#include <string>

#include "platform/debug/debug_memory.h"
#include "platform/debug/gdb_packet.h"

namespace cvp {

class GdbSession {
 public:
  enum class End : std::uint8_t { kNone, kDetached, kKilled };

  /// The harts stand still.
  explicit GdbSession(DebugTarget& target) : target_(target), memory_(target) {}
  /// Breakpoints and watchpoints go with it.
  ~GdbSession();
  GdbSession(const GdbSession&) = delete;
  GdbSession& operator=(const GdbSession&) = delete;

  void receive(std::string_view bytes);
  /// What is to be sent, once.
  std::string take_output() { return std::exchange(output_, {}); }
  bool running() const { return running_; }
  End end() const { return end_; }

  /// A hart has stopped while they were running.
  void stopped(const DebugStop& stop);
  /// The guest has ended the run.
  void exited(int code);

 private:
  enum class Breakpoint : std::uint8_t { kSoftware, kHardware };
  struct Handler {
    std::string_view prefix;
    void (GdbSession::*run)(std::string_view);
  };
  static const Handler kHandlers[];

  void handle(const GdbItem& item);
  void dispatch(std::string_view packet);
  void reply(std::string_view text);
  void ok() { reply("OK"); }
  void error() { reply("E01"); }
  void stop_reply();
  void go(const std::vector<DebugMode>& modes);
  void interrupt();

  bool take_thread(std::string_view& text, int& thread) const;
  Hart& selected() { return target_.hart(selected_); }

  void why(std::string_view);
  void select(std::string_view text);
  void alive(std::string_view text);
  void read_registers(std::string_view);
  void write_registers(std::string_view text);
  void read_register(std::string_view text);
  void write_register(std::string_view text);
  void read_memory(std::string_view text);
  void write_memory(std::string_view text);
  void write_binary(std::string_view text);
  void store(Addr address, std::uint64_t length, const std::string& bytes);
  void resume(std::string_view text);
  void step(std::string_view text);
  void resume_old(std::string_view text, DebugMode mode);
  void resume_each(std::string_view text);
  void insert(std::string_view text) { change_point(text, true); }
  void remove(std::string_view text) { change_point(text, false); }
  void change_point(std::string_view text, bool inserts);
  void detach(std::string_view);
  void kill(std::string_view);
  void supported(std::string_view);
  void threads(std::string_view);
  void thread_info(std::string_view text);
  void features(std::string_view text);
  void monitor(std::string_view text);
  void physical_memory(std::string_view text);
  void no_acknowledge(std::string_view);

  DebugTarget& target_;
  DebugMemory memory_;
  GdbPacketReader reader_;
  std::string output_, last_reply_;
  bool acknowledges_ = true;
  bool running_ = false;
  End end_ = End::kNone;
  unsigned selected_ = 0;  ///< Hart of registers and memory.
  int resumed_ = 0;        ///< Thread of c and s; 0: any.
  DebugStop last_stop_;
  bool interrupted_ = true;  ///< The last stop was asked for.
  std::set<std::pair<Addr, Breakpoint>> breakpoints_;
  std::vector<Watchpoint> watchpoints_;
  std::string description_;
};

}  // namespace cvp
