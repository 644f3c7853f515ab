// SPDX-License-Identifier: Apache-2.0
#include "platform/host_device_types.h"

#include "models/clint/clint.h"
#include "models/imsic/imsic.h"
#include "models/message_receiver/message_receiver.h"
#include "models/plic/plic.h"
#include "models/rtc/rtc.h"
#include "models/rtc/rtc_date.h"
#include "models/uart/uart.h"
#include "models/virtio/virtio.h"

namespace cvp {
namespace {

using enum Unit;

const TargetPort kMap = {"map", {}, {}, 4096};

ModelType clint() {
  using P = ClintParams;
  return {.type = "clint",
          .place = Place::kDie,
          .doc = "Machine timer and software interrupts (sifive,clint0)",
          .parameters = {{"timebase", kFrequency, "10 MHz", "1 kHz", "1 GHz", "Rate of mtime",
                          to(&P::timebase)},
                         {"access_time", kTime, "0 ns", "0 ns", "1 us", "Of a register",
                          to(&P::access_time)}},
          .targets = {kMap},
          .wires = {{"harts", "cpu_cluster", "", 1}}};
}

ModelType plic() {
  using P = PlicParams;
  return {
      .type = "plic",
      .place = Place::kDie,
      .doc = "PLIC (sifive,plic-1.0.0); with aia of the harts an APLIC (riscv,aplic)",
      .parameters = {{"sources", kCount, "223", "1", "223", "Interrupt sources", to(&P::sources)},
                     {"access_time", kTime, "0 ns", "0 ns", "1 us", "Of a register",
                      to(&P::access_time)}},
      .targets = {kMap},
      .wires = {{"harts", "cpu_cluster", "", 1}}};
}

// A multiple of its size, so that a hart's page follows from its number by a logical or.
TargetPort imsic_window(const std::string& key) {
  const std::uint64_t size = ImsicRegs().size();
  return {key, [size](const ParameterSet&) { return size; }, "the largest number of harts", size};
}

ModelType imsic() {
  using P = ImsicParams;
  return {
      .type = "imsic",
      .place = Place::kDie,
      .doc = "Incoming MSI controller (riscv,imsics), with aia of the harts",
      .parameters = {{"identities", kCount, "255", "63", "2047",
                      "Interrupts of a file, one less than a multiple of 64", to(&P::identities)},
                     {"access_time", kTime, "0 ns", "0 ns", "1 us", "Of a message",
                      to(&P::access_time)}},
      .targets = {imsic_window("machine"), imsic_window("supervisor")},
      .wires = {{"harts", "cpu_cluster", "", 1}},
      .check = [](const ParameterSet& params) -> std::vector<std::string> {
        const auto number = static_cast<unsigned>(params["identities"].integer);
        if (InterruptFile::is_legal_size(number)) return {};
        return {"identities: " + std::to_string(number) +
                " is not possible; expected one less than a multiple of 64, such as 127"};
      }};
}

ModelType uart() {
  using P = UartParams;
  return {.type = "uart",
          .place = Place::kDie,
          .doc = "ns16550a console",
          .parameters = {{"clock", kFrequency, "3.6864 MHz", "1 kHz", "1 GHz", "Input clock",
                          to(&P::clock)},
                         {"timed", kFlag, "false", "", "",
                          "Characters take the time of their baud rate", to(&P::timed)},
                         {"access_time", kTime, "0 ns", "0 ns", "1 us", "Of a register",
                          to(&P::access_time)}},
          .targets = {kMap},
          .wires = {{"irq", "plic", "source", 1}}};
}

ModelType finisher() {
  return {.type = "finisher",
          .place = Place::kDie,
          .doc = "sifive,test1: exit code, reset, power off",
          .targets = {kMap}};
}

ModelType rtc() {
  using P = RtcParams;
  return {.type = "rtc",
          .place = Place::kDie,
          .doc = "Real-time clock (google,goldfish-rtc)",
          .parameters = {{"start", kText, P{}.start, "", "", "Date at simulated time 0, UTC",
                          to(&P::start)},
                         {"access_time", kTime, "0 ns", "0 ns", "1 us", "Of a register",
                          to(&P::access_time)}},
          .targets = {kMap},
          .wires = {{"irq", "plic", "source", 1}},
          .check = [](const ParameterSet& params) -> std::vector<std::string> {
            const std::string& start = params["start"].text;
            if (parse_date(start)) return {};
            return {"start: \"" + start +
                    "\" is no date; expected one of 1970 to 2261 such as 2026-01-01T00:00:00Z"};
          }};
}

ModelType virtio() {
  using P = VirtioParams;
  return {
      .type = "virtio",
      .place = Place::kDie,
      .doc = "Slot for a virtio device (virtio,mmio, version 2)",
      .parameters =
          {{"device",
            kChoice,
            "none",
            "",
            "",
            "What is in the slot",
            to(&P::device),
            {"none", "block", "rng", "console", "net"}},
           {"latency", kTime, "10 us", "0 ns", "1 s", "Of a request in the device",
            to(&P::latency)},
           {"bandwidth", kBandwidth, "1 GB/s", "1 MB/s", "1 TB/s", "Of the device",
            to(&P::bandwidth)},
           {"file", kText, "", "", "", "Raw image", to(&P::file), {}, "device=block"},
           {"mode",
            kChoice,
            "write",
            "",
            "",
            "What writes to the image do",
            to(&P::mode),
            {"write", "read_only", "snapshot"},
            "device=block"},
           {"mac",
            kText,
            P{}.mac,
            "",
            "",
            "Hardware address of the network card",
            to(&P::mac),
            {},
            "device=net"},
           {"seed", kCount, "1", "", "", "Of the random numbers", to(&P::seed), {}, "device=rng"},
           {"access_time", kTime, "0 ns", "0 ns", "1 us", "Of a register", to(&P::access_time)}},
      .targets = {kMap},
      .initiators = {"mem"},
      .wires = {{"irq", "plic", "source", 1}},
      .check = [](const ParameterSet& params) -> std::vector<std::string> {
        const auto p = params.make<P>();
        if (p.device == VirtioKind::kNet && !parse_mac(p.mac)) {
          return {"mac: \"" + p.mac +
                  "\" is no address of one card; expected one such as 52:54:00:12:34:56"};
        }
        if (p.device != VirtioKind::kBlock) return {};
        const std::string error = DiskImage::error_of(p.file, p.mode);
        if (error.empty()) return {};
        return {"file: " + error};
      }};
}

ModelType message_receiver() {
  using P = MessageReceiverParams;
  return {.type = "message_receiver",
          .place = Place::kDie,
          .doc = "Turns a posted write of n into interrupt n",
          .parameters = {{"pulse", kTime, "1 ns", "1 ps", "1 us", "High time of a pulse",
                          to(&P::pulse)},
                         {"access_time", kTime, "0 ns", "0 ns", "1 us", "Of a write",
                          to(&P::access_time)}},
          .targets = {kMap},
          .wires = {{"source", "plic", "source", MessageReceiver::kSources}}};
}

}  // namespace

std::vector<ModelType> host_device_types() {
  return {clint(), plic(), imsic(), uart(), rtc(), virtio(), finisher(), message_receiver()};
}

}  // namespace cvp
