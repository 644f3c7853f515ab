// SPDX-License-Identifier: Apache-2.0
//
// A TCP port of this machine to which debuggers connect, one at a time. Nothing here waits but
// wait().
#pragma once

#include "platform/outside/socket_stream.h"

namespace cvp {

class GdbConnection {
 public:
  /// Listens; 0 takes any free port. Empty after an error.
  static std::unique_ptr<GdbConnection> open(std::uint16_t port, const std::string& option,
                                             Diagnostics& diagnostics);

  /// `port 1234`.
  std::string name() const { return listener_.name(); }
  bool connected() const { return peer_ && peer_->live(); }
  /// Takes a debugger that has come, if none is connected; whether one has.
  bool accept();
  /// What has come. A debugger that has gone is no longer connected afterwards.
  std::string receive();
  void send(const std::string& bytes);
  void close_peer() { peer_.reset(); }
  /// Until something has come, or for a tenth of a second.
  void wait() const;

 private:
  boost::asio::io_context context_;
  SocketListener listener_{context_};
  std::unique_ptr<SocketStream> peer_;
};

}  // namespace cvp
