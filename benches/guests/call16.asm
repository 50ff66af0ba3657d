; Calls: recursion with a frame, far calls, interrupts to a handler of our own, PUSH and POP of all kinds.
%define GUEST "call16"
%include "bench.inc"

VECTOR          equ     0x60
FAR_PASSES      equ     16000
INT_PASSES      equ     12000
PUSH_PASSES     equ     9000

work:
        mov     word [VECTOR * 4], handler
        mov     word [VECTOR * 4 + 2], 0
        xor     eax, eax
        mov     word [.round], ROUNDS
.outer:
        push    eax
        mov     word [total], 0
        push    word 20
        call    fibonacci
        add     sp, 2
        add     [total], ax

        mov     cx, FAR_PASSES
        mov     bx, [total]
.far:
        call    0:add_far
        call    far [pointer]
        loop    .far
        mov     [total], bx

        mov     cx, INT_PASSES
.interrupt:
        int     VECTOR
        loop    .interrupt

        mov     cx, PUSH_PASSES
        mov     ax, [total]
        mov     bx, 0x5555
        mov     dx, 3
        xor     si, si
.push:
        push    ax
        push    bx
        pushf
        push    word [total]
        push    word 7
        pop     di
        pop     word [total]
        popf
        pop     ax
        pop     bx
        add     ax, di
        adc     bx, dx
        pusha
        mov     si, ax
        popa
        call    nested
        loop    .push
        xor     ax, bx
        add     [total], ax
        add     [total], si

        pop     eax
        movzx   edx, word [total]
        mix     edx
        dec     word [.round]
        jnz     .outer
        ret
.round: dw      0

; AX = Fibonacci number of the word on the stack.
fibonacci:
        push    bp
        mov     bp, sp
        mov     ax, [bp + 4]
        cmp     ax, 2
        jb      .small
        push    bx
        dec     ax
        push    ax
        call    fibonacci
        pop     bx                              ; the argument again
        push    ax
        dec     bx
        push    bx
        call    fibonacci
        add     sp, 2
        pop     bx
        add     ax, bx
        pop     bx
.small:
        pop     bp
        ret

add_far:
        add     bx, cx
        xor     bl, 0x5A
        retf

rotate_far:
        rol     bx, 1
        retf

; total = total * 3 + CX, and the caller's carry is set.
handler:
        push    bp
        mov     bp, sp
        push    ax
        mov     ax, [total]
        add     ax, ax
        add     ax, [total]
        add     ax, cx
        mov     [total], ax
        or      byte [bp + 6], 1
        pop     ax
        pop     bp
        iret

nested:
        call    .one
        call    .two
        ret
.one:
        inc     si
        ret
.two:
        jmp     .three
.three:
        xor     si, ax
        ret

        align   4
pointer:        dw      rotate_far, 0
total:          dw      0
%include "end.inc"
