; 16-bit arithmetic: ALU, MUL, branches that are hard to foresee, LOOP. No data in memory.
%define GUEST "int16"
%include "bench.inc"

PASSES          equ     52000                   ; of the inner loop in a round: about 19 instructions each

work:
        mov     word [.round], ROUNDS
        mov     ax, 0x1234
        mov     bx, 0x9ABC
        mov     dx, 0xDEF1
        xor     si, si
        xor     bp, bp
.outer:
        mov     cx, PASSES
.inner:
        add     ax, bx
        xor     dx, ax
        rol     ax, 3
        sub     bx, dx
        adc     ax, 0x3039
        test    al, 0x10
        jz      .even
        add     si, 7
        xor     bl, ah
.even:
        mov     di, dx
        mul     si
        xor     ax, dx
        mov     dx, di
        shr     di, 2
        add     si, di
        cmp     si, 0x9000
        ja      .high
        inc     bp
        sbb     ah, bl
.high:
        not     dx
        loop    .inner
        dec     word [.round]
        jnz     .outer

        movzx   ecx, ax
        movzx   eax, bx
        mix     ecx
        movzx   edx, dx
        mix     edx
        movzx   esi, si
        mix     esi
        movzx   ebp, bp
        mix     ebp
        ret
.round: dw      0
%include "end.inc"
