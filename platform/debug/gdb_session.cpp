// SPDX-License-Identifier: Apache-2.0
//
// The frame of the conversation, and what concerns threads and their stopping and going on. Data is
// in gdb_session_data.cpp.
#include "platform/debug/gdb_session.h"

#include <fmt/format.h>

#include "platform/debug/gdb_monitor.h"

namespace cvp {
namespace {

constexpr int kTrap = 5, kInterruptSignal = 2;
constexpr char kAck = '+', kNack = '-';

}  // namespace

// The first one whose prefix fits is taken. What fits none gets the empty reply: not supported.
const GdbSession::Handler GdbSession::kHandlers[] = {
    {"?", &GdbSession::why},
    {"H", &GdbSession::select},
    {"T", &GdbSession::alive},
    {"g", &GdbSession::read_registers},
    {"G", &GdbSession::write_registers},
    {"p", &GdbSession::read_register},
    {"P", &GdbSession::write_register},
    {"m", &GdbSession::read_memory},
    {"M", &GdbSession::write_memory},
    {"X", &GdbSession::write_binary},
    {"Z", &GdbSession::insert},
    {"z", &GdbSession::remove},
    {"c", &GdbSession::resume},
    {"s", &GdbSession::step},
    {"vCont;", &GdbSession::resume_each},
    {"vKill", &GdbSession::kill},
    {"k", &GdbSession::kill},
    {"D", &GdbSession::detach},
    {"qSupported", &GdbSession::supported},
    {"qXfer:features:read:target.xml:", &GdbSession::features},
    {"qRcmd,", &GdbSession::monitor},
    {"qfThreadInfo", &GdbSession::threads},
    {"qThreadExtraInfo,", &GdbSession::thread_info},
    {"qqemu.PhyMemMode", &GdbSession::physical_memory},
    {"Qqemu.PhyMemMode:", &GdbSession::physical_memory},
    {"QStartNoAckMode", &GdbSession::no_acknowledge},
};

GdbSession::~GdbSession() {
  target_.set_breakpoints({});
  target_.set_watchpoints({});
}

void GdbSession::receive(std::string_view bytes) {
  reader_.feed(bytes);
  while (!reader_.empty() && end_ == End::kNone) handle(reader_.take());
}

void GdbSession::handle(const GdbItem& item) {
  switch (item.kind) {
    case GdbItem::Kind::kInterrupt:
      return interrupt();
    case GdbItem::Kind::kRepeat:
      if (acknowledges_) output_ += last_reply_;
      return;
    case GdbItem::Kind::kBroken:
      if (acknowledges_) output_ += kNack;
      return;
    case GdbItem::Kind::kPacket:
      if (acknowledges_) output_ += kAck;
      return dispatch(item.text);
  }
}

// While harts run, GDB has nothing to ask; what comes nevertheless stops them first, as all
// commands look at harts that stand still.
void GdbSession::dispatch(std::string_view packet) {
  if (running_) interrupt();
  if (packet == "vCont?") return reply("vCont;c;C;s;S;t");
  if (packet == "qsThreadInfo") return reply("l");
  if (packet == "qC") return reply(fmt::format("QC{:x}", selected_ + 1));
  if (packet.starts_with("qAttached")) return reply("1");
  for (const Handler& handler : kHandlers) {
    if (take(packet, handler.prefix)) return (this->*handler.run)(packet);
  }
  reply("");
}

void GdbSession::reply(std::string_view text) {
  last_reply_ = gdb_packet(text);
  output_ += last_reply_;
}

// ---- Stopping and going on -------------------------------------------------------------------

void GdbSession::stopped(const DebugStop& stop) {
  if (!running_) return;
  running_ = false;
  interrupted_ = false;
  last_stop_ = stop;
  selected_ = stop.hart;
  stop_reply();
}

void GdbSession::interrupt() {
  if (!running_) return;
  target_.hold();
  running_ = false;
  interrupted_ = true;
  last_stop_ = {};
  selected_ = 0;
  stop_reply();
}

void GdbSession::stop_reply() {
  std::string text =
      fmt::format("T{:02x}thread:{:x};", interrupted_ ? kInterruptSignal : kTrap, selected_ + 1);
  if (!interrupted_ && last_stop_.cause == DebugStop::Cause::kBreakpoint) {
    const bool hardware = breakpoints_.contains({selected().pc(), Breakpoint::kHardware});
    text += hardware ? "hwbreak:;" : "swbreak:;";
  } else if (!interrupted_ && last_stop_.watch) {
    const Watchpoint& watch = last_stop_.watch->watchpoint;
    text += fmt::format("{}watch:{:x};",
                        watch.loads && watch.stores ? "a"
                        : watch.loads               ? "r"
                                                    : "",
                        last_stop_.watch->address);
  }
  reply(text);
}

void GdbSession::why(std::string_view) { stop_reply(); }

void GdbSession::exited(int code) {
  if (running_) reply(fmt::format("W{:02x}", static_cast<unsigned>(code) & 0xff));
  running_ = false;
}

void GdbSession::go(const std::vector<DebugMode>& modes) {
  running_ = true;
  target_.go(modes);
}

void GdbSession::resume(std::string_view text) { resume_old(text, DebugMode::kRun); }
void GdbSession::step(std::string_view text) { resume_old(text, DebugMode::kStep); }

/// `c [address]` and `s [address]`, of the thread chosen by Hc.
void GdbSession::resume_old(std::string_view text, DebugMode mode) {
  Addr address = 0;
  const unsigned hart = resumed_ > 0 ? static_cast<unsigned>(resumed_) - 1 : selected_;
  if (take_hex(text, address)) target_.hart(hart).set_pc(address & ~Addr{1});
  std::vector<DebugMode> modes(target_.harts(), resumed_ > 0 ? DebugMode::kHold : DebugMode::kRun);
  modes[hart] = mode;
  go(modes);
}

/// `action[:thread];...`: the first action that names a thread, or all, is that thread's. Threads
/// that are not named stand still.
void GdbSession::resume_each(std::string_view text) {
  std::vector<DebugMode> modes(target_.harts(), DebugMode::kHold);
  std::vector<bool> decided(target_.harts());
  bool any = false;
  while (!text.empty()) {
    const char action = text.front();
    text.remove_prefix(1);
    std::uint64_t signal = 0;  // No signals are delivered.
    if ((action == 'C' || action == 'S') && !take_hex(text, signal)) return error();
    int thread = -1;
    if (take(text, ":") && !take_thread(text, thread)) return error();
    if (!text.empty() && !take(text, ";")) return error();
    if (std::string_view("cCsSt").find(action) == std::string_view::npos) return error();
    const DebugMode mode = action == 't'                    ? DebugMode::kHold
                           : action == 's' || action == 'S' ? DebugMode::kStep
                                                            : DebugMode::kRun;
    for (unsigned n = 0; n < modes.size(); ++n) {
      if (decided[n] || (thread > 0 && static_cast<unsigned>(thread) != n + 1)) continue;
      decided[n] = true;
      modes[n] = mode;
      any = any || mode != DebugMode::kHold;
    }
  }
  if (!any) return error();
  go(modes);
}

void GdbSession::detach(std::string_view) {
  ok();
  end_ = End::kDetached;
}

void GdbSession::kill(std::string_view) {
  ok();
  end_ = End::kKilled;
}

// ---- Threads ---------------------------------------------------------------------------------

/// -1: all, 0: any, else a thread that there is.
bool GdbSession::take_thread(std::string_view& text, int& thread) const {
  if (take(text, "-1")) {
    thread = -1;
    return true;
  }
  std::uint64_t number = 0;
  if (!take_hex(text, number) || number > target_.harts()) return false;
  thread = static_cast<int>(number);
  return true;
}

void GdbSession::select(std::string_view text) {
  const char what = text.empty() ? '\0' : text.front();
  int thread = 0;
  if (!text.empty()) text.remove_prefix(1);
  if ((what != 'g' && what != 'c') || !take_thread(text, thread) || !text.empty()) return error();
  if (what == 'c') resumed_ = thread;
  if (what == 'g' && thread > 0) selected_ = static_cast<unsigned>(thread) - 1;
  ok();
}

void GdbSession::alive(std::string_view text) {
  int thread = 0;
  take_thread(text, thread) && thread > 0 ? ok() : error();
}

void GdbSession::threads(std::string_view) {
  std::string text = "m";
  for (unsigned n = 0; n < target_.harts(); ++n) text += fmt::format("{}{:x}", n ? "," : "", n + 1);
  reply(text);
}

void GdbSession::thread_info(std::string_view text) {
  int thread = 0;
  if (!take_thread(text, thread) || thread <= 0) return error();
  const auto hart = static_cast<unsigned>(thread) - 1;
  reply(to_hex(fmt::format("hart {}, {}", hart, target_.state(hart))));
}

// ---- Miscellany ------------------------------------------------------------------------------

void GdbSession::supported(std::string_view) {
  reply(
      fmt::format("PacketSize={:x};qXfer:features:read+;vContSupported+;swbreak+;hwbreak+;"
                  "QStartNoAckMode+",
                  GdbPacketReader::kMaxPacket));
}

void GdbSession::no_acknowledge(std::string_view) {
  ok();
  acknowledges_ = false;
}

void GdbSession::monitor(std::string_view text) {
  std::string line;
  if (!from_hex(text, line)) return error();
  reply(to_hex(gdb_monitor(line, target_, memory_, selected_)));
}

/// What QEMU's users know: `maintenance packet Qqemu.PhyMemMode:1`.
void GdbSession::physical_memory(std::string_view text) {
  if (text.empty()) return reply(memory_.physical() ? "1" : "0");
  if (text != "0" && text != "1") return error();
  memory_.use_physical(text == "1");
  ok();
}

}  // namespace cvp
