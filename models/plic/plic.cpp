// SPDX-License-Identifier: Apache-2.0
#include "models/plic/plic.h"

namespace cvp {

Plic::Plic(sc_core::sc_module_name name, const PlicParams& params)
    : sc_module(name),
      source("source", params.sources + 1),
      context("context", 2 * params.harts),
      core_(2 * params.harts, params.sources, params.first_edge_source) {
  regs_target.serve(core_.regs, params.access_time);
  SC_HAS_PROCESS(Plic);
  SC_METHOD(sample_sources);
  for (auto& wire : source) sensitive << wire;
  SC_METHOD(drive_contexts);
  sensitive << regs_target.changed();
}

void Plic::before_end_of_elaboration() {
  for (auto& wire : source) {
    if (wire.bind_count() == 0) wire.bind(low_);
  }
}

void Plic::sample_sources() {
  for (unsigned number = 1; number <= core_.sources(); ++number) {
    core_.set_level(number, source[number].read());
  }
}

void Plic::drive_contexts() {
  for (unsigned number = 0; number < core_.contexts(); ++number) {
    context[number].write(core_.interrupting(number));
  }
}

}  // namespace cvp
