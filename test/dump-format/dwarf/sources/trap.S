/* Traps by hand: the frame that a processor pushes on an interrupt, made by the interrupted function itself. */
        .text

/* long interrupted(long value): is "interrupted" in its middle; the trap returns to it. */
        .globl  interrupted
        .type   interrupted, @function
interrupted:
        .cfi_startproc
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset %rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        pushq   %rbx
        .cfi_offset %rbx, -24
        movq    %rdi, %rbx
        movq    %rsp, %rax
        pushq   $0x2b
        pushq   %rax
        pushfq
        pushq   $0x33
        leaq    .Lresume(%rip), %rcx
        pushq   %rcx
        jmp     trap_entry
.Lresume:
        leaq    1(%rbx), %rax
        popq    %rbx
        .cfi_restore %rbx
        popq    %rbp
        .cfi_restore %rbp
        .cfi_def_cfa %rsp, 8
        ret
        .cfi_endproc
        .size   interrupted, . - interrupted

/* At entry: rip, cs, rflags, rsp, ss. The canonical frame address is behind ss. */
        .type   trap_entry, @function
trap_entry:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa %rsp, 40
        .cfi_offset %rip, -40
        .cfi_offset %rsp, -16
        pushq   $0
        .cfi_adjust_cfa_offset 8
        pushq   $14
        .cfi_adjust_cfa_offset 8
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %rdi
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rdi, 0
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        andq    $-16, %rsp
        movl    $14, %edi
        call    trap
        movq    %rbp, %rsp
        .cfi_def_cfa_register %rsp
        popq    %rdi
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rdi
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        addq    $16, %rsp
        .cfi_adjust_cfa_offset -16
        /* Not iretq: a plain program can return this way. */
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        addq    $32, %rsp
        .cfi_adjust_cfa_offset -32
        jmp     *%rcx
        .cfi_endproc
        .size   trap_entry, . - trap_entry

/* long switched(long value): saves a register in another, and its slot by an expression. */
        .globl  switched
        .type   switched, @function
switched:
        .cfi_startproc
        movq    %rbx, %r9
        .cfi_register %rbx, %r9
        movq    $-7, %rbx
        pushq   %r9
        .cfi_def_cfa_offset 16
        /* DW_CFA_expression rbx: DW_OP_lit16 DW_OP_minus */
        .cfi_escape 0x10, 3, 2, 0x40, 0x1c
        call    trap
        movq    (%rsp), %r9
        popq    %rbx
        .cfi_def_cfa_offset 8
        .cfi_same_value %rbx
        ret
        .cfi_endproc
        .size   switched, . - switched

/* The first frame of a thread: nobody called it. */
        .globl  thread_start
        .type   thread_start, @function
thread_start:
        .cfi_startproc
        .cfi_undefined %rip
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_offset %rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        call    thread
        popq    %rbp
        .cfi_def_cfa %rsp, 8
        .cfi_restore %rbp
        ret
        .cfi_endproc
        .size   thread_start, . - thread_start

        .section .note.GNU-stack, "", @progbits
