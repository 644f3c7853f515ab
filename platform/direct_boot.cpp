// SPDX-License-Identifier: Apache-2.0
#include "platform/direct_boot.h"

#include "platform/path.h"

namespace cvp {

void set_direct_routes(const Package& package, DieModule& die) {
  for (const Die& other : package.dies) {
    if (other.index == die.die().index) continue;
    if (const auto port = route_port(package, die.die(), other)) {
      die.noc().set_route(other.index, *port);
    }
  }
}

}  // namespace cvp
