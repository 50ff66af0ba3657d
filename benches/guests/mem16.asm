; 16-bit memory: a sieve of bytes, REP STOSW and MOVSW, a walk through a list, in segments of their own.
%define GUEST "mem16"
%include "bench.inc"

FLAGS           equ     0x2000                  ; segment of the sieve
COPY            equ     0x3000                  ; segment of its copy
LIST            equ     0x4000                  ; segment of the list: next (word), value (word)
CANDIDATES      equ     32000                   ; bytes of the sieve, one for each number
NODES           equ     8192
STEP            equ     2731                    ; odd: the list visits every node, and none beside the last

work:
        mov     ax, LIST
        mov     es, ax
        xor     di, di
        mov     cx, NODES
.node:
        mov     ax, di
        shr     ax, 2
        add     ax, STEP
        and     ax, NODES - 1
        shl     ax, 2
        stosw
        imul    ax, ax, 31421
        add     ax, 6927
        stosw
        loop    .node

        xor     eax, eax
        mov     word [.round], ROUNDS
.outer:
        push    eax
        ; four sieves and copies
        mov     bp, 4
.sieve:
        mov     ax, FLAGS
        mov     es, ax
        mov     ds, ax
        xor     di, di
        mov     ax, 0x0101
        mov     cx, CANDIDATES / 2
        rep stosw
        mov     si, 2
.prime:
        cmp     byte [si], 0
        je      .next
        mov     di, si
        add     di, di
.strike:
        mov     byte [di], 0
        add     di, si
        cmp     di, CANDIDATES
        jb      .strike
.next:
        inc     si
        cmp     si, 178                         ; 179 squared is beyond the end
        jbe     .prime
        xor     si, si
        xor     di, di
        mov     ax, COPY
        mov     es, ax
        mov     cx, CANDIDATES / 2
        rep movsw
        dec     bp
        jnz     .sieve

        ; count, from the copy
        mov     ds, ax
        mov     si, 2
        xor     dx, dx
.count:
        lodsb
        xor     ah, ah
        add     dx, ax
        cmp     si, CANDIDATES
        jb      .count

        ; two walks through the list, which count up each value
        mov     ax, LIST
        mov     ds, ax
        xor     bx, bx
        mov     cx, NODES * 2
.walk:
        add     dx, [bx + 2]
        inc     word [bx + 2]
        mov     bx, [bx]
        loop    .walk

        xor     cx, cx
        mov     ds, cx
        mov     es, cx
        pop     eax
        movzx   edx, dx
        mix     edx
        dec     word [.round]
        jnz     .outer
        ret
.round: dw      0
%include "end.inc"
