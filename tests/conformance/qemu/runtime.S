# SPDX-License-Identifier: Apache-2.0
#
# Runs the random programs one after the other and prints a hash of what each leaves behind:
# integer and floating-point registers, fcsr, mstatus, the log of its traps, its memory and its page
# tables. With `verbose` set it prints the values too. Every program ends at its `end` label with an
# ecall; any other exception is logged and the instruction skipped (after a failed fetch, x1 tells
# where to go on). An interrupt is logged and switched off.
#
# A program's entry in `programs`: prologue, end.
    .equ UART, 0x10000000
    .equ FINISHER, 0x100000
    .equ MSIP, 0x2000000
    .equ MTIMECMP, 0x2004000
    .equ MAX_TRAPS, 500
    .equ SCRATCH_BYTES, 0x10000
    .equ TABLE_ENTRIES, 16

    .section .init
    .globl _start
_start:
    csrr t0, mhartid    # QEMU runs with two harts, because only then its atomics are atomic.
    bnez t0, park
    la sp, stack_top
    la t0, trap_machine
    csrw mtvec, t0
    la t0, trap_supervisor
    csrw stvec, t0
    la t0, save_supervisor
    csrw sscratch, t0
    li t0, 0x6000
    csrs mstatus, t0
    la s1, programs
    la s2, programs_end
next_program:
    bgeu s1, s2, all_done
    la t0, context
    sd s1, 0(t0)
    sd s2, 8(t0)
    # A clean state: PMP, page tables, status, delegation, counters of traps.
    csrw satp, zero
    sfence.vma
    csrw medeleg, zero
    csrw mideleg, zero
    csrw mie, zero
    call reset_timer
    csrw menvcfg, zero
    csrw mip, zero
    li t0, MSIP
    sw zero, 0(t0)
    li t0, MTIMECMP
    li t1, -1
    sd t1, 0(t0)
    csrw pmpcfg0, zero
    csrw pmpcfg2, zero
    li t0, -1
    csrw mcounteren, t0
    csrw scounteren, t0
    li t0, 0x7e19a2
    csrc mstatus, t0
    li t0, 0x6000
    csrs mstatus, t0
    la t0, save_machine
    csrw mscratch, t0
    la t0, trap_log
    sd zero, 0(t0)
    sd zero, 8(t0)
    ld t1, 8(s1)
    sd t1, 16(t0)
    # Scratch memory: a pattern that depends on the program.
    la t0, scratch
    li t1, SCRATCH_BYTES
    add t1, t1, t0
    ld t2, 0(s1)
fill:
    slli t3, t2, 13
    xor t2, t2, t3
    srli t3, t2, 7
    xor t2, t2, t3
    slli t3, t2, 17
    xor t2, t2, t3
    sd t2, 0(t0)
    addi t0, t0, 8
    bltu t0, t1, fill
    fence.i
    ld t0, 0(s1)
    jr t0

# Generated prologues end here with t0 = body, t1 = mstatus bits to set, t2 = value of satp,
# t3 = table of 31 integer registers, 32 floating-point registers, fcsr.
    .globl enter_program
enter_program:
    csrw satp, t2
    sfence.vma
    csrw mepc, t0
    li t4, 0x1800
    csrc mstatus, t4
    csrs mstatus, t1
    ld t4, 504(t3)
    csrw fcsr, t4
    .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\n, 248+8*\n(t3)
    .endr
    .irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27
    ld x\n, 8*(\n-1)(x28)
    .endr
    ld x29, 8*28(x28)
    ld x30, 8*29(x28)
    ld x31, 8*30(x28)
    ld x28, 8*27(x28)
    mret

    .macro save_integers
    .irp n,1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd x\n, 8*\n(sp)
    .endr
    .endm
    .macro restore_integers
    .irp n,1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\n, 8*\n(sp)
    .endr
    .endm
    .macro mix value
    xor a0, a0, \value
    mul a0, a0, a1
    .endm
    # Logs a trap whose registers are in t0 (cause), t1 (pc), t2 (value).
    .macro log_trap
    la t3, trap_log
    ld a0, 8(t3)
    li a1, 0x100000001b3
    li t4, 3
    bne t0, t4, 1f
    li t2, 0            # An ebreak may report zero or its address.
1:  mix t0
    mix t1
    mix t2
    sd a0, 8(t3)
    ld t5, 0(t3)
    addi t5, t5, 1
    sd t5, 0(t3)
    .endm
    # t1 = where to go on after the instruction at t1. A page alias is undone to read it. An
    # interrupt of cause t0 is switched off instead.
    .macro skip_instruction mode
    bgez t0, 1f
    li t4, 1
    sll t4, t4, t0
    csrc \mode\()ie, t4
    csrc \mode\()ip, t4
    .ifc \mode, m
    li t4, MSIP
    sw zero, 0(t4)
    li t4, MTIMECMP
    li t5, -1
    sd t5, 0(t4)
    .endif
    j 3f
1:  li t4, 1
    beq t0, t4, 2f
    li t4, 12
    beq t0, t4, 2f
    slli t4, t1, 33
    srli t4, t4, 33
    li t5, 0x80000000
    or t4, t4, t5
    lhu t4, 0(t4)
    andi t4, t4, 3
    addi t1, t1, 2
    li t5, 3
    bne t4, t5, 3f
    addi t1, t1, 2
    j 3f
2:  ld t1, 8(sp)
3:
    .endm

    .align 4
trap_machine:
    csrrw sp, mscratch, sp
    save_integers
    csrr t0, mscratch
    sd t0, 16(sp)
    csrw mscratch, sp
    csrr t0, mcause
    csrr t1, mepc
    csrr t2, mtval
    bltz t0, 5f
    la t3, trap_log
    ld t4, 16(t3)
    xor t4, t4, t1
    slli t4, t4, 33
    beqz t4, program_done
    la t4, give_up
    beq t1, t4, program_done
5:  log_trap
    li t4, MAX_TRAPS
    bgtu t5, t4, program_done
    la t3, verbose
    lw t3, 0(t3)
    beqz t3, 4f
    mv s3, t0
    mv s4, t1
    mv s5, t2
    mv a0, t0
    call print_hex
    mv a0, s4
    call print_hex
    mv a0, s5
    call print_hex
    call print_newline
    mv t0, s3
    mv t1, s4
4:  skip_instruction m
    csrw mepc, t1
    ld t0, 16(sp)
    csrw mscratch, t0
    restore_integers
    csrrw sp, mscratch, sp
    mret

    .align 4
trap_supervisor:
    csrrw sp, sscratch, sp
    save_integers
    csrr t0, sscratch
    sd t0, 16(sp)
    csrr t0, scause
    csrr t1, sepc
    csrr t2, stval
    log_trap
    li t4, MAX_TRAPS
    bgtu t5, t4, give_up
    skip_instruction s
    csrw sepc, t1
    ld t0, 16(sp)
    csrw sscratch, t0
    restore_integers
    csrrw sp, sscratch, sp
    sret
    .align 2
give_up:
    ecall               # Never delegated.

program_done:
    mv s0, sp           # The saved registers.
    csrr s5, mstatus
    la sp, stack_top
    li t0, 0x20000      # MPRV off.
    csrc mstatus, t0
    li t0, 0x6000
    csrs mstatus, t0
    la s3, dump
    # x1 to x31, f0 to f31, fcsr, mstatus, traps, hash of the traps.
    .irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld t0, 8*\n(s0)
    sd t0, 8*(\n-1)(s3)
    .endr
    .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\n, 248+8*\n(s3)
    .endr
    csrr t0, fcsr
    sd t0, 504(s3)
    sd s5, 512(s3)
    la t1, trap_log
    ld t0, 0(t1)
    sd t0, 520(s3)
    ld t0, 8(t1)
    sd t0, 528(s3)
    # Hash of the scratch memory, then of the page tables.
    li a0, 0
    li a1, 0x100000001b3
    la t0, scratch
    li t1, SCRATCH_BYTES
    add t1, t1, t0
1:  ld t2, 0(t0)
    mix t2
    addi t0, t0, 8
    bltu t0, t1, 1b
    sd a0, 536(s3)
    li a0, 0
    .irp space,a,b
    la t0, page_table_\space
    addi t1, t0, 8*TABLE_ENTRIES
1:  ld t2, 0(t0)
    mix t2
    addi t0, t0, 8
    bltu t0, t1, 1b
    .endr
    sd a0, 544(s3)
    # Everything.
    li a0, 0
    mv t0, s3
    addi t1, s3, 552
1:  ld t2, 0(t0)
    mix t2
    addi t0, t0, 8
    bltu t0, t1, 1b
    mv s4, a0
    la t0, verbose
    lw t0, 0(t0)
    beqz t0, 2f
    mv s5, s3
    addi s6, s3, 552
1:  ld a0, 0(s5)
    call print_hex
    call print_newline
    addi s5, s5, 8
    bltu s5, s6, 1b
2:  mv a0, s4
    call print_hex
    call print_newline
    la t0, context
    ld s1, 0(t0)
    ld s2, 8(t0)
    addi s1, s1, 16
    j next_program

all_done:
    li t0, FINISHER
    li t1, 0x5555
    sw t1, 0(t0)
1:  j 1b

park:
    wfi
    j park

print_hex:
    li t0, UART
    li t1, 60
1:  srl t2, a0, t1
    andi t2, t2, 15
    addi t3, t2, -10
    addi t2, t2, 48
    bltz t3, 2f
    addi t2, t2, 39
2:  sb t2, 0(t0)
    addi t1, t1, -4
    bgez t1, 1b
    li t2, 32
    sb t2, 0(t0)
    ret
print_newline:
    li t0, UART
    li t2, 10
    sb t2, 0(t0)
    ret

    .bss
    .align 16
    .globl scratch
scratch: .space SCRATCH_BYTES
    .irp space,a,b
    .globl page_root3_\space, page_root4_\space, page_root5_\space
    .globl page_middle_\space, page_table_\space
page_root3_\space\(): .space 4096
page_root4_\space\(): .space 4096
page_root5_\space\(): .space 4096
page_middle_\space\(): .space 4096
page_table_\space\(): .space 4096
    .endr
save_machine: .space 256
save_supervisor: .space 256
dump: .space 1024
trap_log: .space 32
context: .space 32
    .space 4096
stack_top:
