// SPDX-License-Identifier: Apache-2.0
//
// Planets: five bodies that attract each other, in double precision with a root and a division.
#include "tests/performance/cpu/programs/program.h"

enum { kBodies = 5 };

typedef struct {
  double x[3], v[3], mass;
} body_t;

static body_t bodies[kBodies];

static double root(double x) {
  double result;
  __asm__("fsqrt.d %0, %1" : "=f"(result) : "f"(x));
  return result;
}

static void step(double dt) {
  for (int i = 0; i < kBodies; ++i) {
    for (int j = i + 1; j < kBodies; ++j) {
      double d[3], square = 1e-3;
      for (int k = 0; k < 3; ++k) {
        d[k] = bodies[i].x[k] - bodies[j].x[k];
        square += d[k] * d[k];
      }
      const double scale = dt / (square * root(square));
      for (int k = 0; k < 3; ++k) {
        bodies[i].v[k] -= d[k] * bodies[j].mass * scale;
        bodies[j].v[k] += d[k] * bodies[i].mass * scale;
      }
    }
  }
  for (int i = 0; i < kBodies; ++i) {
    for (int k = 0; k < 3; ++k) bodies[i].x[k] += dt * bodies[i].v[k];
  }
}

uint64_t program(void) {
  uint64_t random = 99;
  for (int i = 0; i < kBodies; ++i) {
    for (int k = 0; k < 3; ++k) {
      bodies[i].x[k] = (double)(next_random(&random) % 1000) / 100.0;
      bodies[i].v[k] = (double)(next_random(&random) % 1000) / 1000.0 - 0.5;
    }
    bodies[i].mass = 1.0 + i;
  }
  for (int round = 0; round < 30000 * ROUNDS; ++round) step(1e-4);
  union {
    double number;
    uint64_t bits;
  } sum = {0};
  for (int i = 0; i < kBodies; ++i) sum.number += bodies[i].x[0] * bodies[i].v[1];
  return sum.bits;
}
