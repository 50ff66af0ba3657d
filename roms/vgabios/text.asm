; Functions 08h-0Ah, 0Eh and 13h: characters.

; ES:DI = memory of the character at the cursor of page BH, in a text mode. Changes AX, DX.
cursor_address:
        call    load_text_seg
        mov     dl, bh
        and     dx, 7
        mov     di, dx
        shl     di, 1
        mov     di, [CURSOR_POS + di]
        mov     ax, [PAGE_START]
        cmp     dl, [ACTIVE_PAGE]
        je      .page
        mov     ax, [PAGE_BYTES]
        mul     dx
.page:
        mov     dx, di
        mov     di, ax
        mov     al, [COLUMNS]
        mul     dh
        mov     dh, 0
        add     ax, dx
        shl     ax, 1
        add     di, ax
        ret

; AH=08h: BH = page. AL = character, AH = attribute.
fn_read_char:
        call    is_text
        jne     .graphics
        call    cursor_address
        mov     ax, [es:di]
        mov     [bp + F_AX], ax
        ret
.graphics:
        jmp     gfx_read_char

; AH=09h: AL = character, BL = attribute, BH = page, CX = how often. The cursor stays.
fn_write_char_attr:
        call    is_text_keep
        jne     fn_write_char.graphics
        jcxz    fn_write_char.done
        push    ax
        call    cursor_address
        pop     ax
        mov     ah, bl
        rep     stosw
        ret

; AH=0Ah: the same with the attributes that are there.
fn_write_char:
        call    is_text_keep
        jne     .graphics
        jcxz    .done
        push    ax
        call    cursor_address
        pop     ax
.next:
        stosb
        inc     di
        loop    .next
.done:
        ret
.graphics:
        jmp     gfx_write_chars

; is_text that changes no register.
is_text_keep:
        push    ax
        call    is_text
        pop     ax
        ret

; AH=0Eh: AL = character, BL = colour in graphics modes; on the page that is shown.
fn_teletype:
        mov     bh, [ACTIVE_PAGE]
        mov     ah, 0
; Writes AL at the cursor of page BH and moves on; BEL, BS, CR and LF act. AH = 0: text keeps its attributes,
; else BL is the attribute. Changes AX, BX, CX, DX, SI, DI, ES.
tty:
        mov     cl, bh
        and     cx, 7
        mov     si, cx
        shl     si, 1
        mov     dx, [CURSOR_POS + si]
        cmp     al, 0x0D
        jbe     .control
.print:
        push    ax
        call    is_text
        pop     ax
        jne     .graphics
        push    ax
        push    dx
        call    cursor_address
        pop     dx
        pop     ax
        stosb
        or      ah, ah
        jz      .advance
        mov     [es:di], bl
.advance:
        inc     dx
        cmp     dl, [COLUMNS]
        jb      .move
        mov     dl, 0
.line_feed:
        inc     dh
        cmp     dh, [ROWS]
        jbe     .move
        mov     dh, [ROWS]
        cmp     bh, [ACTIVE_PAGE]
        jne     .move                           ; only the page that is shown can scroll
        push    bx
        push    dx
        call    set_cursor
        pop     dx
        pop     bx
        push    dx
        push    bx
        call    fill_attribute
        mov     al, 1
        xor     cx, cx
        mov     dh, [ROWS]
        mov     dl, [COLUMNS]
        dec     dx
        call    scroll_up
        pop     bx
        pop     dx
        ret
.move:
        jmp     set_cursor
.control:
        je      .return
        cmp     al, 0x0A
        je      .line_feed
        cmp     al, 0x08
        je      .back
        cmp     al, 0x07
        jne     .print
        jmp     bell
.return:
        mov     dl, 0
        jmp     short .move
.back:
        cmp     dl, 1
        cmc
        sbb     dl, 0                           ; not beyond the left edge
        jmp     short .move
.graphics:
        push    bx
        push    dx
        mov     cx, 1
        call    gfx_put_char
        pop     dx
        pop     bx
        jmp     short .advance

; BH = attribute of the line that a scroll brings in: that of the character at the cursor, 0 in graphics modes.
; Changes AX, DX, DI, ES.
fill_attribute:
        call    is_text
        mov     al, 0
        jne     .set
        call    cursor_address
        mov     al, [es:di + 1]
.set:
        mov     bh, al
        ret

; AH=13h: AL bit 0: the cursor moves, bit 1: attributes are in the string; BH = page, BL = attribute, CX = characters,
; DX = where, ES:BP = the string.
fn_write_string:
        jcxz    .done
        and     bh, 7
        push    ax
        mov     al, bh
        cbw
        shl     ax, 1
        mov     si, ax
        pop     ax
        push    word [CURSOR_POS + si]
        push    ax
        push    bx
        push    cx
        call    set_cursor
        pop     cx
        pop     bx
        pop     ax
        mov     si, [bp + F_BP]
.next:
        mov     es, [bp + F_ES]                 ; the pieces below change ES
        push    ax
        test    al, 2
        mov     ah, 1                           ; no flag is changed
        mov     al, [es:si]
        lea     si, [si + 1]
        jz      .write
        mov     bl, [es:si]
        inc     si
.write:
        push    bx
        push    cx
        push    si
        call    tty
        pop     si
        pop     cx
        pop     bx
        pop     ax
        loop    .next
        pop     dx
        test    al, 1
        jnz     .done
        jmp     set_cursor                      ; DX = where the cursor was
.done:
        ret

; BEL: 1 kHz or so for a tenth of a second. The sounding counter is its own clock, so that no interrupt is needed and
; the processor's speed does not matter. Changes AX, CX, DX.
BELL_DIVISOR    equ     1332                    ; 896 Hz
BELL_HALVES     equ     180                     ; of a period: 100 ms

bell:
        push    bx
        mov     al, 0xB6                        ; counter 2, both bytes, mode 3
        out     0x43, al
        mov     ax, BELL_DIVISOR
        out     0x42, al
        mov     al, ah
        out     0x42, al
        in      al, 0x61
        push    ax
        or      al, 3
        out     0x61, al
        mov     bx, BELL_HALVES
        mov     dx, 0                           ; the last count read
        xor     cx, cx                          ; bound on the reads between two reloads
.wait:
        mov     al, 0x80                        ; latch counter 2
        out     0x43, al
        in      al, 0x42
        mov     ah, al
        in      al, 0x42
        xchg    al, ah
        cmp     ax, dx
        mov     dx, ax
        ja      .reloaded                       ; it counts down: more than before is a reload
        loop    .wait
        jmp     short .quiet                    ; the counter stands still
.reloaded:
        xor     cx, cx
        dec     bx
        jnz     .wait
.quiet:
        pop     ax
        out     0x61, al
        pop     bx
        ret
