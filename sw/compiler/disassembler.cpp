// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/disassembler.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "sw/compiler/program_view.h"

namespace cvp {
namespace {

constexpr const char* kQueues[] = {"LD ", "MM ", "VEC", "ST "};

class Listing {
 public:
  explicit Listing(const ProgramView& program) : program_(program) {}

  std::string text() {
    header();
    for (std::size_t i = 0; i < program_.tensors.size(); ++i) tensor(i, program_.tensors[i]);
    for (std::size_t i = 0; i < program_.commands.size(); ++i) command(i, program_.commands[i]);
    return out_.str();
  }

 private:
  void header() {
    const NpuProgramHeader& h = program_.header;
    out_ << "program    ABI " << h.abi_major << "." << h.abi_minor << ", " << h.command_count
         << " commands, " << h.tensor_count << " tensors, " << h.total_bytes << " bytes\n"
         << "array      " << h.rows << " x " << h.columns << "\n"
         << "scratchpad " << h.scratchpad_bytes << " bytes, " << h.semaphores << " semaphores\n\n";
  }

  void address(std::uint64_t offset, unsigned address_register) {
    out_ << "0x" << std::hex << offset << std::dec;
    if (address_register != 0) out_ << "+a" << address_register;
  }

  template <class T>
  void list(const char* name, const T* values, int count) {
    out_ << ' ' << name << '[';
    for (int i = 0; i < count; ++i) out_ << (i == 0 ? "" : ",") << +values[i];
    out_ << ']';
  }

  void tensor(std::size_t index, const NpuTensor& t) {
    const int rank = std::min<int>(t.rank, NPU_RANK);
    out_ << "tensor " << std::setw(4) << std::left << index << std::right << " type " << +t.type
         << " region " << +t.region << ' ';
    address(t.offset, t.address_register);
    list("dims", t.dims, rank);
    list("box", t.box, rank);
    list("stride", t.stride, rank);
    if (std::any_of(t.step, t.step + rank, [](auto step) { return step != 1; })) {
      list("step", t.step, rank);
    }
    out_ << " fill " << t.fill << '\n';
  }

  void semaphores(const NpuCommandHead& head) {
    for (int i = 0; i < 2; ++i) {
      if (head.wait_count[i] != 0) {
        out_ << "  wait s" << +head.wait_semaphore[i] << '>' << head.wait_count[i];
      }
    }
    for (int i = 0; i < 2; ++i) {
      if (head.post_count[i] != 0) {
        out_ << "  post s" << +head.post_semaphore[i] << '+' << head.post_count[i];
      }
    }
  }

  void command(std::size_t index, const NpuCommand& c) {
    if (c.head.opcode == kNpuOpEndLoop && depth_ > 0) --depth_;
    out_ << (index == 0 ? "\n" : "") << std::setw(5) << index << "  "
         << std::string(2 * depth_, ' ');
    const bool queued = c.head.opcode > kNpuOpEndLoop;
    out_ << (queued ? kQueues[std::min<unsigned>(c.head.queue, 3)] : "---") << ' ';
    body(c);
    semaphores(c.head);
    out_ << '\n';
    if (c.head.opcode == kNpuOpLoop) ++depth_;
  }

  void body(const NpuCommand& c) {
    switch (c.head.opcode) {
      case kNpuOpEnd:
        out_ << "END";
        break;
      case kNpuOpLoop:
        loop(c.loop);
        break;
      case kNpuOpEndLoop:
        out_ << "END_LOOP";
        break;
      case kNpuOpLoad:
        dma("LOAD ", c.dma);
        break;
      case kNpuOpStore:
        dma("STORE", c.dma);
        break;
      case kNpuOpSync:
        out_ << "SYNC region " << +c.sync.region << ' ';
        address(c.sync.offset, c.sync.address_register);
        out_ << " = " << c.sync.value;
        break;
      case kNpuOpMatmul:
        matmul(c.matmul);
        break;
      case kNpuOpRequantise:
        requantise(c.vector);
        break;
      case kNpuOpMaxPool:
        pool("MAX_POOL", c.pool);
        break;
      case kNpuOpAveragePool:
        pool("AVERAGE_POOL", c.pool);
        break;
      case kNpuOpAdd:
        add(c.add);
        break;
      default:
        out_ << "unknown opcode " << +c.head.opcode;
    }
  }

  void loop(const NpuLoop& l) {
    out_ << "LOOP " << l.count;
    for (int i = 0; i < NPU_LOOP_STEPS; ++i) {
      if (l.step_register[i] != 0) out_ << "  a" << +l.step_register[i] << " += " << l.step[i];
    }
  }

  void dma(const char* name, const NpuDma& d) {
    out_ << name << " tensor " << d.tensor;
    const int rank =
        d.tensor < program_.tensors.size() ? std::min<int>(program_.tensors[d.tensor].rank, 5) : 5;
    list("start", d.start, rank);
    out_ << (d.head.opcode == kNpuOpLoad ? " to " : " from ");
    address(d.scratchpad, d.scratchpad_register);
    out_ << " pitch " << d.row_pitch;
  }

  void matmul(const NpuMatmul& m) {
    out_ << "MATMUL [" << m.m << " x " << m.n << " x " << m.k << "] ";
    address(m.c, m.c_register);
    out_ << "/" << m.c_pitch << ((m.head.flags & NPU_MATMUL_ACCUMULATE) != 0 ? " += " : " = ");
    address(m.a, m.a_register);
    out_ << "/" << m.a_pitch << " * ";
    address(m.b, m.b_register);
    out_ << "/" << m.b_pitch;
  }

  void requantise(const NpuVector& v) {
    out_ << "REQUANTISE [" << v.m << " x " << v.n << "] ";
    address(v.out, v.out_register);
    out_ << "/" << v.out_pitch << " = ";
    address(v.in, v.in_register);
    out_ << "/" << v.in_pitch << " bias 0x" << std::hex << v.bias << " scale 0x" << v.scale
         << std::dec << " zero " << v.zero_point << " clamp " << v.low << ".." << v.high;
  }

  void pool(const char* name, const NpuPool& p) {
    out_ << name << " [" << p.height << " x " << p.width << " x " << p.channels << "] kernel "
         << +p.kernel_height << "x" << +p.kernel_width << " stride " << +p.stride_height << "x"
         << +p.stride_width << ' ';
    address(p.out, p.out_register);
    out_ << " = ";
    address(p.in, p.in_register);
  }

  void add(const NpuAdd& a) {
    out_ << "ADD [" << a.count << "] ";
    address(a.out, a.out_register);
    out_ << " = ";
    address(a.a, a.a_register);
    out_ << " * " << a.scale_a << " + ";
    address(a.b, a.b_register);
    out_ << " * " << a.scale_b;
  }

  const ProgramView& program_;
  std::ostringstream out_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string disassemble(std::span<const std::uint8_t> program) {
  return Listing(ProgramView(program)).text();
}

}  // namespace cvp
