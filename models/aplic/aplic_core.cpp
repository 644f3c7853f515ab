// SPDX-License-Identifier: Apache-2.0
#include "models/aplic/aplic_core.h"

#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

using Mode = AplicRegs::DomainSourcecfg;
constexpr unsigned kWordBits = 32;
constexpr unsigned kSourceShift = 16;  // Of topi and claimi.
constexpr unsigned kPageShift = 12;

bool is_edge(std::uint64_t mode) { return mode == Mode::kModeEdge1 || mode == Mode::kModeEdge0; }
bool is_level(std::uint64_t mode) { return mode == Mode::kModeLevel1 || mode == Mode::kModeLevel0; }
bool is_inverted(std::uint64_t mode) {
  return mode == Mode::kModeEdge0 || mode == Mode::kModeLevel0;
}
bool is_reserved(std::uint64_t mode) { return mode == 2 || mode == 3; }

}  // namespace

AplicCore::AplicCore(unsigned harts, Source sources)
    : harts_(harts), sources_(sources), levels_(sources + 1) {
  CVP_CHECK(sources >= 1 && sources <= regs.domain_sourcecfg.info().count, "APLIC of ", sources,
            " sources");
  CVP_CHECK(harts >= 1 && harts <= regs.domain_idelivery.info().count, "APLIC of ", harts,
            " harts");
  regs.domain_sourcecfg.limit(sources);
  regs.domain_target.limit(sources);
  serve_domain_registers();
  serve_source_numbers();
  serve_message_addresses();
}

// ---- Sources ---------------------------------------------------------------------------------

std::uint64_t AplicCore::mode(unsigned domain, Source source) const {
  return regs.domain_sourcecfg.get(regs.domain_sourcecfg.index(domain, source - 1)).mode;
}

bool AplicCore::active(unsigned domain, Source source) const {
  return mode(domain, source) != Mode::kModeInactive;
}

bool AplicCore::by_messages(unsigned domain) const { return regs.domain_cfg.get(domain).dm; }

// [AIA: Source configurations (sourcecfg[1]-sourcecfg[1023])]
bool AplicCore::rectified(unsigned domain, Source source) const {
  const std::uint64_t m = mode(domain, source);
  return (is_edge(m) || is_level(m)) && (levels_[source] != 0) != is_inverted(m);
}

bool AplicCore::may_be_set(unsigned domain, Source source) const {
  const std::uint64_t m = mode(domain, source);
  // In direct delivery a level's pending bit is its input, so that setting it changes nothing.
  return is_level(m) ? rectified(domain, source) : active(domain, source);
}

bool AplicCore::may_be_cleared(unsigned domain, Source source) const {
  return by_messages(domain) || !is_level(mode(domain, source));
}

bool AplicCore::pending(unsigned domain, Source source) const {
  const auto word = regs.domain_setip.index(domain, source / kWordBits);
  return (regs.domain_setip.bits(word) >> source % kWordBits & 1) != 0;
}

void AplicCore::set_pending(unsigned domain, Source source, bool pending) {
  const auto word = regs.domain_setip.index(domain, source / kWordBits);
  const std::uint64_t bit = std::uint64_t{1} << source % kWordBits;
  const std::uint64_t bits = regs.domain_setip.bits(word);
  regs.domain_setip.set_bits(word, pending ? bits | bit : bits & ~bit);
}

void AplicCore::set_enabled(unsigned domain, Source source, bool enabled) {
  const auto word = regs.domain_setie.index(domain, source / kWordBits);
  const std::uint64_t bit = std::uint64_t{1} << source % kWordBits;
  const std::uint64_t bits = regs.domain_setie.bits(word);
  regs.domain_setie.set_bits(word, enabled ? bits | bit : bits & ~bit);
}

void AplicCore::set_level(Source source, bool level) {
  if ((levels_[source] != 0) == level) return;
  levels_[source] = level ? 1 : 0;
  for (unsigned domain = 0; domain < kDomains; ++domain) {
    const std::uint64_t m = mode(domain, source);
    if (is_level(m)) set_pending(domain, source, rectified(domain, source));
    if (is_edge(m) && rectified(domain, source)) set_pending(domain, source, true);
  }
}

void AplicCore::configure_source(unsigned domain, Source source, SourceCfg written) {
  const std::size_t index = regs.domain_sourcecfg.index(domain, source - 1);
  const bool delegated =
      regs.domain_sourcecfg.get(regs.domain_sourcecfg.index(kMachine, source - 1)).delegate;
  SourceCfg value{.mode = is_reserved(written.mode) ? Mode::kModeInactive : written.mode};
  if (domain == kMachine && written.delegate) value = {.delegate = true};  // Child index 0.
  if (domain == kSupervisor && (written.delegate || !delegated)) value = {};
  regs.domain_sourcecfg.set(index, value);
  if (domain == kMachine && !value.delegate) configure_source(kSupervisor, source, {});
  if (value.mode == Mode::kModeInactive) return deactivate(domain, source);
  legalise_target(domain, source);
  follow_input(domain, source);
}

void AplicCore::deactivate(unsigned domain, Source source) {
  set_pending(domain, source, false);
  set_enabled(domain, source, false);
  regs.domain_target.set(regs.domain_target.index(domain, source - 1), {});
}

/// After a change of a mode: a level is as pending as its input is high. An edge has not happened.
void AplicCore::follow_input(unsigned domain, Source source) {
  if (is_level(mode(domain, source))) set_pending(domain, source, rectified(domain, source));
}

// [AIA: Interrupt targets (target[1]-target[1023])]
void AplicCore::legalise_target(unsigned domain, Source source) {
  const std::size_t index = regs.domain_target.index(domain, source - 1);
  AplicRegs::DomainTarget target = regs.domain_target.get(index);
  if (!active(domain, source)) target = {};
  if (active(domain, source) && !by_messages(domain)) {
    target.value &= 0xff;
    if (target.value == 0) target.value = 1;  // There is no priority 0.
  }
  regs.domain_target.set(index, target);
}

// ---- Registers -------------------------------------------------------------------------------

std::uint32_t AplicCore::word_of(unsigned domain, std::size_t word, Rule rule) const {
  std::uint32_t bits = 0;
  for (unsigned bit = 0; bit < kWordBits; ++bit) {
    const auto source = static_cast<Source>(word * kWordBits + bit);
    if (source == 0 || source > sources_) continue;
    if ((this->*rule)(domain, source)) bits |= std::uint32_t{1} << bit;
  }
  return bits;
}

void AplicCore::serve_domain_registers() {
  const auto split = [](const auto& array, std::size_t index) {
    return std::pair{static_cast<unsigned>(index / array.info().count), index % array.info().count};
  };
  regs.domain_cfg.on_write([this](std::size_t domain, AplicRegs::DomainCfg) {
    for (Source source = 1; source <= sources_; ++source) {
      legalise_target(static_cast<unsigned>(domain), source);
      if (by_messages(static_cast<unsigned>(domain))) continue;
      follow_input(static_cast<unsigned>(domain), source);
    }
    regs.domain_genmsi.set_bits(
        domain, by_messages(static_cast<unsigned>(domain)) ? extempore_[domain].bits : 0);
  });
  regs.domain_sourcecfg.on_write([this, split](std::size_t index, SourceCfg value) {
    const auto [domain, number] = split(regs.domain_sourcecfg, index);
    // A root source that was delegated is not what was written: its mode is judged anew.
    configure_source(domain, static_cast<Source>(number + 1), value);
  });
  regs.domain_target.on_write([this, split](std::size_t index, AplicRegs::DomainTarget) {
    const auto [domain, number] = split(regs.domain_target, index);
    legalise_target(domain, static_cast<Source>(number + 1));
  });
  regs.domain_setip.on_write([this, split](std::size_t index, AplicRegs::DomainSetip held) {
    const auto [domain, word] = split(regs.domain_setip, index);
    regs.domain_setip.set(index, {held.sources & word_of(domain, word, &AplicCore::may_be_set)});
  });
  regs.domain_setie.on_write([this, split](std::size_t index, AplicRegs::DomainSetie held) {
    const auto [domain, word] = split(regs.domain_setie, index);
    regs.domain_setie.set(index, {held.sources & word_of(domain, word, &AplicCore::active)});
  });
  regs.domain_clrie.on_write([this](std::size_t index, AplicRegs::DomainClrie written) {
    regs.domain_setie.set(index, {regs.domain_setie.get(index).sources & ~written.sources});
  });
  regs.domain_in_clrip.on_read([this, split](std::size_t index) {
    const auto [domain, word] = split(regs.domain_in_clrip, index);
    return word_of(domain, word, &AplicCore::rectified);
  });
  regs.domain_in_clrip.on_write([this, split](std::size_t index, std::uint32_t written) {
    const auto [domain, word] = split(regs.domain_in_clrip, index);
    const std::uint32_t cleared = written & word_of(domain, word, &AplicCore::may_be_cleared);
    regs.domain_setip.set(index, {regs.domain_setip.get(index).sources & ~cleared});
    regs.domain_in_clrip.set(index, 0);
  });
  for (RegisterBase* array : std::initializer_list<RegisterBase*>{
           &regs.domain_idelivery, &regs.domain_iforce, &regs.domain_ithreshold, &regs.domain_topi,
           &regs.domain_claimi}) {
    array->limit(harts_);
  }
  regs.domain_topi.on_read([this, split](std::size_t index) {
    const auto [domain, hart] = split(regs.domain_topi, index);
    return top(domain, static_cast<unsigned>(hart));
  });
  regs.domain_claimi.on_read([this, split](std::size_t index) {
    const auto [domain, hart] = split(regs.domain_claimi, index);
    return claim(domain, static_cast<unsigned>(hart));
  });
}

/// The registers that take a source's number instead of its bit.
void AplicCore::serve_source_numbers() {
  const auto serve = [this](auto& array, auto act) {
    array.on_write([this, act](std::size_t domain, auto written) {
      const Source source = written.source;
      const auto number = static_cast<unsigned>(domain);
      if (source >= 1 && source <= sources_ && active(number, source)) act(number, source);
    });
  };
  const auto set = [this](unsigned domain, Source source) {
    if (may_be_set(domain, source)) set_pending(domain, source, true);
  };
  serve(regs.domain_setipnum, set);
  serve(regs.domain_setipnum_le, set);
  serve(regs.domain_clripnum, [this](unsigned domain, Source source) {
    if (may_be_cleared(domain, source)) set_pending(domain, source, false);
  });
  serve(regs.domain_setienum,
        [this](unsigned domain, Source source) { set_enabled(domain, source, true); });
  serve(regs.domain_clrienum,
        [this](unsigned domain, Source source) { set_enabled(domain, source, false); });
}

void AplicCore::serve_message_addresses() {
  const auto serve = [this](auto& reg, std::size_t number) {
    reg.on_write([this, &reg, number] {
      if (AplicRegs::Mmsiaddrcfgh::from_bits(addresses_[1]).lock) {
        reg.set_bits(0, addresses_[number]);
      } else {
        addresses_[number] = reg.bits();
      }
    });
  };
  serve(regs.mmsiaddrcfg, 0);
  serve(regs.mmsiaddrcfgh, 1);
  serve(regs.smsiaddrcfg, 2);
  serve(regs.smsiaddrcfgh, 3);
  regs.domain_genmsi.on_write([this](std::size_t domain, AplicRegs::DomainGenmsi written) {
    write_genmsi(static_cast<unsigned>(domain), written.to_bits());
  });
}

// ---- Direct delivery -------------------------------------------------------------------------

std::uint32_t AplicCore::candidates(unsigned domain, std::size_t word) const {
  const auto index = regs.domain_setip.index(domain, word);
  return regs.domain_setip.get(index).sources & regs.domain_setie.get(index).sources;
}

// Of equal priority numbers the lowest source wins [AIA: Interrupt targets].
std::uint32_t AplicCore::top(unsigned domain, unsigned hart) const {
  if (by_messages(domain)) return 0;
  const auto threshold =
      regs.domain_ithreshold.get(regs.domain_ithreshold.index(domain, hart)).priority;
  std::uint32_t best = 0, best_priority = threshold != 0 ? threshold : 0x100;
  for (std::size_t word = 0; word <= sources_ / kWordBits; ++word) {
    for (std::uint32_t bits = candidates(domain, word); bits != 0; bits &= bits - 1) {
      const auto source =
          static_cast<Source>(word * kWordBits) + static_cast<Source>(std::countr_zero(bits));
      const auto target = regs.domain_target.get(regs.domain_target.index(domain, source - 1));
      if (target.hart != hart || target.value >= best_priority) continue;
      best = source;
      best_priority = target.value;
    }
  }
  return best == 0 ? 0 : best << kSourceShift | best_priority;
}

bool AplicCore::interrupting(unsigned domain, unsigned hart) const {
  const AplicRegs::DomainCfg config = regs.domain_cfg.get(domain);
  const std::size_t index = regs.domain_idelivery.index(domain, hart);
  if (!config.ie || config.dm || !regs.domain_idelivery.get(index).enable) return false;
  return regs.domain_iforce.get(index).force || top(domain, hart) != 0;
}

std::uint32_t AplicCore::claim(unsigned domain, unsigned hart) {
  const std::uint32_t value = top(domain, hart);
  const Source source = value >> kSourceShift;
  ++(source != 0 ? statistics_.claims : statistics_.empty_claims);
  if (source == 0) {
    regs.domain_iforce.set(regs.domain_iforce.index(domain, hart), {});
  } else if (may_be_cleared(domain, source)) {
    set_pending(domain, source, false);
  }
  return value;
}

// ---- Delivery by messages --------------------------------------------------------------------

void AplicCore::write_genmsi(unsigned domain, std::uint64_t bits) {
  Extempore& extempore = extempore_[domain];
  const bool busy = AplicRegs::DomainGenmsi::from_bits(extempore.bits).busy;
  if (by_messages(domain) && !busy) {
    AplicRegs::DomainGenmsi value = AplicRegs::DomainGenmsi::from_bits(bits);
    value.busy = true;
    extempore = {value.to_bits(), true};
  }
  regs.domain_genmsi.set_bits(domain, by_messages(domain) ? extempore.bits : 0);
}

void AplicCore::extempore_arrived(unsigned domain) {
  AplicRegs::DomainGenmsi value = AplicRegs::DomainGenmsi::from_bits(extempore_[domain].bits);
  value.busy = false;
  extempore_[domain].bits = value.to_bits();
  if (by_messages(domain)) regs.domain_genmsi.set_bits(domain, value.to_bits());
}

std::optional<AplicMessage> AplicCore::next_message(bool all_arrived) {
  for (unsigned domain = 0; domain < kDomains; ++domain) {
    if (!extempore_[domain].waiting) continue;
    if (!all_arrived) return std::nullopt;
    extempore_[domain].waiting = false;
    const auto genmsi = AplicRegs::DomainGenmsi::from_bits(extempore_[domain].bits);
    ++statistics_.messages;
    return AplicMessage{message_address(domain, genmsi.hart), genmsi.eiid, domain};
  }
  for (unsigned domain = 0; domain < kDomains; ++domain) {
    const AplicRegs::DomainCfg config = regs.domain_cfg.get(domain);
    if (!config.ie || !config.dm) continue;
    for (std::size_t word = 0; word <= sources_ / kWordBits; ++word) {
      const std::uint32_t bits = candidates(domain, word);
      if (bits == 0) continue;
      const auto source =
          static_cast<Source>(word * kWordBits) + static_cast<Source>(std::countr_zero(bits));
      set_pending(domain, source, false);
      const auto target = regs.domain_target.get(regs.domain_target.index(domain, source - 1));
      ++statistics_.messages;
      return AplicMessage{message_address(domain, target.hart), target.value, std::nullopt};
    }
  }
  return std::nullopt;
}

// [AIA: Addresses and data for outgoing MSIs]
Addr AplicCore::message_address(unsigned domain, std::uint64_t hart) const {
  const auto machine = AplicRegs::Mmsiaddrcfgh::from_bits(addresses_[1]);
  const auto supervisor = AplicRegs::Smsiaddrcfgh::from_bits(addresses_[3]);
  const bool root = domain == kMachine;
  const std::uint64_t low = addresses_[root ? 0 : 2];
  const std::uint64_t high = root ? machine.high_ppn : supervisor.high_ppn;
  const std::uint64_t group = hart >> machine.lhxw & ((std::uint64_t{1} << machine.hhxw) - 1);
  const std::uint64_t in_group = hart & ((std::uint64_t{1} << machine.lhxw) - 1);
  const std::uint64_t page = (high << 32 | low) | group << (machine.hhxs + kPageShift) |
                             in_group << (root ? machine.lhxs : supervisor.lhxs);
  return page << kPageShift;
}

}  // namespace cvp
