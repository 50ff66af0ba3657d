; Mode 12h, planes: fills by set/reset, bytes into one plane each, pixels by bit mask, write modes 1 (scroll by the
; latches), 2 (pixels of a colour) and 3 (glyphs), XOR, and both read modes.
%define GUEST "planar16"
%include "bench.inc"

VIDEO           equ     0xA000
LINE            equ     80
BYTES           equ     LINE * 480
SEQUENCER       equ     0x3C4
GRAPHICS        equ     0x3CE
BOX             equ     8000                    ; bytes that set/reset fills
DOTS            equ     12000
SPRITES         equ     16000                   ; bytes into each plane
GLYPHS          equ     900                     ; of eight lines

%macro graphics 2                               ; register, value
        mov     dx, GRAPHICS
        mov     ax, (%2) << 8 | (%1)
        out     dx, ax
%endmacro

work:
        mov     ax, 0x0012
        int     0x10
        cli
        mov     ax, VIDEO
        mov     es, ax
        xor     eax, eax
        mov     word [round], ROUNDS
        mov     word [seed], 0x2A51
.outer:
        push    eax

        ; a box in one colour, through set/reset
        graphics 1, 0x0F
        mov     ah, [seed]
        and     ah, 0x0F
        mov     al, 0
        out     dx, ax
        mov     di, [seed]
        and     di, 0x3FFF
        mov     cx, BOX
        rep stosb
        graphics 1, 0

        ; bytes into one plane after the other
        mov     bh, 1                           ; map mask
        mov     bl, [seed]
.plane:
        mov     dx, SEQUENCER
        mov     al, 2
        mov     ah, bh
        out     dx, ax
        mov     di, BYTES - SPRITES
        mov     cx, SPRITES
        mov     al, bl
.sprite:
        stosb
        add     al, 0x1D
        loop    .sprite
        mov     bl, al
        shl     bh, 1
        cmp     bh, 0x10
        jb      .plane
        mov     dx, SEQUENCER
        mov     ax, 0x0F02
        out     dx, ax

        ; pixels: a bit mask, the latches, a colour by write mode 2
        graphics 5, 2
        mov     dx, GRAPHICS
        mov     al, 8
        out     dx, al
        inc     dx
        mov     si, [seed]
        mov     cx, DOTS
.dot:
        mov     di, si
        shr     di, 1
        cmp     di, BYTES
        jae     .skip
        mov     bx, cx
        and     bx, 7
        mov     al, [masks + bx]
        out     dx, al
        mov     al, [es:di]                     ; the latches
        mov     ax, si
        mov     [es:di], ah
.skip:
        imul    si, si, 25173
        add     si, 13849
        loop    .dot
        mov     [seed], si

        ; glyphs by write mode 3, lines of eight dots, the colour in set/reset, XORed every other time
        graphics 8, 0xFF
        graphics 5, 3
        mov     cx, GLYPHS
        mov     si, [seed]
.glyph:
        mov     dx, GRAPHICS
        mov     ax, cx
        mov     ah, al
        and     ah, 0x0F
        mov     al, 0
        out     dx, ax
        mov     ah, cl
        and     ah, 1
        neg     ah
        and     ah, 0x18                        ; XOR or replace
        mov     al, 3
        out     dx, ax
        mov     di, si
        and     di, 0x7FFF
        mov     bx, 8
        mov     ax, si
.glyph_line:
        mov     dl, [es:di]
        mov     [es:di], al
        rol     ax, 3
        add     di, LINE
        dec     bx
        jnz     .glyph_line
        imul    si, si, 25173
        add     si, 13849
        loop    .glyph
        mov     [seed], si
        graphics 3, 0

        ; up by eight lines, all planes at once
        graphics 5, 1
        push    ds
        push    es
        pop     ds
        mov     si, LINE * 8
        xor     di, di
        mov     cx, BYTES - LINE * 8
        rep movsb
        pop     ds

        ; read: the planes, then which dots have colour 5
        graphics 5, 0
        xor     bx, bx
        mov     bp, 0
.read_plane:
        mov     dx, GRAPHICS
        mov     ax, bp
        mov     ah, al
        mov     al, 4
        out     dx, ax
        xor     di, di
        mov     cx, BYTES / 4
.read:
        add     bl, [es:di]
        adc     bh, 0
        rol     bx, 1
        add     di, 4
        loop    .read
        inc     bp
        cmp     bp, 4
        jb      .read_plane
        graphics 2, 5
        graphics 7, 0x0F
        graphics 5, 8
        xor     di, di
        mov     cx, BYTES / 4
.compare:
        add     bl, [es:di]
        adc     bh, 0
        rol     bx, 1
        add     di, 4
        loop    .compare
        graphics 5, 0

        pop     eax
        movzx   ebx, bx
        mix     ebx
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
seed:   dw      0
masks:  db      0x80, 0x40, 0x20, 0x10, 8, 4, 2, 1
%include "end.inc"
