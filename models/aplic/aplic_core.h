// SPDX-License-Identifier: Apache-2.0
//
// Interrupt domains, source modes, pending bits and both ways of delivery of the APLIC. No SystemC.
//
// A source is active in one domain at most: in the root, or in the supervisor domain if the root
// delegates it. What a write may do to a pending bit depends on the source's mode and the domain's
// delivery mode [AIA: Precise effects on interrupt-pending bits].
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "models/aplic/aplic_regs.h"  // generated

namespace cvp {

struct AplicStatistics {
  std::uint64_t claims = 0;  ///< That returned a source.
  std::uint64_t empty_claims = 0;
  std::uint64_t messages = 0;  ///< For sources and of genmsi.
};

/// A message that leaves the APLIC.
struct AplicMessage {
  Addr address = 0;
  std::uint32_t data = 0;
  std::optional<unsigned> extempore;  ///< Domain whose genmsi asked for it.
};

class AplicCore {
 public:
  using Source = std::uint32_t;  ///< From 1.
  enum Domain : unsigned { kMachine, kSupervisor };
  static constexpr unsigned kDomains = 2;

  AplicCore(unsigned harts, Source sources);

  AplicRegs regs;

  /// The wire of a source has this level now.
  void set_level(Source source, bool level);

  // Direct delivery.
  /// Whether the domain interrupts the hart.
  bool interrupting(unsigned domain, unsigned hart) const;
  /// Value of topi: source in bits 25:16, priority in 7:0; 0: none.
  std::uint32_t top(unsigned domain, unsigned hart) const;
  std::uint32_t claim(unsigned domain, unsigned hart);

  // Delivery by messages.
  /// The next message, which counts as sent. `all_arrived`: every earlier one has arrived, which a
  /// message of genmsi waits for [AIA: Generate MSI (genmsi)].
  std::optional<AplicMessage> next_message(bool all_arrived);
  /// The message of the domain's genmsi has arrived.
  void extempore_arrived(unsigned domain);

  unsigned harts() const { return harts_; }
  Source sources() const { return sources_; }
  const AplicStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    for (Extempore& each : extempore_) archive(each.bits, each.waiting);
    archive(levels_, addresses_, statistics_.claims, statistics_.empty_claims, statistics_.messages,
            regs);
  }

 private:
  using SourceCfg = AplicRegs::DomainSourcecfg;
  struct Extempore {
    std::uint64_t bits = 0;  ///< Of genmsi.
    bool waiting = false;    ///< To leave.
  };
  /// Source by source of a register word.
  using Rule = bool (AplicCore::*)(unsigned domain, Source source) const;

  void serve_domain_registers();
  void serve_source_numbers();
  void serve_message_addresses();

  std::uint64_t mode(unsigned domain, Source source) const;
  bool active(unsigned domain, Source source) const;
  bool by_messages(unsigned domain) const;
  bool rectified(unsigned domain, Source source) const;
  bool may_be_set(unsigned domain, Source source) const;
  bool may_be_cleared(unsigned domain, Source source) const;
  std::uint32_t word_of(unsigned domain, std::size_t word, Rule rule) const;
  std::uint32_t candidates(unsigned domain, std::size_t word) const;

  bool pending(unsigned domain, Source source) const;
  void set_pending(unsigned domain, Source source, bool pending);
  void set_enabled(unsigned domain, Source source, bool enabled);
  void configure_source(unsigned domain, Source source, SourceCfg written);
  void deactivate(unsigned domain, Source source);
  void follow_input(unsigned domain, Source source);
  void legalise_target(unsigned domain, Source source);
  void write_genmsi(unsigned domain, std::uint64_t bits);
  Addr message_address(unsigned domain, std::uint64_t hart) const;

  const unsigned harts_;
  const Source sources_;
  std::vector<std::uint8_t> levels_;  ///< Of the wires, by source.
  std::array<Extempore, kDomains> extempore_;
  /// mmsiaddrcfg, mmsiaddrcfgh, smsiaddrcfg, smsiaddrcfgh: what they hold once locked.
  std::array<std::uint64_t, 4> addresses_{};
  AplicStatistics statistics_;
};

}  // namespace cvp
