// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/socket_stream.h"

#include <poll.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

namespace cvp {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kMaxPath = 107;  // What fits into sockaddr_un::sun_path.

}  // namespace

SocketListener::~SocketListener() { close(); }

void SocketListener::close() {
  if (!open()) return;
  error_code ignored;
  acceptor_.close(ignored);
  if (!path_.empty()) ::unlink(path_.c_str());
}

error_code SocketListener::listen(const Protocol::endpoint& endpoint) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  error_code ignored;
  if (error) acceptor_.close(ignored);
  return error;
}

error_code SocketListener::listen_on_port(std::uint16_t port) {
  return listen(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
}

error_code SocketListener::listen_at_path(const std::string& path) {
  if (path.size() > kMaxPath) return asio::error::name_too_long;
  path_ = path;
  return listen(asio::local::stream_protocol::endpoint(path));
}

bool SocketListener::accept(Protocol::socket& socket) {
  error_code error;
  acceptor_.accept(socket, error);
  if (error) return false;
  socket.non_blocking(true, error);
  return true;
}

int SocketListener::descriptor() const {
  return const_cast<asio::basic_socket_acceptor<Protocol>&>(acceptor_).native_handle();
}

std::string SocketListener::name() const {
  if (!path_.empty()) return path_;
  asio::ip::tcp::endpoint endpoint;
  const auto local = acceptor_.local_endpoint();
  std::memcpy(endpoint.data(), local.data(), std::min(endpoint.capacity(), local.size()));
  return "port " + std::to_string(endpoint.port());
}

SocketStream::~SocketStream() {
  constexpr int kPatienceMs = 1000;
  pollfd writable{PeerStream::descriptor(), POLLOUT, 0};
  while (!all_sent() && ::poll(&writable, 1, kPatienceMs) > 0) flush();
}

error_code SocketStream::connect(const std::string& path) {
  if (path.size() > kMaxPath) return asio::error::name_too_long;
  error_code error;
  device_.connect(asio::local::stream_protocol::endpoint(path), error);
  error_code ignored;
  if (error) {
    device_.close(ignored);
  } else {
    device_.non_blocking(true, error);
  }
  return error;
}

bool SocketStream::take(SocketListener& listener) { return listener.accept(device_); }

void SocketStream::start() {
  if (!listener_.open()) return;
  awaited_ = true;
  std::fprintf(stderr, "note: waiting for a connection to %s\n", listener_.name().c_str());
}

void SocketStream::receive(std::vector<std::uint8_t>& received) {
  if (!PeerStream::live() && listener_.open() && (awaited_ || again_) && take(listener_)) {
    awaited_ = false;
    if (!again_) listener_.close();
  }
  PeerStream::receive(received);
}

int SocketStream::descriptor() const {
  if (PeerStream::live()) return PeerStream::descriptor();
  return listener_.open() ? listener_.descriptor() : -1;
}

std::unique_ptr<OutsideStream> listen_on_port(std::uint16_t port, std::string& why) {
  auto stream = std::make_unique<SocketStream>(true);
  const error_code error = stream->listener().listen_on_port(port);
  why = error.message();
  return error ? nullptr : std::move(stream);
}

// The other may be between bind and listen, or begin at the same time: then one of the next tries
// succeeds.
std::unique_ptr<OutsideStream> meet_at_path(const std::string& path, std::string& why) {
  constexpr int kTries = 20;
  constexpr std::chrono::milliseconds kPause(10);
  error_code error;
  for (int i = 0; i < kTries; ++i) {
    auto stream = std::make_unique<SocketStream>(false);
    error = stream->connect(path);
    if (error == boost::system::errc::no_such_file_or_directory) {
      error = stream->listener().listen_at_path(path);
    }
    if (!error) return stream;
    if (error != asio::error::connection_refused && error != asio::error::address_in_use) break;
    std::this_thread::sleep_for(kPause);
  }
  why = error.message();
  std::error_code ignored;
  if (error == asio::error::connection_refused) {
    why += std::filesystem::is_socket(path, ignored) ? "; nobody listens there any more: remove it"
                                                     : "; the file is no socket";
  }
  return nullptr;
}

}  // namespace cvp
