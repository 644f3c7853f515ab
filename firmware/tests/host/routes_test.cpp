// SPDX-License-Identifier: Apache-2.0
#include "lib/routes.h"

#include <catch2/catch.hpp>

namespace {

void join(topology_t& topology, int a, int port_a, int b, int port_b) {
  topology.peer[a][port_a] = static_cast<std::uint8_t>(b);
  topology.peer[b][port_b] = static_cast<std::uint8_t>(a);
}

// Host 0, NPU dies 1 and 2, each joined to both others.
topology_t triangle() {
  topology_t topology;
  topology_clear(&topology);
  join(topology, 0, 0, 1, 0);
  join(topology, 0, 1, 2, 0);
  join(topology, 1, 1, 2, 1);
  return topology;
}

}  // namespace

TEST_CASE("Routes take the direct link where there is one", "[routes]") {
  const topology_t topology = triangle();
  routes_t routes;
  routes_compute(&topology, &routes);
  CHECK(routes.port[0][1] == 0);
  CHECK(routes.port[0][2] == 1);
  CHECK(routes.port[1][2] == 1);
  CHECK(routes.port[2][0] == 0);
  CHECK(routes_hops(&topology, &routes, 0, 2) == 1);
}

TEST_CASE("Routes lead through npu0 when the link from the host to npu1 is dead", "[routes]") {
  topology_t topology = triangle();
  topology.peer[0][1] = topology.peer[2][0] = kNoDie;
  routes_t routes;
  routes_compute(&topology, &routes);
  CHECK(routes.port[0][2] == 0);
  CHECK(routes.port[1][2] == 1);
  CHECK(routes.port[2][0] == 1);
  CHECK(routes_hops(&topology, &routes, 0, 2) == 2);
}

TEST_CASE("Routes of a ring with two links to the host are at most two hops from it", "[routes]") {
  topology_t topology;  // Dies 1 to 4 in a ring; the host is joined to 1 and 2.
  topology_clear(&topology);
  join(topology, 0, 0, 1, 0);
  join(topology, 0, 1, 2, 0);
  for (int die = 1; die <= 4; ++die) join(topology, die, 2, die % 4 + 1, 1);
  routes_t routes;
  routes_compute(&topology, &routes);
  CHECK(routes_hops(&topology, &routes, 0, 3) == 2);
  CHECK(routes_hops(&topology, &routes, 0, 4) == 2);
  CHECK(routes_hops(&topology, &routes, 3, 1) == 2);
  CHECK(routes_hops(&topology, &routes, 0, 9) == -1);
  for (int from = 0; from < 5; ++from) {
    for (int to = 0; to < 5; ++to) CHECK(routes_hops(&topology, &routes, from, to) >= 0);
  }
}
