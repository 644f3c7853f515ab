// SPDX-License-Identifier: Apache-2.0
#include "platform/simulation.h"

#include <csignal>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "models/core/simulation_time.h"
#include "models/cpu/cpu_cluster.h"
#include "models/finisher/finisher.h"
#include "models/memory/memory.h"
#include "platform/boot_rom.h"

namespace cvp {
namespace {

// The kernel runs in slices, between which input, limits and signals are looked at. Slices end at
// multiples of this, so that they never change what is simulated.
constexpr Femtoseconds kSlice = 100_us;

// Where the clock's range ends, with a second to spare for what looks ahead.
constexpr Femtoseconds kClockEnd = kSlice * ((Femtoseconds::max() - 1_s) / kSlice);

volatile std::sig_atomic_t interrupted = 0;  // By which signal.
void on_signal(int signal) { interrupted = signal; }

/// Signals that end a run, but not before its results are written: Ctrl-C, `timeout`, a terminal
/// that is closed.
class EndingSignals {
 public:
  EndingSignals() {
    for (auto& [signal, before] : signals_) before = std::signal(signal, on_signal);
  }
  ~EndingSignals() {
    for (const auto& [signal, before] : signals_) std::signal(signal, before);
  }
  EndingSignals(const EndingSignals&) = delete;
  EndingSignals& operator=(const EndingSignals&) = delete;

 private:
  using Handler = void (*)(int);
  std::array<std::pair<int, Handler>, 3> signals_{
      {{SIGINT, nullptr}, {SIGTERM, nullptr}, {SIGHUP, nullptr}}};
};

}  // namespace

int process_exit_code(std::uint64_t guest) {
  const auto low = static_cast<int>(guest & 0xff);
  return guest != 0 && low == 0 ? 1 : low;
}

Simulation::Simulation(const Package& package, SimulationOptions options)
    : package_(package), options_(std::move(options)) {
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  platform_ = std::make_unique<Platform>(package.name.c_str(), package, options_.build);
  outside_ = std::make_unique<Connections>(platform_->host(), std::move(options_.outside),
                                           options_.input, options_.quiet);
  load();
  watch_end();
}

Simulation::~Simulation() = default;

std::uint64_t Simulation::instructions() const {
  std::uint64_t sum = 0;
  for (const auto& [instance, cpu] : platform_->host().all<CpuCluster>())
    sum += cpu->instructions();
  return sum;
}

Addr Simulation::tree_address(std::uint64_t size) const {
  if (options_.boot.tree != 0) return options_.boot.tree;
  const Instance* rom = package_.host().first("rom");
  if (rom && kDeviceTreeRomOffset + size <= rom->window("map")->range.size) {
    return rom->window("map")->range.base + kDeviceTreeRomOffset;
  }
  const Instance* ram = package_.host().of_type("ram").back();
  return (ram->window("map")->range.end() - size) & ~Addr{0xfff};
}

Addr Simulation::place_tree(const std::vector<std::uint8_t>& tree) const {
  const Addr address = tree_address(tree.size());
  platform_->load(make_image("device tree", address, tree));
  return address;
}

void Simulation::load() {
  for (const Image& image : options_.boot.images) platform_->load(image);
  const Addr tree = place_tree(to_dtb(make_device_tree(package_, options_.tree)));
  const Instance* rom = package_.host().first("rom");
  if (!options_.boot.boot_rom.empty() && rom) {
    load_boot_rom(rom->window("map")->range.base, tree);
    return;
  }
  for (const auto& [instance, cpu] : platform_->host().all<CpuCluster>()) {
    cpu->load_entry(program().entry, tree);
  }
}

void Simulation::load_boot_rom(Addr rom, Addr tree) {
  std::vector<std::uint8_t> code = options_.boot.boot_rom;
  CVP_CHECK(code.size() >= sizeof(BootRomParameters) && code.size() <= kDeviceTreeRomOffset,
            "boot ROM of ", code.size(), " bytes");
  BootRomParameters parameters;
  parameters.info.next_address = options_.boot.kernel;
  parameters.tree = tree;
  parameters.flags = options_.boot.all_harts ? 1 : 0;
  parameters.entry = program().entry;
  std::memcpy(code.data() + code.size() - sizeof parameters, &parameters, sizeof parameters);
  platform_->load(make_image("boot ROM", rom, std::move(code)));
}

void Simulation::end(std::uint64_t code) {
  if (guest_exit_) return;
  guest_exit_ = code;
  sc_core::sc_stop();
}

void Simulation::watch_end() {
  for (const auto& [instance, finisher] : platform_->host().all<Finisher>()) {
    finisher->on_finish([this](FinishKind kind, unsigned code) {
      if (kind == FinishKind::kReset) log_unmodelled("finisher: a reset ends the run");
      end(kind == FinishKind::kFail ? std::max(code, 1u) : 0);
    });
    finisher->on_mark([this](std::uint32_t number) {
      if (on_mark_) on_mark_(number);
    });
  }
  const auto tohost = program().symbol("tohost");
  if (tohost) {
    const Addr fromhost = program().symbol("fromhost").value_or(0);
    htif_ = std::make_unique<Htif>(*tohost, fromhost, guest_requests());
  }
  if (options_.semihosting) {
    const Instance* clint = package_.host().first("clint");
    const std::uint64_t ticks = clint ? clint->params["timebase"].integer : 1;
    semihosting_ = std::make_unique<Semihosting>(guest_requests(), ticks);
  }
  for (const auto& [instance, cpu] : platform_->host().all<CpuCluster>()) {
    if (htif_) cpu->watch_tohost(*tohost, *htif_);
    for (unsigned n = 0; semihosting_ && n < cpu->harts(); ++n) {
      cpu->hart(n).add_probe(*semihosting_);
    }
  }
}

// What a guest may ask of the host by itself.
Htif::Host Simulation::guest_requests() {
  return {
      [this](std::uint64_t code) { end(code); },
      [this](char character) {
        console().put(static_cast<std::uint8_t>(character), simulation_time());
      },
      [this](Addr address, std::span<std::uint8_t> out) { return platform_->read(address, out); },
      [this](Addr address, std::span<const std::uint8_t> in) {
        return platform_->write(address, in);
      }};
}

// The end of the slice in which something happens next; idle slices are skipped.
Femtoseconds Simulation::next_slice_end() const {
  const Femtoseconds now = simulation_time();
  Femtoseconds next = now;
  if (sc_core::sc_pending_activity())
    next += to_femtoseconds(sc_core::sc_time_to_pending_activity());
  return next < kClockEnd ? kSlice * (next / kSlice + 1) : kClockEnd;
}

void Simulation::show_progress(double wall_s) {
  if (wall_s < next_progress_s_) return;
  next_progress_s_ = wall_s + 0.5;
  console().progress(fmt::format("  {:.3f} ms simulated, {:.0f} s, {:.1f} MIPS",
                                 simulation_time().seconds() * 1e3, wall_s,
                                 static_cast<double>(instructions()) * 1e-6 / wall_s));
}

RunEnd Simulation::run() {
  const auto started = std::chrono::steady_clock::now();
  const EndingSignals signals;
  RunEnd result;
  const auto stop = [&](EndKind kind, int code) {
    result.kind = kind;
    result.exit_code = code;
    return false;
  };
  OutsideInputs& inputs = outside_->inputs();
  outside_->start();
  const Femtoseconds limit = std::min(options_.max_time, kClockEnd);
  bool going = true;
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  if (control_) control_->begins();
  while (going) {
    if (control_ && !control_->may_go_on(interrupted)) {
      stop(EndKind::kKilled, kExitInterrupted);
      break;
    }
    const Femtoseconds next = std::min(next_slice_end(), limit);
    const Femtoseconds ahead = next - simulation_time();
    const Femtoseconds idle = ahead > kSlice ? ahead : Femtoseconds{};
    const bool watched = control_ && control_->live();
    const bool held = inputs.hold(next, result.wall_s, idle, watched);
    if (!held && !guest_exit_) sc_core::sc_start(to_sc_time(ahead));
    inputs.poll();
    result.wall_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    if (guest_exit_) {
      going = stop(EndKind::kGuest, process_exit_code(*guest_exit_));
    } else if (interrupted) {
      going = stop(EndKind::kInterrupted, kExitSignal + interrupted);
    } else if (simulation_time() >= limit) {
      going = stop(limit == kClockEnd ? EndKind::kClockEnd : EndKind::kTimeLimit, kExitTimeLimit);
    } else if (options_.max_wall_s > 0 && result.wall_s >= options_.max_wall_s) {
      going = stop(EndKind::kWallLimit, kExitTimeLimit);
    } else if (!held && !sc_core::sc_pending_activity()) {
      if (control_ && control_->live())
        control_->wait();
      else if (inputs.live())
        inputs.wait();
      else
        going = stop(EndKind::kDeadEnd, kExitDeadEnd);
    }
    show_progress(result.wall_s);
  }
  console().flush();
  if (control_) control_->ended(result.exit_code);
  result.guest_exit = guest_exit_;
  if (result.kind != EndKind::kGuest && result.kind != EndKind::kKilled)
    result.waiting = platform_->waiting();
  return result;
}

}  // namespace cvp
