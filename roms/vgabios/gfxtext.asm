; Characters in graphics modes.

; DS:SI = dots of character AL, CX = its lines. Modes 4-6 take 80h-FFh from INT 1Fh, all else comes from INT 43h.
; Changes AX.
load_glyph:
        mov     cx, [CHAR_HEIGHT]
        xor     si, si
        cmp     byte [VIDEO_MODE], 6
        mov     ds, si
        mov     si, VEC_INT43
        ja      .found
        cmp     al, 0x80
        jb      .found
        mov     si, VEC_INT1F
        and     al, 0x7F
.found:
        mul     cl
        lds     si, [si]
        add     si, ax
        ret

; ES:DI = top left of the cell at DX on page BH; AL = kind. Changes AH, CX, DX.
cell_address:
        call    mode_kind
        call    load_kind_seg
        push    ax
        push    dx
        mov     ax, [PAGE_BYTES]
        mov     cl, bh
        and     cx, 7
        mul     cx
        mov     di, ax
        pop     dx
        mov     al, [COLUMNS]
        mul     dh
        mov     dh, 0
        mov     cx, dx                          ; column
        mul     word [CHAR_HEIGHT]
        pop     dx                              ; DL = kind
        push    cx
        mov     cl, 0
        cmp     dl, KIND_256
        jne     .column
        mov     cl, 3                           ; 8 bytes a column
.column:
        ; AX = row * columns * lines, the cells' bytes above this row if a column were 1 byte wide. In mode 6 half of
        ; them are in the other bank; so they are in modes 4 and 5, whose columns are 2 bytes.
        cmp     dl, KIND_CGA4
        je      .line
        cmp     dl, KIND_CGA2
        jne     .scale
        shr     ax, 1
        jmp     short .line
.scale:
        shl     ax, cl
.line:
        add     di, ax
        pop     ax
        cmp     dl, KIND_CGA4
        jne     .add
        inc     cx
.add:
        shl     ax, cl
        add     di, ax
        mov     al, dl
        ret

; Functions 09h and 0Ah: AL = character, BL = colour (bit 7: exclusive or, but for mode 13h), BH = page,
; CX = how often, from the cursor on.
gfx_write_chars:
        jcxz    .done
        push    ax
        mov     al, bh
        and     ax, 7
        mov     si, ax
        shl     si, 1
        pop     ax
        mov     dx, [CURSOR_POS + si]
.next:
        push    ax
        push    bx
        push    cx
        push    dx
        call    gfx_put_char
        pop     dx
        pop     cx
        pop     bx
        pop     ax
        inc     dx
        cmp     dl, [COLUMNS]
        jb      .same
        mov     dl, 0
        inc     dh
        cmp     dh, [ROWS]
        ja      .done
.same:
        loop    .next
.done:
        ret

; Draws character AL in colour BL (bit 7: exclusive or) at DX on page BH. Changes AX, BX, CX, DX, SI, DI, ES.
gfx_put_char:
        cmp     dh, [ROWS]
        ja      .done
        push    ax
        call    cell_address
        mov     dl, al
        pop     ax
        push    ds
        call    load_glyph
        mov     al, dl
        mov     ah, 0
        push    bx
        mov     bx, ax
        shl     bx, 1
        mov     ax, [cs:bx + draw_kinds]
        pop     bx
        call    ax
        pop     ds
.done:
        ret

; The four ways: DS:SI = dots, ES:DI = cell, CX = lines, BL = colour. Change AX, BX, CX, DX, SI, DI.
draw_kinds:
        dw      draw_cga4, draw_cga2, draw_planar, draw_256

draw_planar:
        mov     dx, SEQ
        test    bl, 0x80
        jnz     .xor
        push    bx
        push    cx
        push    di
        mov     ax, 0x0F02
        out     dx, ax
        call    line_bytes
        mov     al, 0
.clear:
        stosb
        add     di, bx
        loop    .clear
        pop     di
        pop     cx
        pop     bx
        call    .dots
        jmp     gfx_defaults
.xor:
        mov     dx, GFX
        mov     ax, 0x1803
        out     dx, ax
        mov     dx, SEQ
        call    .dots
        jmp     gfx_defaults
.dots:
        mov     al, 2                           ; the glyph goes to the planes of the colour
        mov     ah, bl
        and     ah, 0x0F
        out     dx, ax
        call    line_bytes
.line:
        mov     ah, [es:di]                     ; the latches, for the exclusive or
        movsb
        add     di, bx
        loop    .line
        ret

; BX = bytes from the end of one to the start of the next byte of a column in planar modes. Changes no other register.
line_bytes:
        push    ds
        mov     bx, BDA_SEG
        mov     ds, bx
        mov     bx, [COLUMNS]
        dec     bx
        pop     ds
        ret

; A colour takes all 8 bits here, so there is no exclusive or.
draw_256:
        mov     dx, cx
.line:
        lodsb
        mov     ah, al
        mov     cx, 8
.dot:
        shl     ah, 1
        sbb     al, al                          ; FFh for a lit dot
        and     al, bl
        stosb
        loop    .dot
        add     di, 320 - 8
        dec     dx
        jnz     .line
        ret

draw_cga2:
        mov     dl, bl
        and     dl, 1
        neg     dl                              ; colour of 8 dots
.line:
        lodsb
        and     al, dl
        test    bl, 0x80
        jz      .put
        xor     al, [es:di]
.put:
        stosb
        dec     di
        call    next_cga_line
        loop    .line
        ret

draw_cga4:
        mov     al, bl
        and     al, 3
        mov     ah, 0x55
        mul     ah
        mov     dl, al                          ; colour of 4 dots
.line:
        push    cx
        lodsb
        mov     ah, al
        call    .four
        call    .four
        pop     cx
        sub     di, 2
        call    next_cga_line
        loop    .line
        ret
; The upper 4 bits of AH as 4 dots.
.four:
        mov     cx, 4
.dot:
        shl     al, 1
        shl     al, 1
        shl     ah, 1
        jnc     .dark
        or      al, 3
.dark:
        loop    .dot
        and     al, dl
        test    bl, 0x80
        jz      .put
        xor     al, [es:di]
.put:
        stosb
        ret

; ES:DI = the same place one line lower: the other bank, and 80 bytes on after an odd line.
next_cga_line:
        xor     di, 0x2000
        test    di, 0x2000
        jnz     .done
        add     di, 80
.done:
        ret

; Function 08h: BH = page. AL = the character whose dots are at the cursor, else 0. Any colour but 0 is a dot.
READ_LINES      equ     32

gfx_read_char:
        mov     al, bh
        and     ax, 7
        mov     si, ax
        shl     si, 1
        mov     dx, [CURSOR_POS + si]
        call    cell_address
        mov     cx, [CHAR_HEIGHT]
        cmp     cx, READ_LINES
        ja      .none
        cmp     al, KIND_PLANAR
        jne     .read
        push    ax
        mov     dx, GFX
        mov     ax, 0x0805                      ; read mode 1: compare with colour 0 in all planes
        out     dx, ax
        mov     ax, 0x0002
        out     dx, ax
        mov     ax, 0x0F07
        out     dx, ax
        pop     ax
.read:
        sub     sp, READ_LINES
        mov     si, sp
.line:
        push    cx
        call    read_line                       ; AH = dots
        mov     [ss:si], ah
        inc     si
        pop     cx
        loop    .line
        cmp     al, KIND_PLANAR
        jne     .compare
        call    gfx_defaults
.compare:
        mov     bl, 0
.char:
        mov     al, bl
        push    ds
        call    load_glyph
        mov     di, sp
        inc     di
        inc     di
        push    ss
        pop     es
        repe    cmpsb
        pop     ds
        mov     al, bl
        je      .found
        inc     bl
        jnz     .char
        mov     al, 0
.found:
        add     sp, READ_LINES
        mov     [bp + F_AL], al
        ret
.none:
        mov     byte [bp + F_AL], 0
        ret

; AH = dots of the line at ES:DI of kind AL; DI goes to the next line. Changes CX, DX.
read_line:
        mov     ah, [es:di]
        cmp     al, KIND_CGA2
        je      next_cga_line
        jb      .cga4
        cmp     al, KIND_256
        je      .bytes
        not     ah                              ; ones were dots of colour 0
        add     di, [COLUMNS]
        ret
.bytes:
        mov     cx, 8
.byte:
        cmp     byte [es:di], 1
        cmc
        rcl     ah, 1
        inc     di
        loop    .byte
        add     di, 320 - 8
        ret
.cga4:
        mov     dx, [es:di]
        xchg    dl, dh
        mov     cx, 8
.pair:
        shl     dx, 1
        jc      .lit
        shl     dx, 1
        rcl     ah, 1
        jmp     short .next
.lit:
        shl     dx, 1
        stc
        rcl     ah, 1
.next:
        loop    .pair
        jmp     next_cga_line
