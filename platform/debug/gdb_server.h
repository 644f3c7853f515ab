// SPDX-License-Identifier: Apache-2.0
//
// GDB's way into a run: a TCP port, the harts of the host die as threads.
#pragma once

#include <CLI/CLI.hpp>

#include "models/cpu/cpu_debug.h"
#include "platform/debug/gdb_connection.h"
#include "platform/debug/gdb_session.h"
#include "platform/debug/run_control.h"
#include "platform/simulation.h"

namespace cvp {

struct GdbOptions {
  std::optional<std::uint16_t> port;
  bool runs_at_once = false;

  void add_to(CLI::App& command);
};

class GdbServer : public RunControl, private DebugTarget {
 public:
  /// Says on standard error where it listens. The simulation must outlive it.
  GdbServer(std::unique_ptr<GdbConnection> connection, const GdbOptions& options,
            Simulation& simulation);

  void begins() override;
  bool may_go_on(const volatile int& interrupted) override;
  bool live() const override { return connection_->connected(); }
  void wait() const override;
  void ended(int exit_code) override;

 private:
  struct Thread {
    CpuDebug* cluster;
    unsigned index;
  };

  unsigned harts() const override { return static_cast<unsigned>(threads_.size()); }
  Hart& hart(unsigned index) override;
  std::string state(unsigned hart) const override;
  bool read(Addr physical, std::span<std::uint8_t> out) override;
  bool write(Addr physical, std::span<const std::uint8_t> in) override;
  void set_breakpoints(const std::set<Addr>& addresses) override;
  void set_watchpoints(const std::vector<Watchpoint>& list) override;
  void hold() override;
  void go(const std::vector<DebugMode>& modes) override;
  void reset() override;
  std::string statistics() const override;

  void stopped(unsigned first, const DebugStop& stop);
  bool converse();

  std::unique_ptr<GdbConnection> connection_;
  Simulation& simulation_;
  std::vector<std::unique_ptr<CpuDebug>> clusters_;
  std::vector<Thread> threads_;
  std::unique_ptr<GdbSession> session_;
  bool standing_ = true;  ///< No hart may go on.
};

}  // namespace cvp
