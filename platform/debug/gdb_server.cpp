// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_server.h"

#include <cstdio>

#include <fmt/format.h>

#include "models/core/simulation_time.h"

namespace cvp {
namespace {

constexpr unsigned kMaxPort = 65535;
constexpr const char* kPrivileges[] = {"U", "S", "", "M"};

}  // namespace

void GdbOptions::add_to(CLI::App& command) {
  auto* given = command
                    .add_option("--gdb", port,
                                "Wait at reset for GDB on this TCP port of this machine; 0: any")
                    ->type_name("PORT")
                    ->check(CLI::Range(0u, kMaxPort));
  command.add_flag("--gdb-no-wait", runs_at_once, "Run until GDB comes")->needs(given);
}

GdbServer::GdbServer(std::unique_ptr<GdbConnection> connection, const GdbOptions& options,
                     Simulation& simulation)
    : connection_(std::move(connection)),
      simulation_(simulation),
      standing_(!options.runs_at_once) {
  for (const auto& [instance, cluster] : simulation.platform().host().all<CpuCluster>()) {
    const auto first = static_cast<unsigned>(threads_.size());
    clusters_.push_back(std::make_unique<CpuDebug>(
        *cluster, [this, first](const DebugStop& stop) { stopped(first, stop); }));
    if (standing_) clusters_.back()->hold();
    for (unsigned n = 0; n < cluster->harts(); ++n) threads_.push_back({clusters_.back().get(), n});
  }
  simulation.control(*this);
}

void GdbServer::begins() {
  std::fprintf(stderr, "note: %s for GDB on %s\n", standing_ ? "waiting at reset" : "listening",
               connection_->name().c_str());
  std::fflush(stderr);
}

bool GdbServer::may_go_on(const volatile int& interrupted) {
  while (converse()) {
    if (!standing_ || interrupted != 0) return true;
    connection_->wait();
  }
  return false;
}

// A hart that has just stopped has something to tell first.
void GdbServer::wait() const {
  if (!standing_) connection_->wait();
}

/// Answers what has come; false when the debugger has ended the run.
bool GdbServer::converse() {
  if (connection_->accept()) {
    hold();
    session_ = std::make_unique<GdbSession>(static_cast<DebugTarget&>(*this));
  }
  if (!session_) return true;
  session_->receive(connection_->receive());
  connection_->send(session_->take_output());
  const GdbSession::End end = session_->end();
  if (end == GdbSession::End::kNone && connection_->connected()) return true;
  // A debugger that only vanishes leaves the harts as they are, without its breakpoints.
  session_.reset();
  connection_->close_peer();
  if (end == GdbSession::End::kDetached) go(std::vector(harts(), DebugMode::kRun));
  return end != GdbSession::End::kKilled;
}

/// Within a hart's turn. The kernel comes back to Simulation::run() after this delta cycle.
void GdbServer::stopped(unsigned first, const DebugStop& stop) {
  hold();
  DebugStop global = stop;
  global.hart += first;
  if (session_) session_->stopped(global);
  sc_core::sc_pause();
}

void GdbServer::ended(int exit_code) {
  if (!session_) return;
  session_->exited(exit_code);
  connection_->send(session_->take_output());
  session_.reset();
}

// ---- DebugTarget -----------------------------------------------------------------------------

Hart& GdbServer::hart(unsigned index) {
  const Thread& thread = threads_[index];
  return thread.cluster->cluster().hart(thread.index);
}

std::string GdbServer::state(unsigned index) const {
  const Thread& thread = threads_[index];
  CpuCluster& cluster = thread.cluster->cluster();
  const Hart& hart = cluster.hart(thread.index);
  return fmt::format("{}-mode, {} at pc {:#x}",
                     kPrivileges[static_cast<unsigned>(hart.privilege())],
                     hart.bus_pending() ? "waits for the bus"
                     : hart.waiting()   ? "wfi"
                                        : "runs",
                     hart.pc());
}

// Memory is reached on its own die; the rest through the first hart's bus.
bool GdbServer::read(Addr physical, std::span<std::uint8_t> out) {
  return simulation_.platform().read(physical, out) ||
         clusters_.front()->read(physical, out) == out.size();
}

bool GdbServer::write(Addr physical, std::span<const std::uint8_t> in) {
  const bool done = simulation_.platform().write(physical, in) ||
                    clusters_.front()->write(physical, in) == in.size();
  for (const auto& cluster : clusters_) cluster->memory_changed();
  return done;
}

void GdbServer::set_breakpoints(const std::set<Addr>& addresses) {
  for (const auto& cluster : clusters_) cluster->set_breakpoints(addresses);
}

void GdbServer::set_watchpoints(const std::vector<Watchpoint>& list) {
  for (const auto& cluster : clusters_) cluster->set_watchpoints(list);
}

void GdbServer::hold() {
  standing_ = true;
  for (const auto& cluster : clusters_) cluster->hold();
}

void GdbServer::go(const std::vector<DebugMode>& modes) {
  standing_ = false;
  auto next = modes.begin();
  for (const auto& cluster : clusters_) {
    const auto end = next + cluster->cluster().harts();
    cluster->go({next, end});
    next = end;
  }
}

void GdbServer::reset() {
  for (const auto& cluster : clusters_) cluster->reset();
  simulation_.load();
  for (const auto& cluster : clusters_) cluster->memory_changed();
}

std::string GdbServer::statistics() const {
  std::string text = fmt::format("{:.9f} ms simulated\n", simulation_time().seconds() * 1e3);
  for (unsigned n = 0; n < threads_.size(); ++n) {
    const CpuStatistics hart = threads_[n].cluster->cluster().statistics(threads_[n].index);
    text +=
        fmt::format("hart {}: {} instructions, {} traps, {} interrupts, {} wfi, {} bus accesses\n",
                    n, hart.instructions, hart.traps, hart.interrupts, hart.wfi, hart.bus_accesses);
  }
  return text;
}

}  // namespace cvp
