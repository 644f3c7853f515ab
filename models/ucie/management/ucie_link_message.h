// SPDX-License-Identifier: Apache-2.0
//
// What the adapters of two ends, and their PHYs about RDI, tell each other over the sideband.
// [UCIE: Sideband, Link Management Messages]
#pragma once

#include "models/ucie/management/ucie_capabilities.h"
#include "models/ucie/management/ucie_interface.h"
#include "models/ucie/management/ucie_parity_feature.h"

namespace cvp {

struct UcieLinkMessage {
  enum class Kind : std::uint8_t {
    kRequest,    ///< Of a state of an interface.
    kResponse,   ///< To one.
    kAdvertise,  ///< What the adapter can do.
    kFinalise,   ///< What end 0 has made of both; not for the streaming protocol.
    kParity,     ///< Of parity.
  };
  enum class Interface : std::uint8_t { kRdi, kFdi0, kFdi1 };

  Kind kind = Kind::kRequest;
  Interface interface = Interface::kRdi;
  UcieInterfaceState state = UcieInterfaceState::kReset;
  std::uint32_t module = 0;  ///< Over whose sideband.
  UcieCapabilities capabilities;
  UcieAgreement agreement;
  UcieParityMessage parity;

  /// Whether the packet carries data beside its header.
  bool has_data() const { return kind == Kind::kAdvertise || kind == Kind::kFinalise; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, interface, state, module, parity.kind, parity.inserts);
    capabilities.serialize(archive);
    agreement.serialize(archive);
  }
};

}  // namespace cvp
