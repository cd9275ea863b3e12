/* A line table by hand: columns, statements, a line without code, two sequences, two files. */
        .file   "lines.S"
        .text
        .globl  main
        .type   main, @function
main:
        .file   1 "sub/../first.c"
        .file   2 "/absolute/second.c"
        .loc    1 10 5
        nop
        .loc    1 11 7 is_stmt 0
        nop
        .loc    1 11 9 is_stmt 1
        nop
        .loc    2 200 1
        nop
        .loc    1 12 1
        .loc    1 13 1
        nop
        .loc    1 10 1
        nop
        .loc    1 70000 300
        nop
        xorl    %eax, %eax
        ret
        .size   main, . - main

        .section .text.other, "ax", @progbits
        .globl  other
        .type   other, @function
other:
        .loc    1 10 2
        nop
        ret
        .size   other, . - other

        .section .note.GNU-stack, "", @progbits
        .section .debug_info, "", @progbits
        .long   .Lend - .Lstart
.Lstart:
        .value  4
        .long   0
        .byte   8
        .uleb128 1
        .long   0
        .quad   0
        .long   0
        .asciz  "/compiled/in"
.Lend:
        .section .debug_ranges, "", @progbits
        .quad   main, main + 64
        .quad   other, other + 2
        .quad   0, 0
        .section .debug_abbrev, "", @progbits
        .uleb128 1
        .uleb128 0x11
        .byte   0
        .uleb128 0x10
        .uleb128 0x17
        .uleb128 0x11
        .uleb128 0x01
        .uleb128 0x55
        .uleb128 0x17
        .uleb128 0x1b
        .uleb128 0x08
        .uleb128 0
        .uleb128 0
        .uleb128 0
