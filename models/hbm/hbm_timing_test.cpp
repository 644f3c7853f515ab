// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_timing.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "models/hbm/hbm_timing_file.h"
#include "tests/harness/scratch_directory.h"

using namespace cvp;

namespace {

// The text of a built-in file.
std::string text_of(std::string_view name) {
  for (const std::string_view text : hbm_timing_texts()) {
    if (text.find(concat("name = \"", name, "\"")) != std::string_view::npos) {
      return std::string(text);
    }
  }
  FAIL("no file of " << name);
  return {};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::vector<std::string> errors_of(const std::string& text) {
  std::vector<ConfigError> errors;
  const bool good = parse_hbm_timing(text, "my.toml", errors).has_value();
  CHECK(good == errors.empty());
  std::vector<std::string> lines;
  for (const ConfigError& error : errors) {
    lines.push_back(concat(error.file, ":", error.line, ": ", error.key, ": ", error.what));
  }
  return lines;
}

std::vector<unsigned> distances(const HbmTiming& t) {
  return {t.cl,    t.cwl, t.rcd_rd, t.rcd_wr, t.rp,    t.ras,   t.rc, t.rrd_s,
          t.rrd_l, t.faw, t.wr,     t.rtp,    t.wtr_s, t.wtr_l, t.rtw};
}

}  // namespace

TEST_CASE("Hbm generations have one file each, known by name and alias", "[unit][hbm]") {
  std::set<std::string> names;
  for (const HbmTiming& timing : hbm_timings()) {
    CHECK(names.insert(timing.name).second);
    for (const std::string& alias : timing.aliases) CHECK(names.insert(alias).second);
    CHECK_FALSE(timing.source.empty());
    CHECK_FALSE(timing.energy.source.empty());
    CHECK_FALSE(timing.energy.background_source.empty());
    CHECK_FALSE(timing.wake.source.empty());
    CHECK(check_hbm_timing(timing).empty());
  }
  for (const char* name : {"hbm2", "hbm2e", "hbm3", "hbm3-5200", "hbm3-5600", "hbm3-6400", "hbm3e",
                           "hbm3e-8.0", "hbm3e-9.2", "hbm3e-9.6", "hbm4", "hbm4-8.0", "ddr5-4800",
                           "ddr5-5600", "ddr5-6400", "lpddr5-6400", "lpddr5x-8533", "gddr6"}) {
    CHECK(names.contains(name));
    CHECK(find_hbm_timing(name) != nullptr);
  }
  CHECK(find_hbm_timing("hbm9") == nullptr);
}

TEST_CASE("Hbm generations say whether they have ranks and how many command buses", "[unit][hbm]") {
  for (const HbmTiming& timing : hbm_timings()) {
    INFO(timing.name);
    CHECK(timing.geometry.ranks == timing.name.starts_with("ddr5"));
    CHECK(timing.commands.buses == (timing.name.starts_with("hbm") ? 2 : 1));
  }
  const std::string text = text_of("ddr5-4800");
  CHECK(errors_of(replaced(text, "ranks = true", "ranks = 2"))
            .at(0)
            .find("geometry.ranks: expected true or false") != std::string::npos);
  CHECK(errors_of(replaced(text, "buses = 1", "buses = 3"))
            .at(0)
            .find("commands.buses: expected an integer, 1 to 2") != std::string::npos);
}

TEST_CASE("Hbm generations take less power the deeper they sleep", "[unit][hbm]") {
  for (const HbmTiming& timing : hbm_timings()) {
    INFO(timing.name);
    const HbmEnergy& e = timing.energy;
    CHECK(e.active > e.standby);
    CHECK(e.standby > e.power_down);
    CHECK(e.standby > e.self_refresh);
  }
  // A sleeping phone's memory: tens of milliwatts awake, a few asleep.
  const HbmEnergy& lpddr5 = find_hbm_timing("lpddr5")->energy;
  CHECK(lpddr5.self_refresh < lpddr5.active / 10);
}

// Table "Other generations" of the reference notes.
TEST_CASE("Hbm derived generations keep HBM3's nanoseconds", "[unit][hbm]") {
  using List = std::vector<unsigned>;
  CHECK(distances(*find_hbm_timing("hbm3e-8.0")) ==
        List{25, 13, 39, 19, 33, 57, 90, 5, 7, 30, 42, 12, 9, 13, 25});
  CHECK(distances(*find_hbm_timing("hbm3e-9.2")) ==
        List{29, 15, 45, 22, 38, 65, 104, 6, 8, 35, 48, 13, 11, 15, 29});
  CHECK(distances(*find_hbm_timing("hbm3e-9.6")) ==
        List{30, 15, 47, 23, 39, 68, 108, 6, 8, 36, 50, 14, 11, 15, 30});
  CHECK(distances(*find_hbm_timing("hbm4-8.0")) ==
        List{20, 10, 39, 19, 33, 57, 90, 5, 7, 30, 42, 12, 9, 13, 25});
  const List hbm3 = distances(*find_hbm_timing("hbm3"));
  for (const char* name : {"hbm3-5200", "hbm3-5600"}) {
    const HbmTiming& timing = *find_hbm_timing(name);
    List scaled;
    for (const unsigned clocks : hbm3) {
      scaled.push_back(
          static_cast<unsigned>((clocks * timing.clock.hertz + 1'600'000'000 - 1) / 1'600'000'000));
    }
    CHECK(distances(timing) == scaled);
  }
}

TEST_CASE("Hbm generations have their published bandwidths", "[unit][hbm]") {
  const auto gigabytes = [](const char* name) {
    return find_hbm_timing(name)->peak_bytes_per_second() * 1e-9;
  };
  CHECK(gigabytes("hbm2") == Approx(256));
  CHECK(gigabytes("hbm2e") == Approx(409.6));
  CHECK(gigabytes("hbm3") == Approx(819.2));
  CHECK(gigabytes("hbm3e-9.2") == Approx(1177.6));
  CHECK(gigabytes("hbm3e") == Approx(1228.8));
  CHECK(gigabytes("hbm4") == Approx(2048));
  CHECK(gigabytes("ddr5-4800") == Approx(2 * 19.2));
  CHECK(gigabytes("lpddr5-6400") == Approx(4 * 12.8));
  CHECK(gigabytes("lpddr5x-8533") == Approx(4 * 17.0667));
  CHECK(gigabytes("gddr6") == Approx(2 * 28));
}

TEST_CASE("Hbm refresh takes longer the more a channel holds", "[unit][hbm]") {
  const HbmTiming& hbm3 = *find_hbm_timing("hbm3");
  const auto refresh_of = [&](unsigned stack_ids) {
    HbmGeometry built = hbm3.geometry;
    built.stack_ids = stack_ids;
    const HbmTiming timing = hbm3.with_geometry(built);
    return timing.rfc_ab * 0.625;
  };
  CHECK(refresh_of(1) == 260);
  CHECK(refresh_of(2) == 350);
  CHECK(refresh_of(4) == 450);
  CHECK(refresh_of(8) == 550);
  CHECK(hbm3.rfc_pb == 320);
  CHECK(find_hbm_timing("hbm4")->rfc_ab == 900);
}

TEST_CASE("Hbm energy of a bit is the sum of its parts", "[unit][hbm]") {
  const HbmEnergy& hbm3 = find_hbm_timing("hbm3")->energy;
  CHECK(hbm3.activate / 8192 + hbm3.bit(false) == Approx(3.59));
  const HbmEnergy& hbm2 = find_hbm_timing("hbm2")->energy;
  CHECK(hbm2.activate / 8192 + hbm2.bit(false) == Approx(2.25));
  CHECK(hbm2.activate / 256 + hbm2.bit(true) == Approx(4.7));
}

TEST_CASE("Hbm distances count from start to start where a generation says so", "[unit][hbm]") {
  const HbmRules ddr5(*find_hbm_timing("ddr5-4800"));
  CHECK(ddr5.act_rd == 34);
  CHECK(ddr5.act_pre == 2 * 77);
  CHECK(ddr5.pre_act == 2 * 34);
  CHECK(ddr5.wr_wr_l == 48);
  // Ticks as the reference notes write them.
  const HbmRules hbm3(*find_hbm_timing("hbm3"));
  CHECK(hbm3.act_rd == (63 + 1) / 2);
  CHECK(hbm3.act_pre == 92);
  CHECK(hbm3.pre_act == 50);
  CHECK(hbm3.wr_pre == 91);
  CHECK(hbm3.ref_act == 1118);
}

TEST_CASE("Hbm timing file that is impossible is refused, all mistakes at once", "[unit][hbm]") {
  const std::string good = text_of("hbm3-6400");
  CHECK(errors_of(good).empty());
  const auto line_of = [&](std::string_view key) {
    return 1 + std::count(good.begin(), good.begin() + static_cast<long>(good.find(key)), '\n');
  };
  CHECK(errors_of(replaced(good, "rc = 72", "rc = 70")) ==
        std::vector<std::string>{concat("my.toml:", line_of("rc = 72"),
                                        ": timing.rc: 70 clocks is impossible; expected 71 or "
                                        "more, ras + rp")});
  CHECK(errors_of(replaced(good, "faw = 24", "faw = 3")).size() == 1);
  CHECK(errors_of(replaced(good, "ccd_l = 4", "ccd_l = 1")).size() == 1);
  CHECK(errors_of(replaced(good, "rtw = 20", "rtw = 11")).size() == 1);
  CHECK(errors_of(replaced(replaced(good, "rc = 72", "rc = 70"), "faw = 24", "faw = 3")).size() ==
        2);
  CHECK(errors_of(replaced(good, "\"1600 MHz\"", "\"0.0000000001 MHz\"")).size() == 1);
}

// The peak is a burst each `burst` clocks; 2, 4 or 8 bits a pin and clock are what standards have.
TEST_CASE("Hbm bursts fit their pins and follow each other without a gap", "[unit][hbm]") {
  const std::string good = text_of("hbm3-6400");
  const auto faults = [&](std::string_view from, std::string_view to) {
    return errors_of(replaced(good, from, to));
  };
  CHECK(faults("pins = 32", "pins = 16").empty());  // Those of LPDDR5.
  CHECK(faults("pins = 32", "pins = 64").empty());  // Those of HBM2.
  for (const char* pins : {"pins = 1", "pins = 8", "pins = 128"}) {
    INFO(pins);
    const auto errors = faults("pins = 32", pins);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].find("geometry.burst_bytes: 32 bytes do not fit") != std::string::npos);
  }
  const auto errors = faults("\nburst = 2", "\nburst = 1");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("timing.burst: 1 clocks is impossible; expected 2 or more, ccd_s") !=
        std::string::npos);
  CHECK(errors_of(replaced(replaced(good, "\nburst = 2", "\nburst = 3"), "ccd_s = 2", "ccd_s = 3"))
            .size() == 1);
}

TEST_CASE("Hbm refreshes leave time for a row, however hot the stack is", "[unit][hbm]") {
  const std::string good = text_of("hbm3-6400");
  const auto line =
      1 + std::count(good.begin(), good.begin() + static_cast<long>(good.find("rfc = [")), '\n');
  // tREFI 6240 clocks, hot 3120; tRFC of this density 560, tRC 72.
  CHECK(errors_of(replaced(good, "refi = 6240", "refi = 1264")).empty());
  CHECK(errors_of(replaced(good, "refi = 6240", "refi = 1262")) ==
        std::vector<std::string>{
            concat("my.toml:", line,
                   ": refresh.rfc: all_bank takes 560 clocks; with a row cycle, rc, of 72 expected "
                   "631 or fewer, refi / 2 of a hot stack")});
  const HbmTiming& timing = *find_hbm_timing("hbm3-6400");
  for (unsigned HbmTiming::*rfc : {&HbmTiming::rfc_ab, &HbmTiming::rfc_pb, &HbmTiming::rfc_sb}) {
    HbmTiming slow = timing;
    slow.*rfc = 3120 - 72;
    CHECK(check_hbm_timing(slow).empty());
    ++(slow.*rfc);
    REQUIRE(check_hbm_timing(slow).size() == 1);
    CHECK(check_hbm_timing(slow)[0].key == "refresh.rfc");
  }
}

TEST_CASE("Hbm refreshes of banks fall due a clock apart or more", "[unit][hbm]") {
  HbmTiming hasty = *find_hbm_timing("hbm3-6400");
  hasty.ras = hasty.rcd_rd = hasty.rp = 1;
  hasty.rc = 2;
  hasty.rfc_ab = hasty.rfc_pb = hasty.rfc_sb = 10;
  hasty.refi = 32;  // As many as a pseudo channel has banks.
  CHECK(check_hbm_timing(hasty).empty());
  hasty.refi = 31;
  REQUIRE(check_hbm_timing(hasty).size() == 1);
  CHECK(check_hbm_timing(hasty)[0].key == "refresh.refi");
}

TEST_CASE("Hbm built-in generations are possible in every height", "[unit][hbm]") {
  for (const HbmTiming& timing : hbm_timings()) {
    for (unsigned stack_ids = 1; stack_ids <= 4; ++stack_ids) {
      HbmGeometry built = timing.geometry;
      built.stack_ids = stack_ids;
      INFO(timing.name << " " << stack_ids);
      if (built.lanes() <= 32) CHECK(check_hbm_timing(timing.with_geometry(built)).empty());
    }
  }
}

TEST_CASE("Hbm timing file with wrong keys is refused with key and line", "[unit][hbm]") {
  const std::string good = text_of("hbm3-6400");
  const auto one_error = [&](std::string_view from, std::string_view to, std::string_view key) {
    const auto errors = errors_of(replaced(good, from, to));
    INFO(from << " -> " << to << " " << (errors.empty() ? "" : errors[0]));
    CHECK(errors.size() == 1);
    CHECK((!errors.empty() && errors[0].find(key) != std::string::npos));
  };
  one_error("cl = 20", "", "timing.cl: is missing");
  one_error("cl = 20", "cl = 20\ncls = 20", "timing.cls: unknown key");
  one_error("name =", "zzz = 1\nname =", "zzz: unknown key");
  one_error("name =", "zzz = 1\nname =", "policy, ");
  one_error("cl = 20", "cl = \"20\"", "timing.cl: expected an integer");
  one_error("cl = 20", "cl = 0", "timing.cl: expected an integer");
  one_error("cl = 20", "cl = -1", "timing.cl: expected an integer");
  one_error("cl = 20", "cl = 99999999999", "timing.cl: expected an integer");
  one_error("\"1600 MHz\"", "1600", "clock: expected");
  one_error("\"1600 MHz\"", "\"1600 GHz\"", "clock: expected");
  one_error("\"1600 MHz\"", "\"nan MHz\"", "clock: expected");
  one_error("\nbanks = 4", "\nbanks = 6", "geometry.banks: 6; expected a power of two");
  one_error("\nchannels = 16", "\nchannels = 64", "geometry.channels: expected");
  one_error("stack_ids = 2", "stack_ids = 8\n# ", "geometry: 64 bank groups");
  one_error("\"350 ns\"", "350", "refresh.rfc[1].all_bank: expected");
  one_error("up_to_gbit = 16", "up_to_gbit = 8", "refresh.rfc[2]: expected ascending");
  one_error("xp = \"8 ns\"", "", "power.xp: is missing");
  one_error("xp = \"8 ns\"", "xp = \"-1 ns\"", "power.xp: expected");
  one_error("xs_past_rfc = \"8 ns\"", "xs_past_rfc = 8", "power.xs_past_rfc: expected");
  one_error("tsv = 0.5", "tsv = -0.5", "energy.tsv: expected");
  one_error("tsv = 0.5", "tsv = nan", "energy.tsv: expected");
  one_error("cl = 20", "cl = = 20", "not valid TOML");
  CHECK(errors_of("").size() == 9);
}

TEST_CASE("Hbm timing file of a user is loaded by its path", "[unit][hbm]") {
  const ScratchDirectory directory;
  const std::string path =
      directory.write("my.toml", replaced(text_of("hbm3-6400"), "cl = 20", "cl = 22"));
  std::vector<ConfigError> errors;
  const auto timing = load_hbm_timing(path, errors);
  REQUIRE(timing.has_value());
  CHECK(timing->cl == 22);
  // The stack that is built is the one that was checked, even if the file changes in between.
  directory.write("my.toml", "");
  CHECK(load_hbm_timing(path, errors)->cl == 22);
  CHECK_FALSE(load_hbm_timing(directory.path("none.toml"), errors).has_value());
  CHECK_FALSE(load_hbm_timing("/dev/zero.toml", errors).has_value());
  CHECK_FALSE(load_hbm_timing("hbm9", errors).has_value());
  CHECK(errors.size() == 3);
}
