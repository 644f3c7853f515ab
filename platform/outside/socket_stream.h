// SPDX-License-Identifier: Apache-2.0
//
// Sockets of this machine: TCP ports on its loop-back interface, and UNIX sockets.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "platform/outside/peer_stream.h"

namespace cvp {

/// Where others connect. The socket of a path goes with it.
class SocketListener {
 public:
  using Protocol = boost::asio::generic::stream_protocol;

  explicit SocketListener(boost::asio::io_context& context) : acceptor_(context) {}
  SocketListener(const SocketListener&) = delete;
  SocketListener& operator=(const SocketListener&) = delete;
  ~SocketListener();
  void close();

  boost::system::error_code listen_on_port(std::uint16_t port);
  boost::system::error_code listen_at_path(const std::string& path);
  /// Without waiting: whether somebody has come, and is now at the other end of `socket`.
  bool accept(Protocol::socket& socket);
  bool open() const { return acceptor_.is_open(); }
  int descriptor() const;
  /// The port or path, for messages.
  std::string name() const;

 private:
  boost::system::error_code listen(const Protocol::endpoint& endpoint);

  boost::asio::basic_socket_acceptor<Protocol> acceptor_;
  std::string path_;
};

class SocketStream : public PeerStream<SocketListener::Protocol::socket> {
 public:
  /// `again`: who leaves may come back, or another may come.
  explicit SocketStream(bool again) : again_(again) {}
  /// Sends what is left, if somebody reads it within a second.
  ~SocketStream() override;

  SocketListener& listener() { return listener_; }
  /// Connects to the listener at the path.
  boost::system::error_code connect(const std::string& path);
  /// Takes over who has come to `listener`; false if nobody has.
  bool take(SocketListener& listener);

  void start() override;
  void receive(std::vector<std::uint8_t>& received) override;
  bool awaited() const override { return awaited_; }
  bool live() const override { return PeerStream::live() || awaited_ || again_; }
  int descriptor() const override;

 private:
  SocketListener listener_{context_};
  const bool again_;
  bool awaited_ = false;
};

// Empty after an error, which is in `why`.

/// Waits for somebody to connect to the port of the loop-back interface, 0 for any.
std::unique_ptr<OutsideStream> listen_on_port(std::uint16_t port, std::string& why);
/// Connects to who listens there, or else listens there itself: two that call it meet.
std::unique_ptr<OutsideStream> meet_at_path(const std::string& path, std::string& why);

}  // namespace cvp
