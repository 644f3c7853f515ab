// SPDX-License-Identifier: Apache-2.0
#include "lib/routes.h"

#include <string.h>

void topology_clear(topology_t* topology) { memset(topology, kNoDie, sizeof *topology); }

// Distances of all dies from `target`; links work in both directions.
static void distances(const topology_t* topology, uint8_t target, uint8_t hops[kMaxDies]) {
  uint8_t queue[kMaxDies];
  int head = 0, tail = 0;
  memset(hops, kNoDie, kMaxDies);
  hops[target] = 0;
  queue[tail++] = target;
  while (head < tail) {
    const uint8_t die = queue[head++];
    for (int port = 0; port < kMaxPorts; ++port) {
      const uint8_t peer = topology->peer[die][port];
      if (peer >= kMaxDies || hops[peer] != kNoDie) continue;
      hops[peer] = hops[die] + 1;
      queue[tail++] = peer;
    }
  }
}

void routes_compute(const topology_t* topology, routes_t* routes) {
  memset(routes, kNoPort, sizeof *routes);
  for (uint8_t target = 0; target < kMaxDies; ++target) {
    uint8_t hops[kMaxDies];
    distances(topology, target, hops);
    for (uint8_t die = 0; die < kMaxDies; ++die) {
      if (die == target || hops[die] == kNoDie) continue;
      for (uint8_t port = 0; port < kMaxPorts; ++port) {
        const uint8_t peer = topology->peer[die][port];
        if (peer < kMaxDies && hops[peer] + 1 == hops[die]) {
          routes->port[die][target] = port;
          break;
        }
      }
    }
  }
}

int routes_hops(const topology_t* topology, const routes_t* routes, uint8_t from, uint8_t to) {
  for (int hops = 0; hops <= kMaxDies; ++hops) {
    if (from == to) return hops;
    const uint8_t port = routes->port[from][to];
    if (port == kNoPort) break;
    from = topology->peer[from][port];
  }
  return -1;
}
