; Functions 06h and 07h in graphics modes.

; The window is clipped: AL = rows, BH = fill byte (in planar modes a colour), CX-DX = window, SI = 1: down.
S_WIDTH         equ     0                       ; bytes of a line
S_STEP          equ     2                       ; from the end of a line to the start of the next
S_MOVE          equ     4                       ; lines that move
S_BLANK         equ     6                       ; lines to fill
S_FILL          equ     8
S_KIND          equ     9
S_SIZE          equ     10

gfx_scroll:
        push    bp
        sub     sp, S_SIZE
        mov     bp, sp
        mov     [bp + S_FILL], bh
        mov     bl, al                          ; BL = rows to fill
        mov     bh, dh
        sub     bh, ch
        inc     bh
        sub     bh, bl                          ; BH = rows that move
        call    mode_kind
        mov     [bp + S_KIND], al
        call    load_kind_seg
        sub     dl, cl
        inc     dl                              ; DL = columns
        or      si, si
        jz      .first
        mov     ch, dh                          ; a scroll down begins with the bottom line of the bottom row
        inc     ch
.first:
        ; Bytes of a line and of a column: 1 << CL a column.
        push    cx
        mov     cl, 0
        cmp     al, KIND_CGA4
        jne     .not_cga4
        inc     cx
.not_cga4:
        cmp     al, KIND_256
        jne     .shift
        mov     cl, 3
.shift:
        mov     dh, 0
        shl     dx, cl
        mov     [bp + S_WIDTH], dx
        pop     dx                              ; DH = first row, DL = left column
        push    dx
        mov     dh, 0
        shl     dx, cl
        add     dx, [PAGE_START]
        mov     di, dx
        mov     dx, [COLUMNS]
        shl     dx, cl                          ; DX = bytes from a line to the next
        mov     cx, [CHAR_HEIGHT]
        cmp     al, KIND_PLANAR
        jae     .lines
        shr     cx, 1                           ; each bank has half of them
.lines:
        mov     al, bh
        mul     cl
        mov     [bp + S_MOVE], ax
        mov     al, bl
        mul     cl
        mov     [bp + S_BLANK], ax
        pop     ax
        mov     al, ah
        mul     cl                              ; first line
        or      si, si
        jz      .signed
        dec     ax
.signed:
        push    dx
        mul     dx
        pop     dx
        add     di, ax
        or      si, si
        jz      .source
        neg     dx
.source:
        push    dx
        mov     ax, [bp + S_BLANK]
        imul    dx
        add     ax, di
        mov     si, ax
        pop     dx
        sub     dx, [bp + S_WIDTH]
        mov     [bp + S_STEP], dx

        push    ds
        push    es
        pop     ds
        cmp     byte [bp + S_KIND], KIND_PLANAR
        jae     .last
        push    si
        push    di
        call    scroll_lines
        pop     di
        pop     si
        add     si, 0x2000
        add     di, 0x2000
.last:
        call    scroll_lines
        pop     ds
        add     sp, S_SIZE
        pop     bp
        ret

; Moves lines from DS:SI to ES:DI and fills those behind them. Changes AX, BX, CX, DX, SI, DI.
scroll_lines:
        cmp     byte [bp + S_KIND], KIND_PLANAR
        jne     .move
        mov     dx, SEQ
        mov     ax, 0x0F02
        out     dx, ax
        mov     dx, GFX
        mov     ax, 0x0105                      ; write mode 1: bytes of all four planes
        out     dx, ax
.move:
        mov     bx, [bp + S_STEP]
        mov     dx, [bp + S_MOVE]
        or      dx, dx
        jz      .moved
.move_line:
        mov     cx, [bp + S_WIDTH]
        rep     movsb
        add     si, bx
        add     di, bx
        dec     dx
        jnz     .move_line
.moved:
        cmp     byte [bp + S_KIND], KIND_PLANAR
        jne     .fill
        mov     dx, GFX
        mov     ax, 0x0005
        out     dx, ax
        mov     al, 0
        mov     ah, [bp + S_FILL]
        out     dx, ax                          ; set/reset = the colour
        mov     ax, 0x0F01                      ; for all planes
        out     dx, ax
.fill:
        mov     al, [bp + S_FILL]
        mov     dx, [bp + S_BLANK]
.fill_line:
        mov     cx, [bp + S_WIDTH]
        rep     stosb
        add     di, bx
        dec     dx
        jnz     .fill_line
        cmp     byte [bp + S_KIND], KIND_PLANAR
        jne     .done
        jmp     gfx_defaults
.done:
        ret
