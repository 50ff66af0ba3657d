; Screens for comparison: a floppy that shows one screen after another, all drawn by INT 10h or by registers that a
; program of the time would touch.
;
; When screen n (from 1 on) is complete, the byte at 0000:04F0 (the area for communication between programs) is n;
; a key brings the next one. After the last screen the byte is FFh. The test keeps the names of the screens in the
; order of the table below. `nasm -f bin tests/guests/screens.asm -o screens.img`; with -DOWN_FONT the screens show noise
; instead of the ROM's glyphs.

        cpu     8086
        bits    16
        org     0x7C00

SHOWN           equ     0x04F0
SECTORS         equ     12                      ; behind the boot sector, all on the first track

start:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        cli
        mov     ss, ax
        mov     sp, start
        sti
        cld
        mov     ax, 0x0200 + SECTORS
        mov     bx, 0x7E00
        mov     cx, 0x0002
        mov     dh, 0
        int     0x13
        jc      start
        mov     byte [SHOWN], 0
        mov     si, screens
next_screen:
        push    si
        mov     bx, [si]                        ; the mode, and how to draw
        mov     al, bl
        mov     [mode], al
        mov     ah, 0
        int     0x10
        call    quiet
        pop     si
        push    si
        call    [si + 2]
        pop     si
        add     si, 4
        inc     byte [SHOWN]
        mov     ah, 0
        int     0x16
        cmp     si, screens.end
        jb      next_screen
        mov     byte [SHOWN], 0xFF
halt:
        cli
        hlt
        jmp     halt

        times   510 - ($ - start) db 0
        dw      0xAA55

screens:
        dw      0x00, draw_text
        dw      0x01, draw_text
        dw      0x02, draw_text
        dw      0x03, draw_text
        dw      0x07, draw_text
        dw      0x04, draw_graphics
        dw      0x05, draw_graphics
        dw      0x06, draw_graphics
        dw      0x0D, draw_graphics
        dw      0x0E, draw_graphics
        dw      0x0F, draw_graphics
        dw      0x10, draw_graphics
        dw      0x11, draw_graphics
        dw      0x12, draw_graphics
        dw      0x13, draw_graphics
        dw      0x03, draw_350_lines
        dw      0x01, draw_200_lines
        dw      0x03, draw_200_lines
        dw      0x03, draw_8_line_font
        dw      0x03, draw_14_line_font
        dw      0x01, draw_512_characters
        dw      0x03, draw_page_2
        dw      0x03, draw_split
        dw      0x03, draw_palette
        dw      0x04, draw_cga_palette
        dw      0x06, draw_cga_palette
        dw      0x0D, draw_palette
        dw      0x0D, draw_page_2
        dw      0x0E, draw_dac_pages
        dw      0x10, draw_greys
        dw      0x11, draw_palette
        dw      0x12, draw_write_modes
        dw      0x13, draw_palette
        dw      0x13, draw_unchained
        dw      0x12, draw_split
        dw      0x03, draw_restored
.end:

mode:   db      0
seed:   dw      0

; No cursor, whose blinking has a phase; no blinking.
quiet:
        mov     ax, 0x0100
        mov     cx, 0x2000
        int     0x10
        mov     ax, 0x1003
        mov     bx, 0
        int     0x10
%ifdef OWN_FONT
        ; Glyphs that no ROM has, at 1000:0000: noise.
        mov     ax, 0x1000
        mov     es, ax
        xor     di, di
        mov     cx, 4096
        mov     bx, 0x1234
.glyphs:
        mov     ax, bx
        mov     dx, 25173
        mul     dx
        add     ax, 13849
        mov     bx, ax
        mov     al, ah
        stosb
        loop    .glyphs
        call    is_graphics
        je      .vectors
        mov     ax, 0x1100
        mov     bh, [0x485]
        mov     bl, 0
        mov     cx, 256
        mov     dx, 0
        mov     bp, 0
        int     0x10
        xor     ax, ax
        mov     es, ax
        ret
.vectors:
        xor     ax, ax
        mov     es, ax
        mov     word [0x43 * 4], 0
        mov     word [0x43 * 4 + 2], 0x1000
        mov     word [0x1F * 4], 1024
        mov     word [0x1F * 4 + 2], 0x1000
%endif
        ret

; Zero flag set in a graphics mode. Changes AL.
is_graphics:
        mov     al, [mode]
        cmp     al, 4
        jb      .text
        cmp     al, 7
        je      .text
        cmp     al, al
        ret
.text:
        or      al, 0xFF
        ret

; The next colour or attribute to AL, from a small generator. Monochrome text leaves out what is underlined.
colour:
        push    dx
        mov     ax, [seed]
        mov     dx, 25173
        mul     dx
        add     ax, 13849
        mov     [seed], ax
        mov     al, ah
        cmp     byte [mode], 7
        jne     .done
        mov     ah, al
        and     ah, 0x77
        cmp     ah, 0x01
        jne     .done
        mov     al, 0x70
.done:
        pop     dx
        ret

; Row DH, column DL of page [page].
page:   db      0
locate:
        mov     bh, [page]
        mov     ah, 2
        int     0x10
        ret

; All 256 characters from row DH on by function 09h, each in a colour of its own.
draw_characters:
        mov     ah, 0x0F
        int     0x10
        mov     [columns], ah
        mov     dl, 0
        xor     si, si
.next:
        call    locate
        call    colour
        mov     bl, al
        mov     ax, si
        mov     ah, 9
        mov     cx, 1
        int     0x10
        inc     si
        inc     dx
        cmp     dl, [columns]
        jb      .same
        mov     dl, 0
        inc     dh
.same:
        test    si, 0x100
        jz      .next
        ret
columns: db     0

; The text at SI by function 0Eh, each character in another colour in graphics modes.
draw_teletype:
        lodsb
        or      al, al
        jz      .done
        mov     bl, [teletype_colour]
        inc     byte [teletype_colour]
        and     byte [teletype_colour], 0x0F
        mov     ah, 0x0E
        int     0x10
        jmp     draw_teletype
.done:
        ret
teletype_colour: db 9

; The four ways of function 13h at row DH.
draw_strings:
        mov     byte [.way], 0
.next:
        mov     al, [.way]
        mov     bp, plain
        mov     cx, plain.end - plain
        test    al, 2
        jz      .write
        mov     bp, coloured
        mov     cx, (coloured.end - coloured) / 2
.write:
        mov     dl, al
        mov     ah, 0x13
        mov     bl, 0x1C
        mov     bh, [page]
        int     0x10
        inc     dh
        inc     byte [.way]
        cmp     byte [.way], 4
        jb      .next
        ret
.way:   db      0
plain:  db      'A plain string', 8, 8, '..'
.end:
coloured:
        db      'c', 0x0A, 'o', 0x1B, 'l', 0x2C, 'o', 0x3D, 'u', 0x4E, 'r', 0x5F, 's', 0x62
.end:

lines_of_text:
        db      'Teletype ', 1, 2, 3, 0xB0, 0xC4, 0xDB, 8, 8, '#', 13, 10
        db      'second line that is long enough to reach beyond the right edge of forty columns', 13, 10
        db      '  third', 0
more_lines:
        db      13, 10, 'bottom', 13, 10, 'scrolls', 13, 10, 'up', 0

; Windows that scroll: up, down, one that is only blanked, one that reaches beyond the screen, a whole row.
draw_scrolls:
        mov     si, .windows
.next:
        mov     ax, [si]
        mov     bh, [si + 2]
        mov     cx, [si + 4]
        mov     dx, [si + 6]
        push    si
        int     0x10
        pop     si
        add     si, 8
        cmp     si, .end
        jb      .next
        ret
.windows:
        dw      0x0602, 0x17, 0x031E, 0x0926
        dw      0x0703, 0x2E, 0x0A14, 0x141D
        dw      0x0600, 0x34, 0x0C1E, 0x0E22
        dw      0x0701, 0x45, 0x0F00, 0x1201
        dw      0x0601, 0x53, 0x1520, 0x7F7F
        dw      0x0720, 0x62, 0x1600, 0x164F
.end:

draw_text:
        mov     word [seed], 1
        mov     byte [page], 0
        mov     dh, 3                           ; the top rows are scrolled away in the end
        call    draw_characters
        mov     dx, 0x0A00
        call    locate
        mov     si, lines_of_text
        call    draw_teletype
        mov     dh, 0x0D
        call    draw_strings
        ; A row of one character in all attributes it takes, and characters without attributes over it.
        mov     dx, 0x1200
        call    locate
        mov     ax, 0x09B1
        mov     bx, 0x004F
        mov     cx, 30
        int     0x10
        mov     dx, 0x1204
        call    locate
        mov     ax, 0x0A2A
        mov     bx, 0x0007
        mov     cx, 9
        int     0x10
        call    draw_scrolls
        mov     dh, [0x484]
        mov     dl, 0
        call    locate
        mov     si, more_lines
        jmp     draw_teletype

draw_graphics:
        call    draw_text
        call    draw_dots
        jmp     copy_dots

; Lines of dots by function 0Ch: every colour, replaced and by exclusive or.
draw_dots:
        mov     word [.y], 100
.row:
        mov     cx, [.y]
        shr     cx, 1
.dot:
        mov     ax, cx
        add     ax, [.y]
        and     al, 0x8F
        mov     dx, [.y]
        mov     bh, 0
        mov     ah, 0x0C
        int     0x10
        add     cx, 3
        cmp     cx, 300
        jb      .dot
        add     word [.y], 5
        cmp     word [.y], 196
        jb      .row
        ret
.y:     dw      0

; What function 0Dh reads, 0Ch writes elsewhere.
copy_dots:
        mov     dx, 0
.row:
        mov     cx, 8
.dot:
        mov     ah, 0x0D
        mov     bh, 0
        int     0x10
        push    cx
        push    dx
        add     cx, 203
        add     dx, 57
        mov     ah, 0x0C
        mov     bh, 0
        int     0x10
        pop     dx
        pop     cx
        inc     cx
        cmp     cx, 72
        jb      .dot
        inc     dx
        cmp     dx, 32
        jb      .row
        ret

; Mode [mode] again after function 12h BL=30h chose AL; 400 lines are chosen afterwards.
set_lines:
        mov     ah, 0x12
        mov     bl, 0x30
        int     0x10
        mov     al, [mode]
        mov     ah, 0
        int     0x10
        call    quiet
        call    draw_text
        mov     ax, 0x1202
        mov     bl, 0x30
        int     0x10
        ret
draw_350_lines:
        mov     al, 1
        jmp     set_lines
draw_200_lines:
        mov     al, 0
        jmp     set_lines

draw_8_line_font:
        mov     ax, 0x1112
        jmp     other_font
draw_14_line_font:
        mov     ax, 0x1111
other_font:
        mov     bl, 0
        int     0x10
        call    quiet
        jmp     draw_text

; Block 1 with the 14-line font and glyphs of our own; attribute bit 3 chooses it.
draw_512_characters:
        mov     ax, 0x1101
        mov     bl, 1
        int     0x10
        mov     ax, 0x1100
        mov     bx, 0x1001
        mov     cx, 4
        mov     dx, 'A'
        mov     bp, glyphs
        int     0x10
        mov     ax, 0x1103
        mov     bl, 0x04
        int     0x10
        jmp     draw_text
glyphs:
%assign glyph 0
%rep 4
%assign line 0
%rep 16
        db      (0x81 + line * 0x11 * (glyph + 1)) & 0xFF
%assign line line + 1
%endrep
%assign glyph glyph + 1
%endrep

; Page 0 is drawn, too, and must not show.
draw_page_2:
        call    draw_text
        mov     ax, 0x0502
        int     0x10
        mov     byte [page], 2
        mov     word [seed], 99
        mov     dh, 1
        call    draw_characters
        mov     dh, 0x0D
        call    draw_strings
        mov     dx, 0x0B03
        call    locate
        mov     si, lines_of_text
        call    draw_teletype
        jmp     draw_scrolls

; The lower part of the screen shows memory from the start, the upper one from some rows on.
draw_split:
        call    draw_text
        mov     dx, [0x463]
        mov     ax, 0x000C
        out     dx, ax
        mov     ax, 0xF00D                      ; three rows of text, or lines of dots
        out     dx, ax
        mov     ax, 0xCF18                      ; line compare 207: QEMU splits text only between rows
        out     dx, ax
        mov     al, 0x09
        out     dx, al
        inc     dx
        in      al, dx
        and     al, ~0x40
        out     dx, al
        dec     dx
        mov     al, 0x07
        out     dx, al
        inc     dx
        in      al, dx
        and     al, ~0x10
        out     dx, al
        ret

; Palette registers, the border, a block of the DAC and single colours.
draw_palette:
        call    draw_text
        mov     ax, 0x1000
        mov     bx, 0x2A03
        int     0x10
        mov     ax, 0x1001
        mov     bh, 0x05
        int     0x10
        mov     ax, 0x1010
        mov     bx, 0x0007
        mov     dh, 0x3F
        mov     cx, 0x1233
        int     0x10
        mov     ax, 0x1012
        mov     bx, 0x0038
        mov     cx, 8
        mov     dx, dac_block
        int     0x10
        mov     ax, 0x1002
        mov     dx, registers
        int     0x10
        mov     ax, 0x1000
        mov     bx, 0x120E
        int     0x10
        ret
dac_block:
        db      0, 10, 20, 30, 40, 50, 60, 63, 1, 11, 21, 31, 41, 51, 61, 2, 12, 22, 32, 42, 52, 62, 3, 13
registers:
        db      0, 1, 2, 42, 4, 5, 20, 7, 63, 62, 61, 60, 59, 58, 57, 56, 3

draw_cga_palette:
        call    draw_text
        mov     ax, 0x0B00
        mov     bx, 0x0011
        int     0x10
        mov     ax, 0x0B00
        mov     bx, 0x0101
        int     0x10
        ret

; 16 pages of 16 colours: page 3 of them.
draw_dac_pages:
        call    draw_text
        mov     ax, 0x1013
        mov     bx, 0x0100
        int     0x10
        mov     ax, 0x1013
        mov     bx, 0x0301
        int     0x10
        ret

draw_greys:
        call    draw_text
        mov     ax, 0x101B
        mov     bx, 0
        mov     cx, 60
        int     0x10
        ret

; The graphics controller by hand: each write mode and function over the text of mode 12h.
draw_write_modes:
        call    draw_text
        mov     ax, 0xA000
        mov     es, ax
        mov     si, .table
.next:
        mov     dx, 0x3C4
        mov     al, 2
        mov     ah, [si]
        out     dx, ax
        mov     dx, 0x3CE
        mov     bx, 0
.register:
        mov     al, bl
        mov     ah, [si + bx + 1]
        out     dx, ax
        inc     bx
        cmp     bl, 9
        jb      .register
        mov     di, [si + 10]
        mov     cx, 40 * 8
.byte:
        mov     al, [es:di]
        mov     al, cl
        mov     [es:di + 20], al
        inc     di
        test    cl, 0x0F
        jnz     .same
        add     di, 64
.same:
        loop    .byte
        add     si, 12
        cmp     si, .end
        jb      .next
        xor     ax, ax
        mov     es, ax
        ret
; Map mask, graphics controller 0-8, where.
.table:
        db      0x0F, 0x05, 0x0C, 0x00, 0x03, 0x00, 0x00, 0x05, 0x0F, 0xF7
        dw      80 * 100
        db      0x0B, 0x05, 0x00, 0x00, 0x0A, 0x00, 0x00, 0x05, 0x0F, 0x3F
        dw      80 * 140
        db      0x0F, 0x05, 0x0C, 0x00, 0x11, 0x00, 0x00, 0x05, 0x0F, 0xFF
        dw      80 * 180
        db      0x0F, 0x05, 0x0C, 0x00, 0x18, 0x00, 0x00, 0x05, 0x0F, 0xFF
        dw      80 * 220
        db      0x07, 0x05, 0x0C, 0x00, 0x18, 0x00, 0x01, 0x05, 0x0F, 0xFF
        dw      80 * 260
        db      0x0F, 0x05, 0x0C, 0x00, 0x10, 0x00, 0x02, 0x05, 0x0F, 0x55
        dw      80 * 300
        db      0x0F, 0x09, 0x0C, 0x00, 0x02, 0x00, 0x03, 0x05, 0x0F, 0xF0
        dw      80 * 340
        db      0x0F, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x0F, 0xFF
        dw      80 * 380
.end:

; Mode 13h without chain 4: a dot of a byte in each plane in turn.
draw_unchained:
        mov     dx, 0x3C4
        mov     ax, 0x0604
        out     dx, ax
        mov     dx, [0x463]
        mov     ax, 0x0014
        out     dx, ax
        mov     ax, 0xE317
        out     dx, ax
        mov     ax, 0xA000
        mov     es, ax
        mov     bl, 1
.plane:
        mov     dx, 0x3C4
        mov     al, 2
        mov     ah, bl
        out     dx, ax
        xor     di, di
.byte:
        mov     ax, di
        mul     bl
        stosb
        cmp     di, 16000
        jb      .byte
        shl     bl, 1
        test    bl, 0x10
        jz      .plane
        xor     ax, ax
        mov     es, ax
        ret

; A state that is saved, destroyed by another mode, and restored.
draw_restored:
        call    draw_text
        mov     ax, 0x1000
        mov     bx, 0x3A07
        int     0x10
        mov     ax, 0x1C01
        mov     cx, 7
        mov     bx, 0x1000
        push    bx
        xor     bx, bx
        pop     es
        int     0x10
        mov     ax, 0x0081                      ; 40 columns, memory kept
        int     0x10
        mov     ax, 0x1C02
        mov     cx, 7
        xor     bx, bx
        int     0x10
        xor     ax, ax
        mov     es, ax
        ret

        times   (1 + SECTORS) * 512 - ($ - start) db 0
