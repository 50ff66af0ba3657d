; The save pointer table (40:A8) of a program: tables by which it has a say in every mode set.
;
; SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h", save pointer table: video parameters,
; dynamic save area, fonts for text and for graphics, and by the secondary table display combinations, a second
; font for text and a palette. A table with fonts or a palette ends with the modes that it is for and FFh.

; Offsets of pointers in the table, and in the secondary one.
SP_PARAMETERS   equ     0x00
SP_SAVE_AREA    equ     0x04
SP_TEXT_FONT    equ     0x08
SP_GFX_FONT     equ     0x0C
SP_SECONDARY    equ     0x10
SP_DCC          equ     0x02
SP_TEXT_FONT_2  equ     0x06
SP_PALETTE      equ     0x0A

; Save pointer states, as function 1Bh tells them.
STATE_512       equ     0x01
STATE_SAVE_AREA equ     0x02
STATE_TEXT_FONT equ     0x04
STATE_GFX_FONT  equ     0x08
STATE_PALETTE   equ     0x10
STATE_DCC       equ     0x20

MODE_LIST_MAX   equ     32                      ; bound on a list without an end

; ES:SI = pointer SI of the save pointer table; carry if there is none. Of the table in this ROM there is none: what
; it points to the ROM finds without it. Changes no other register.
save_pointer:
        push    bx
        mov     bx, si
        les     si, [SAVE_POINTER]
        call    is_own_segment
        jc      pointer_found.done
pointer_found:
        les     si, [es:bx + si]
        mov     bx, es
        or      bx, si                          ; clears carry
        jnz     .done
        stc
.done:
        pop     bx
        ret

; ES:SI = pointer SI of the secondary table; carry if there is none. Changes no other register.
secondary_pointer:
        push    bx
        mov     bx, si
        mov     si, SP_SECONDARY
        call    save_pointer
        jnc     pointer_found
        jmp     short pointer_found.done

; Carry if ES is the segment of this ROM, or 0: no table was ever put there. Changes no register.
is_own_segment:
        push    ax
        push    bx
        mov     ax, es
        mov     bx, cs
        sub     bx, ax
        jz      .own
        cmp     ax, 1                           ; carry for 0
        jmp     short .done
.own:
        stc
.done:
        pop     bx
        pop     ax
        ret

; Carry unless the mode list at ES:SI has the current mode. Changes AX, CX, SI.
in_mode_list:
        mov     ah, [VIDEO_MODE]
        mov     cx, MODE_LIST_MAX
.next:
        mov     al, [es:si]
        inc     si
        cmp     al, ah
        je      .done                           ; carry is clear
        cmp     al, 0xFF
        je      .not
        loop    .next
.not:
        stc
.done:
        ret

; The same for the list at offset BX of the table at ES:SI, which stays. Changes AX, BX, CX.
table_is_for_mode:
        push    si
        add     si, bx
        call    in_mode_list
        pop     si
        ret

; What a program's tables change in the mode that was set. Changes all registers but BP.
apply_overrides:
        call    save_palette
        call    apply_palette
        call    is_text
        jne     apply_gfx_font
        call    apply_text_font
        jmp     apply_text_font_2

; Dynamic save area: the palette and the border of the mode. Changes AX, BX, CX, DX, SI, DI, ES.
save_palette:
        mov     si, SP_SAVE_AREA
        call    save_pointer
        jc      .done
        mov     di, si
        mov     bl, 0
.next:
        call    read_attr
        mov     al, bh
        stosb
        inc     bl
        cmp     bl, 16
        jb      .next
        inc     bx                              ; 11h
        call    read_attr
        mov     [es:di], bh
.done:
        ret

; The dynamic save area follows attribute register BL = BH. Changes no register.
save_attr:
        push    bx
        push    si
        push    es
        cmp     bl, 0x11
        ja      .done
        je      .border
        cmp     bl, 0x0F
        ja      .done
.find:
        mov     si, SP_SAVE_AREA
        call    save_pointer
        jc      .done
        push    ax
        mov     al, bh
        mov     bh, 0
        mov     [es:si + bx], al
        pop     ax
.done:
        pop     es
        pop     si
        pop     bx
        ret
.border:
        dec     bx                              ; it stands behind the 16 registers
        jmp     short .find

; Palette table.
PAL_UNDERLINE   equ     0               ; 1: in all text modes, FFh: in none, 0: as the mode has it
PAL_ATTR_COUNT  equ     4               ; word
PAL_ATTR_FIRST  equ     6               ; word
PAL_ATTR        equ     8               ; pointer
PAL_DAC_COUNT   equ     12              ; word
PAL_DAC_FIRST   equ     14              ; word
PAL_DAC         equ     16              ; pointer
PAL_MODES       equ     20

apply_palette:
        mov     si, SP_PALETTE
        call    secondary_pointer
        jc      .done
        mov     bx, PAL_MODES
        call    table_is_for_mode
        jc      .done
        call    apply_underline
        mov     cx, [es:si + PAL_ATTR_COUNT]
        jcxz    .dac
        mov     bl, [es:si + PAL_ATTR_FIRST]
        push    es
        push    si
        les     si, [es:si + PAL_ATTR]
.attr:
        mov     bh, [es:si]
        inc     si
        cmp     bl, 0x14
        ja      .attr_done
        call    write_attr
        inc     bl
        loop    .attr
.attr_done:
        pop     si
        pop     es
.dac:
        mov     cx, [es:si + PAL_DAC_COUNT]
        cmp     cx, 256
        ja      .done
        mov     bx, [es:si + PAL_DAC_FIRST]
        les     dx, [es:si + PAL_DAC]
        jmp     dac_set_block
.done:
        ret

; Changes AX, BX, DX.
apply_underline:
        mov     al, [es:si + PAL_UNDERLINE]
        or      al, al
        jz      .done
        call    is_text_keep
        jne     .done
        mov     ah, 0x1F                        ; below every character
        cmp     al, 1
        jne     .write
        mov     ah, [CHAR_HEIGHT]
        dec     ah
.write:
        mov     bl, 0x14
        mov     al, ah
        call    write_crtc
.done:
        ret

; Text font table.
TF_HEIGHT       equ     0
TF_BLOCK        equ     1
TF_COUNT        equ     2               ; word
TF_FIRST        equ     4               ; word
TF_FONT         equ     6               ; pointer
TF_ROWS         equ     10              ; FFh: as many as there is room for
TF_MODES        equ     11

apply_text_font:
        mov     si, SP_TEXT_FONT
        call    save_pointer
        jc      .done
        mov     bx, TF_MODES
        call    table_is_for_mode
        jc      .done
        mov     bh, [es:si + TF_HEIGHT]
        mov     bl, [es:si + TF_BLOCK]
        mov     cx, [es:si + TF_COUNT]
        mov     dx, [es:si + TF_FIRST]
        mov     al, [es:si + TF_ROWS]
        push    ax
        push    bx
        les     si, [es:si + TF_FONT]
        call    load_block
        pop     ax
        mov     al, ah
        cmp     al, [CHAR_HEIGHT]
        je      .same
        call    text_rows
.same:
        pop     ax
        dec     ax
        cmp     al, [ROWS]
        jae     .done                           ; FFh less one, or more than fit
        mov     [ROWS], al
.done:
        ret

; Second text font table: 256 glyphs for characters whose attribute bit 3 is set.
T2_HEIGHT       equ     0
T2_BLOCK        equ     1
T2_FONT         equ     3               ; pointer
T2_MODES        equ     7

apply_text_font_2:
        mov     si, SP_TEXT_FONT_2
        call    secondary_pointer
        jc      .done
        mov     bx, T2_MODES
        call    table_is_for_mode
        jc      .done
        mov     bh, [es:si + T2_HEIGHT]
        mov     bl, [es:si + T2_BLOCK]
        push    bx
        mov     cx, 256
        xor     dx, dx
        les     si, [es:si + T2_FONT]
        call    load_block
        pop     ax
        ; Character map select: block A in bits 5, 3, 2; block B, the first font's, stays 0.
        mov     ah, al
        and     ax, 0x0304
        shl     al, 1
        shl     al, 1
        shl     al, 1
        shl     ah, 1
        shl     ah, 1
        or      ah, al
        mov     al, 3
        mov     dx, SEQ
        out     dx, ax
.done:
        ret

; Graphics font table.
GF_ROWS         equ     0
GF_HEIGHT       equ     1               ; word
GF_FONT         equ     3               ; pointer
GF_MODES        equ     7

apply_gfx_font:
        mov     si, SP_GFX_FONT
        call    save_pointer
        jc      .done
        mov     bx, GF_MODES
        call    table_is_for_mode
        jc      .done
        mov     al, [es:si + GF_ROWS]
        dec     ax
        mov     [ROWS], al
        mov     ax, [es:si + GF_HEIGHT]
        mov     [CHAR_HEIGHT], ax
        les     ax, [es:si + GF_FONT]
        mov     bx, es
        xor     cx, cx
        mov     es, cx
        mov     [es:VEC_INT43], ax
        mov     [es:VEC_INT43 + 2], bx
.done:
        ret

; ES:SI = display combination table. Changes no other register.
find_dcc:
        mov     si, SP_DCC
        call    secondary_pointer
        jnc     .done
        push    cs
        pop     es
        mov     si, dcc_table
.done:
        ret

; AL = which of the save pointers are in use, STATE_*. Changes AH, SI, ES.
save_pointer_state:
        mov     ax, STATE_DCC                   ; there is always one
        mov     si, SP_SAVE_AREA
        call    save_pointer
        jc      .no_area
        or      al, STATE_SAVE_AREA
.no_area:
        mov     si, SP_TEXT_FONT
        call    save_pointer
        jc      .no_text_font
        or      al, STATE_TEXT_FONT
.no_text_font:
        mov     si, SP_GFX_FONT
        call    save_pointer
        jc      .no_gfx_font
        or      al, STATE_GFX_FONT
.no_gfx_font:
        mov     si, SP_PALETTE
        call    secondary_pointer
        jc      .done
        or      al, STATE_PALETTE
.done:
        ret
