; Code that changes itself: immediates patched in each pass, an opcode that changes, and a routine written anew.
%define GUEST "selfmod"
%include "bench.inc"

PASSES          equ     6000
REWRITES        equ     40

work:
        xor     eax, eax
        mov     word [.round], ROUNDS
.outer:
        push    eax
        mov     cx, PASSES
        mov     ax, [state]
        xor     dx, dx
.pass:
        add     ax, 0x1234                      ; the immediate is patched below
.immediate      equ     $ - 2
        xor     dx, ax
        rol     dx, 1
        lea     bx, [eax + edx]
        mov     [.immediate], bx
        loop    .pass
        mov     [state], ax

        ; a routine of eight instructions, written, run 50 times, written again
        mov     word [.left], REWRITES
.rewrite:
        mov     di, routine
        mov     cx, 8
.write:
        mov     bl, al
        and     bl, 3
        xor     bh, bh
        mov     bh, [operations + bx]
        mov     [di], bh
        mov     [di + 1], ax
        add     di, 3
        rol     ax, 3
        add     ax, 0x2F65
        loop    .write
        mov     byte [di], 0xC3                 ; RET
        mov     cx, 50
.call:
        call    routine
        loop    .call
        dec     word [.left]
        jnz     .rewrite
        xor     dx, ax
        mov     [state], ax
        pop     eax
        movzx   edx, dx
        mix     edx
        dec     word [.round]
        jnz     .outer
        ret
.round: dw      0
.left:  dw      0
state:  dw      0x4321
operations:     db      0x05, 0x35, 0x2D, 0x15  ; ADD, XOR, SUB, ADC AX, imm16
        align   64
routine:        times 32 db 0
%include "end.inc"
