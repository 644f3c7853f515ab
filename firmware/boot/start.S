# SPDX-License-Identifier: Apache-2.0
#
# Entry and trap entry of every bare-metal program. Entered in machine mode with a0 = hart id,
# a1 = device tree. Hart 0 clears .bss and calls program_main(hart, tree); the others get a stack
# of their own and call secondary_main(hart, tree), which returns at once unless a program defines
# it.

        .section .text.start, "ax"
        .globl  _start
_start:
        csrw    mie, zero
        csrci   mstatus, 8
        # First of all: the linker may address anything relative to gp.
        .option push
        .option norelax
        la      gp, __global_pointer$
        .option pop
        lla     t0, trap_entry
        csrw    mtvec, t0
        # A stack each, downwards from __stack_top.
        li      t0, STACK_BYTES
        mul     t0, t0, a0
        la      sp, __stack_top
        sub     sp, sp, t0
        la      tp, __tls_base
        bnez    a0, secondary
        la      t0, __bss_start
        la      t1, __bss_end
1:      bgeu    t0, t1, 2f
        sd      zero, 0(t0)
        addi    t0, t0, 8
        j       1b
2:      call    program_main
        call    program_exit
secondary:
        li      t0, MAX_HARTS
        bgeu    a0, t0, sleep
        call    secondary_main
sleep:  wfi
        j       sleep

        .weak   secondary_main
secondary_main:
        ret

        # Saves the integer registers in a trap_frame_t (lib/trap.h) and calls trap_dispatch.
        .section .text, "ax"
        .balign 4
        .globl  trap_entry
trap_entry:
        addi    sp, sp, -272
        sd      ra, 8(sp)
        sd      gp, 24(sp)
        sd      tp, 32(sp)
        sd      t0, 40(sp)
        sd      t1, 48(sp)
        sd      t2, 56(sp)
        sd      s0, 64(sp)
        sd      s1, 72(sp)
        sd      a0, 80(sp)
        sd      a1, 88(sp)
        sd      a2, 96(sp)
        sd      a3, 104(sp)
        sd      a4, 112(sp)
        sd      a5, 120(sp)
        sd      a6, 128(sp)
        sd      a7, 136(sp)
        sd      s2, 144(sp)
        sd      s3, 152(sp)
        sd      s4, 160(sp)
        sd      s5, 168(sp)
        sd      s6, 176(sp)
        sd      s7, 184(sp)
        sd      s8, 192(sp)
        sd      s9, 200(sp)
        sd      s10, 208(sp)
        sd      s11, 216(sp)
        sd      t3, 224(sp)
        sd      t4, 232(sp)
        sd      t5, 240(sp)
        sd      t6, 248(sp)
        addi    t0, sp, 272
        sd      t0, 16(sp)
        csrr    t0, mepc
        sd      t0, 0(sp)
        mv      a0, sp
        call    trap_dispatch
        ld      t0, 0(sp)
        csrw    mepc, t0
        ld      ra, 8(sp)
        ld      t0, 40(sp)
        ld      t1, 48(sp)
        ld      t2, 56(sp)
        ld      s0, 64(sp)
        ld      s1, 72(sp)
        ld      a0, 80(sp)
        ld      a1, 88(sp)
        ld      a2, 96(sp)
        ld      a3, 104(sp)
        ld      a4, 112(sp)
        ld      a5, 120(sp)
        ld      a6, 128(sp)
        ld      a7, 136(sp)
        ld      s2, 144(sp)
        ld      s3, 152(sp)
        ld      s4, 160(sp)
        ld      s5, 168(sp)
        ld      s6, 176(sp)
        ld      s7, 184(sp)
        ld      s8, 192(sp)
        ld      s9, 200(sp)
        ld      s10, 208(sp)
        ld      s11, 216(sp)
        ld      t3, 224(sp)
        ld      t4, 232(sp)
        ld      t5, 240(sp)
        ld      t6, 248(sp)
        addi    sp, sp, 272
        mret
