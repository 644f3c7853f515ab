// SPDX-License-Identifier: Apache-2.0
//
// Nodes of the interrupt controllers of the host die, and how devices name them: a PLIC, or an
// IMSIC with an APLIC. No SystemC.
#pragma once

#include "platform/device_tree.h"

namespace cvp::interrupt_tree {

/// Of a hart's own interrupt controller.
std::uint32_t phandle_of_hart(std::uint64_t hart);
/// `interrupts-extended` of the CLINT.
std::vector<std::uint32_t> clint_interrupts(const Die& die);
DtNode plic(const Die& die, const Instance& plic);
/// The machine-level domain of the APLIC that takes the plic's place, and its supervisor domain.
std::vector<DtNode> aplic(const Die& die, const Instance& plic);
/// The interrupt files of machine level and those of supervisor level.
std::vector<DtNode> imsic(const Die& die, const Instance& imsic);
/// `interrupts` and `interrupt-parent` of the device whose wire this is; none without a wire.
void interrupt(const Die& die, const Wire* wire, DtNode& device);

}  // namespace cvp::interrupt_tree
