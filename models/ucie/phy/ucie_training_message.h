// SPDX-License-Identifier: Apache-2.0
//
// What one end tells the other over a module's sideband while they train.
#pragma once

#include "models/ucie/phy/ucie_phy.h"

namespace cvp {

/// What software allows a link to use; 0: all that there is.
struct UcieLimits {
  std::uint32_t lanes = 0;  ///< Of a module.
  DataRate rate;

  auto operator<=>(const UcieLimits&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(lanes, rate.transfers_per_second);
  }
};

struct UcieTrainingMessage {
  enum class Kind : std::uint8_t {
    kPattern,
    kDone,
    kRetrain,
    kTrainError,      ///< Asks for TRAINERROR.
    kTrainErrorDone,  ///< Is there.
    kWake,            ///< Leaves L1.
  };
  Kind kind = Kind::kPattern;
  UcieState state = UcieState::kReset;  ///< Of the sender; kDone: the state it has finished.
  std::uint32_t module = 0;
  UciePackage package = UciePackage::kAdvanced;
  std::uint32_t lanes = 0;
  DataRate rate;
  UcieLimits limits;
  UcieFound found;     ///< By its receiver, in the state it has finished.
  UcieFound sideband;  ///< kDone: so too; a retrain tells what has broken since.
  bool reversed = false;

  /// Whether the packet carries data beside its header.
  bool has_data() const {
    return kind == Kind::kDone &&
           (state == UcieState::kMbInitParam || state == UcieState::kMbInitRepairMb ||
            found.any() || (state == UcieState::kPhyRetrain && sideband.any()));
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, state, module, package, lanes, rate.transfers_per_second);
    limits.serialize(archive);
    found.serialize(archive);
    sideband.serialize(archive);
    archive(reversed);
  }
};

}  // namespace cvp
