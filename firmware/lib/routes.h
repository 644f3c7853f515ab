// SPDX-License-Identifier: Apache-2.0
//
// Shortest paths between dies over the links that are up. Pure: no hardware.
#ifndef CVP_FIRMWARE_LIB_ROUTES_H_
#define CVP_FIRMWARE_LIB_ROUTES_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { kMaxDies = 16, kMaxPorts = 8, kNoDie = 0xff, kNoPort = 0xff };

// What port p of die d leads to; kNoDie: nothing, or a link that is not up.
typedef struct {
  uint8_t peer[kMaxDies][kMaxPorts];
} topology_t;

// port[d][t]: the port of die d that leads to die t; kNoPort: none.
typedef struct {
  uint8_t port[kMaxDies][kMaxDies];
} routes_t;

void topology_clear(topology_t* topology);
// Fewest hops; of equals the lowest port.
void routes_compute(const topology_t* topology, routes_t* routes);
// Number of links between two dies; -1: unreachable.
int routes_hops(const topology_t* topology, const routes_t* routes, uint8_t from, uint8_t to);

#ifdef __cplusplus
}
#endif

#endif  // CVP_FIRMWARE_LIB_ROUTES_H_
