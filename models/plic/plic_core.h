// SPDX-License-Identifier: Apache-2.0
//
// Gateways and interrupt selection of the PLIC. No SystemC.
//
// A gateway forwards one request and then none until that one has been completed. A level source
// asks again at completion if it is still high; edges that arrive meanwhile are counted, and each
// asks in its turn [PLIC: Interrupt Gateways].
#pragma once

#include <vector>

#include "models/plic/plic_regs.h"  // generated

namespace cvp {

struct PlicStatistics {
  std::uint64_t requests = 0;  ///< Forwarded by gateways.
  std::uint64_t claims = 0;    ///< That returned a source.
  std::uint64_t empty_claims = 0;
  std::uint64_t completions = 0;
};

class PlicCore {
 public:
  using Source = std::uint32_t;  ///< From 1.

  PlicCore(unsigned contexts, Source sources, Source first_edge_source);

  PlicRegs regs;

  /// The wire of a source has this level now.
  void set_level(Source source, bool level);
  /// Whether the context's interrupt output is up.
  bool interrupting(unsigned context) const;
  Source claim(unsigned context);
  void complete(unsigned context, Source source);

  unsigned contexts() const { return contexts_; }
  Source sources() const { return sources_; }
  const PlicStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    for (Gateway& g : gateways_) archive(g.level, g.forwarded, g.waiting_edges);
    archive(statistics_.requests, statistics_.claims, statistics_.empty_claims,
            statistics_.completions, regs);
  }

 private:
  struct Gateway {
    bool level = false;
    bool forwarded = false;  ///< A request is pending or being served.
    std::uint64_t waiting_edges = 0;
  };

  bool is_edge(Source source) const { return source >= first_edge_source_; }
  void forward(Source source);
  std::uint32_t candidates(unsigned context, unsigned word) const;
  void set_pending(Source source, bool pending);

  const unsigned contexts_;
  const Source sources_, first_edge_source_;
  std::vector<Gateway> gateways_;  ///< Indexed by source; 0 is unused.
  PlicStatistics statistics_;
};

}  // namespace cvp
