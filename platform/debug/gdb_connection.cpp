// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_connection.h"

#include <poll.h>

#include <fmt/format.h>

namespace cvp {
namespace {

constexpr int kPatienceMs = 100;

}  // namespace

std::unique_ptr<GdbConnection> GdbConnection::open(std::uint16_t port, const std::string& option,
                                                   Diagnostics& diagnostics) {
  auto connection = std::make_unique<GdbConnection>();
  const auto error = connection->listener_.listen_on_port(port);
  if (!error) return connection;
  diagnostics.error(
      "", 0, option,
      fmt::format("cannot listen on port {} ({}); expected a free port", port, error.message()));
  return {};
}

bool GdbConnection::accept() {
  if (connected()) return false;
  auto peer = std::make_unique<SocketStream>(false);
  if (!peer->take(listener_)) return false;
  peer_ = std::move(peer);
  return true;
}

std::string GdbConnection::receive() {
  std::vector<std::uint8_t> bytes;
  if (peer_) peer_->receive(bytes);
  if (peer_) peer_->flush();
  return {bytes.begin(), bytes.end()};
}

// A debugger that takes no more bytes does not listen any more.
void GdbConnection::send(const std::string& bytes) {
  if (!peer_ || bytes.empty()) return;
  if (!peer_->write({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()})) {
    return close_peer();
  }
  peer_->flush();
}

void GdbConnection::wait() const {
  pollfd descriptor{connected() ? peer_->descriptor() : listener_.descriptor(), POLLIN, 0};
  ::poll(&descriptor, 1, kPatienceMs);
}

}  // namespace cvp
