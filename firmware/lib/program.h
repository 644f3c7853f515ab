// SPDX-License-Identifier: Apache-2.0
//
// How a bare-metal program ends. First stage ends the run through the finisher; tests through
// `tohost` (see tests/htif.c).
#ifndef CVP_FIRMWARE_LIB_PROGRAM_H_
#define CVP_FIRMWARE_LIB_PROGRAM_H_

enum {
  kExitOk = 0,
  kExitFailed = 1,
  kExitTrap = 3,
  kExitNoTree = 4,
  kExitInternal = 5,
};

__attribute__((noreturn)) void program_exit(int code);

// For a driver call that can only fail by our own mistake.
#define MUST(call)                                \
  do {                                            \
    if ((call) != 0) program_exit(kExitInternal); \
  } while (0)

#endif  // CVP_FIRMWARE_LIB_PROGRAM_H_
