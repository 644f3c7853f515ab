// SPDX-License-Identifier: Apache-2.0
//
// Hart 0 opens PMP, delegates traps, turns Sv39 on with main.c's tables and goes on in S-mode.
.option norvc
.section .text.start
.globl _start
_start:
  csrr t0, mhartid
  beqz t0, first
park:
  wfi
  j park
first:
  la sp, stack_top
  la t0, machine_trap
  csrw mtvec, t0
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  li t0, 0xb1ff             // All but ecall from S-mode (9).
  csrw medeleg, t0
  li t0, 0x6000             // FS: the floating-point unit is on.
  csrs mstatus, t0
  call make_tables
  csrw satp, a0
  sfence.vma
  li t0, 0x1800
  csrc mstatus, t0
  li t0, 0x800
  csrs mstatus, t0
  la t0, supervisor
  csrw mepc, t0
  mret
supervisor:
  call supervisor_main      // Its result is the exit code.
  j finish

// No trap is expected in M-mode: exit code 99.
.align 2
machine_trap:
  li a0, 99
finish:
  li t1, 0x100000           // Test finisher, also mapped.
  li t0, 0x5555
  beqz a0, 1f
  slli a0, a0, 16
  li t0, 0x3333
  or t0, t0, a0
1:
  sw t0, 0(t1)
  j .

// void run_user(uint64_t (*function)(void)): U-mode through the alias of memory at +1 GiB, where a0
// is what the function gave. It leaves by ecall with a7 = 1; other ecalls return a0 + a1.
.globl run_user
run_user:
  addi sp, sp, -128
  sd ra, 0(sp)
  sd s0, 8(sp)
  sd s1, 16(sp)
  sd s2, 24(sp)
  sd s3, 32(sp)
  sd s4, 40(sp)
  sd s5, 48(sp)
  sd s6, 56(sp)
  sd s7, 64(sp)
  sd s8, 72(sp)
  sd s9, 80(sp)
  sd s10, 88(sp)
  sd s11, 96(sp)
  csrw sscratch, sp
  la t0, supervisor_trap
  csrw stvec, t0
  li t1, 0x40000000
  add t0, a0, t1
  csrw sepc, t0
  li t0, 0x100
  csrc sstatus, t0
  la sp, user_stack_top
  add sp, sp, t1
  la ra, user_leave
  add ra, ra, t1
  sret
user_leave:
  li a7, 1
  ecall
.align 2
supervisor_trap:
  csrrw sp, sscratch, sp
  sd t0, 104(sp)
  sd t1, 112(sp)
  csrr t0, scause
  li t1, 8
  bne t0, t1, bad_trap
  bnez a7, leave
  csrr t0, sepc
  addi t0, t0, 4
  csrw sepc, t0
  add a0, a0, a1
  ld t0, 104(sp)
  ld t1, 112(sp)
  csrrw sp, sscratch, sp
  sret
leave:
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld s1, 16(sp)
  ld s2, 24(sp)
  ld s3, 32(sp)
  ld s4, 40(sp)
  ld s5, 48(sp)
  ld s6, 56(sp)
  ld s7, 64(sp)
  ld s8, 72(sp)
  ld s9, 80(sp)
  ld s10, 88(sp)
  ld s11, 96(sp)
  addi sp, sp, 128
  ret
bad_trap:
  li a0, 98
  j finish

.section .bss
.align 4
.space 65536
stack_top:
.space 65536
user_stack_top:
