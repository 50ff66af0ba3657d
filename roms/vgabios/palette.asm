; Functions 0Bh and 10h 00h-09h: the attribute controller's palette.

; Writes BH to attribute register BL and to the dynamic save area. The screen stays on after it. Changes AL, DX.
write_attr:
        call    save_attr
        call    attr_reset
        mov     dx, ATTR
        mov     al, bl
        out     dx, al
        mov     al, bh
        out     dx, al
        mov     al, ATTR_SHOW
        out     dx, al
        ret

; BH = attribute register BL. Changes AL, DX.
read_attr:
        call    attr_reset
        mov     dx, ATTR
        mov     al, bl
        out     dx, al
        inc     dx
        in      al, dx
        mov     bh, al
        jmp     attr_show

; AH=0Bh: BH = 0: border, and background in graphics modes, = colour BL; BH = 1: palette BL of the 320 x 200 modes.
fn_cga_palette:
        mov     ah, [CGA_PALETTE]
        or      bh, bh
        jnz     .palette
        and     ah, 0xE0
        and     bl, 0x1F
        or      ah, bl
        mov     [CGA_PALETTE], ah
        mov     bh, bl
        and     bh, 0x07
        test    bl, 0x08
        jz      .normal
        or      bh, 0x10                        ; the bright half of the 16 colours
.normal:
        mov     bl, 0x11
        call    write_attr
        call    is_text
        je      .done
        mov     bl, 0
        call    write_attr
        jmp     short .foreground
.palette:
        and     ah, 0xDF
        shr     bl, 1
        jnc     .select
        or      ah, 0x20
.select:
        mov     [CGA_PALETTE], ah
.foreground:
        mov     al, [VIDEO_MODE]
        cmp     al, 4
        je      .three
        cmp     al, 5
        jne     .done
.three:
        ; Registers 1-3: green, red, brown, or cyan, magenta, white; bit 4 of the CGA's register makes them bright.
        mov     ah, [CGA_PALETTE]
        mov     bh, 2
        test    ah, 0x20
        jz      .dark
        inc     bh
.dark:
        test    ah, 0x10
        jz      .write
        or      bh, 0x10
.write:
        mov     bl, 1
.next:
        call    write_attr
        add     bh, 2
        inc     bl
        cmp     bl, 4
        jb      .next
.done:
        ret

; AH=10h.
fn_palette:
        cmp     al, 0x1B
        ja      .done
        mov     ah, 0
        mov     si, ax
        shl     si, 1
        jmp     [cs:si + palette_functions]
.done:
        ret

palette_functions:
        dw      palette_set             ; 00h
        dw      palette_border
        dw      palette_set_all
        dw      palette_blink
        dw      fn_none                 ; 04h
        dw      fn_none
        dw      fn_none
        dw      palette_get
        dw      palette_get_border      ; 08h
        dw      palette_get_all
        dw      fn_none
        dw      fn_none
        dw      fn_none                 ; 0Ch
        dw      fn_none
        dw      fn_none
        dw      fn_none
        dw      dac_set                 ; 10h
        dw      fn_none
        dw      dac_set_block
        dw      dac_select_page
        dw      fn_none                 ; 14h
        dw      dac_get
        dw      fn_none
        dw      dac_get_block
        dw      dac_set_mask            ; 18h
        dw      dac_get_mask
        dw      dac_get_page
        dw      dac_sum_grey

; AL=00h: register BL = BH.
palette_set:
        cmp     bl, 0x14
        ja      palette_set_all.done
        jmp     write_attr

; AL=01h: border = BH.
palette_border:
        mov     bl, 0x11
        jmp     write_attr

; AL=02h: ES:DX = 16 registers and the border.
palette_set_all:
        mov     si, dx
        mov     bl, 0
.next:
        mov     bh, [es:si]
        cmp     bl, 16
        je      palette_border
        call    write_attr
        inc     si
        inc     bl
        jmp     short .next
.done:
        ret

; AL=03h: BL = 1: bit 7 of an attribute blinks, 0: it is a bright background.
palette_blink:
        mov     ah, bl
        and     ah, 1
        mov     bl, 0x10
        call    read_attr
        and     bh, ~0x08
        and     byte [CGA_MODE], ~0x20
        or      ah, ah
        jz      .write
        or      bh, 0x08
        or      byte [CGA_MODE], 0x20
.write:
        jmp     write_attr

; AL=07h: BH = register BL.
palette_get:
        cmp     bl, 0x14
        ja      palette_set_all.done
.read:
        call    read_attr
        mov     [bp + F_BH], bh
        ret

; AL=08h: BH = border.
palette_get_border:
        mov     bl, 0x11
        jmp     short palette_get.read

; AL=09h: ES:DX = 16 registers and the border.
palette_get_all:
        mov     di, dx
        mov     bl, 0
.next:
        call    read_attr
        mov     al, bh
        stosb
        inc     bl
        cmp     bl, 16
        jb      .next
        mov     bl, 0x11
        call    read_attr
        mov     al, bh
        stosb
        ret
