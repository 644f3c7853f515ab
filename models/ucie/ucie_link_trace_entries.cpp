// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_link_trace_entries.h"

#include "models/core/report.h"
#include "models/ucie/adapter/ucie_flit_decoder.h"
#include "models/ucie/protocol/ucie_encoding.h"
#include "models/ucie/ucie_regs.h"  // generated

namespace cvp {
namespace {

constexpr const char* kInterfaces[] = {"RDI", "FDI0", "FDI1"};

std::string rate_text(DataRate rate) {
  return concat(rate.transfers_per_second / 1'000'000'000, " GT/s");
}

// ` 3 17`, for bits 3 and 17.
std::string numbers(std::uint64_t bits) {
  std::string text;
  for (unsigned n = 0; n < 64; ++n) {
    if ((bits >> n & 1) != 0) text += concat(' ', n);
  }
  return text;
}

// What the packet carries beside its header.
std::string data_text(const UcieTrainingMessage& message) {
  std::string text;
  if (message.state == UcieState::kMbInitParam) {
    const bool advanced = message.package == UciePackage::kAdvanced;
    text += concat(", ", advanced ? "advanced" : "standard", " x", message.lanes, ", ",
                   rate_text(message.rate));
    const UcieLimits& most = message.limits;
    if (most.lanes > 0) text += concat(", at most x", most.lanes);
    if (most.rate > DataRate{}) text += ", at most " + rate_text(most.rate);
  }
  if (message.found.dead != 0) text += ", dead" + numbers(message.found.dead);
  if (message.found.spares != 0) text += ", dead spares" + numbers(message.found.spares);
  if (message.state == UcieState::kMbInitRepairMb && message.reversed) text += ", reversed";
  return text;
}

std::string room_text(std::uint32_t stacks, std::uint32_t flits) {
  return concat(", stacks ", stacks, ", room for ", flits, " flits");
}

std::string capabilities_text(const UcieCapabilities& capabilities) {
  std::string text =
      concat(", ", kUcieMappingNames[static_cast<std::size_t>(capabilities.protocol)]);
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    if ((capabilities.formats >> static_cast<unsigned>(format) & 1) == 0) continue;
    text += concat(" ", ucie_flit_layout(format).name);
  }
  return text + room_text(capabilities.stacks, capabilities.receive_flits);
}

std::string agreement_text(const UcieAgreement& agreement) {
  return concat(", ", ucie_flit_layout(agreement.format).name,
                room_text(agreement.stacks, agreement.receive_flits));
}

std::string training_text(const UcieTrainingMessage& message) {
  using Kind = UcieTrainingMessage::Kind;
  switch (message.kind) {
    case Kind::kPattern:
      return "clock pattern";
    case Kind::kDone:
      return concat("done ", name_of(message.state), data_text(message));
    case Kind::kRetrain:
      return "retrain";
    case Kind::kTrainError:
      return "TRAINERROR?";
    case Kind::kTrainErrorDone:
      return "TRAINERROR";
    case Kind::kWake:
      return "wake";
    default:
      return concat("training, in ", name_of(message.state));
  }
}

std::string parity_text(const UcieParityMessage& message) {
  switch (message.kind) {
    case UcieParityMessage::Kind::kRequest:
      return concat("parity ", message.inserts, "?");
    case UcieParityMessage::Kind::kAck:
      return "parity";
    default:
      return "no parity";
  }
}

// `FDI0 L1?` asks for a state, `FDI0 L1` agrees.
std::string link_text(const UcieLinkMessage& message) {
  using Kind = UcieLinkMessage::Kind;
  if (message.kind == Kind::kAdvertise) {
    return "advertised capabilities" + capabilities_text(message.capabilities);
  }
  if (message.kind == Kind::kFinalise) {
    return "finalised capabilities" + agreement_text(message.agreement);
  }
  if (message.kind == Kind::kParity) return parity_text(message.parity);
  return concat(kInterfaces[static_cast<std::size_t>(message.interface)], ' ',
                name_of(message.state), message.kind == Kind::kRequest ? "?" : "");
}

// Those that the other end gives.
std::string mailbox_error(std::uint32_t status) {
  using Status = UcieRegs::MailboxStatus;
  if (status == Status::kStatusNoRegister) return "no such register";
  if (status == Status::kStatusMisaligned) return "misaligned";
  return "refused";
}

std::string sideband_text(const Packet& packet) {
  switch (ucie_sideband_kind(packet)) {
    case UcieSideband::kTraining:
      return training_text(ucie_training_message(packet));
    case UcieSideband::kLink:
      return link_text(ucie_link_message(packet));
    case UcieSideband::kRelease:
      return "release";
    case UcieSideband::kReleaseDone:
      return "released";
    case UcieSideband::kCredit:
      return "credit";
    case UcieSideband::kMailbox: {
      const UcieMailboxAccess access = ucie_mailbox_access(packet);
      if (access.answers && access.status != 0) {
        return concat(mailbox_error(access.status), " at ", hex(access.offset));
      }
      const std::string where = concat(access.writes ? "write " : "read ", hex(access.offset));
      return access.writes != access.answers ? concat(where, " = ", hex(access.data)) : where;
    }
    case UcieSideband::kBeginAnew:
      return "begin anew";
    default:
      return "packet";
  }
}

}  // namespace

UcieTraceEntry ucie_trace_message(std::string_view port, const UcieMessageHeader& message,
                                  Femtoseconds start, Femtoseconds end, Femtoseconds arrival) {
  const std::string text = ucie_message_text(message);
  return {.what = UcieTraceEntry::What::kMessage,
          .port = port,
          .start = start,
          .end = end,
          .arrival = arrival,
          .name = text.substr(0, text.find(" tag")),
          .text = text};
}

UcieTraceEntry ucie_trace_sideband(std::string_view port, const Packet& packet, Femtoseconds start,
                                   Femtoseconds arrival) {
  const std::string text = sideband_text(packet);
  return {.what = UcieTraceEntry::What::kSideband,
          .port = port,
          .start = start,
          .end = arrival,
          .arrival = arrival,
          .name = text.substr(0, text.find(',')),
          .text = "sideband, " + text};
}

UcieTraceEntry ucie_trace_state(std::string_view port, UcieState state, Femtoseconds now) {
  return {.what = UcieTraceEntry::What::kState,
          .port = port,
          .start = now,
          .end = now,
          .arrival = now,
          .name = name_of(state),
          .text = concat("state, ", name_of(state))};
}

UcieTraceEntry ucie_trace_signal(std::string_view port, const UcieLinkSignal& signal) {
  constexpr const char* kTracks[] = {"rdi", "fdi0", "fdi1"};
  const auto& [time, name, level, state] = signal.change;
  const auto at = static_cast<std::size_t>(signal.interface);
  const std::string value = state ? name_of(*state) : level ? "1" : "0";
  return {.what = UcieTraceEntry::What::kSignal,
          .port = port,
          .start = time,
          .end = time,
          .arrival = time,
          .name = state || level ? value : "",
          .text = concat("signal, ", kInterfaces[at], ' ', name, ' ', value),
          .signal = state ? kTracks[at] : concat(kTracks[at], '.', name)};
}

}  // namespace cvp
