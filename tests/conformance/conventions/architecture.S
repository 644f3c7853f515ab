# SPDX-License-Identifier: Apache-2.0
#
# In the manner of riscv-arch-test: results are stored between begin_signature and end_signature,
# around them canaries, and tohost is written in one half at the end.
    .equ CANARY, 0x6f5ca309
    .section .text.init
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, .
    la x1, signature
    li x2, 0x7fffffffffffffff
    li x3, 1
    add x4, x2, x3
    sd x4, 0(x1)
    mulhu x4, x2, x2
    sd x4, 8(x1)
    li x5, 0x6000
    csrs mstatus, x5
    li x5, 0x3ff0000000000000
    fmv.d.x f1, x5
    li x5, 0x4008000000000000
    fmv.d.x f2, x5
    csrwi fcsr, 0
    fdiv.d f3, f1, f2
    fsd f3, 16(x1)
    csrr x6, fcsr
    sd x6, 24(x1)
    sw x3, 32(x1)
    fence
    li x1, 1
write_tohost:
    sw x1, tohost, t5
    j write_tohost

    .data
    .pushsection .tohost, "aw", @progbits
    .align 8
    .globl tohost
tohost: .dword 0
    .align 8
    .globl fromhost
fromhost: .dword 0
    .popsection
    .align 4
    .globl begin_signature
begin_signature:
    .word CANARY
    .align 3
signature: .fill 9, 4, 0xdeadbeef
    .word CANARY
    .align 2
    .globl end_signature
end_signature:
