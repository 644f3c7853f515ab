// SPDX-License-Identifier: Apache-2.0
//
// main of every Catch2 test: SystemC's elaboration around Catch2's session. The resolution is set
// first; a SystemC warning or error becomes an exception and so fails the test.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdlib>

#include "models/core/simulation_time.h"

int sc_main(int argc, char** argv) {
  using namespace sc_core;
  cvp::set_time_resolution();
  sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING);
  sc_report_handler::set_actions(SC_WARNING, SC_THROW);
  sc_report_handler::set_actions(SC_ERROR, SC_THROW);
  sc_report_handler::set_actions(SC_FATAL, SC_THROW);
  return Catch::Session().run(argc, argv);
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
