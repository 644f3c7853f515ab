// SPDX-License-Identifier: Apache-2.0
//
// Unpacks files in gzip's format. [RFC1952: File format]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cvp {

bool is_gzip(const std::vector<std::uint8_t>& bytes);
/// The first member. Empty, with what is wrong and what was expected in `problem`, for broken files
/// and those of more than `limit` bytes.
std::optional<std::vector<std::uint8_t>> gunzip(const std::vector<std::uint8_t>& bytes,
                                                std::uint64_t limit, std::string& problem);

}  // namespace cvp
