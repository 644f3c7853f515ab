// SPDX-License-Identifier: Apache-2.0
#include "models/uart/uart.h"

#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

using R = UartRegs;

struct Console : ConsoleIf {
  std::string text;
  Femtoseconds last;
  ConsoleInput* input = nullptr;

  void put(std::uint8_t character, Femtoseconds time) override {
    text.push_back(static_cast<char>(character));
    last = time;
  }
  void attach(ConsoleInput& port) override { input = &port; }
};

struct Bench : TestBench<Uart> {
  explicit Bench(const UartParams& params = {}) : TestBench<Uart>(params) { dut.connect(console); }
  void type(std::string_view text) {
    for (const char character : text) REQUIRE(console.input->receive(std::uint8_t(character)));
    settle();
  }
  unsigned interrupt_id() {
    const R::Iir iir = read(&R::iir);
    return iir.none ? 99 : iir.id;
  }
  Console console;
};

}  // namespace

TEST_CASE("Uart registers follow their register file", "[unit][uart]") {
  Bench bench;
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Uart sends what is written and is ready again at once", "[unit][uart]") {
  Bench bench;
  bench.run([&] {
    for (const char character : std::string("hello")) {
      CHECK(bench.read(&R::lsr).thre);
      bench.write(&R::thr, std::uint8_t(character));
    }
    CHECK(bench.console.text == "hello");
    CHECK(bench.read(&R::lsr).temt);
  });
}

TEST_CASE("Uart receives in order and raises data ready", "[unit][uart]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::fcr, R::Fcr{.enable = true});
    CHECK_FALSE(bench.read(&R::lsr).dr);
    bench.type("ab");
    CHECK(bench.read(&R::lsr).dr);
    CHECK(bench.read(&R::rbr) == 'a');
    CHECK(bench.read(&R::rbr) == 'b');
    CHECK_FALSE(bench.read(&R::lsr).dr);
  });
}

TEST_CASE("Uart holds input back when the FIFO is full", "[unit][uart]") {
  Bench bench;
  bench.run([&] {
    bench.type("a");  // Without FIFO there is room for one.
    CHECK_FALSE(bench.console.input->receive('b'));
    bench.write(&R::fcr, R::Fcr{.enable = true});  // Empties, and makes room for 16.
    CHECK_FALSE(bench.read(&R::lsr).dr);
    bench.type("0123456789abcdef");
    CHECK_FALSE(bench.console.input->receive('g'));
    CHECK(bench.read(&R::rbr) == '0');
    CHECK(bench.console.input->receive('g'));
  });
}

TEST_CASE("Uart divisor latch takes offsets 0 and 1 while DLAB is set", "[unit][uart]") {
  Bench bench;
  bench.run([&] {
    auto& port = bench.regs_initiator;
    bench.write(&R::ier, R::Ier{.rda = true});
    bench.write(&R::lcr, R::Lcr{.word_length = 3, .dlab = true});
    port.write(0, 1, 0x34);
    port.write(1, 1, 0x12);
    CHECK(port.read(0, 1).value == 0x34);
    CHECK(port.read(1, 1).value == 0x12);
    bench.write(&R::lcr, R::Lcr{.word_length = 3});
    CHECK(bench.read(&R::ier) == R::Ier{.rda = true});
    CHECK(bench.console.text.empty());
  });
}

TEST_CASE("Uart raises the transmit interrupt when enabled while empty, until IIR is read",
          "[unit][uart]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::ier, R::Ier{.thre = true});
    CHECK(bench.wire(bench.dut.irq).read());
    CHECK(bench.interrupt_id() == R::Iir::kIdThre);
    CHECK_FALSE(bench.wire(bench.dut.irq).read());
    CHECK(bench.interrupt_id() == 99);
    bench.write(&R::thr, 'x');
    CHECK(bench.interrupt_id() == R::Iir::kIdThre);
  });
}

TEST_CASE("Uart tells received data at the trigger from a timeout below it", "[unit][uart]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::fcr, R::Fcr{.enable = true, .trigger = 1});  // 4 characters
    bench.write(&R::ier, R::Ier{.rda = true, .thre = true});
    bench.type("abc");
    CHECK(bench.interrupt_id() == R::Iir::kIdTimeout);
    bench.type("d");
    CHECK(bench.interrupt_id() == R::Iir::kIdRda);
    for (int n = 0; n < 4; ++n) bench.read(&R::rbr);
    CHECK(bench.interrupt_id() == R::Iir::kIdThre);  // It had waited behind the data.
    CHECK_FALSE(bench.wire(bench.dut.irq).read());
  });
}

TEST_CASE("Uart answers what 8250 autoconfiguration asks of a 16550A", "[unit][uart]") {
  // The probes of Linux drivers/tty/serial/8250/8250_port.c, autoconfig(), in its order.
  Bench bench;
  bench.run([&] {
    auto& port = bench.regs_initiator;
    port.write(1, 1, 0x00);
    CHECK((port.read(1, 1).value & 0x0f) == 0x00);
    port.write(1, 1, 0x0f);
    CHECK((port.read(1, 1).value & 0x0f) == 0x0f);
    port.write(1, 1, 0x00);
    port.write(4, 1, 0x1a);  // Loop-back with RTS and OUT2 shows CTS and DCD.
    CHECK((port.read(6, 1).value & 0xf0) == 0x90);
    port.write(4, 1, 0x00);
    port.write(3, 1, 0xbf);
    port.write(2, 1, 0x00);
    port.write(3, 1, 0x00);
    port.write(2, 1, 0x01);
    CHECK(port.read(2, 1).value >> 6 == 3);
    port.write(7, 1, 0xa5);
    CHECK(port.read(7, 1).value == 0xa5);
    port.write(2, 1, 0x21);  // No 64-byte FIFO: this is no 16750.
    CHECK(port.read(2, 1).value >> 5 == 6);
    port.write(1, 1, 0x40);  // No UART unit enable: this is no XScale port.
    CHECK((port.read(1, 1).value & 0x40) == 0);
  });
}

TEST_CASE("Uart modem status shows changes once and interrupts for them", "[unit][uart]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::ier, R::Ier{.ms = true});
    bench.write(&R::mcr, R::Mcr{.loop = true});  // CTS, DSR and DCD fall.
    CHECK(bench.interrupt_id() == R::Iir::kIdModem);
    CHECK(bench.read(&R::msr) == R::Msr{.dcts = true, .ddsr = true, .ddcd = true});
    CHECK(bench.read(&R::msr) == R::Msr{});
    CHECK_FALSE(bench.wire(bench.dut.irq).read());
  });
}

TEST_CASE("Uart loop-back returns characters and reports an overrun", "[unit][uart]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::mcr, R::Mcr{.loop = true});
    bench.write(&R::thr, 'x');
    bench.write(&R::thr, 'y');
    CHECK(bench.read(&R::lsr).overrun);
    CHECK_FALSE(bench.read(&R::lsr).overrun);
    CHECK(bench.read(&R::rbr) == 'x');
    CHECK(bench.console.text.empty());
  });
}

TEST_CASE("Uart with timing takes ten bit times for a character at 8N1", "[unit][uart]") {
  // 1.8432 MHz / 16 / 12 = 9600 baud; ten bits take 1,041,666.67 ns.
  Bench bench(UartParams{.clock = {1'843'200}, .timed = true});
  bench.run([&] {
    bench.write(&R::fcr, R::Fcr{.enable = true});
    bench.write(&R::lcr, R::Lcr{.word_length = 3});
    bench.write(&R::thr, 'a');
    bench.write(&R::thr, 'b');
    CHECK_FALSE(bench.read(&R::lsr).thre);
    bench.wait(1'041'666_ns);
    CHECK(bench.console.text.empty());
    bench.wait(1_ns);
    CHECK(bench.console.text == "a");
    CHECK(bench.read(&R::lsr).thre);
    CHECK_FALSE(bench.read(&R::lsr).temt);
    bench.wait(1'041'667_ns);
    CHECK(bench.console.text == "ab");
    CHECK(bench.read(&R::lsr).temt);
  });
}

TEST_CASE("UartCore goes on identically from an archive", "[unit][uart]") {
  UartCore saved, loaded;
  saved.regs.write(2, 1, 0x01);
  saved.regs.write(1, 1, 0x03);
  saved.regs.write(0, 1, 'x');  // Stays in the shift register: nobody shifts.
  saved.regs.write(0, 1, 'y');
  saved.receive('q');
  load(loaded, save(saved));
  std::string sent;
  loaded.send = [&](std::uint8_t character) { sent.push_back(static_cast<char>(character)); };
  loaded.shifted();
  loaded.shifted();
  CHECK(sent == "xy");
  CHECK(loaded.regs.read(2, 1).value == 0xc4);  // Received data, trigger 1.
  CHECK(loaded.regs.read(0, 1).value == 'q');
  CHECK(loaded.regs.read(2, 1).value == 0xc2);
}

}  // namespace cvp
