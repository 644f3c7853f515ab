// SPDX-License-Identifier: Apache-2.0
//
// A slot for a virtio device: disk, random numbers, console, network card, or empty. Rings and
// buffers are in guest memory, which the device reads and writes over the bus as a burst initiator.
//
// Programmer's model: virtio.regs.toml and [VIRTIO]. Timing: every access to a ring or a buffer
// takes its time on the bus; between the last byte of a request and the first of its answer lie a
// latency and the data at a bandwidth. Not modelled: see README.md.
#pragma once

#include <string>
#include <systemc>

#include "models/core/action_queue.h"
#include "models/core/burst_initiator.h"
#include "models/core/register_socket.h"
#include "models/core/wait_reporter.h"
#include "models/virtio/virtio_core.h"

namespace cvp {

enum class VirtioKind : std::uint8_t { kNone, kBlock, kRng, kConsole, kNet };

struct VirtioParams {
  VirtioKind device = VirtioKind::kNone;
  Femtoseconds latency = 10_us;  ///< Of a request in the device.
  Bandwidth bandwidth = 1_GBps;  ///< Of the device, one request after the other.
  std::string file;              ///< Of a disk: raw image.
  DiskMode mode = DiskMode::kWrite;
  std::uint64_t seed = 1;                 ///< Of random numbers.
  std::string mac = "52:54:00:12:34:56";  ///< Of a network card.
  Femtoseconds access_time = 0_ns;        ///< Of a register; changes timing only.
};

class Virtio : public sc_core::sc_module,
               public WaitReporter,
               private VirtioPort,
               private ActionHandler {
 public:
  RegisterSocket regs_target{"regs_target"};
  BurstInitiator mem_initiator;
  sc_core::sc_out<bool> irq{"irq"};

  Virtio(sc_core::sc_module_name name, ActionQueue& actions, const VirtioParams& params = {});

  // Until one of these is called, what a console or network card sends goes nowhere. The other side
  // must outlive the device; the device must be of that kind.
  void connect(ConsoleIf& console);
  void connect(NetworkIf& network);
  const VirtioParams& params() const { return params_; }
  const VirtioStatistics& statistics() const { return core_.statistics(); }
  std::string waiting() const override { return core_.waiting(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(core_);
  }

 private:
  enum Op : std::uint32_t { kKick, kWake };

  void on_action(const Action& action) override;
  void drive_irq();

  // VirtioPort
  void read(Addr address, std::uint32_t bytes, std::uint64_t tag) override;
  void write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag) override;
  void wake_after(Femtoseconds time, std::uint64_t tag) override;
  void guest_error(std::string_view what) override;

  ActionQueue& actions_;
  const SourceId source_;
  const VirtioParams params_;
  VirtioCore core_;
};

}  // namespace cvp
