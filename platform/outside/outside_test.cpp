// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "platform/outside/frame_link.h"
#include "platform/outside/outside_input.h"
#include "platform/outside/pcap_file.h"
#include "platform/outside/socket_stream.h"
#include "tests/harness/scratch_directory.h"

namespace cvp {
namespace {

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// Two streams that have met at a path.
struct Pair {
  Pair() {
    std::string why;
    first = meet_at_path(directory.path("meet"), why);
    REQUIRE(first);
    first->start();
    CHECK(first->awaited());
    second = meet_at_path(directory.path("meet"), why);
    REQUIRE(second);
    second->start();
    CHECK_FALSE(second->awaited());
    std::vector<std::uint8_t> nothing;
    first->receive(nothing);
    CHECK_FALSE(first->awaited());
  }
  ScratchDirectory directory;
  std::unique_ptr<OutsideStream> first, second;
};

std::vector<std::uint8_t> received(OutsideStream& stream) {
  std::vector<std::uint8_t> bytes;
  stream.receive(bytes);
  return bytes;
}

/// An input that lives as long as the test wants.
struct FakeInput : OutsideInput {
  void poll() override {}
  bool awaited() const override { return late; }
  bool live() const override { return true; }
  bool paced() const override { return pace; }
  bool interactive() const override { return typing; }
  int descriptor() const override { return -1; }
  bool late = false, pace = false, typing = false;
};

}  // namespace

TEST_CASE("Streams that meet at a path carry bytes both ways", "[unit][outside]") {
  Pair pair;
  CHECK_FALSE(std::filesystem::exists(pair.directory.path("meet")));  // For two only.
  CHECK(pair.first->write(bytes_of("ping")));
  CHECK(received(*pair.second).empty());  // Nothing leaves before the next flush.
  pair.first->flush();
  CHECK(received(*pair.second) == bytes_of("ping"));
  CHECK(pair.second->write(bytes_of("last words")));
  pair.second->flush();
  pair.second.reset();
  CHECK(pair.first->write(bytes_of("nobody hears this")));
  pair.first->flush();
  CHECK(received(*pair.first) == bytes_of("last words"));
  CHECK_FALSE(pair.first->live());
  CHECK_FALSE(pair.first->write(bytes_of("x")));
}

TEST_CASE("A stream never waits for who does not read", "[unit][outside]") {
  Pair pair;
  const std::vector<std::uint8_t> block(100'000, 'x');
  unsigned taken = 0;
  for (unsigned i = 0; i < 100; ++i) {
    if (pair.first->write(block)) ++taken;
    pair.first->flush();
  }
  CHECK(taken >= 10);
  CHECK(taken < 100);
  std::size_t arrived = 0;
  for (std::size_t now = 1; now > 0; arrived += now) {
    pair.first->flush();
    now = received(*pair.second).size();
  }
  CHECK(arrived == taken * block.size());
}

TEST_CASE("Frames come whole, however the bytes come", "[unit][outside]") {
  Pair pair;
  FrameLink link(std::move(pair.first));
  std::deque<Frame> frames;
  link.send(bytes_of("frame"));
  link.flush();
  CHECK(received(*pair.second) == std::vector<std::uint8_t>{0, 0, 0, 5, 'f', 'r', 'a', 'm', 'e'});
  const std::vector<std::uint8_t> two = {0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0, 0, 0, 0, 1, 'c'};
  for (const std::uint8_t byte : two) {
    pair.second->write({&byte, 1});
    pair.second->flush();
    link.receive(frames);
  }
  CHECK(frames == std::deque<Frame>{{'a', 'b'}, {}, {'c'}});
  pair.second->write(bytes_of("GET / HTTP/1.1"));
  pair.second->flush();
  link.receive(frames);
  CHECK(frames.size() == 3);
  CHECK_FALSE(link.live());
}

TEST_CASE("A TCP port takes one after the other", "[unit][outside]") {
  namespace asio = boost::asio;
  SocketStream stream(true);
  REQUIRE_FALSE(stream.listener().listen_on_port(0));
  stream.start();
  const std::string name = stream.listener().name();
  REQUIRE(name.starts_with("port "));
  const auto port = static_cast<std::uint16_t>(std::stoi(name.substr(5)));
  asio::io_context context;
  for (unsigned visit = 0; visit < 2; ++visit) {
    asio::ip::tcp::socket visitor(context);
    visitor.connect({asio::ip::address_v4::loopback(), port});
    CHECK(received(stream).empty());
    CHECK_FALSE(stream.awaited());
    CHECK(stream.write(bytes_of("hello")));
    stream.flush();
    std::array<char, 5> text{};
    asio::read(visitor, asio::buffer(text));
    CHECK(std::string(text.begin(), text.end()) == "hello");
    visitor.close();
    pollfd left{stream.descriptor(), POLLIN, 0};
    CHECK(::poll(&left, 1, 1000) == 1);
    CHECK(received(stream).empty());
    CHECK_FALSE(stream.write(bytes_of("nobody")));
    CHECK(stream.live());
  }
}

TEST_CASE("Addresses of streams that cannot be had are errors", "[unit][outside]") {
  ScratchDirectory directory;
  directory.write("file", "x");
  for (const std::string address : {"", "tcp:", "tcp:65536", "tcp:-1", "tcp:1x", "telnet", "file:",
                                    "unix:", "file:/nowhere/log", "unix:/nowhere/socket"}) {
    INFO(address);
    Diagnostics diagnostics;
    CHECK_FALSE(open_stream(address, "--uart", diagnostics));
    CHECK(diagnostics.errors().size() == 1);
  }
  std::string why;
  CHECK_FALSE(meet_at_path(directory.path("file"), why));
  CHECK(why.find("is no socket") != std::string::npos);
  CHECK_FALSE(meet_at_path(std::string(200, 'x'), why));
}

TEST_CASE("A file is as it was until the run begins, then grows", "[unit][outside]") {
  ScratchDirectory directory;
  const std::string path = directory.path("log");
  directory.write("log", "old");
  Diagnostics diagnostics;
  open_stream("file:" + path, "--uart", diagnostics).reset();
  CHECK(directory.read("log") == "old");
  auto stream = open_stream("file:" + path, "--uart", diagnostics);
  stream->start();
  CHECK(directory.read("log").empty());
  stream->write(bytes_of("new"));
  stream->flush();
  CHECK(directory.read("log") == "new");
  CHECK_FALSE(stream->live());
}

// The bytes are those that the format's description gives. [PCAP: Savefile Format]
TEST_CASE("A record of frames is a pcap file in nanoseconds", "[unit][outside]") {
  ScratchDirectory directory;
  Diagnostics diagnostics;
  auto file = PcapFile::open(directory.path("pcap"), "--pcap", diagnostics);
  file->start();
  file->record(bytes_of("abc"), 5'000'000'007);
  file->flush();
  const std::string expected(
      "\x4d\x3c\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
      "\5\0\0\0\7\0\0\0\3\0\0\0\3\0\0\0abc",
      43);
  CHECK(directory.read("pcap") == expected);
}

TEST_CASE("Simulated time waits for who is awaited, and outruns nobody", "[unit][outside]") {
  FakeInput input;
  OutsideInputs inputs;
  inputs.add(input);
  CHECK_FALSE(inputs.hold(1'000'000_us, 0));
  input.late = true;
  CHECK(inputs.hold(0_us, 0));
  CHECK(inputs.hold(0_us, 2));
  input.late = false;
  input.pace = true;
  CHECK_FALSE(inputs.hold(0_us, 2));
  CHECK(inputs.hold(1000_us, 2));
  CHECK_FALSE(inputs.hold(1000_us, 2.002));
  // What the simulation has fallen behind it does not make up for.
  CHECK_FALSE(inputs.hold(2000_us, 10));
  CHECK(inputs.hold(4000_us, 10.001));
}

TEST_CASE("An idle package waits for who may type, for as long as it is idle", "[unit][outside]") {
  FakeInput input;
  OutsideInputs inputs;
  inputs.add(input);
  CHECK_FALSE(inputs.hold(9'000'000_us, 1, 5000_us));  // Nobody is there.
  input.typing = true;
  CHECK_FALSE(inputs.hold(9'000'000_us, 1));  // It is busy, however far ahead.
  CHECK(inputs.hold(9'000'000_us, 1, 5000_us));
  CHECK(inputs.hold(9'000'000_us, 1.004, 5000_us));
  CHECK_FALSE(inputs.hold(9'000'000_us, 1.006, 5000_us));
  CHECK(inputs.hold(9'005'000_us, 1.006, 5000_us));  // The next idle time is another one.
}

}  // namespace cvp
