// SPDX-License-Identifier: Apache-2.0
//
// Runs a bare-metal ELF on the pure hart core, without SystemC: RAM, a UART that prints, the test
// finisher, a CLINT for one hart. For the comparison with QEMU and for measuring the core alone.
//
//   cpu_run [--isa S] [--bus grants|direct|pending] [--quantum N] [--max N] [--stats] FILE.elf
//
// `direct` refuses grants, so that every access goes through the bus; `pending` makes every one of
// them wait, so that every instruction is replayed.
#include <elf.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "models/core/address_range.h"
#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr AddrRange kRam{0x8000'0000, 128 << 20}, kUart{0x1000'0000, 0x100},
    kFinisher{0x10'0000, 0x1000}, kClint{0x200'0000, 0x1'0000};

enum class BusMode { kGrants, kDirect, kPending };

struct Options {
  BusMode bus = BusMode::kGrants;
  std::uint64_t quantum = 10'000, max = 20'000'000'000;
  bool stats = false;
  Isa isa;
  std::string file;
};

[[noreturn]] void usage(const std::string& why) {
  std::fprintf(stderr,
               "cpu_run: %s\nusage: cpu_run [--isa S] [--bus grants|direct|pending] [--quantum N] "
               "[--max N] [--stats] FILE.elf\n",
               why.c_str());
  std::exit(2);
}

class Machine : public HartBus {
 public:
  explicit Machine(const Options& options) : options_(options), hart_({.isa = options.isa}, *this) {
    page_ = {.base = kRam.base,
             .size = kRam.size,
             .host = static_cast<std::uint8_t*>(std::calloc(kRam.size, 1)),
             .readable = true,
             .writable = true};
    if (page_.host == nullptr) usage("no memory for the guest");
  }
  ~Machine() override { std::free(page_.host); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void load();
  int run();

  std::optional<BusReply> access(const BusRequest& request) override {
    if (options_.bus == BusMode::kPending) return std::nullopt;
    return perform(request);
  }
  const HostPage* grant(Addr address) override {
    return options_.bus == BusMode::kGrants && kRam.contains(address) ? &page_ : nullptr;
  }
  std::uint64_t time(std::uint64_t cycle) override { return cycle / 100; }
  std::uint64_t cycle_at(std::uint64_t mtime) override {
    return mtime > ~std::uint64_t{0} / 100 ? Hart::kNever : mtime * 100;
  }

 private:
  BusReply perform(const BusRequest& request);
  BusReply ram(const BusRequest& request);
  BusReply clint(const BusRequest& request);
  void update_timer();

  const Options& options_;
  Hart hart_;
  HostPage page_;
  Addr entry_ = 0;
  std::uint64_t mtimecmp_ = ~std::uint64_t{0}, levels_ = 0;
  int exit_code_ = -1;
};

void Machine::load() {
  std::ifstream in(options_.file, std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
  Elf64_Ehdr header{};
  if (bytes.size() < sizeof header) usage("cannot read " + options_.file);
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_RISCV) {
    usage(options_.file + " is not a RISC-V ELF file");
  }
  entry_ = header.e_entry;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const std::size_t at = header.e_phoff + i * sizeof segment;
    if (at + sizeof segment > bytes.size()) usage("truncated " + options_.file);
    std::memcpy(&segment, bytes.data() + at, sizeof segment);
    if (segment.p_type != PT_LOAD || segment.p_filesz == 0) continue;
    if (segment.p_offset + segment.p_filesz > bytes.size() ||
        !kRam.contains(segment.p_paddr, segment.p_memsz)) {
      usage("a segment of " + options_.file + " does not fit");
    }
    std::memcpy(page_.host + (segment.p_paddr - kRam.base), bytes.data() + segment.p_offset,
                segment.p_filesz);
  }
}

BusReply Machine::ram(const BusRequest& request) {
  std::uint8_t* host = page_.host + (request.address - kRam.base);
  std::uint64_t old = 0;
  std::memcpy(&old, host, request.size);
  if (request.op == BusOp::kStore) std::memcpy(host, &request.data, request.size);
  if (request.op == BusOp::kAtomic) {
    const auto value = apply_rmw(request.rmw, old, request.data, request.compare, request.size);
    std::memcpy(host, &value, request.size);
  }
  return {true, old};
}

void Machine::update_timer() {
  const bool due = time(hart_.cycle()) >= mtimecmp_;
  levels_ = (levels_ & ~std::uint64_t{kMtip}) | (due ? std::uint64_t{kMtip} : 0);
  hart_.set_interrupt_inputs(levels_);
}

BusReply Machine::clint(const BusRequest& request) {
  const Addr offset = request.address - kClint.base;
  const bool store = request.op == BusOp::kStore;
  if (offset == 0) {
    if (store) levels_ = (levels_ & ~std::uint64_t{kMsip}) | (request.data & 1) << 3;
    update_timer();
    return {true, levels_ >> 3 & 1};
  }
  if (offset == 0x4000) {
    if (store) mtimecmp_ = request.data;
    update_timer();
    return {true, mtimecmp_};
  }
  return {offset == 0xbff8, time(hart_.cycle())};
}

BusReply Machine::perform(const BusRequest& request) {
  if (kRam.contains(request.address, request.size)) return ram(request);
  if (kClint.contains(request.address)) return clint(request);
  const bool store = request.op == BusOp::kStore;
  if (kUart.contains(request.address)) {
    if (store && request.address == kUart.base) std::putchar(static_cast<int>(request.data & 0xff));
    return {true, request.address == kUart.base + 5 ? 0x60u : 0u};
  }
  if (kFinisher.contains(request.address)) {
    if (store && (request.data & 0xffff) == 0x5555) exit_code_ = 0;
    if (store && (request.data & 0xffff) == 0x3333) {
      exit_code_ = static_cast<int>(request.data >> 16 & 0xff);
    }
    return {true, 0};
  }
  return {false, 0};
}

int Machine::run() {
  hart_.reset(entry_);
  std::uint64_t idle = 0;
  const std::clock_t start = std::clock();
  while (exit_code_ < 0 && hart_.instructions() < options_.max && idle < 1000) {
    const RunResult result = hart_.run(options_.quantum);
    if (result.reason == StopReason::kBusPending) {
      hart_.complete_bus(perform(hart_.pending_request()));
      continue;
    }
    idle = result.instructions == 0 ? idle + 1 : 0;
    if (result.reason == StopReason::kWfi) hart_.advance_to(hart_.cycle() + options_.quantum);
    update_timer();
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (options_.stats) {
    std::fprintf(stderr,
                 "%llu instructions, %.1f MIPS, %llu blocks, %llu bus accesses, %llu traps\n",
                 static_cast<unsigned long long>(hart_.instructions()),
                 static_cast<double>(hart_.instructions()) / seconds * 1e-6,
                 static_cast<unsigned long long>(hart_.statistics().blocks_decoded),
                 static_cast<unsigned long long>(hart_.statistics().bus_accesses),
                 static_cast<unsigned long long>(hart_.statistics().traps));
  }
  if (exit_code_ < 0) {
    std::fprintf(stderr, "cpu_run: no end after %llu instructions, pc %#llx\n",
                 static_cast<unsigned long long>(hart_.instructions()),
                 static_cast<unsigned long long>(hart_.pc()));
    return 124;
  }
  return exit_code_;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto argument = [&] {
      if (i + 1 >= argc) usage(option + " needs a value");
      return std::string(argv[++i]);
    };
    if (option == "--bus") {
      const std::string mode = argument();
      if (mode != "grants" && mode != "direct" && mode != "pending") usage("unknown bus " + mode);
      options.bus = mode == "grants"   ? BusMode::kGrants
                    : mode == "direct" ? BusMode::kDirect
                                       : BusMode::kPending;
    } else if (option == "--isa") {
      std::string error;
      const std::optional<Isa> isa = Isa::parse(argument(), error);
      if (!isa) usage("isa " + error);
      options.isa = *isa;
    } else if (option == "--quantum") {
      options.quantum = std::strtoull(argument().c_str(), nullptr, 0);
    } else if (option == "--max") {
      options.max = std::strtoull(argument().c_str(), nullptr, 0);
    } else if (option == "--stats") {
      options.stats = true;
    } else {
      options.file = option;
    }
  }
  if (options.file.empty() || options.quantum == 0) usage("no ELF file or no quantum");
  return options;
}

}  // namespace
}  // namespace cvp

int main(int argc, char** argv) {
  const cvp::Options options = cvp::parse(argc, argv);
  cvp::Machine machine(options);
  machine.load();
  return machine.run();
}
