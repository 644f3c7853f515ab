# SPDX-License-Identifier: Apache-2.0
#
# Boot ROM, 1 KiB at 0x1000; the device tree follows at 0x1400. Every hart starts here.
#
#   hart 0         a0 = 0, a1 = device tree, a2 = fw_dynamic_info, jumps to the next stage.
#   other harts    sleep until their machine software interrupt (MSIP), clear it, then jump to the
#                  same entry with their own a0, a1, a2.
#
# The last 72 bytes of the ROM are parameters that the loader may patch: `info` is what OpenSBI's
# fw_dynamic wants to know, `tree` the address of the device tree, `flags` bit 0 sends all harts on
# at once (as QEMU does for `-bios none`), `entry` is the next stage's address.
# Nothing is assumed of memory: no stack, no data.

#include "clint_regs.h"

        .equ    CLINT_BASE, 0x02000000
        .equ    DEVICE_TREE, 0x1400
        .equ    MIE_MSIE, 1 << 3

        .section .text.reset, "ax"
        .globl  reset
reset:
        csrw    mie, zero
        csrr    a0, mhartid
        lla     t0, tree
        ld      a1, 0(t0)
        lla     a2, info
        lwu     t1, 8(t0)
        andi    t1, t1, 1
        bnez    t1, go
        beqz    a0, go

        # Wake on MSIP without taking the trap: mstatus.MIE is 0 after reset.
        li      t1, MIE_MSIE
        csrw    mie, t1
park:
        wfi
        csrr    t1, mip
        andi    t1, t1, MIE_MSIE
        beqz    t1, park
        li      t1, CLINT_BASE + CLINT_MSIP
        slli    t2, a0, 2
        add     t1, t1, t2
        sw      zero, 0(t1)
1:      csrr    t1, mip
        andi    t1, t1, MIE_MSIE
        bnez    t1, 1b
        csrw    mie, zero
go:
        ld      t1, 16(t0)
        fence.i
        jr      t1

        .section .params, "a"
        # magic, version, next address, next mode (S), options, boot hart
info:   .dword  0x4942534f, 2, 0, 1, 0, 0
tree:   .dword  DEVICE_TREE
flags:  .dword  0
entry:  .dword  0x08000000
