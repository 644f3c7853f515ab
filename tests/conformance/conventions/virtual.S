# SPDX-License-Identifier: Apache-2.0
#
# In the manner of riscv-tests' virtual environment: the test runs in U mode on pages that a kernel
# in S mode brings in when they are touched, copying those that are there from the start; the kernel
# itself lives at the top of the address space, and stores to tohost through an address of its own.
# Page faults for A and D are answered if the hart asks for them. MODE: 8 for Sv39 to 10 for Sv57.
#ifndef MODE
#define MODE 8
#endif
#ifndef WRONG
#define WRONG 0
#endif
    .equ RAM, 0x80000000
    .equ KERNEL, -0x80000000      # Two gigabytes from the top: RAM again.
    .equ PAGES, 16                # Of the test, from 0x1000 on.
    .equ CODE_WRONG_FAULT, 3

    .section .text.init
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, .
    la t0, 1f
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    .align 2
1:  # The root: entry 0 leads to the test's pages, the last but one is RAM as a gigapage.
    la s0, root
    la t0, middle
    call pointer
    sd t1, 0(s0)
#if MODE > 8
    la s1, upper                  # Above it a level for each mode, entries 0 and 511.
    .rept MODE - 8
    mv t0, s0
    call pointer
    sd t1, 0(s1)
    li t3, 511 * 8
    add t3, t3, s1
    sd t1, 0(t3)
    mv s0, s1
    li t3, 4096
    add s1, s1, t3
    .endr
#endif
    la t2, root
    li t3, 510 * 8
    add t2, t2, t3
    li t1, (RAM >> 2) | 0xcf
    sd t1, 0(t2)
    la t0, table
    call pointer
    la t2, middle
    sd t1, 0(t2)
    srli t0, s0, 12
    li t1, MODE
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
    csrr t1, satp
    bne t0, t1, no_mode
    sfence.vma
    # Page faults and calls of the user go to the kernel at its own address.
    li t0, (1 << 8) | (1 << 12) | (1 << 13) | (1 << 15)
    csrw medeleg, t0
    la t0, kernel_trap
    li t1, KERNEL - RAM
    add t0, t0, t1
    csrw stvec, t0
    la t0, stack_top
    add t0, t0, t1
    csrw sscratch, t0
    la t0, machine_trap
    csrw mtvec, t0
    li t0, 0x41800                # MPP and SUM off: user, kernel may not touch its pages,
    csrc mstatus, t0
    li t0, 0x40000                # but for SUM, which copies need.
    csrs mstatus, t0
    li t0, 0x1000
    csrw mepc, t0
    mret
pointer:                          # t1: an entry that leads to the table at t0
    srli t1, t0, 12
    slli t1, t1, 10
    ori t1, t1, 1
    ret
no_mode:
    li a0, 2 * 77 + 1
    j halt
machine_trap:
    li a0, 2 * 99 + 1
halt:
    sd a0, tohost, t0
    j halt

    .align 2
kernel_trap:
    csrrw sp, sscratch, sp
    sd t0, 0(sp)
    sd t1, 8(sp)
    sd t2, 16(sp)
    sd t3, 24(sp)
    csrr t0, scause
    li t1, 8
    beq t0, t1, user_call
    csrr t0, stval
    srli t1, t0, 12
    li t2, PAGES
    bgeu t1, t2, bad_fault
    beqz t1, bad_fault
    la t2, table                  # pc-relative: the kernel's own address.
    slli t3, t1, 3
    add t2, t2, t3
    ld t3, 0(t2)
    bnez t3, update
    # A new page: what the test's image has there. Accessed and dirty are left to be set.
    la t3, image - 0x1000
    slli t1, t1, 12
    add t3, t3, t1
    li t1, RAM - KERNEL
    add t3, t3, t1
    srli t3, t3, 12
    slli t3, t3, 10
    ori t3, t3, 0x1f
    j store
update:
    andi t1, t3, 0x40
    bnez t1, dirty
    ori t3, t3, 0x40
    j store
dirty:
    andi t1, t3, 0x80
    bnez t1, bad_fault
    csrr t1, scause
    addi t1, t1, -15
    bnez t1, bad_fault
    ori t3, t3, 0x80
store:
    sd t3, 0(t2)
    sfence.vma t0
    ld t0, 0(sp)
    ld t1, 8(sp)
    ld t2, 16(sp)
    ld t3, 24(sp)
    csrrw sp, sscratch, sp
    sret
bad_fault:
    li a0, 2 * CODE_WRONG_FAULT + 1
user_call:                        # a0: the verdict
    sd a0, tohost, t0
    j user_call

    .section .tohost, "aw", @progbits
    .align 6
    .globl tohost
tohost: .dword 0
    .align 6
    .globl fromhost
fromhost: .dword 0

    .bss
    .align 12
root: .space 4096
middle: .space 4096
table: .space 4096
upper: .space 8192
    .space 256
stack_top: .space 64

    # The test, linked to run at 0x1000; its data are on other pages.
    .section .user, "awx", @progbits
    .align 12
image:
    li gp, 2                      # It runs where it was put.
    auipc t2, 0
    srli t2, t2, 12
    li t1, 1
    bne t1, t2, user_fail
    li gp, 3                      # Data of the image, then pages that nobody has touched.
    li t0, 0x3000
    ld t1, 8(t0)
    li t2, 0x123456789abcdef0
    bne t1, t2, user_fail
    li gp, 4
    li t0, 0x5ffc                 # Across two pages.
    li t1, -1
    sd t1, 0(t0)
    ld t2, 0(t0)
    bne t1, t2, user_fail
    li gp, 5
    li t0, 0x8000
    li t1, 5
    amoadd.w t2, t1, (t0)
    lw t2, 0(t0)
    li t3, 5 + (WRONG == 5)
    bne t2, t3, user_fail
#ifdef TRAP
    li t0, 0x10000000
    ld t0, 0(t0)
#endif
    li a0, 1
    ecall
user_fail:
    slli a0, gp, 1
    ori a0, a0, 1
    ecall
    .align 12
    .space 4096
    .dword 0, 0x123456789abcdef0
    .align 12
    .space 4096 * (PAGES - 4)
