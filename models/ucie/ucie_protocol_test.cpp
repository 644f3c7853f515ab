// SPDX-License-Identifier: Apache-2.0
//
// Transactions over links of every protocol: the same data, order and counts by arithmetic and flit
// by flit, and what a transaction costs in closed form.
#include "models/ucie/ucie_comparison_test.h"
#include "models/ucie/ucie_params_error_test.h"

namespace cvp {
namespace {

UcieParams of_protocol(UcieMapping protocol, UcieFlitFormat format = UcieFlitFormat::k256) {
  UcieParams params = trained();
  params.protocol = protocol;
  params.format = format;
  return params;
}

void check_agreement(const UcieParams& params, double slot_ns) {
  const Comparison result = compare(params, 2000, 30_ns, ScriptOf::kLines);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(0.002));
  CHECK(result.worst_ns <= 2 * slot_ns);  // For reports.
  CHECK(static_cast<double>(result.sent_flits.flits) ==
        Approx(static_cast<double>(result.sent.flits)).epsilon(0.01));
}

TEST_CASE("UcieProtocol PCIe does by flits what arithmetic says", "[unit][ucie]") {
  check_agreement(of_protocol(UcieMapping::kPcie), 1);
}
TEST_CASE("UcieProtocol PCIe in flits of 68 bytes agrees with arithmetic", "[unit][ucie]") {
  check_agreement(of_protocol(UcieMapping::kPcie, UcieFlitFormat::k68), 0.27);
}
TEST_CASE("UcieProtocol PCIe in halves of flits agrees with arithmetic", "[unit][ucie]") {
  check_agreement(of_protocol(UcieMapping::kPcie, UcieFlitFormat::k256LatOptExtra), 1);
}
TEST_CASE("UcieProtocol PCIe in small and large packets agrees with arithmetic", "[unit][ucie]") {
  UcieParams params = of_protocol(UcieMapping::kPcie);
  params.packets = {128, 4096};
  check_agreement(params, 1);
}
TEST_CASE("UcieProtocol shows the sizes of packets, and they make its bytes", "[unit][ucie]") {
  UcieParams params = of_protocol(UcieMapping::kPcie);
  params.packets = {4096, 1024};
  TestBench<BurstLink> bench(params, params);
  bench.run([&] {
    const auto packets = bench.read(&UcieRegs::packets);
    CHECK(packets.max_payload_size == UcieRegs::Packets::kMaxPayloadSizeBytes4096);
    CHECK(packets.max_read_request_size == UcieRegs::Packets::kMaxPayloadSizeBytes1024);
    bench.dut.near.write(0x1000, std::vector<std::uint8_t>(4096), 0, posted());
    bench.wait(1_us);
    CHECK(bench.dut.a.statistics().payload_bytes == 12 + 4096);
    bench.dut.near.read(0x1000, 4096, 0, tensor());
    bench.wait(1_us);
    CHECK(bench.dut.a.statistics().payload_bytes == 12 + 4096 + 4 * 12);
    CHECK(bench.dut.b.statistics().payload_bytes == 4 * 12 + 4096);
  });
}
TEST_CASE("UcieProtocol CXL does by flits what arithmetic says", "[unit][ucie]") {
  check_agreement(of_protocol(UcieMapping::kCxl), 1);
}
TEST_CASE("UcieProtocol CXL in halves of flits agrees with arithmetic", "[unit][ucie]") {
  check_agreement(of_protocol(UcieMapping::kCxl, UcieFlitFormat::k256LatOpt), 1);
}
TEST_CASE("UcieProtocol CXL agrees with arithmetic where bits flip", "[unit][ucie]") {
  UcieParams params = of_protocol(UcieMapping::kCxl);
  params.bit_error_rate = 1e-5;
  const Comparison result = compare(params, 4000, 40_ns, ScriptOf::kLines);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(0.01));
}

// Reads of 1024 bytes, with so many bytes on the wire for the answer to each.
void check_saturation(UcieMapping protocol, UcieFlitFormat format, UcieFidelity fidelity,
                      double payload, double message) {
  constexpr unsigned kReads = 3000;
  UcieParams params = of_protocol(protocol, format);
  params.fidelity = fidelity;
  // saturate() counts 1040 bytes for each.
  saturate(params, kReads, payload * 1e9 * 1040 / message, [&](const BurstLink& link) {
    const UcieStatistics sent = link.b.statistics();
    CHECK(sent.data.of(TrafficClass::kTensor) == kReads * 1024);
    CHECK(static_cast<double>(sent.payload_bytes) == kReads * message);
    CHECK(static_cast<double>(sent.flits) * payload == Approx(kReads * message).epsilon(0.001));
  });
}

constexpr double kCompletions = 1024 + 4 * 12, kSlots = 1024 + 16 * 16;

TEST_CASE("UcieProtocol PCIe saturates a link by arithmetic", "[unit][ucie]") {
  check_saturation(UcieMapping::kPcie, UcieFlitFormat::k256, UcieFidelity::kApproximate, 236,
                   kCompletions);
}
TEST_CASE("UcieProtocol PCIe saturates a link by flits", "[unit][ucie]") {
  check_saturation(UcieMapping::kPcie, UcieFlitFormat::k256, UcieFidelity::kFlit, 236,
                   kCompletions);
}
TEST_CASE("UcieProtocol CXL.mem saturates a link by arithmetic", "[unit][ucie]") {
  check_saturation(UcieMapping::kCxl, UcieFlitFormat::k256LatOptExtra, UcieFidelity::kApproximate,
                   250, kSlots);
}
TEST_CASE("UcieProtocol CXL.mem saturates a link by flits", "[unit][ucie]") {
  check_saturation(UcieMapping::kCxl, UcieFlitFormat::k256LatOptExtra, UcieFidelity::kFlit, 250,
                   kSlots);
}

void check_atomics_and_errors(UcieMapping protocol) {
  UcieParams params = of_protocol(protocol);
  params.fidelity = UcieFidelity::kFlit;
  TestBench<BurstLink> bench(params, params);
  bench.run([&] {
    TestInitiator& back = bench.dut.back;
    for (const AtomicOp op : {AtomicOp::kAdd, AtomicOp::kSwap, AtomicOp::kXor}) {
      back.write(0x40, 8, 0x0F0F);
      back.attributes.atomic = op;
      CHECK(back.read(0x40, 8).value == 0x0F0F);
      back.attributes.atomic = AtomicOp::kNone;
      CHECK(bench.dut.memory_a.arrivals.back().attributes.atomic == op);
    }
    CHECK(back.read(2_MiB, 64).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(back.read(2_MiB, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(back.write(2_MiB, 64, 0).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.dut.memory_a.answers_poison = true;
    CHECK(back.read(0x40, 64).status == tlm::TLM_OK_RESPONSE);
    CHECK(back.attributes.poison);
  });
}
TEST_CASE("UcieProtocol PCIe carries atomics and errors", "[unit][ucie]") {
  check_atomics_and_errors(UcieMapping::kPcie);
}
TEST_CASE("UcieProtocol CXL carries atomics and errors", "[unit][ucie]") {
  check_atomics_and_errors(UcieMapping::kCxl);
}

TEST_CASE("UcieProtocol says which flits do not go with it", "[unit][ucie]") {
  const auto error = [](UcieMapping protocol, UcieFlitFormat format) {
    return ucie_params_error(of_protocol(protocol, format));
  };
  CHECK(error(UcieMapping::kCxl, UcieFlitFormat::kRaw)
            .starts_with("protocol: raw flits have no header that tells \"cxl\""));
  CHECK(error(UcieMapping::kPcie, UcieFlitFormat::kRaw).starts_with("protocol: raw flits"));
  CHECK(error(UcieMapping::kPcie, UcieFlitFormat::k256LatOpt).starts_with("protocol: PCIe has no"));
  CHECK(error(UcieMapping::kCxl, UcieFlitFormat::k256LatOpt).empty());
  CHECK(error(UcieMapping::kStreaming, UcieFlitFormat::kRaw).empty());
}

}  // namespace
}  // namespace cvp
