; Functions 1Ah-1Ch: what adapter there is, what state it is in, and saving that.

; AH=1Ah: AL = 0: BL = active, BH = other display; AL = 1: sets them.
fn_display_code:
        cmp     al, 1
        ja      .done
        je      .set
        call    display_codes
        mov     [bp + F_BX], ax
        jmp     short .ok
.set:
        call    find_dcc
        lea     di, [si + DCC_ROWS]
        mov     ch, [es:si]
        mov     cl, 0
.next:
        cmp     cl, ch
        jae     .none
        mov     ax, [es:di]
        cmp     ax, bx
        je      .found
        xchg    al, ah
        cmp     ax, bx
        je      .found
        inc     di
        inc     di
        inc     cl
        jmp     short .next
.none:
        mov     cl, DCC_VGA_COLOUR
.found:
        mov     [DCC_INDEX], cl
.ok:
        mov     byte [bp + F_AL], 0x1A
.done:
        ret

; AL = active, AH = other display, by the display combination table; FFh each if it has no such row. Changes BX, SI, ES.
display_codes:
        call    find_dcc
        mov     ax, 0xFFFF
        mov     bl, [DCC_INDEX]
        cmp     bl, [es:si]
        jae     .done
        mov     bh, 0
        shl     bx, 1
        mov     ax, [es:bx + si + DCC_ROWS]
        or      al, al
        jnz     .done
        xchg    al, ah                          ; the pair is {other, active} if the first is none
.done:
        ret

; AH=1Bh: 64 bytes about the current state to ES:DI.
fn_state_info:
        or      bx, bx
        jnz     .done
        mov     word [es:di], static_table
        mov     [es:di + 2], cs
        push    di
        add     di, 4
        mov     si, VIDEO_MODE
        mov     cx, 0x1E                        ; 49h-66h
        rep     movsb
        mov     al, [ROWS]
        inc     ax
        stosb                                   ; 22h
        mov     ax, [CHAR_HEIGHT]
        stosw
        push    es
        call    display_codes
        pop     es
        stosw                                   ; 25h: active, other
        mov     bl, [VIDEO_MODE]
        mov     bh, 0
        cmp     bl, 0x13
        jbe     .mode
        mov     bl, 0x13
.mode:
        mov     al, [cs:bx + mode_colours]
        cmp     bl, 0x13
        jne     .colours
        inc     ah                              ; 256
.colours:
        stosw                                   ; 27h
        mov     al, [cs:bx + mode_pages]
        stosb
        call    scan_line_code
        stosb                                   ; 2Ah
        mov     dx, SEQ
        mov     al, 3
        out     dx, al
        inc     dx
        in      al, dx
        ; Character map select: block A in bits 5, 3, 2, block B in bits 4, 1, 0.
        mov     ah, al
        and     ah, 0x03
        test    al, 0x10
        jz      .block_b
        or      ah, 4
.block_b:
        shr     al, 1
        shr     al, 1
        mov     bl, al
        and     al, 0x03
        test    bl, 0x08
        jz      .block_a
        or      al, 4
.block_a:
        xchg    al, ah
        mov     cx, ax
        stosw                                   ; 2Bh: block of attributes without bit 3, with it
        call    misc_state
        stosb                                   ; 2Dh
        xor     ax, ax
        stosb
        stosw
        mov     al, 3
        stosb                                   ; 31h: 256 KiB
        push    es
        call    save_pointer_state
        pop     es
        cmp     cl, ch
        je      .one_font
        or      al, STATE_512
.one_font:
        stosb                                   ; 32h
        mov     al, 0
        mov     cx, 13
        rep     stosb
        pop     di
        mov     byte [bp + F_AL], 0x1B
.done:
        ret

; AL = 0: 200 lines, 1: 350, 2: 400, 3: 480. Changes BX.
scan_line_code:
        mov     bl, [VIDEO_MODE]
        mov     al, [cs:bx + mode_lines]
        cmp     al, 0xFF
        jne     .done
        mov     bl, [VIDEO_FLAGS]
        mov     al, 2
        test    bl, FLAG_400
        jnz     .done
        dec     ax
        test    bl, FLAG_200
        jz      .done
        dec     ax
.done:
        ret

; AL = miscellaneous state: bit 0 all modes on all displays, 1 grey, 2 monochrome display, 3 no default palette,
; 4 cursor emulation, 5 blinking. Changes AH, BX, DX.
misc_state:
        mov     ah, [VIDEO_FLAGS]
        and     ah, FLAG_GREY | FLAG_MONO | FLAG_NO_DAC
        or      ah, 0x01
        test    byte [VIDEO_INFO], INFO_NO_EMULATION
        jnz     .blink
        or      ah, 0x10
.blink:
        push    ax
        mov     bl, 0x10
        call    read_attr
        pop     ax
        test    bh, 0x08
        jz      .done
        or      ah, 0x20
.done:
        mov     al, ah
        ret

; AH=1Ch: CX = bit 0 registers, 1 data area, 2 DAC; AL = 0: BX = blocks of 64 bytes it takes; 1: saves to ES:BX;
; 2: restores.
;
; The registers are kept as a row of the parameter table, so that setting a mode and restoring one are the same
; work; its first bytes, of no use here, hold what a row has not.
; DEVIATION: the latches are not kept: to restore them would take a write to the picture.
SAVE_REGISTERS  equ     1
SAVE_DATA       equ     2
SAVE_DAC        equ     4
R_PORT          equ     0               ; word: CRTC port
R_COLOUR_SELECT equ     2               ; attribute register 14h
R_ATTR_INDEX    equ     3
R_SEQ_INDEX     equ     64
R_GFX_INDEX     equ     65
R_CRTC_INDEX    equ     66

fn_save_restore:
        and     cx, 7
        jz      .done
        cmp     al, 1
        je      .save
        ja      .restore
        xor     bx, bx
        shr     cl, 1
        jnc     .no_registers
        add     bl, 2
.no_registers:
        shr     cl, 1
        jnc     .no_data
        inc     bx
.no_data:
        shr     cl, 1
        jnc     .no_dac
        add     bl, 13
.no_dac:
        mov     [bp + F_BX], bx
        jmp     short .ok
.save:
        mov     di, bx
        test    cl, SAVE_REGISTERS
        jz      .save_data
        call    save_registers
.save_data:
        test    cl, SAVE_DATA
        jz      .save_dac
        call    save_data
.save_dac:
        test    cl, SAVE_DAC
        jz      .ok
        call    save_dac
        jmp     short .ok
.restore:
        cmp     al, 2
        ja      .done
        mov     si, bx
        test    cl, SAVE_REGISTERS
        jz      .restore_data
        call    restore_registers
.restore_data:
        test    cl, SAVE_DATA
        jz      .restore_dac
        call    restore_data
.restore_dac:
        test    cl, SAVE_DAC
        jz      .ok
        call    restore_dac
.ok:
        mov     byte [bp + F_AL], 0x1C
.done:
        ret

; Registers to ES:DI, which goes on by 128. Changes AX, BX, DX.
save_registers:
        push    cx
        push    di
        mov     dx, SEQ
        in      al, dx
        mov     [es:di + R_SEQ_INDEX], al
        mov     dx, GFX
        in      al, dx
        mov     [es:di + R_GFX_INDEX], al
        mov     dx, [CRTC_PORT]
        in      al, dx
        mov     [es:di + R_CRTC_INDEX], al
        mov     [es:di + R_PORT], dx
        call    attr_reset
        mov     dx, ATTR
        in      al, dx
        mov     [es:di + R_ATTR_INDEX], al

        push    di
        add     di, P_SEQ
        mov     dx, SEQ
        mov     bx, 0x0401                      ; BL = first register, BH = how many
        call    read_indexed
        mov     dx, MISC_READ
        in      al, dx
        stosb
        mov     dx, [CRTC_PORT]
        mov     bx, 0x1900
        call    read_indexed
        mov     bl, 0
.attr:
        call    read_attr
        mov     al, bh
        stosb
        inc     bl
        cmp     bl, 0x14
        jb      .attr
        mov     dx, GFX
        mov     bx, 0x0900
        call    read_indexed
        pop     di
        mov     bl, 0x14
        call    read_attr
        mov     [es:di + R_COLOUR_SELECT], bh
        pop     di
        add     di, 128
        pop     cx
        jmp     short put_indexes.current

; BH registers from BL on of the pair DX to ES:DI. Changes AL, BX.
read_indexed:
        mov     al, bl
        out     dx, al
        inc     dx
        in      al, dx
        dec     dx
        stosb
        inc     bl
        dec     bh
        jnz     read_indexed
        ret

; Gives the index registers back as in the saved state at ES:SI, or (.current) as in the one that ends at ES:DI.
; Changes AX, BX, DX.
put_indexes:
        mov     bx, si
        jmp     short .put
.current:
        lea     bx, [di - 128]
.put:
        mov     dx, SEQ
        mov     al, [es:bx + R_SEQ_INDEX]
        out     dx, al
        mov     dx, GFX
        mov     al, [es:bx + R_GFX_INDEX]
        out     dx, al
        mov     dx, [es:bx + R_PORT]
        mov     al, [es:bx + R_CRTC_INDEX]
        out     dx, al
        add     dl, 6
        in      al, dx
        mov     dx, ATTR
        mov     al, [es:bx + R_ATTR_INDEX]
        out     dx, al
        mov     dx, [es:bx + R_PORT]
        add     dl, 6
        in      al, dx                          ; the flip-flop is left at "index"
        ret

; Registers from ES:SI, which goes on by 128. Changes AX, BX, DX, DI.
restore_registers:
        push    cx
        push    word [CRTC_PORT]
        mov     ax, [es:si + R_PORT]
        mov     [CRTC_PORT], ax
        call    program_mode
        mov     dx, SEQ
        mov     al, 1
        mov     ah, [es:si + P_SEQ]
        out     dx, ax
        mov     bl, 0x14
        mov     bh, [es:si + R_COLOUR_SELECT]
        call    write_attr
        call    put_indexes
        pop     word [CRTC_PORT]
        pop     cx
        add     si, 128
        ret

; What of the data area and the vectors belongs to a mode: offset in segment 0, bytes.
saved_data:
        dw      0x400 + EQUIPMENT, 2
        dw      0x400 + VIDEO_MODE, 0x1E
        dw      0x400 + ROWS, 7
        dw      0x400 + SAVE_POINTER, 4
        dw      VEC_INT1D, 4
        dw      VEC_INT1F, 4
        dw      VEC_INT43, 4
.end:

; Data area to ES:DI, which goes on by 64. Changes AX, BX, DX.
save_data:
        push    cx
        push    ds
        lea     dx, [di + 64]
        xor     ax, ax
        mov     ds, ax
        mov     bx, saved_data
.next:
        mov     si, [cs:bx]
        mov     cx, [cs:bx + 2]
        rep     movsb
        add     bx, 4
        cmp     bx, saved_data.end
        jb      .next
        mov     di, dx
        pop     ds
        pop     cx
        ret

; Data area from ES:SI, which goes on by 64. Changes AX, BX, DX, DI.
restore_data:
        push    cx
        push    ds
        push    es
        lea     dx, [si + 64]
        push    es
        pop     ds
        xor     ax, ax
        mov     es, ax
        mov     bx, saved_data
.next:
        mov     di, [cs:bx]
        mov     cx, [cs:bx + 2]
        rep     movsb
        add     bx, 4
        cmp     bx, saved_data.end
        jb      .next
        mov     si, dx
        pop     es
        pop     ds
        pop     cx
        ret

; DAC to ES:DI: index, PEL mask, 256 colours. Changes AX, CX, DX, DI.
save_dac:
        mov     dx, DAC_INDEX
        in      al, dx
        stosb
        mov     dx, PEL_MASK
        in      al, dx
        stosb
        mov     dx, DAC_READ_INDEX
        mov     al, 0
        out     dx, al
        mov     dx, DAC_DATA
        mov     cx, 768
.next:
        in      al, dx
        stosb
        loop    .next
        ret

; DAC from ES:SI. Changes AX, CX, DX, SI.
restore_dac:
        mov     dx, PEL_MASK
        mov     al, [es:si + 1]
        out     dx, al
        mov     dx, DAC_INDEX
        mov     al, 0
        out     dx, al
        inc     dx
        mov     cx, 768
        mov     ah, [es:si]
        inc     si
.next:
        inc     si
        mov     al, [es:si]
        out     dx, al
        loop    .next
        dec     dx
        mov     al, ah
        out     dx, al
        ret
