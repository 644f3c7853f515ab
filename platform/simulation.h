// SPDX-License-Identifier: Apache-2.0
//
// One run of a package: builds it, loads it, runs it until something ends it. Everything that can
// be wrong with the inputs has been found before.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/cpu/semihosting.h"
#include "platform/boot_files.h"
#include "platform/debug/run_control.h"
#include "platform/outside/connections.h"
#include "platform/platform.h"

namespace cvp {

struct SimulationOptions {
  BuildOptions build;
  BootPlan boot;  ///< `tohost` of its program ends the run.
  DeviceTreeOptions tree;
  Femtoseconds max_time = Femtoseconds::max();
  double max_wall_s = 0;  ///< 0: no limit.
  Console::Input input = Console::Input::kNone;
  bool semihosting = false;  ///< Serve ebreak calls of the guest.
  bool quiet = false;        ///< The guest's console does not go to standard output.
  OutsideEnds outside;
};

enum class EndKind : std::uint8_t {
  kGuest,
  kTimeLimit,
  kWallLimit,
  kClockEnd,  ///< 5.1 hours of simulated time.
  kDeadEnd,
  kInterrupted,
  kKilled,  ///< By a debugger.
};

struct RunEnd {
  EndKind kind = EndKind::kGuest;
  int exit_code = 0;
  std::optional<std::uint64_t> guest_exit;
  std::vector<std::string> waiting;  ///< After a dead end or a limit: who waits for what.
  double wall_s = 0;
};

inline constexpr int kExitTimeLimit = 124;
inline constexpr int kExitDeadEnd = 125;
inline constexpr int kExitSignal = 128;  ///< Plus the signal, as shells count.
inline constexpr int kExitInterrupted = 130;

/// Exit code of the process for a guest's: non-zero stays non-zero.
int process_exit_code(std::uint64_t guest);

class Simulation {
 public:
  Simulation(const Package& package, SimulationOptions options);
  ~Simulation();

  RunEnd run();
  /// Asked between slices of run(); must outlive it.
  void control(RunControl& control) { control_ = &control; }
  /// Puts the images, the device tree and the boot ROM into memory, as before the start.
  void load();
  /// Called when the guest says that a phase begins, by the finisher's mark register.
  void on_mark(std::function<void(std::uint32_t number)> handler) { on_mark_ = std::move(handler); }
  Platform& platform() { return *platform_; }
  const Platform& platform() const { return *platform_; }
  const Console& console() const { return outside_->console(); }
  Console& console() { return outside_->console(); }
  const Package& package() const { return package_; }
  /// What harts enter from the boot ROM.
  const Image& program() const { return options_.boot.program(); }
  const BuildOptions& build_options() const { return options_.build; }
  /// Instructions of all harts.
  std::uint64_t instructions() const;

 private:
  Addr place_tree(const std::vector<std::uint8_t>& tree) const;
  Addr tree_address(std::uint64_t size) const;
  void load_boot_rom(Addr rom, Addr tree);
  void watch_end();
  Htif::Host guest_requests();
  void end(std::uint64_t code);
  Femtoseconds next_slice_end() const;
  void show_progress(double wall_s);

  const Package& package_;
  SimulationOptions options_;
  std::unique_ptr<Platform> platform_;
  std::unique_ptr<Connections> outside_;
  std::unique_ptr<Htif> htif_;
  std::unique_ptr<Semihosting> semihosting_;
  std::function<void(std::uint32_t)> on_mark_;
  std::optional<std::uint64_t> guest_exit_;
  RunControl* control_ = nullptr;
  double next_progress_s_ = 0.5;
};

}  // namespace cvp
