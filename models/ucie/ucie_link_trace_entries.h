// SPDX-License-Identifier: Apache-2.0
//
// Entries of the link trace for what is no flit.
#pragma once

#include "models/ucie/management/ucie_link_manager.h"
#include "models/ucie/management/ucie_sideband.h"
#include "models/ucie/protocol/ucie_message.h"
#include "models/ucie/ucie_link_trace.h"

namespace cvp {

UcieTraceEntry ucie_trace_message(std::string_view port, const UcieMessageHeader& message,
                                  Femtoseconds start, Femtoseconds end, Femtoseconds arrival);
UcieTraceEntry ucie_trace_sideband(std::string_view port, const Packet& packet, Femtoseconds start,
                                   Femtoseconds arrival);
UcieTraceEntry ucie_trace_state(std::string_view port, UcieState state, Femtoseconds now);
UcieTraceEntry ucie_trace_signal(std::string_view port, const UcieLinkSignal& signal);

}  // namespace cvp
