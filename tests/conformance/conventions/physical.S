# SPDX-License-Identifier: Apache-2.0
#
# A test of a few instructions, with WRONG in the number of one that shall fail and TRAP to trap.
#include "tests/conformance/conventions/p_env.inc"
#ifndef WRONG
#define WRONG 0
#endif
    test_begin
    TEST_CASE(2, x14, 0x0000000000000003, li x1, 1; li x2, 2; add x14, x1, x2)
    TEST_CASE(3, x14, 0xffffffff80000000 + (WRONG == 3), li x1, -0x80000000; li x2, 0; add x14, x1, x2)
    TEST_CASE(4, x14, 0xffffffffffffffff, li x1, 7; li x2, 0; divu x14, x1, x2)
#ifdef TRAP
    li gp, 5
    unimp
#endif
    TEST_CASE(200, x14, 1 + (WRONG == 200), li x14, 1)
    j pass
    test_end
