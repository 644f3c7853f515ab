// SPDX-License-Identifier: Apache-2.0
//
// What crosses from one die to another: plain bytes. A payload with its attributes, a response, or
// something the link itself has to say becomes a Packet, and a Packet becomes a Message. Nothing
// else joins two dies, so that each can live in a process of its own.
#pragma once

#include <systemc>
#include <tlm>
#include <vector>

#include "models/core/attributes.h"

namespace cvp {

using Message = std::vector<std::uint8_t>;

enum class PacketKind : std::uint8_t { kRequest, kResponse, kSideband, kDebug, kGrant, kRevoke };

struct Packet {
  PacketKind kind = PacketKind::kRequest;
  tlm::tlm_command command = tlm::TLM_IGNORE_COMMAND;
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  std::uint64_t tag = 0;  ///< Joins a response to its request.
  Addr address = 0;
  std::uint32_t length = 0;  ///< Of the transaction; `data` may be shorter (reads, no_data).
  Attributes attributes;
  std::vector<std::uint8_t> data;

  /// A request with the payload's data if it is a write or an atomic.
  void become_request(const tlm::tlm_generic_payload& payload, std::uint64_t tag);
  /// The answer to it, with the data if it was a read.
  void become_response(const tlm::tlm_generic_payload& payload, std::uint64_t tag);
  static Packet request(const tlm::tlm_generic_payload& payload, std::uint64_t tag);
  static Packet response(const tlm::tlm_generic_payload& payload, std::uint64_t tag);
  /// Sets up `payload` for this request; data is in `data`, resized if needed. The payload's
  /// Attributes extension must exist.
  void to_payload(tlm::tlm_generic_payload& payload);
  /// Copies a response's status, data and poison into the payload that asked.
  void finish(tlm::tlm_generic_payload& payload) const;

 private:
  void begin(PacketKind of_kind, const tlm::tlm_generic_payload& payload, std::uint64_t of_tag);
};

/// `memory` serves again; its contents do not matter.
Message encode(const Packet& packet, Message memory = {});
/// Throws ModelError if the bytes are no packet.
Packet decode(const Message& message);
void decode(const Message& message, Packet& packet);

class MessageIf : public sc_core::sc_interface {
 public:
  /// Hands over a message that arrives at `arrival`, at least 1 ns from now.
  virtual void deliver(Femtoseconds arrival, Message message) = 0;
  /// Question and answer without time: debug access and DMI grants.
  virtual Message ask(const Message& question) = 0;
};

inline constexpr Femtoseconds kShortestCrossing = 1_ns;

}  // namespace cvp
