// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_monitor.h"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "models/cpu/csr_names.h"

namespace cvp {
namespace {

constexpr std::string_view kHelp =
    "csr                     every CSR of this hart\n"
    "csr NAME [VALUE]        one, by name or number; with VALUE, writes it\n"
    "harts                   what each hart does\n"
    "memory virtual|physical how GDB's addresses are meant from now on\n"
    "reset                   harts as after power-up, memory as loaded; devices stay as they are\n"
    "statistics              instructions, traps and accesses of each hart\n"
    "translate ADDRESS       walk of this hart's page tables\n";

struct Context {
  DebugTarget& target;
  DebugMemory& memory;
  unsigned hart;
  std::vector<std::string_view> words;  ///< Behind the command's name.
};

/// Decimal, or hexadecimal with 0x.
bool parse(std::string_view text, std::uint64_t& value) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  const auto [rest, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  return error == std::errc{} && rest == text.data() + text.size();
}

std::string help(Context&) { return std::string(kHelp); }

std::string csr(Context& context) {
  Hart& hart = context.target.hart(context.hart);
  std::uint64_t value = 0;
  if (context.words.empty()) {
    std::string text;
    for (unsigned number = 0; number < 4096; ++number) {
      if (hart.peek_csr(number, value)) {
        text += fmt::format("{:<14} {:#05x}  {:#018x}\n", csr_name(number), number, value);
      }
    }
    return text;
  }
  const auto number = csr_number(context.words[0]);
  if (!number || !hart.peek_csr(*number, value)) {
    return fmt::format("hart {} has no CSR {}\n", context.hart, context.words[0]);
  }
  if (context.words.size() > 1) {
    std::uint64_t wanted = 0;
    if (!parse(context.words[1], wanted)) {
      return fmt::format("{} is no number; expected for example 0x1800\n", context.words[1]);
    }
    if (!hart.poke_csr(*number, wanted)) {
      return fmt::format("{} is read-only\n", csr_name(*number));
    }
    hart.peek_csr(*number, value);
  }
  return fmt::format("{} {:#x}\n", csr_name(*number), value);
}

std::string harts(Context& context) {
  std::string text;
  for (unsigned n = 0; n < context.target.harts(); ++n) {
    text += fmt::format("{} thread {}: {}\n", n == context.hart ? '*' : ' ', n + 1,
                        context.target.state(n));
  }
  return text;
}

std::string memory(Context& context) {
  const std::string_view how = context.words.empty() ? std::string_view() : context.words[0];
  if (how == "physical" || how == "virtual") context.memory.use_physical(how == "physical");
  const std::string now = context.memory.physical() ? "physical" : "virtual";
  if (!how.empty() && how != now) return "expected memory virtual or memory physical\n";
  return "addresses are " + now + "\n";
}

std::string reset(Context& context) {
  context.target.reset();
  return "harts and memory are as after power-up; GDB notices after \"maintenance flush "
         "register-cache\"\n";
}

std::string statistics(Context& context) { return context.target.statistics(); }

std::string translate(Context& context) {
  std::uint64_t address = 0;
  if (context.words.empty() || !parse(context.words[0], address)) {
    return "expected an address, for example translate 0x80200000\n";
  }
  const auto found = context.memory.walk(context.target.hart(context.hart), address);
  if (!found) return fmt::format("{:#x} is not mapped\n", address);
  if (found->page_bytes == 0) return fmt::format("{:#x}: translation is off (satp)\n", address);
  std::string text = fmt::format("{:#x} -> {:#x}  {} page of {} KiB\n", address, found->physical,
                                 pte_rights(found->pte), found->page_bytes >> 10);
  for (const Addr entry : found->pte_address) text += fmt::format("  entry at {:#x}\n", entry);
  return text + fmt::format("  leaf {:#x}\n", found->pte);
}

struct Command {
  std::string_view name;
  std::string (*run)(Context&);
};
constexpr Command kCommands[] = {
    {"csr", csr},     {"harts", harts},           {"help", help},          {"memory", memory},
    {"reset", reset}, {"statistics", statistics}, {"translate", translate}};

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view kSpace = " \t\r\n";
  for (std::size_t at = line.find_first_not_of(kSpace); at != std::string_view::npos;
       at = line.find_first_not_of(kSpace, at)) {
    const std::size_t end = std::min(line.find_first_of(kSpace, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace

/// A command may be shortened as long as it is the only one that begins so.
std::string gdb_monitor(std::string_view line, DebugTarget& target, DebugMemory& memory,
                        unsigned hart) {
  Context context{target, memory, hart, split(line)};
  if (context.words.empty()) return help(context);
  const std::string_view name = context.words.front();
  const Command* found = nullptr;
  unsigned matches = 0;
  for (const Command& command : kCommands) {
    if (!command.name.starts_with(name)) continue;
    found = &command;
    ++matches;
    if (command.name == name) {
      matches = 1;
      break;
    }
  }
  if (matches != 1) return fmt::format("no command {}; monitor help lists them\n", name);
  context.words.erase(context.words.begin());
  return found->run(context);
}

}  // namespace cvp
