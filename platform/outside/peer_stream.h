// SPDX-License-Identifier: Apache-2.0
//
// A stream with somebody at its other end who reads and writes at a pace of their own.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include "platform/outside/outside_stream.h"

namespace cvp {

/// `Device`: a Boost.Asio socket or descriptor.
template <class Device>
class PeerStream : public OutsideStream {
 public:
  bool write(std::span<const std::uint8_t> bytes) override {
    if (!device_.is_open() || unsent_.size() + bytes.size() > kMaxUnsent) return false;
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    return true;
  }

  void flush() override {
    std::size_t done = 0;
    boost::system::error_code error;
    while (done < unsent_.size() && !error && device_.is_open()) {
      const auto rest = boost::asio::buffer(unsent_) + done;
      done += device_.write_some(boost::asio::const_buffers_1(rest), error);
    }
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(done));
    if (ended(error)) unsent_.clear();  // What it has sent before can still be read.
  }

  void receive(std::vector<std::uint8_t>& received) override {
    std::array<std::uint8_t, 4096> buffer;
    boost::system::error_code error;
    for (std::size_t all = 0; all < kMaxReceived && !error && device_.is_open();) {
      const std::size_t got = device_.read_some(boost::asio::buffer(buffer), error);
      received.insert(received.end(), buffer.begin(),
                      buffer.begin() + static_cast<std::ptrdiff_t>(got));
      all += got;
    }
    if (!ended(error)) return;
    device_.close(error);
    unsent_.clear();
  }

  bool live() const override { return device_.is_open(); }
  int descriptor() const override {
    return device_.is_open() ? const_cast<Device&>(device_).native_handle() : -1;
  }

 protected:
  bool all_sent() const { return unsent_.empty(); }

  boost::asio::io_context context_;
  Device device_{context_};

 private:
  /// What the other end has not read yet, and what is read from it in one go, at most.
  static constexpr std::size_t kMaxUnsent = 1 << 20, kMaxReceived = 64 << 10;

  static bool ended(const boost::system::error_code& error) {
    return error && error != boost::asio::error::would_block &&
           error != boost::asio::error::interrupted;
  }

  std::vector<std::uint8_t> unsent_;
};

}  // namespace cvp
