; Function 11h: fonts.

; AH=11h.
fn_font:
        mov     ah, al
        and     al, 0x0F
        and     ah, 0xF0
        jz      text_font
        cmp     ah, 0x10
        je      text_font
        cmp     ah, 0x20
        jne     .info
        jmp     graphics_font
.info:
        cmp     ah, 0x30
        jne     .done
        or      al, al
        jne     .done
        jmp     font_info
.done:
        ret

; AL=00h-04h: BL = block; 10h-14h: the same, and the rows of the screen follow the height. 0: BH = lines, CX glyphs
; from DX on at ES:BP; 1: 8 x 14, 2: 8 x 8, 4: 8 x 16; 3: BL = the blocks that attribute bit 3 chooses from.
text_font:
        cmp     al, 3
        je      .select
        ja      .check
        or      al, al
        jz      .user
.check:
        cmp     al, 4
        ja      .done
        push    ax
        mov     cl, al
        mov     al, 14
        cmp     cl, 1
        je      .rom
        mov     al, 8
        cmp     cl, 2
        je      .rom
        mov     al, 16
.rom:
        mov     dl, bl
        call    rom_font
        call    load_rom_block
        pop     ax
        jmp     short .rows
.user:
        push    ax
        push    bx
        mov     si, [bp + F_BP]
        call    load_block
        pop     bx
        pop     ax
.rows:
        or      ah, ah
        jz      .done
        mov     al, bh
        jmp     text_rows
.select:
        mov     dx, SEQ
        mov     al, 3
        mov     ah, bl
        out     dx, ax
.done:
        ret

; Loads the font of AL lines at CS:BX to block DL; returns BH = lines. Changes AX, BL, CX, DX, SI, DI, ES.
load_rom_block:
        mov     si, bx
        mov     bl, dl
        mov     bh, al
        push    bx
        mov     cx, 256
        xor     dx, dx
        push    cs
        pop     es
        call    load_block
        pop     bx
        ret

; Loads CX glyphs of BH lines at ES:SI to block BL, from glyph DX on. Does nothing in graphics modes, where
; plane 2 is the picture. Changes AX, BX, CX, DX, SI, DI, ES.
load_block:
        call    is_text_keep
        jne     .done
        jcxz    .done
        push    dx
        call    open_font
        pop     dx
        ; Block n is at 16K * n, block n + 4 halfway to the next. A glyph has 32 bytes there.
        mov     ah, bl
        and     ah, 3
        mov     al, 0
        ror     ah, 1
        ror     ah, 1
        test    bl, 4
        jz      .even
        or      ah, 0x20
.even:
        mov     di, ax
        mov     dh, 0
        mov     ax, dx
        mov     dx, cx                          ; glyphs
        mov     cl, 5
        shl     ax, cl
        add     di, ax
        push    ds
        push    es
        pop     ds
        mov     ax, 0xA000
        mov     es, ax
        mov     bl, bh
        and     bx, 0x003F
        mov     ax, 32
        sub     ax, bx                          ; what a glyph leaves of its 32 bytes
        jb      .close
.glyph:
        mov     cx, bx
        shr     cx, 1
        rep     movsw
        adc     cx, cx
        rep     movsb
        add     di, ax
        dec     dx
        jnz     .glyph
.close:
        pop     ds
        call    close_font
.done:
        ret

; Opens plane 2 at A0000, unchained, for fonts. Changes AX, DX.
open_font:
        mov     dx, SEQ
        mov     ax, 0x0402
        out     dx, ax
        mov     ax, 0x0704
        out     dx, ax
        mov     dx, GFX
        mov     ax, 0x0204
        out     dx, ax
        mov     ax, 0x0005
        out     dx, ax
        mov     ax, 0x0406
        out     dx, ax
        ret

; Back to text: planes 0 and 1, odd/even, at B0000 or B8000. Changes AX, DX.
close_font:
        mov     dx, SEQ
        mov     ax, 0x0302
        out     dx, ax
        mov     ax, 0x0304
        out     dx, ax
        mov     dx, GFX
        mov     ax, 0x0004
        out     dx, ax
        mov     ax, 0x1005
        out     dx, ax
        mov     ax, 0x0E06
        cmp     byte [VIDEO_MODE], 7
        jne     .map
        mov     ah, 0x0A
.map:
        out     dx, ax
        ret

; As many rows of AL lines as the screen has room for. Changes AX, BX, CX, DX, SI.
text_rows:
        call    is_text_keep
        jne     .done
        and     ax, 0x00FF
        cmp     al, 2                           ; one line would make more rows than fit a byte
        jb      .done
        cmp     al, 32
        ja      .done
        mov     [CHAR_HEIGHT], ax
        mov     cx, ax
        mov     bl, 0x09                        ; maximum scan line
        call    read_crtc
        and     al, 0xE0
        or      al, cl
        dec     ax                              ; CL is not 0: bits 5-7 stay
        mov     si, ax                          ; bit 7: every line twice
        call    write_crtc
        cmp     byte [VIDEO_MODE], 7
        jne     .lines
        mov     bl, 0x14                        ; underline location
        mov     al, cl
        dec     ax
        call    write_crtc
.lines:
        mov     ax, 400
        mov     bl, [VIDEO_FLAGS]
        test    bl, FLAG_400
        jnz     .divide
        mov     ax, 350
        test    si, 0x80
        jz      .divide
        mov     ax, 200
.divide:
        div     cl
        mov     ch, al
        dec     ax
        mov     [ROWS], al
        mov     al, ch
        mul     byte [COLUMNS]
        shl     ax, 1
        add     ax, 0xFF
        mov     al, 0
        mov     [PAGE_BYTES], ax
        mov     al, ch
        mul     cl
        test    si, 0x80
        jz      .single
        shl     ax, 1
.single:
        dec     ax
        call    set_display_end
        call    set_mode_cursor
.done:
        ret

; Vertical display end = AX. Changes AX, BX, CX, DX.
set_display_end:
        mov     cx, ax
        mov     bl, 0x12
        call    write_crtc
        mov     bl, 0x11                        ; its bit 7 protects 07h, where bits 8 and 9 are
        call    read_crtc
        push    ax
        and     al, 0x7F
        call    write_crtc
        mov     bl, 0x07
        call    read_crtc
        and     al, ~0x42
        test    ch, 0x01
        jz      .bit9
        or      al, 0x02
.bit9:
        test    ch, 0x02
        jz      .write
        or      al, 0x40
.write:
        call    write_crtc
        pop     ax
        mov     bl, 0x11
        jmp     write_crtc

; AL = CRTC register BL. Changes DX.
read_crtc:
        mov     dx, [CRTC_PORT]
        mov     al, bl
        out     dx, al
        inc     dx
        in      al, dx
        ret

; CRTC register BL = AL. Changes DX.
write_crtc:
        push    ax
        mov     ah, al
        mov     al, bl
        mov     dx, [CRTC_PORT]
        out     dx, ax
        pop     ax
        ret

; AL=20h-24h: fonts of graphics modes. 20h: INT 1Fh = ES:BP; 21h: INT 43h = ES:BP, with CX lines;
; 22h: 8 x 14, 23h: 8 x 8, 24h: 8 x 16. Rows: BL = 0: DL, 1: 14, 2: 25, 3: 43.
graphics_font:
        mov     si, [bp + F_BP]
        mov     di, es                          ; DI:SI = the caller's table
        mov     ah, bl
        xor     bx, bx
        mov     es, bx
        cmp     al, 1
        jb      .upper
        je      .height
        mov     di, cs
        mov     cx, 14
        cmp     al, 3
        jb      .rom
        mov     cl, 8
        je      .rom
        mov     cl, 16
        cmp     al, 4
        ja      .done
.rom:
        mov     al, cl
        call    rom_font
        mov     si, bx
.height:
        mov     [es:VEC_INT43], si
        mov     [es:VEC_INT43 + 2], di
        mov     [CHAR_HEIGHT], cx
        mov     al, dl
        or      ah, ah
        jz      .rows
        mov     al, 14
        cmp     ah, 2
        jb      .rows
        mov     al, 25
        je      .rows
        mov     al, 43
.rows:
        dec     ax
        mov     [ROWS], al
.done:
        ret
.upper:
        mov     [es:VEC_INT1F], si
        mov     [es:VEC_INT1F + 2], di
        ret

; AL=30h: BH = which: 0: INT 1Fh, 1: INT 43h, 2: 8 x 14, 3: 8 x 8, 4: its upper half, 5: 9 x 14, 6: 8 x 16, 7: 9 x 16.
; ES:BP = the table, CX = lines of a character on the screen, DL = rows less one.
font_info:
        mov     ax, [CHAR_HEIGHT]
        mov     [bp + F_CX], ax
        mov     al, [ROWS]
        mov     [bp + F_DL], al
        cmp     bh, 7
        ja      .done
        cmp     bh, 1
        ja      .rom
        mov     ax, 0                           ; keeps the flags
        mov     es, ax
        mov     si, VEC_INT1F
        jb      .vector
        mov     si, VEC_INT43
.vector:
        les     ax, [es:si]
        mov     bx, es
        jmp     short .return
.rom:
        mov     bl, bh
        mov     bh, 0
        shl     bx, 1
        mov     ax, [cs:bx + font_tables - 4]
        mov     bx, cs
.return:
        mov     [bp + F_BP], ax
        mov     [bp + F_ES], bx
.done:
        ret

; From BH = 2 on.
font_tables:
        dw      font_8x14, font_8x8, font_8x8 + 128 * 8, no_9_dot_glyphs, font_8x16, no_9_dot_glyphs
