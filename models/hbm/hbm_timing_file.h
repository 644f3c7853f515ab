// SPDX-License-Identifier: Apache-2.0
//
// Reads timing files (TOML): those built in, and users' own. README.md lists the keys. No SystemC.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/core/report.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

/// What the name of a timing file ends with; other names are built in.
inline constexpr std::string_view kHbmTimingSuffix = ".toml";

/// Parses a timing file; empty after errors, of which all there are get appended. `file` is for
/// messages.
std::optional<HbmTiming> parse_hbm_timing(std::string_view text, const std::string& file,
                                          std::vector<ConfigError>& errors);

/// The generation that `name` means: a built-in one, or a file if it ends in ".toml". A good file
/// is read once a process.
std::optional<HbmTiming> load_hbm_timing(const std::string& name, std::vector<ConfigError>& errors);

/// The built-in files.
std::vector<std::string_view> hbm_timing_texts();

}  // namespace cvp
