# SPDX-License-Identifier: Apache-2.0
#
# Debian's riscv64-unknown-elf GCC with picolibc. No floating point: drivers need none, and the
# trap entry then has no such registers to save.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_ASM_COMPILER riscv64-unknown-elf-gcc)
set(flags "-misa-spec=2.2 -march=rv64imac -mabi=lp64 -mcmodel=medany --specs=picolibc.specs")
set(CMAKE_C_FLAGS_INIT ${flags})
set(CMAKE_ASM_FLAGS_INIT ${flags})
