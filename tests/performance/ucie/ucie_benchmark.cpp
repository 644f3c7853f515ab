// SPDX-License-Identifier: Apache-2.0
//
// The cost of flits on the host: CRC, and a whole link with packing, CRC and sequence checks at
// both ends.
#include <benchmark/benchmark.h>

#include "models/ucie/adapter/ucie_crc.h"
#include "models/ucie/adapter/ucie_flit_link.h"
#include "models/ucie/adapter/ucie_stream.h"

namespace cvp {
namespace {

void crc(benchmark::State& state) {
  std::array<std::uint8_t, kUcieCrcMessageBytes> message{};
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i * 37);
  for (auto _ : state) {
    message[0] ^= static_cast<std::uint8_t>(ucie_crc16(message));
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}
BENCHMARK(crc);

// Writes of 64 bytes as fast as flits take them; the other end consumes them.
void link(benchmark::State& state, UcieFlitFormat format, double ber) {
  UcieFlitLinkParams params{.adapter = {.format = format}};
  if (ber > 0) params.faults[0].bits.lane_ber.assign(64, ber);
  UcieFlitLink link(params);
  const UcieMessage write{{.kind = UcieMessageKind::kPostedWrite, .length = 64},
                          std::vector<std::uint8_t>(64, 0x5A)};
  std::uint64_t messages = 0;
  for (auto _ : state) {
    while (link.end(0).transmitter().waiting_bytes() < 256) link.end(0).push(write);
    link.step();
    auto& received = link.end(1).receiver().messages();
    messages += received.size();
    received.clear();
  }
  const auto& counters = link.end(1).receiver().counters();
  state.counters["flits/s"] =
      benchmark::Counter(static_cast<double>(counters.accepted), benchmark::Counter::kIsRate);
  state.counters["messages/s"] =
      benchmark::Counter(static_cast<double>(messages), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(link, raw, UcieFlitFormat::kRaw, 0);
BENCHMARK_CAPTURE(link, flit_68, UcieFlitFormat::k68, 0);
BENCHMARK_CAPTURE(link, flit_256, UcieFlitFormat::k256, 0);
BENCHMARK_CAPTURE(link, flit_256_latopt_opt, UcieFlitFormat::k256LatOptExtra, 0);
BENCHMARK_CAPTURE(link, flit_256_with_errors, UcieFlitFormat::k256, 1e-6);

// By arithmetic: the cost of a message does not depend on its bytes.
void burst(benchmark::State& state) {
  UcieStream stream;
  stream.configure({}, 0_ns, {.flit_error = ucie_flit_error(1e-9, 256), .round_trip_slots = 8});
  for (auto _ : state) {
    benchmark::DoNotOptimize(stream.send(0_ns, static_cast<std::uint64_t>(state.range(0))));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(burst)->Arg(64)->Arg(65536);

}  // namespace
}  // namespace cvp

BENCHMARK_MAIN();
