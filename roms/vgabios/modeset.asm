; Function 00h: set a mode, from the row of the parameter table that fits it.

; AH=00h: AL = mode, bit 7 = keep the memory. An unknown mode changes nothing.
fn_set_mode:
        mov     bl, al
        and     bl, 0x7F
        cmp     bl, 7
        jbe     .known
        cmp     bl, 0x0D
        jb      fn_none
        cmp     bl, 0x13
        ja      fn_none
.known:
        and     al, 0x80
        mov     ah, [VIDEO_INFO]
        and     ah, ~(INFO_NO_CLEAR | INFO_MONO) & 0xFF
        or      al, ah
        mov     dx, CRTC_COLOUR
        call    is_mono_mode
        jne     .colour
        or      al, INFO_MONO
        mov     dl, CRTC_MONO & 0xFF
.colour:
        mov     [VIDEO_INFO], al
        mov     [CRTC_PORT], dx
        mov     [VIDEO_MODE], bl
        call    find_parameters                 ; ES:SI
        call    set_data_area
        call    program_mode
        call    load_mode_dac
        call    load_mode_font
        call    clear_mode_memory
        call    set_mode_cursor
        call    set_graphics_font
        call    attr_show
        jmp     apply_overrides

; Zero flag set if mode BL is monochrome (7 or 0Fh).
is_mono_mode:
        cmp     bl, 7
        je      .is
        cmp     bl, 0x0F
.is:
        ret

; ES:SI = parameters of the current mode, whose text height depends on the chosen number of lines.
; Changes AX, BX, CX.
find_parameters:
        mov     bl, [VIDEO_MODE]
        mov     bh, 0
        mov     al, [cs:bx + mode_rows]
        cmp     bl, 7
        ja      .row
        je      .text
        cmp     bl, 3
        ja      .row
.text:
        mov     ah, [VIDEO_FLAGS]
        mov     cx, mode_rows_400
        test    ah, FLAG_400
        jnz     .from_list
        mov     cx, mode_rows_350
        test    ah, FLAG_200
        jz      .from_list
        cmp     bl, 7                           ; monochrome text has no 200-line form
        jne     .row
.from_list:
        add     bx, cx
        mov     al, [cs:bx]
.row:
        mov     ah, P_SIZE
        mul     ah
        mov     si, SP_PARAMETERS
        call    save_pointer
        jnc     .found
        push    cs
        pop     es
        mov     si, parameters
.found:
        add     si, ax
        ret

; Fills the data area from the parameters at ES:SI. Changes AX, BX, CX, DI.
set_data_area:
        mov     al, [es:si + P_COLUMNS]
        mov     ah, 0
        mov     [COLUMNS], ax
        mov     ax, [es:si + P_PAGE_BYTES]
        mov     [PAGE_BYTES], ax
        mov     al, [es:si + P_ROWS]
        mov     [ROWS], al
        mov     al, [es:si + P_HEIGHT]
        mov     ah, 0
        mov     [CHAR_HEIGHT], ax
        mov     [PAGE_START], ah
        mov     [PAGE_START + 1], ah
        mov     [ACTIVE_PAGE], ah
        push    es
        push    ds
        pop     es
        mov     di, CURSOR_POS
        mov     cx, 8
        xor     ax, ax
        rep     stosw
        pop     es
        mov     bl, [VIDEO_MODE]
        cmp     bl, 7
        ja      .done
        mov     bh, 0
        mov     al, [cs:bx + cga_modes]
        mov     [CGA_MODE], al
        mov     al, 0x30
        cmp     bl, 6
        jne     .palette
        mov     al, 0x3F
.palette:
        mov     [CGA_PALETTE], al
.done:
        ret

; Programs every register from the parameters at ES:SI; the palette stays with the CPU, so the screen is dark until
; attr_show. Changes AX, BX, CX, DX, DI.
program_mode:
        call    attr_reset
        mov     dx, ATTR
        xor     al, al
        out     dx, al                          ; index without ATTR_SHOW: dark

        mov     dx, SEQ
        mov     ax, 0x0100                      ; SPEC: the clock changes under synchronous reset
        out     dx, ax
        lea     bx, [si + P_SEQ]
        mov     cx, 4
        mov     al, 1
        mov     ah, [es:bx]
        or      ah, 0x20                        ; no display fetches while the memory is filled
        jmp     short .seq_out
.seq:
        mov     ah, [es:bx]
.seq_out:
        out     dx, ax
        inc     bx
        inc     ax                              ; next index; it never carries out of AL
        loop    .seq
        mov     al, [es:si + P_MISC]
        mov     dx, MISC_WRITE
        out     dx, al
        mov     dx, SEQ
        mov     ax, 0x0300
        out     dx, ax

        mov     dx, [CRTC_PORT]
        mov     ax, 0x0011                      ; SPEC: CRTC 11h bit 7 protects 0-7
        out     dx, ax
        lea     bx, [si + P_CRTC]
        mov     cx, 25
        call    write_indexed

        mov     dx, GFX
        lea     bx, [si + P_GFX]
        mov     cx, 9
        call    write_indexed

        call    attr_reset
        mov     dx, ATTR
        lea     bx, [si + P_ATTR]
        mov     cx, 20
        mov     ah, 0
.attr:
        mov     al, ah
        out     dx, al
        mov     al, [es:bx]
        out     dx, al
        inc     bx
        inc     ah
        loop    .attr
        mov     al, 0x14
        out     dx, al
        mov     al, 0
        out     dx, al
        ret

; Writes CX bytes from ES:BX to registers 0, 1, 2 ... of the index/data pair DX. Changes AX, BX, CX.
write_indexed:
        xor     al, al
.next:
        mov     ah, [es:bx]
        out     dx, ax
        inc     bx
        inc     ax
        loop    .next
        ret

; Fonts of text modes are dots in plane 2: loads block 0 by height. Changes AX, BX, CX, DX, DI; keeps ES:SI.
load_mode_font:
        call    is_text
        jne     .done
        push    es
        push    si
        mov     al, [CHAR_HEIGHT]
        call    rom_font                        ; CS:BX, BH = bytes
        mov     dl, 0
        call    load_rom_block
        pop     si
        pop     es
.done:
        ret

; Blanks in text modes, zero in graphics modes, unless bit 7 of the mode was set. Then the display fetches again.
; Changes AX, CX, DX, DI, ES.
clear_mode_memory:
        test    byte [VIDEO_INFO], INFO_NO_CLEAR
        jnz     .show
        mov     al, [VIDEO_MODE]
        cmp     al, 7
        ja      .planes
        call    load_text_seg
        mov     cx, 0x4000
        cmp     al, 3
        jbe     .text
        cmp     al, 7
        je      .text
        mov     cx, 0x2000
        xor     ax, ax
        jmp     short .fill
.text:
        mov     ax, 0x0720
        jmp     short .fill
.planes:
        mov     ax, 0xA000
        mov     es, ax
        mov     cx, 0x8000
        xor     ax, ax
.fill:
        xor     di, di
        rep     stosw
.show:
        mov     ah, 0
; AH = 0: the display fetches the picture, otherwise it is dark. Changes AL, DX.
set_refresh:
        mov     dx, SEQ
        mov     al, 1
        out     dx, al
        inc     dx
        in      al, dx
        and     al, ~0x20
        or      ah, ah
        jz      .write
        or      al, 0x20
.write:
        out     dx, al
        ret

; The cursor of a new mode: two lines near the bottom of the cell. Changes AX, CX, DX.
set_mode_cursor:
        mov     cx, 0x0607
        call    is_text
        jne     .store
        cmp     al, 7
        jne     .set
        mov     ch, [CHAR_HEIGHT]               ; lines 13-14 of 16, 11-12 of 14
        sub     ch, 3
        mov     cl, ch
        inc     cl
        jmp     short .set
.store:
        mov     [CURSOR_SHAPE], cx
        ret
.set:
        jmp     set_cursor_shape

; INT 43h = the font of the current height, INT 1Fh = glyphs 80h-FFh of the 8 x 8 font, for graphics modes.
; Changes AX, BX, ES.
set_graphics_font:
        xor     bx, bx
        mov     es, bx
        mov     word [es:VEC_INT1F], font_8x8 + 128 * 8
        mov     [es:VEC_INT1F + 2], cs
        mov     al, [CHAR_HEIGHT]
        call    rom_font
        mov     [es:VEC_INT43], bx
        mov     [es:VEC_INT43 + 2], cs
        ret

; CS:BX = built-in font of AL lines (8, 14, else 16). Changes no other register.
rom_font:
        mov     bx, font_8x8
        cmp     al, 8
        je      .done
        mov     bx, font_8x14
        cmp     al, 14
        je      .done
        mov     bx, font_8x16
.done:
        ret

; Resets the attribute controller's flip-flop to "index". Changes AL, DX.
attr_reset:
        mov     dx, [CRTC_PORT]
        add     dl, 6                           ; 3BAh or 3DAh
        in      al, dx
        ret

; Gives the palette back to the display: the screen is on. Changes AL, DX.
attr_show:
        call    attr_reset
        mov     dx, ATTR
        mov     al, ATTR_SHOW
        out     dx, al
        ret
