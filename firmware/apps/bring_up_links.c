// SPDX-License-Identifier: Apache-2.0
//
// Link training. A link between two NPU dies is trained through the links that are up already:
// after each success the routes are computed again and what changed is written, dies nearest to
// the host first, so that every die on the way can be reached when its neighbour is tried.
#include <stdio.h>
#include <string.h>

#include "apps/first_stage.h"
#include "drivers/noc.h"
#include "drivers/ucie.h"
#include "lib/console.h"
#include "lib/interrupts.h"
#include "lib/link_wait.h"
#include "lib/trap.h"

enum { kMaxSteps = 48, kTrainingTimeoutNs = 40000000 };

static topology_t topology;
static routes_t routes, written;

// One link's training as the status register showed it.
typedef struct {
  ucie_t ucie;
  ucie_status_t status;
  ucie_capability_t capability;
  uint32_t steps;
  uint8_t states[kMaxSteps];
  uint64_t entered[kMaxSteps + 1];
  ucie_state_t last;
  uint32_t repaired;
  const char* error;
  uint8_t error_state;
  bool timeout;
} training_t;

static void record_step(void* argument, uint8_t state, uint64_t ticks) {
  training_t* training = argument;
  const uint32_t steps = training->steps;
  if (steps == kMaxSteps || (steps > 0 && training->states[steps - 1] == state)) return;
  training->states[training->steps] = state;
  training->entered[training->steps++] = ticks;
}

static void train(void* argument) {
  training_t* training = argument;
  const ucie_t* ucie = &training->ucie;
  training->status = ucie_find(training->ucie.base, &training->ucie);
  if (training->status != UCIE_OK) return;
  training->status = ucie_probe(ucie, &training->capability);
  if (training->status != UCIE_OK) return;
  training->last = ucie_state(ucie);
  record_step(training, training->last.state, time_ticks());
  if (!training->last.up) training->status = ucie_start(ucie);
  if (training->status == UCIE_OK) {
    training->timeout = !link_wait(ucie, kTrainingTimeoutNs, record_step, training);
  }
  training->last = ucie_state(ucie);
  training->entered[training->steps] = time_ticks();
  training->error = ucie_error(ucie, &training->error_state);
  if (training->last.up) training->repaired = ucie_repaired_lanes(ucie);
}

// The states in the order in which they were seen, with the time spent in each.
static void print_steps(const training_t* training) {
  char line[112];
  int used = 0;
  for (uint32_t i = 0; i < training->steps; ++i) {
    const uint64_t spent = time_nanoseconds(training->entered[i + 1] - training->entered[i]);
    char step[48];
    const bool last = i + 1 == training->steps;
    const int length =
        last ? snprintf(step, sizeof step, "%s", ucie_state_name(training->states[i]))
             : snprintf(step, sizeof step, "%s %lu.%lu >", ucie_state_name(training->states[i]),
                        spent / 1000, spent % 1000 / 100);
    if (used + length > 88) {
      log_line("    %s", line);
      used = 0;
    }
    used += snprintf(line + used, sizeof line - used, "%s%s", used == 0 ? "" : " ", step);
  }
  if (used > 0) log_line("    %s", line);
}

static bool train_link(machine_t* machine, uint8_t die, uint8_t port) {
  die_t* near = &machine->dies[die];
  link_end_t* end = &near->ports[port];
  const die_t* far = &machine->dies[end->peer_die];
  training_t training = {.ucie = {end->base}};
  trap_record_t record;
  log_line("ucie %s.d2d%u <-> %s.d2d%u: training (microseconds in each state)", near->name, port,
           far->name, end->peer_port);
  if (!guarded(train, &training, &record)) {
    log_line("  FAILED: %s at %#lx; link left out", trap_cause_name(record.cause), record.tval);
    return false;
  }
  if (training.status != UCIE_OK) {
    log_line("  FAILED: no link block at %#lx; link left out", end->base);
    return false;
  }
  print_steps(&training);
  if (!training.last.up) {
    log_line("  FAILED in %s: %s; link left out", ucie_state_name(training.error_state),
             training.timeout ? "training takes too long" : training.error);
    return false;
  }
  end->lanes = training.last.lanes;
  end->rate = training.last.rate;
  const ucie_capability_t* most = &training.capability;
  const bool degraded =
      end->lanes < most->lanes || end->rate < most->rate || training.last.modules < most->modules;
  char modules[24] = "";
  if (most->modules > 1) {
    (void)snprintf(modules, sizeof modules, ", %u of %u modules", training.last.modules,
                   most->modules);
  }
  log_line("  up: x%u of x%u lanes at %u GT/s%s, %s package%s", end->lanes, most->lanes, end->rate,
           modules, most->advanced ? "advanced" : "standard", degraded ? ", DEGRADED" : "");
  if (training.repaired > 0) log_line("  %u lanes replaced by spares", training.repaired);
  return true;
}

typedef struct {
  noc_t noc;
  uint8_t target, port;
  noc_status_t status;
} route_write_t;

static void write_route(void* argument) {
  route_write_t* write = argument;
  write->status = write->port == kNoPort ? noc_clear_route(&write->noc, write->target)
                                         : noc_set_route(&write->noc, write->target, write->port);
}

static void write_routes_of(const machine_t* machine, uint8_t die) {
  for (uint8_t target = 0; target < kMaxDies; ++target) {
    if (routes.port[die][target] == written.port[die][target]) continue;
    route_write_t write = {{machine->dies[die].router}, target, routes.port[die][target], NOC_OK};
    if (!guarded(write_route, &write, NULL) || write.status != NOC_OK) {
      log_line("router %s: cannot write the route to %s", machine->dies[die].name,
               machine->dies[target].name);
    }
    written.port[die][target] = write.port;
  }
}

static void write_routes(const machine_t* machine) {
  routes_compute(&topology, &routes);
  for (int hops = 0; hops < kMaxDies; ++hops) {
    for (uint8_t die = 0; die < kMaxDies; ++die) {
      if (machine->dies[die].router == 0) continue;
      if (routes_hops(&topology, &routes, kHost, die) == hops) write_routes_of(machine, die);
    }
  }
}

static void print_routes(const machine_t* machine) {
  for (uint8_t die = 0; die < kMaxDies; ++die) {
    const die_t* from = &machine->dies[die];
    if (!from->present) continue;
    if (!from->reached) {
      log_line("die %s: no link leads to it; left out", from->name);
      continue;
    }
    for (uint8_t target = 0; target < kMaxDies; ++target) {
      const uint8_t port = routes.port[die][target];
      if (port == kNoPort) continue;
      const uint8_t next = topology.peer[die][port];
      log_line("route %s > %s: port d2d%u%s%s, %d hop%s", from->name, machine->dies[target].name,
               port, next == target ? "" : ", through ",
               next == target ? "" : machine->dies[next].name,
               routes_hops(&topology, &routes, die, target),
               routes_hops(&topology, &routes, die, target) == 1 ? "" : "s");
    }
  }
}

uint8_t entry_port(const machine_t* machine, uint8_t die, uint8_t* port) {
  // The way back from the die to the host begins at the link by which the host comes in.
  const uint8_t own = routes.port[die][kHost];
  if (own == kNoPort) return kNoDie;
  *port = machine->dies[die].ports[own].peer_port;
  return machine->dies[die].ports[own].peer_die;
}

static void try_link(machine_t* machine, uint8_t die, uint8_t port) {
  link_end_t* end = &machine->dies[die].ports[port];
  die_t* far = &machine->dies[end->peer_die];
  link_end_t* other = &far->ports[end->peer_port];
  if (end->base == 0 || end->tried || !far->present) return;
  end->tried = other->tried = true;
  if (!train_link(machine, die, port)) return;
  end->up = other->up = true;
  other->lanes = end->lanes;
  other->rate = end->rate;
  topology.peer[die][port] = end->peer_die;
  topology.peer[end->peer_die][end->peer_port] = die;
  write_routes(machine);
}

// A die counts as reached when its router answers with the index that the tree gives it.
static bool answers(const machine_t* machine, uint8_t die) {
  uint32_t id;
  if (!probe_read32(machine->dies[die].router, &id) || (id & 0xff) != die) {
    log_line("die %s: its router does not answer; left out", machine->dies[die].name);
    return false;
  }
  return true;
}

void bring_up_links(machine_t* machine) {
  uint8_t queue[kMaxDies];
  int head = 0, tail = 0;
  topology_clear(&topology);
  memset(&written, kNoPort, sizeof written);
  routes_compute(&topology, &routes);
  queue[tail++] = kHost;
  while (head < tail) {
    const uint8_t die = queue[head++];
    for (uint8_t port = 0; port < kMaxPorts; ++port) {
      const link_end_t* end = &machine->dies[die].ports[port];
      try_link(machine, die, port);
      die_t* far = &machine->dies[end->peer_die];
      if (!end->up || far->reached) continue;
      far->reached = answers(machine, end->peer_die);
      if (far->reached) queue[tail++] = end->peer_die;
    }
  }
  print_routes(machine);
}
