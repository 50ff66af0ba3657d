; The panel "Colours": the 16 of the text, the 8 of the ground, and blinking.

COLOUR_CELL     equ     (LEFT + 8) * 2          ; where the samples begin in a row

draw_colours:
        mov     di, (COLOURS_ROW + 1) * 160 + COLOUR_CELL
        xor     bx, bx
.text:
        mov     al, [digits + bx]
        mov     ah, bl
        stosw
        mov     ax, TEXT << 8 | ' '
        stosw
        inc     bx
        cmp     bl, 16
        jb      .text

        mov     di, (COLOURS_ROW + 2) * 160 + COLOUR_CELL
        xor     bx, bx
.solid:
        mov     al, 0xDB
        mov     ah, bl
        stosw
        stosw
        inc     bx
        cmp     bl, 16
        jb      .solid

        mov     di, (COLOURS_ROW + 3) * 160 + COLOUR_CELL
        mov     dl, STRONG
        call    .grounds
        mov     di, (COLOURS_ROW + 4) * 160 + COLOUR_CELL
        mov     dl, 0x80 | STRONG

; Eight grounds, four cells each, in the text colour and blinking of DL.
.grounds:
        xor     bx, bx
.ground:
        mov     ah, bl
        mov     cl, 4
        shl     ah, cl
        or      ah, dl
        mov     al, ' '
        stosw
        mov     al, [digits + bx]
        stosw
        mov     al, ' '
        stosw
        stosw
        inc     bx
        cmp     bl, 8
        jb      .ground
        ret
