// SPDX-License-Identifier: Apache-2.0
#include "apps/monitor_lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kLanesALine = 32 };

// The number behind a letter or a mark, and what follows it.
static bool take_number(const char** text, uint8_t* number) {
  char* end = NULL;
  const char* digits = *text + 1;
  if (*digits < '0' || *digits > '9') return false;
  const unsigned long value = strtoul(digits, &end, 10);
  *text = end;
  *number = (uint8_t)value;
  return value <= UINT8_MAX;
}

bool parse_pin(const char* word, pin_t* pin) {
  *pin = (pin_t){0};
  if (word[0] == 'm' && word[1] >= '0' && word[1] <= '9') {
    if (!take_number(&word, &pin->module) || *word++ != '.') return false;
  }
  const size_t length = strcspn(word, ":@");
  if (length >= sizeof pin->name) return false;
  memcpy(pin->name, word, length);
  word += length;
  if (*word == ':' && !take_number(&word, &pin->number)) return false;
  if (*word == '@' && !take_number(&word, &pin->rate)) return false;
  return *word == '\0';
}

static const char kLetters[] = {'+', 'r', 'X', '.'};  // By state.

static void show_states(const ucie_t* ucie, uint32_t lanes, uint32_t spares) {
  for (uint32_t lane = 0; lane < lanes + spares; ++lane) {
    if (lane == lanes) printf(" spares ");
    if (lane > 0 && lane < lanes && lane % kLanesALine == 0) printf("\n");
    putchar(kLetters[ucie_lane(ucie, lane)]);
  }
  printf("\n");
}

static void show_pins(const ucie_t* ucie) {
  ucie_pins_t pins;
  for (unsigned kind = 0; ucie_pins(ucie, kind, &pins) == UCIE_OK; ++kind) {
    printf("%s%s ", kind == 0 ? "  " : ", ", pins.name);
    for (unsigned n = 0; n < pins.count; ++n) putchar(kLetters[pins.state[n]]);
  }
  printf("\n");
}

// Of a row of logical lanes from `first` to `last` on physical ones that rise or fall by one.
static void show_row(uint32_t first, uint32_t last, uint8_t from, uint8_t to, uint32_t lanes) {
  printf("%s%u", first == 0 ? "  logical " : ", ", first);
  if (last > first) printf("-%u", last);
  printf(" on %s:%u", from >= lanes ? "data_spare" : "data", from >= lanes ? from - lanes : from);
  if (last > first) printf("-%u", to >= lanes ? to - lanes : to);
}

static void show_map(const ucie_t* ucie, uint32_t width, uint32_t lanes) {
  uint8_t map[UINT8_MAX];
  for (uint32_t lane = 0; lane < width; ++lane) map[lane] = ucie_lane_map(ucie, lane);
  for (uint32_t first = 0, last; first < width; first = last + 1) {
    int step = 0;  // Of this row, once it has two lanes.
    for (last = first; last + 1 < width; ++last) {
      const int more = map[last + 1] - map[last];
      const bool same_kind = (map[last + 1] >= lanes) == (map[last] >= lanes);
      if (!same_kind || (more != 1 && more != -1) || (step != 0 && more != step)) break;
      step = more;
    }
    show_row(first, last, map[first], map[last], lanes);
  }
  if (width > 0) printf("\n");
}

ucie_status_t monitor_lanes(const ucie_t* ucie) {
  ucie_capability_t capability;
  ucie_status_t status = ucie_probe(ucie, &capability);
  const uint32_t spares = capability.advanced ? capability.lanes / 16 : 0;
  for (uint8_t module = 0; status == UCIE_OK && module < capability.modules; ++module) {
    for (int transmit = 0; transmit < 2; ++transmit) {
      ucie_lanes_t lanes;
      status = ucie_lanes(ucie, module, transmit != 0, &lanes);
      if (status != UCIE_OK) return status;
      printf("module %u %s: x%u from lane %u, %u repaired%s%s%s\n", module,
             transmit ? "transmit" : "receive", lanes.width, lanes.first, lanes.repaired,
             lanes.clock_repaired ? ", clock repaired" : "",
             lanes.valid_repaired ? ", valid repaired" : "",
             lanes.sideband_repaired ? ", sideband repaired" : "");
      show_states(ucie, capability.lanes, spares);
      show_pins(ucie);
      show_map(ucie, lanes.width, capability.lanes);
    }
  }
  return status;
}
