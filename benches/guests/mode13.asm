; Mode 13h: a plasma byte by byte, scrolling by REP MOVSW and MOVSD, single pixels changed, the screen read back.
%define GUEST "mode13"
%include "bench.inc"

VIDEO           equ     0xA000
WIDTH           equ     320
HEIGHT          equ     200
PIXELS          equ     20000

work:
        mov     ax, 0x0013
        int     0x10
        cli
        mov     ax, VIDEO                       ; all 64 KB, of which the screen shows 64,000 bytes
        mov     es, ax
        xor     di, di
        xor     eax, eax
        mov     cx, 0x4000
        rep stosd
        xor     bx, bx                          ; a wave of 256 bytes, made of two parabolas
.wave:
        mov     al, bl
        and     al, 0x7F
        mov     ah, 0x80
        sub     ah, al
        mul     ah
        shr     ax, 5
        test    bl, 0x80
        jz      .positive
        neg     al
.positive:
        mov     [wave + bx], al
        inc     bl
        jnz     .wave

        xor     eax, eax
        mov     word [round], ROUNDS
        mov     word [frame], 0
.outer:
        push    eax
        mov     ax, VIDEO
        mov     es, ax
        xor     di, di
        xor     dx, dx                          ; line
.line:
        mov     bx, dx
        add     bx, dx
        add     bx, [frame]
        xor     bh, bh
        mov     ah, [wave + bx]
        mov     si, [frame]
        mov     cx, WIDTH
.pixel:
        mov     bx, si
        xor     bh, bh
        mov     al, [wave + bx]
        add     al, ah
        inc     si
        add     al, cl
        stosb
        loop    .pixel
        inc     dx
        cmp     dx, HEIGHT
        jb      .line

        push    ds
        push    es
        pop     ds
        mov     si, WIDTH                       ; up by a line,
        xor     di, di
        mov     cx, WIDTH * (HEIGHT - 1) / 2
        rep movsw
        mov     si, 4                           ; left by four
        xor     di, di
        mov     cx, (WIDTH * HEIGHT - 4) / 4
        rep movsd
        pop     ds

        mov     di, [frame]
        mov     al, 0x35
        mov     cx, PIXELS
.change:
        xor     [es:di], al
        add     al, [es:di]
        add     di, 3571
        loop    .change

        push    ds
        push    es
        pop     ds
        xor     si, si
        xor     dx, dx
        mov     cx, WIDTH * HEIGHT / 4
.read:
        lodsb
        add     dl, al
        adc     dh, 0
        rol     dx, 1
        add     si, 3
        loop    .read
        pop     ds

        inc     word [frame]
        pop     eax
        movzx   edx, dx
        mix     edx
        dec     word [round]
        jnz     .outer
        push    eax
        mov     ax, 0x0003
        int     0x10
        cli
        pop     eax
        push    word 0
        pop     es
        ret
        align   4
round:  dw      0
frame:  dw      0
wave:   times 256 db 0
%include "end.inc"
