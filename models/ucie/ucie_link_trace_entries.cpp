// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_link_trace_entries.h"

#include "models/core/report.h"
#include "models/ucie/adapter/ucie_flit_decoder.h"
#include "models/ucie/protocol/ucie_encoding.h"

namespace cvp {
namespace {

std::string training_text(const UcieTrainingMessage& message) {
  using Kind = UcieTrainingMessage::Kind;
  switch (message.kind) {
    case Kind::kPattern:
      return "clock pattern";
    case Kind::kDone:
      return concat("done ", name_of(message.state));
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
  constexpr const char* kInterfaces[] = {"RDI", "FDI0", "FDI1"};
  using Kind = UcieLinkMessage::Kind;
  if (message.kind == Kind::kAdvertise) return "advertised capabilities";
  if (message.kind == Kind::kFinalise) return "finalised capabilities";
  if (message.kind == Kind::kParity) return parity_text(message.parity);
  return concat(kInterfaces[static_cast<std::size_t>(message.interface)], ' ',
                name_of(message.state), message.kind == Kind::kRequest ? "?" : "");
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
      if (access.answers && access.status != 0) return concat("mailbox status ", access.status);
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

UcieTraceEntry ucie_trace_message(std::string_view port, const UcieMessage& message,
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
          .name = text,
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

}  // namespace cvp
