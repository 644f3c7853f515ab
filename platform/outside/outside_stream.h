// SPDX-License-Identifier: Apache-2.0
//
// Bytes that leave the package and enter it: a file, a socket, a pseudo terminal. Nothing here ever
// waits, so that neither a slow reader nor a silent writer can stop a simulation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "platform/diagnostics.h"

namespace cvp {

/// For messages: what open_stream takes.
inline constexpr const char* kStreamForms = "none, file:NAME, tcp:PORT, unix:PATH or pty";

class OutsideStream {
 public:
  OutsideStream() = default;
  OutsideStream(const OutsideStream&) = delete;
  OutsideStream& operator=(const OutsideStream&) = delete;
  virtual ~OutsideStream() = default;

  /// The run begins: says on standard error where it can be found, if that is not known yet.
  virtual void start() {}
  /// Takes all of it, or nothing when the other end does not keep up.
  virtual bool write(std::span<const std::uint8_t> bytes) = 0;
  /// Sends what the other end takes now.
  virtual void flush() = 0;
  /// Appends what has come from there.
  virtual void receive(std::vector<std::uint8_t>& received) = 0;
  /// Somebody has still to come before the run can begin.
  virtual bool awaited() const { return false; }
  /// More may come from there.
  virtual bool live() const = 0;
  /// What becomes readable then; below 0: nothing.
  virtual int descriptor() const { return -1; }
};

/// `none`; `file:NAME`, which takes output only; `tcp:PORT` of this machine, where others connect,
/// one after the other (0: any port); `unix:PATH`, where two runs that name it meet; `pty`. Empty
/// after an error, which is said with `option`.
std::unique_ptr<OutsideStream> open_stream(const std::string& address, const std::string& option,
                                           Diagnostics& diagnostics);
/// Takes everything, gives nothing.
std::unique_ptr<OutsideStream> no_stream();

}  // namespace cvp
