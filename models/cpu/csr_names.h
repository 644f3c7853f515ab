// SPDX-License-Identifier: Apache-2.0
//
// Names of the control and status registers, as assemblers and debuggers know them. No SystemC.
// [PRIV: CSR Listing]
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cvp {

/// `mstatus`, `pmpaddr3`, `mhpmcounter17`; `unknown_7c0` for a number that has no name.
std::string csr_name(unsigned number);
/// The number of a name as csr_name() gives it, or of `0x300` and the like.
std::optional<unsigned> csr_number(std::string_view name);

}  // namespace cvp
