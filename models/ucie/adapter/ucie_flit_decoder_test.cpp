// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "models/ucie/adapter/ucie_adapter.h"
#include "models/ucie/adapter/ucie_flit_decoder.h"

namespace cvp {
namespace {

UcieMessage message(UcieMessageKind kind, std::uint16_t tag, std::uint32_t bytes) {
  UcieMessage made;
  made.kind = kind;
  made.tag = tag;
  made.address = 0x1000;
  made.length = bytes;
  if (kind != UcieMessageKind::kRead) made.data.assign(bytes, 0xA5);
  return made;
}

std::string next_text(UcieAdapter& adapter, UcieFlitDecoder& decoder) {
  UcieFlit flit;
  REQUIRE(adapter.transmit(0, flit));
  return decoder.decode(flit).text;
}

TEST_CASE("UcieFlitDecoder follows messages from flit to flit", "[unit][ucie]") {
  UcieAdapter adapter({});
  UcieFlitDecoder decoder(UcieFlitFormat::k256);
  adapter.push(message(UcieMessageKind::kRead, 5, 64));
  adapter.push(message(UcieMessageKind::kWrite, 0xBEEF, 192));
  adapter.push(message(UcieMessageKind::kPostedWrite, 7, 300));
  // 16, 16 + 192, and the 16 of the third header fill the first flit.
  CHECK(next_text(adapter, decoder) ==
        "flit 0, streaming 0, accepted 0, 240 B | read tag 0005 at 0x1000, 64 B"
        " | write tag beef at 0x1000, 192 B | 192 B of data"
        " | posted write tag 0007 at 0x1000, 300 B");
  CHECK(next_text(adapter, decoder) == "flit 1, streaming 0, consumed 0, 240 B | 240 B of data");
  CHECK(next_text(adapter, decoder) == "flit 2, streaming 0, accepted 0, 60 B | 60 B of data");
}

TEST_CASE("UcieFlitDecoder puts headers together and knows replays", "[unit][ucie]") {
  UcieAdapter adapter({.format = UcieFlitFormat::k256LatOpt, .stacks = 2});
  UcieFlitDecoder decoder(UcieFlitFormat::k256LatOpt, 2);
  adapter.push(message(UcieMessageKind::kWrite, 1, 236 - 16 - 6));
  adapter.push(message(UcieMessageKind::kWrite, 2, 8));
  const std::string first = next_text(adapter, decoder), second = next_text(adapter, decoder);
  CHECK(
      first.ends_with("236 B | write tag 0001 at 0x1000, 214 B | 214 B of data"
                      " | 6 B of a header"));
  CHECK(second ==
        "flit 1, streaming 0, consumed 0 of stack 0, 18 B | write tag 0002 at 0x1000, 8 B"
        " | 8 B of data");
  adapter.retrained();  // All of it again.
  CHECK(next_text(adapter, decoder) == "replay 0" + first.substr(6));
  CHECK(next_text(adapter, decoder) == "replay 1" + second.substr(6));
  adapter.push(message(UcieMessageKind::kRead, 3, 4), 1);
  CHECK(next_text(adapter, decoder) ==
        "flit 2, streaming 1, accepted 0, 16 B | read tag 0003 at 0x1000, 4 B");
  adapter.restart();
  decoder.reset();
  adapter.push(message(UcieMessageKind::kRead, 4, 4));
  CHECK(next_text(adapter, decoder).starts_with("flit 0, "));
}

TEST_CASE("UcieFlitDecoder reads naks, reports and what is no message", "[unit][ucie]") {
  const UcieFlitLayout& layout = ucie_flit_layout(UcieFlitFormat::k256);
  UcieAdapter sender({}), receiver({});
  UcieFlitDecoder decoder(UcieFlitFormat::k256);
  UcieFlit flit;
  sender.push(message(UcieMessageKind::kRead, 1, 4));
  REQUIRE(sender.transmit(0, flit));
  flit.bytes[10] ^= 1;
  receiver.receive(1, flit);
  CHECK(next_text(receiver, decoder) == "nak, next 0, accepted 0, consumed 0");

  flit = {};
  flit.bytes[2] = 9;
  ucie_seal(layout, {.protocol = UcieProtocol::kStreaming}, flit);
  CHECK(decoder.decode(flit).text == "flit 0, streaming 0, accepted 0, 16 B | NO MESSAGE");
}

}  // namespace
}  // namespace cvp
