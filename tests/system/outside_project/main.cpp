// SPDX-License-Identifier: Apache-2.0
//
// An initiator that knows only the TLM-2.0 base protocol reads from an HBM stack and prints the
// idle latency in picoseconds. SystemC 2.3 wants sc_main.
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdio>
#include <systemc>

#include "models/core/action_queue.h"
#include "models/hbm/hbm.h"

namespace {

struct Reader : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Reader> mem{"mem"}, regs{"regs"};
  bool ok = false;
  sc_core::sc_time delay;

  explicit Reader(sc_core::sc_module_name name) : sc_module(name) {
    SC_HAS_PROCESS(Reader);
    SC_THREAD(body);
  }
  void body() {
    std::uint8_t data[32] = {};
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(0x1000);
    payload.set_data_ptr(data);
    payload.set_data_length(sizeof data);
    payload.set_streaming_width(sizeof data);
    mem->b_transport(payload, delay);
    ok = payload.is_response_ok();
  }
};

}  // namespace

int sc_main(int, char*[]) {
  cvp::set_time_resolution();
  cvp::ActionQueue actions("actions");
  cvp::HbmParams params;
  params.trained_at_reset = true;
  cvp::HbmStack hbm("hbm", actions, params);
  Reader reader("reader");
  reader.mem.bind(hbm.mem_target);
  reader.regs.bind(hbm.regs_target);
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
  std::printf("%s %.0f\n", reader.ok ? "ok" : "error", reader.delay.to_seconds() * 1e12);
  return reader.ok ? 0 : 1;
}
