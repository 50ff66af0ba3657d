; Functions 01h-03h and 05h: the cursor and the page that is shown.

; AH=01h: CH = first line (bit 5: no cursor), CL = last line.
fn_cursor_shape:
; Also for callers inside. Changes AX, CX, DX.
set_cursor_shape:
        mov     [CURSOR_SHAPE], cx
        call    is_text
        jne     .write
        test    byte [VIDEO_INFO], INFO_NO_EMULATION
        jnz     .write
        call    scale_cursor
.write:
        mov     dx, [CRTC_PORT]
        mov     al, 0x0A
        mov     ah, ch
        out     dx, ax
        inc     ax                              ; 0Bh
        mov     ah, cl
        out     dx, ax
        ret

; Cursor emulation: CX, a shape for a cell of 8 lines, becomes the like shape for the cell there is; a shape
; that is none for 8 lines stays. Thin cursors at the bottom keep their distance from it but for one line left
; free, blocks fill the cell or its lower half. Changes AX.
;
; UNVERIFIED: shapes other than 6-7 and 0-7; IBM documents only that "CGA values are scaled".
scale_cursor:
        mov     al, [CHAR_HEIGHT]
        sub     al, 9                           ; what a line near the bottom moves down by
        jbe     .done
        cmp     cl, 7
        ja      .done
        cmp     cl, 4
        jb      .done
        cmp     ch, cl
        ja      .done
        mov     ah, cl
        sub     ah, ch
        cmp     ah, 2
        ja      .block
        add     cl, al
        add     ch, al
        ret
.block:
        mov     cl, [CHAR_HEIGHT]
        dec     cx                              ; CL is at least 10: no borrow into CH
        cmp     ch, 1
        jbe     .done
        mov     ch, [CHAR_HEIGHT]
        shr     ch, 1
.done:
        ret

; AH=02h: BH = page, DH = row, DL = column.
fn_set_cursor:
; Also for callers inside: stores DX as the position on page BH and moves the cursor if that page is shown.
; Changes AX, BX, CX, DX.
set_cursor:
        mov     al, bh
        and     bx, 0x0700
        xchg    bl, bh
        shl     bl, 1
        mov     [CURSOR_POS + bx], dx
        cmp     al, [ACTIVE_PAGE]
        jne     .done
show_cursor:
        ; CRTC 0Eh-0Fh = character number of DX within the memory: half the page's offset, plus row * columns +
        ; column.
        mov     al, [COLUMNS]
        mul     dh
        mov     dh, 0
        add     ax, dx
        mov     cx, [PAGE_START]
        shr     cx, 1
        add     cx, ax
        mov     dx, [CRTC_PORT]
        mov     al, 0x0E
        mov     ah, ch
        out     dx, ax
        inc     ax
        mov     ah, cl
        out     dx, ax
set_cursor.done:
        ret

; AH=03h: BH = page. DX = position, CX = shape.
fn_get_cursor:
        and     bx, 0x0700
        xchg    bl, bh
        shl     bl, 1
        mov     ax, [CURSOR_POS + bx]
        mov     [bp + F_DX], ax
        mov     ax, [CURSOR_SHAPE]
        mov     [bp + F_CX], ax
        ret

; AH=05h: AL = page.
fn_set_page:
        cmp     al, 7
        ja      .done
        mov     [ACTIVE_PAGE], al
        mov     ah, 0
        mov     bx, ax
        mul     word [PAGE_BYTES]
        mov     [PAGE_START], ax
        cmp     byte [VIDEO_MODE], 7            ; text and CGA graphics count words, the rest bytes
        ja      .start
        shr     ax, 1
.start:
        mov     cx, ax
        mov     dx, [CRTC_PORT]
        mov     al, 0x0C
        mov     ah, ch
        out     dx, ax
        inc     ax
        mov     ah, cl
        out     dx, ax
        shl     bx, 1
        mov     dx, [CURSOR_POS + bx]
        jmp     show_cursor
.done:
        ret
