// SPDX-License-Identifier: Apache-2.0
//
// What the compiler says about a network that it cannot compile.
#pragma once

#include <stdexcept>
#include <string>

namespace cvp {

/// A mistake in the model file, or a network that the NPU cannot run: never a fault of the tool.
class CompileError : public std::runtime_error {
 public:
  CompileError(std::string file, std::string node, std::string what)
      : std::runtime_error(file + ": " + (node.empty() ? "" : "node '" + node + "': ") + what),
        file(std::move(file)),
        node(std::move(node)),
        what_is_wrong(std::move(what)) {}

  std::string file;
  std::string node;  ///< Empty: not tied to a node.
  std::string what_is_wrong;
};

}  // namespace cvp
