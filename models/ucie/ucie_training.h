// SPDX-License-Identifier: Apache-2.0
//
// Training state machine of one end of a UCIe-style link. No SystemC: time comes in with each call,
// the next time to be woken is `deadline()`, and what the other end must hear is `take_messages()`.
//
// In every state each end does its own work for the state's duration, says so over the sideband,
// and moves on when the other end has said so too. Who waits for 8 ms gives up: TRAINERROR.
// Durations and states: README.md, "Training".
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/ucie/ucie_link.h"

namespace cvp {

/// The register `status.state` holds these numbers.
enum class UcieState : std::uint8_t {
  kReset,
  kSbInit,
  kMbInitParam,
  kMbInitCal,
  kMbInitRepairClk,
  kMbInitRepairVal,
  kMbInitReversalMb,
  kMbInitRepairMb,
  kMbTrainValVref,
  kMbTrainDataVref,
  kMbTrainSpeedIdle,
  kMbTrainTxSelfCal,
  kMbTrainRxClkCal,
  kMbTrainValTrainCenter,
  kMbTrainValTrainVref,
  kMbTrainDataTrainCenter1,
  kMbTrainDataTrainVref,
  kMbTrainRxDeskew,
  kMbTrainDataTrainCenter2,
  kMbTrainLinkSpeed,
  kMbTrainRepair,
  kLinkInit,
  kActive,
  kPhyRetrain,
  kL1,
  kL2,
  kTrainError,
};
constexpr std::size_t kUcieStates = 27;
const char* name_of(UcieState state);
/// How long an end's own work takes in a state; 0 where a state only waits.
Femtoseconds ucie_state_duration(UcieState state);
constexpr Femtoseconds kUcieTimeout = 8_ms;
constexpr Femtoseconds kUcieResetTime = 4_ms;

/// Why the last attempt ended in TRAINERROR.
enum class UcieTrainingError : std::uint8_t { kNone, kTimeout, kMismatch, kLanes, kPeer };

/// What one end tells the other while they train.
struct UcieTrainingMessage {
  enum class Kind : std::uint8_t { kPattern, kDone, kRetrain, kTrainError };
  Kind kind = Kind::kPattern;
  UcieState state = UcieState::kReset;  ///< Of the sender; kDone: the state it has finished.
  UciePackage package = UciePackage::kAdvanced;
  UcieFlitFormat format = UcieFlitFormat::k256;
  std::uint32_t lanes = 0;
  DataRate rate;
  std::uint64_t broken = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, state, package, format, lanes, rate.transfers_per_second, broken);
  }
};

struct UcieTrainingParams {
  UcieLinkShape capability;
  std::uint64_t broken_lanes = 0;  ///< Bit n: data lane n does not work in either direction.
  bool dead = false;               ///< Neither hears nor is heard.
  bool trained_at_reset = false;   ///< ACTIVE from the start, as if software had trained it.
};

class UcieTraining {
 public:
  explicit UcieTraining(const UcieTrainingParams& params);

  /// Software starts training: from RESET, or from TRAINERROR through RESET. Else ignored: false.
  bool start(Femtoseconds now);
  /// Software retrains an ACTIVE link at the width and rate it has. Else ignored: false.
  bool retrain(Femtoseconds now);
  void receive(Femtoseconds now, const UcieTrainingMessage& message);
  /// To be called when deadline() has come; harmless when it has not.
  void wake(Femtoseconds now);
  Femtoseconds deadline() const;  ///< Femtoseconds::max(): nothing to wait for.
  std::vector<UcieTrainingMessage> take_messages();

  UcieState state() const { return state_; }
  bool active() const { return state_ == UcieState::kActive; }
  /// Trained and not lost since; stays set while an ACTIVE link retrains.
  bool up() const { return up_; }
  /// The sideband carries messages.
  bool sideband_up() const;
  UcieTrainingError error() const { return error_; }
  UcieState failed_state() const { return failed_; }
  const UcieLinkShape& shape() const { return shape_; }  ///< Negotiated.
  const UcieWidth& width() const { return width_; }
  UcieState peer_state() const { return peer_state_; }
  Femtoseconds residency(UcieState state, Femtoseconds now) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(state_, failed_, peer_state_, error_, entered_, local_done_, peer_done_, starting_, up_,
            shape_, width_.width, width_.repaired, width_.first_lane, peer_broken_, residency_,
            messages_);
  }

 private:
  void enter(UcieState state, Femtoseconds now);
  void advance(Femtoseconds now);
  void finish_work(Femtoseconds now);
  void fail(UcieTrainingError error, Femtoseconds now);
  void say(UcieTrainingMessage::Kind kind);
  bool agree_on_parameters(const UcieTrainingMessage& peer);
  bool is_step() const;  // A state with work, a hand-shake and a time-out.

  UcieTrainingParams params_;
  UcieState state_ = UcieState::kReset, failed_ = UcieState::kReset;
  UcieState peer_state_ = UcieState::kReset;
  UcieTrainingError error_ = UcieTrainingError::kNone;
  Femtoseconds entered_;
  bool local_done_ = false;
  std::uint32_t peer_done_ = 0;  // Bit n: the other end has finished state n.
  bool starting_ = false;        // Leaves RESET when its time is over.
  bool up_ = false;
  UcieLinkShape shape_;
  UcieWidth width_;
  std::uint64_t peer_broken_ = 0;
  std::array<Femtoseconds, kUcieStates> residency_{};
  std::vector<UcieTrainingMessage> messages_;
};

}  // namespace cvp
