// SPDX-License-Identifier: Apache-2.0
#include "platform/direct_boot.h"

#include <map>

namespace cvp {
namespace {

bool works(const Link& link) { return link.params["fault"].text != "dead"; }

// Links on a shortest path to `to`, by die.
std::map<std::string, unsigned> distances_to(const Package& package, const Die& to) {
  std::map<std::string, unsigned> distance = {{to.name, 0}};
  std::vector<std::string> frontier = {to.name};
  for (unsigned hops = 1; !frontier.empty(); ++hops) {
    std::vector<std::string> next;
    for (const Link& link : package.links) {
      if (!works(link)) continue;
      for (int side = 0; side < 2; ++side) {
        const std::string& near = link.ends[side].die;
        const std::string& far = link.ends[1 - side].die;
        const auto found = distance.find(near);
        if (found == distance.end() || found->second != hops - 1) continue;
        if (distance.emplace(far, hops).second) next.push_back(far);
      }
    }
    frontier = std::move(next);
  }
  return distance;
}

}  // namespace

std::optional<unsigned> route_port(const Package& package, const Die& from, const Die& to) {
  const auto distance = distances_to(package, to);
  if (!distance.contains(from.name)) return {};
  for (const Instance* port : from.of_type("ucie_port")) {
    const PortName* peer = package.peer(from.name, port->name);
    if (!peer || !works(*package.link_at(from.name, port->name))) continue;
    const auto found = distance.find(peer->die);
    if (found != distance.end() && found->second + 1 == distance.at(from.name)) {
      return from.port_number(port->name);
    }
  }
  return {};
}

void set_direct_routes(const Package& package, DieModule& die) {
  for (const Die& other : package.dies) {
    if (other.index == die.die().index) continue;
    if (const auto port = route_port(package, die.die(), other)) {
      die.noc().set_route(other.index, *port);
    }
  }
}

}  // namespace cvp
