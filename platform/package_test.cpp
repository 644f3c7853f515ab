// SPDX-License-Identifier: Apache-2.0
//
// Every mistake that a package or die file can hold, each with the whole of its message.
#include <fmt/format.h>

#include <random>

#include "platform/link_ends.h"
#include "platform/test_files.h"

using namespace cvp;

TEST_CASE("Package small is correct as it stands", "[package]") {
  CHECK(SmallPackage{}.errors() == "");
}

TEST_CASE("Package reports an unknown key with file, line and the nearest one", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "package = \"small\"", "package = \"small\"\nlink = []");
  CHECK(small.errors() == "small.toml:3: link: unknown key; did you mean \"links\"?\n");
}

TEST_CASE("Package reports an unknown parameter and lists those there are", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "harts = 2", "harts = 2, hearts = 3");
  CHECK(small.errors() ==
        "host.toml:8: host.cpu.hearts: unknown parameter; did you mean \"harts\"?\n");
}

TEST_CASE("Package reports a unit that does not fit", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "\"1 MiB\"", "\"1 MHz\"");
  CHECK(small.errors() ==
        "host.toml:20: host.dram.size: \"1 MHz\" does not fit; expected a size with its unit such "
        "as \"64 KiB\" (B, KiB, MiB, GiB, TiB), 4 KiB .. 64 TiB\n");
}

TEST_CASE("Package reports a quantity without its unit", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "\"16 GT/s\"", "16");
  const std::string errors = small.errors();
  CHECK(
      errors.starts_with("small.toml:8: host-npu0.rate: \"16\" does not fit; expected a data "
                         "rate with its unit such as \"32 GT/s\""));
}

TEST_CASE("Package reports a parameter out of its range", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "harts = 2", "harts = 65");
  CHECK(small.errors() ==
        "host.toml:8: host.cpu.harts: 65 is out of range; expected an integer, 0 "
        "or more, 1 .. 64\n");
}

TEST_CASE("Package reports an instruction set that there is not", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "harts = 2", "harts = 2, isa = \"rv64gc_zba_zfoo\"");
  const std::string errors = small.errors();
  CHECK(
      errors.starts_with("host.toml:8: host.cpu.isa: \"rv64gc_zba_zfoo\": unknown extension "
                         "'zfoo'; known are i, m, a, f, d, c, g, b, zicbom"));
}

TEST_CASE("Package reports windows that overlap, with both lines", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "0x1300_0000", "0x1200_8000");
  CHECK(small.errors() ==
        "host.toml:25: host.d2d0.regs: [0x12000000, 0x12010000) overlaps [0x12008000, 0x12009000) "
        "of noc (line 5); expected windows apart\n");
}

TEST_CASE("Package reports an unaligned window", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "0x1300_0000", "0x1300_0100");
  CHECK(small.errors() ==
        "host.toml:5: host.noc.map: base 0x13000100 is not aligned; expected a "
        "multiple of 0x1000\n");
}

TEST_CASE("Package reports a window that leaves the die's addresses", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.npu, "0x10_0000_0000", "0xff_0000_0000");
  CHECK(small.errors() ==
        "npu.toml:9: npu0.hbm0.mem: 0xff00000000 with size 0x400000000 leaves "
        "the die's 40 bits of address\n");
}

TEST_CASE("Package reports a link to a die or port that is not there", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "\"npu0.d2d0\"", "\"npu1.d2d0\"");
  CHECK(small.errors() ==
        "small.toml:8: links[0].ends: dangling: there is no die \"npu1\"; expected \"die.port\" of "
        "a port for ucie\n"
        "small.toml:4: host.d2d0: port is not connected; expected a link or device there, or "
        "unconnected = [\"host.d2d0\"]\n"
        "small.toml:5: npu0.d2d0: port is not connected; expected a link or device there, or "
        "unconnected = [\"npu0.d2d0\"]\n");
  small = {};
  SmallPackage::edit(small.package, "\"npu0.d2d0\"", "\"npu0.d2d7\"");
  CHECK(
      small.errors().starts_with("small.toml:8: links[0].ends: dangling: die \"npu0\" has no "
                                 "port \"d2d7\"; did you mean \"d2d0\"?\n"));
}

TEST_CASE("Package takes a port that is left open on purpose", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "links = [\n  {",
                     "unconnected = [\"host.d2d0\", \"npu0.d2d0\"]\nlinks = []\n# {");
  SmallPackage::edit(small.package, "\n]\n", "\n");  // Of the dies' list: put back below.
  SmallPackage::edit(small.package, "unconnected", "]\nunconnected");
  const auto last = small.package.rfind(']');
  small.package.erase(last, 1);
  CHECK(small.errors() == "");
}

TEST_CASE("Package reports a port with two links", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "links = [",
                     "links = [\n  { type = \"ucie\", ends = [\"host.d2d0\", \"npu0.d2d0\"] },");
  CHECK(small.errors() ==
        "small.toml:9: host-npu0-2: port host.d2d0 is taken by host-npu0 already\n"
        "small.toml:9: host-npu0-2: port npu0.d2d0 is taken by host-npu0 already\n");
}

TEST_CASE("Package reports a wire to nowhere and one driven twice", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "plic.source[10]", "pic.source[10]");
  CHECK(small.errors() ==
        "host.toml:17: host.uart0.irq: dangling: there is no plic \"pic\" on this die\n");
  small = {};
  SmallPackage::edit(small.host, "[uart0]",
                     "[uart1]\ntype = \"uart\"\nmap = { bus = \"noc\", base = 0x1100_0000, size = "
                     "0x1000 }\nirq = \"plic.source[10]\"\n[uart0]");
  CHECK(small.errors() ==
        "host.toml:21: host.uart0.irq: plic.source[10] is driven by uart1 "
        "already; expected an input of its own\n");
}

TEST_CASE("Package with aia needs an IMSIC and room for the APLIC", "[package]") {
  const std::string imsic =
      "[imsic]\ntype = \"imsic\"\nmachine = { bus = \"noc\", base = 0x2400_0000 }\n"
      "supervisor = { bus = \"noc\", base = 0x2800_0000 }\nharts = \"cpu\"\n";
  SmallPackage small;
  small.overrides = {"host.cpu.aia=true"};
  CHECK(small.errors() ==
        "command line: host.cpu.aia: the die has no imsic; expected one beside harts with aia\n");
  small.host += imsic;
  CHECK(small.errors() == "");
  small.overrides.push_back("host.imsic.identities=128");
  CHECK(small.errors() ==
        "command line: host.imsic.identities: 128 is not possible; expected one less than a "
        "multiple of 64, such as 127\n");
  small.overrides.pop_back();
  SmallPackage::edit(small.host, "size = 0x0400_0000", "size = 0x0100_0000");
  CHECK(small.errors() ==
        "host.toml:12: host.plic.map: 0x1000000 is too small for an APLIC; expected at least "
        "0x1008000\n");
  small.overrides.clear();
  CHECK(small.errors() == "");
  small.host += imsic.substr(0, 6) + "1" + imsic.substr(6);
  SmallPackage::edit(small.host, "[imsic1]", "[other]");
  CHECK(small.errors().find("host.other: is the second imsic; expected one on a die") !=
        std::string::npos);
}

TEST_CASE("Package wants an IMSIC's windows at multiples of their size", "[package]") {
  SmallPackage small;
  small.host +=
      "[imsic]\ntype = \"imsic\"\nmachine = { bus = \"noc\", base = 0x2400_1000 }\n"
      "supervisor = { bus = \"noc\", base = 0x2800_0000 }\nharts = \"cpu\"\n";
  CHECK(small.errors() ==
        "host.toml:32: host.imsic.machine: base 0x24001000 is not aligned; expected a multiple of "
        "0x40000\n");
}

TEST_CASE("Package reports a model that does not exist", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "type = \"uart\"", "type = \"uarts\"");
  CHECK(small.errors() ==
        "host.toml:15: host.uart0.type: \"uarts\" is no model; did you mean \"uart\"?\n");
}

TEST_CASE("Package reports a bus that does not exist", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "mem = \"noc\"", "mem = \"nic\"");
  CHECK(small.errors() == "host.toml:9: host.cpu.mem: there is no crossbar \"nic\" on this die\n");
}

TEST_CASE("Package reports indices that clash or leave no host", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "index = 1", "index = 0");
  CHECK(small.errors() ==
        "small.toml:5: npu0.index: 0 is the index of \"host\" too; expected one of its own\n"
        "small.toml:5: npu0.index: index 0 is the host's; this die has no cpu_cluster\n");
}

TEST_CASE("Package reports missing files", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "\"npu.toml\"", "\"gpu.toml\"");
  CHECK(small.errors() ==
        "small.toml:5: npu0: cannot read the die file \"gpu.toml\"; expected a "
        "TOML file there\n");
  CHECK(errors_of({"/no/such/package.toml", {}, {}})
            .starts_with("package.toml: cannot read the package file"));
}

TEST_CASE("Package reports what is no TOML with its line", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.npu, "die = \"npu\"", "die = npu");
  CHECK(small.errors().starts_with("npu.toml:2: not valid TOML: "));
}

TEST_CASE("Package reports missing keys and wrong kinds of value", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "schema = 1\npackage = \"small\"", "package = 5");
  CHECK(small.errors() ==
        "small.toml:1: schema: is missing; expected an integer\n"
        "small.toml:1: package: expected a text in quotes\n");
}

TEST_CASE("Package reports a schema that this program does not read", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "schema = 1", "schema = 2");
  CHECK(small.errors() == "small.toml:1: schema: is 2; this program reads schema 1\n");
}

TEST_CASE("Package reports all mistakes in one run", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.host, "harts = 2", "hart = 2");
  SmallPackage::edit(small.npu, "0x10_0000_0000", "0x10_0000_0001");
  SmallPackage::edit(small.package, "lanes = 16", "lanes = \"many\"");
  small.overrides = {"npu9.x=1"};
  CHECK(small.errors() ==
        "host.toml:8: host.cpu.hart: unknown parameter; did you mean \"harts\"?\n"
        "small.toml:8: host-npu0.lanes: \"many\" does not fit; expected an integer, 0 or more, 8 "
        ".. 64\n"
        "command line: --set npu9.x: there is no die, link or device \"npu9\"; did you mean "
        "\"npu0\"?\n"
        "npu.toml:9: npu0.hbm0.mem: base 0x1000000001 is not aligned; expected a multiple of "
        "0x10000000\n");
}

TEST_CASE("Package says each mistake of a shared die file once", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "  { name = \"npu0\", index = 1, file = \"npu.toml\" },",
                     "  { name = \"npu0\", index = 1, file = \"npu.toml\" },\n"
                     "  { name = \"npu1\", index = 2, file = \"npu.toml\" },");
  SmallPackage::edit(small.npu, "die = \"npu\"", "die = \"npu\"\ndye = 1");
  const std::string errors = small.errors();
  CHECK(errors.find("npu.toml:3: dye: unknown key") != std::string::npos);
  CHECK(errors.find("dye") == errors.rfind("dye"));
}

TEST_CASE("Package checks --set as it checks a file", "[package]") {
  SmallPackage small;
  small.overrides = {"npu0.hbm0.generation=hbm9", "host-npu0.lanes", "nobody.lanes=1"};
  const std::string errors = small.errors();
  CHECK(errors.find("command line: --set npu0.hbm0.generation: \"hbm9\" does not fit; expected one "
                    "of hbm2 | hbm2-2.0 | hbm2-2000 | hbm2e") != std::string::npos);
  CHECK(errors.find("command line: --set host-npu0.lanes: expected KEY=VALUE") !=
        std::string::npos);
  CHECK(errors.find("command line: --set nobody.lanes: there is no die, link or device \"nobody\"; "
                    "expected one of: host, host-npu0, npu0") != std::string::npos);
}

TEST_CASE("Package takes --set with a pattern and with a short name", "[package]") {
  ScratchDirectory directory;
  directory.write("host.toml", kSmallHost);
  directory.write("npu.toml", kSmallNpu);
  const std::string file = directory.write("small.toml", kSmallPackage);
  Diagnostics diagnostics;
  const auto package =
      load_package({file, {"npu*.generation=hbm3e", "*-*.lanes=8"}, {}}, diagnostics);
  REQUIRE(package);
  CHECK(package->find_die("npu0")->find("hbm0")->params["generation"].text == "hbm3e");
  CHECK(package->links[0].params["lanes"].integer == 8);
}

TEST_CASE("Package takes a list of faulty pins", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "lanes = 16", "lanes = 16, faults = [\"clock\", \"data:3\"]");
  CHECK(small.errors() == "");
  SmallPackage::edit(small.package, "data:3", "data:16");
  CHECK(small.errors() ==
        "small.toml:8: host-npu0.faults: data 16 does not exist; expected 0 to 15\n");
  SmallPackage::edit(small.package, "\"clock\", ", "1.5, ");
  CHECK(small.errors() == "small.toml:8: host-npu0.faults: expected one value\n");
}

TEST_CASE("Package gives an end of a link what its port has of its own", "[package]") {
  ScratchDirectory directory;
  directory.write("host.toml", kSmallHost);
  std::string npu = kSmallNpu;
  SmallPackage::edit(npu, "type = \"ucie_port\"", "type = \"ucie_port\"\nparams = { lanes = 8 }");
  directory.write("npu.toml", npu);
  const std::string file = directory.write("small.toml", kSmallPackage);
  Diagnostics diagnostics;
  const auto package = load_package({file, {"host.d2d0.rate=12 GT/s"}, {}}, diagnostics);
  REQUIRE(package);
  const Link& link = package->links[0];
  const UcieParams a = ucie_params(*package, link, 0), b = ucie_params(*package, link, 1);
  CHECK((a.lanes == 16 && a.rate == 12_GTps && a.end == 0));
  CHECK((b.lanes == 8 && b.rate == 16_GTps && b.end == 1));
  CHECK(b.package == UciePackage::kStandard);
  const auto shape = ucie_shape(*package, link);
  REQUIRE(shape);
  CHECK((shape->lanes == 8 && shape->rate == 12_GTps));
  CHECK(diagnostics.notes().empty());
}

TEST_CASE("Package checks both ends of a link, and says where each got its value", "[package]") {
  SmallPackage small;
  SmallPackage::edit(small.package, "lanes = 16", "lanes = 16, faults = \"data:12\"");
  CHECK(small.errors() == "");
  small.overrides = {"npu0.d2d0.lanes=8"};
  CHECK(small.errors() ==
        "small.toml:8: npu0.d2d0.faults: data 12 does not exist; expected 0 to 7\n");
  small.overrides = {"host.d2d0.package=advanced"};
  CHECK(small.errors() ==
        "small.toml:8: host.d2d0.lanes: an advanced package has 32 or 64 lanes\n");
  small.overrides = {"host.d2d0.lanes=9"};
  CHECK(small.errors() == "command line: host.d2d0.lanes: a standard package has 8 or 16 lanes\n");
  small.overrides = {"host.d2d0.reach=1 mm"};
  CHECK(small.errors().find("unknown parameter") != std::string::npos);
}

TEST_CASE("Package notes that ends do not go together, which is no error", "[package]") {
  ScratchDirectory directory;
  directory.write("host.toml", kSmallHost);
  directory.write("npu.toml", kSmallNpu);
  const std::string file = directory.write("small.toml", kSmallPackage);
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"host.d2d0.package=advanced", "host.d2d0.lanes=32"}, "package is advanced and standard"},
      {{"npu0.d2d0.protocol=pcie"}, "protocol is streaming and pcie"},
      {{"npu0.d2d0.format=raw"}, "format is 256 and raw"}};
  for (const auto& [overrides, difference] : cases) {
    Diagnostics diagnostics;
    REQUIRE(load_package({file, overrides, {}}, diagnostics));
    REQUIRE(diagnostics.notes().size() == 1);
    CHECK(diagnostics.notes()[0].key == "host-npu0");
    CHECK(diagnostics.notes()[0].what == "will not train, its ends differ: " + difference);
  }
}

TEST_CASE("Package takes a list on the command line as in a file", "[package]") {
  SmallPackage small;
  for (const char* list : {"[\"clock\", \"data:3\"]", "clock,data:3"}) {
    small.overrides = {std::string("host-npu0.faults=") + list};
    CHECK(small.errors() == "");
  }
  small.overrides = {"host-npu0.broken_lanes=[3, 4]"};
  CHECK(small.errors() == "");
  for (const char* list : {"[\"clok\"]", "[\"clock\"", "[1.5]", "[\"clock\"]\nx = 1", "["}) {
    small.overrides = {std::string("host-npu0.faults=") + list};
    CHECK(small.errors().find("names no pin") != std::string::npos);
  }
}

TEST_CASE("Package survives files with random damage", "[package][fuzz]") {
  std::mt19937 random(20240607);
  const std::string alphabet = "abc019_.-=\"'[]{}, \n#xGiBns";
  ScratchDirectory directory;
  directory.write("npu.toml", kSmallNpu);
  for (int round = 0; round < 300; ++round) {
    std::string texts[2] = {kSmallHost, kSmallPackage};
    std::string& text = texts[random() % 2];
    for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.erase(at, 1 + random() % 20);
          break;
        default:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    directory.write("host.toml", texts[0]);
    Diagnostics diagnostics;
    const auto package =
        load_package({directory.write("small.toml", texts[1]), {}, {}}, diagnostics);
    REQUIRE(package.has_value() == diagnostics.ok());
  }
}

TEST_CASE("Quantities are read with their unit and written back the same", "[package]") {
  CHECK(parse_quantity(Unit::kTime, "2 ns")->integer == 2'000'000);
  CHECK(parse_quantity(Unit::kTime, "1.5ps")->integer == 1'500);
  CHECK(parse_quantity(Unit::kBytes, "4 GiB")->integer == std::uint64_t{4} << 30);
  CHECK(parse_quantity(Unit::kFrequency, "1.5 GHz")->integer == 1'500'000'000);
  CHECK(parse_quantity(Unit::kDataRate, "32 GT/s")->integer == 32'000'000'000);
  CHECK(parse_quantity(Unit::kCounts, "1,0x10")->list == std::vector<std::uint64_t>{1, 16});
  CHECK(format_quantity(Unit::kFrequency, 1'500'000'000) == "1.5 GHz");
  CHECK(format_quantity(Unit::kBytes, 1536) == "1.5 KiB");
  for (const char* bad : {"", "2", "ns", "2 parsec", "-2 ns", "2 ns ", "nan ns", "1e300 s"}) {
    CHECK_FALSE(parse_quantity(Unit::kTime, bad));
  }
}
