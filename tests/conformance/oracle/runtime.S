# SPDX-License-Identifier: Apache-2.0
#
# Runs every test of `tests` on its vectors and prints `result flags`, a line each. A test is
# {code, first vector, end}; a vector is {a, b, c, rounding mode}. The code finds a and b in a0, a1,
# the raw bits in fa0 to fa2, the mode in frm; it leaves its result in a0.
    .equ UART, 0x10000000
    .equ FINISHER, 0x100000

    .section .init
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, park
    la sp, stack_top
    li t0, 0x6000
    csrs mstatus, t0
    la s0, tests
    la s1, tests_end
next_test:
    bgeu s0, s1, all_done
    ld s2, 0(s0)
    ld s3, 8(s0)
    ld s4, 16(s0)
    addi s0, s0, 24
next_vector:
    bgeu s3, s4, next_test
    ld t0, 24(s3)
    slli t0, t0, 5
    csrw fcsr, t0
    ld a0, 0(s3)
    ld a1, 8(s3)
    fld fa0, 0(s3)
    fld fa1, 8(s3)
    fld fa2, 16(s3)
    jalr s2
    csrr s5, fflags
    li a1, 60
    call print_hex
    mv a0, s5
    li a1, 4
    call print_hex
    li t0, UART
    li t1, 10
    sb t1, 0(t0)
    addi s3, s3, 32
    j next_vector
all_done:
    li t0, FINISHER
    li t1, 0x5555
    sw t1, 0(t0)
park:
    wfi
    j park

# The digits of a0 from bit a1 + 3 down, then a space.
print_hex:
    li t0, UART
1:  srl t2, a0, a1
    andi t2, t2, 15
    addi t3, t2, -10
    addi t2, t2, 48
    bltz t3, 2f
    addi t2, t2, 39
2:  sb t2, 0(t0)
    addi a1, a1, -4
    bgez a1, 1b
    li t2, 32
    sb t2, 0(t0)
    ret

    .bss
    .space 4096
stack_top:
