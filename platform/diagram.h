// SPDX-License-Identifier: Apache-2.0
//
// The package as a drawing: dies as boxes with their blocks, links as lines. The report colours the
// links by load; `describe` draws the same picture without. No SystemC.
#pragma once

#include <functional>
#include <string>

#include "platform/package.h"

namespace cvp {

/// What a run found for a link or a device's link; `load` is 0 to 1, negative: not known.
struct LinkLoad {
  double load = -1;
  std::string text;  ///< Second line of the label.
  bool down = false;
};
using LinkLoads = std::function<LinkLoad(const std::string& name)>;

/// `standalone`: with its own style sheet and name space, to be written to a file.
std::string diagram_svg(const Package& package, bool standalone, const LinkLoads& loads = {});
/// CSS that the drawing needs, light and dark.
std::string_view diagram_css();
/// The same as plain text for a terminal.
std::string diagram_text(const Package& package);

/// `&`, `<`, `>` and `"` replaced.
std::string escape_markup(std::string_view text);

}  // namespace cvp
