// SPDX-License-Identifier: Apache-2.0
//
// Whether flits carry parity: one end of what two adapters agree upon each time that RDI has become
// Active, before FDI does. No SystemC, no time.
//
// An end whose software wants parity asks for it, and says how much; the other agrees if it wants
// the same. So parity is there when both want it, and else off, which is no error.
// [UCIE: Runtime Link Testing using Parity]; how much it is, is in the question, which is ours.
#pragma once

#include <cstdint>
#include <vector>

namespace cvp {

inline constexpr std::uint32_t kUcieParityFlitBytes = 256;  ///< The flits that parity goes with.

struct UcieParityMessage {
  enum class Kind : std::uint8_t { kRequest, kAck, kNak };
  Kind kind = Kind::kRequest;
  std::uint32_t inserts = 0;  ///< Of 64 bytes, of a request: 1, 2 or 4.
};

class UcieParityFeature {
 public:
  using Message = UcieParityMessage;

  /// What software wants, from the next time on that RDI becomes Active; 0: none.
  void want(std::uint32_t inserts) { wanted_ = inserts; }
  /// RDI has become Active. `possible`: parity goes with the flits of the link.
  void begin(bool possible);
  /// RDI has left Active, and with it nothing holds any more.
  void end();
  /// As if both ends had wanted the same.
  void assume(std::uint32_t inserts);
  void receive(const Message& message);
  std::vector<Message> take_messages();

  bool begun() const { return begun_; }
  /// Has asked and waits for the answer.
  bool asks() const { return asks_; }
  /// What both ends insert; 0: nothing.
  std::uint32_t agreed() const { return agreed_ ? offered_ : 0; }
  /// The last question of this end was answered with no.
  bool refused() const { return refused_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(wanted_, offered_, begun_, asks_, agreed_, refused_);
  }

 private:
  std::uint32_t wanted_ = 0;
  std::uint32_t offered_ = 0;  // Wanted when RDI became Active.
  bool begun_ = false, asks_ = false, agreed_ = false, refused_ = false;
  std::vector<Message> messages_;
};

}  // namespace cvp
