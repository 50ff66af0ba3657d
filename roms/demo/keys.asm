; The panel "Keyboard": the last key, the shift keys, the text typed so far.

CODE_PLACE      equ     (KEYS_ROW + 1) * 160 + (LEFT + 2) * 2
SHIFT_PLACE     equ     (KEYS_ROW + 2) * 160 + (LEFT + 2) * 2
LINE_ROW        equ     KEYS_ROW + 3
LINE_COLUMN     equ     LEFT + 2
LINE_PLACE      equ     LINE_ROW * 160 + LINE_COLUMN * 2
LINE_LENGTH     equ     LEFT_WIDTH - 4

check_key:      db      0x01            ; INT 16h functions: those of the keyboard with 84 or with 101 keys
read_key:       db      0x00
length:         dw      0
shifts:         db      0               ; as last drawn
shifts_drawn:   db      0               ; whether they were drawn at all

start_keys:
        push    es
        mov     ax, 0x0040
        mov     es, ax
        test    byte [es:0x96], 0x10            ; BIOS data area: an enhanced keyboard
        pop     es
        jz      show_input
        mov     byte [check_key], 0x11
        mov     byte [read_key], 0x10
; The cursor behind the text typed.
show_input:
        mov     ah, 0x02
        mov     bh, 0
        mov     dx, LINE_ROW << 8 | LINE_COLUMN
        add     dl, [length]
        int     0x10
        ret

; AX = the next key, or zero flag set.
next_key:
        mov     ah, [check_key]
        int     0x16
        jz      .none
        mov     ah, [read_key]
        int     0x16
        cmp     sp, 0                           ; zero flag clear
.none:
        ret

; Key AX: its codes, and its character at the end of the line. Backspace takes one away, Enter and Esc all.
draw_key:
        push    ax
        mov     di, CODE_PLACE
        mov     dx, ax
        mov     ah, TEXT
        call    put_inline
        db      'Scan code ', 0
        mov     al, dh
        mov     ah, STRONG
        call    put_hex
        mov     ah, TEXT
        call    put_inline
        db      '  Character ', 0
        mov     al, dl
        mov     ah, STRONG
        call    put_hex
        mov     al, ' '
        stosw
        mov     al, dl
        stosw
        pop     ax

        mov     bx, [length]
        cmp     al, 13
        je      .clear
        cmp     al, 27
        je      .clear
        cmp     al, 8
        je      .back
        cmp     al, 0xE0                        ; a grey key of the enhanced keyboard, unless it was typed as one
        jne     .typed
        or      ah, ah
        jnz     .done
.typed:
        cmp     al, ' '
        jb      .done
        cmp     bl, LINE_LENGTH - 1
        jb      .append
        call    shift_line
        dec     bx
.append:
        mov     di, bx
        shl     di, 1
        mov     ah, STRONG
        mov     [es:di + LINE_PLACE], ax
        inc     bx
        jmp     short .store
.back:
        or      bx, bx
        jz      .done
        dec     bx
        mov     di, bx
        shl     di, 1
        mov     word [es:di + LINE_PLACE], TEXT << 8 | ' '
        jmp     short .store
.clear:
        mov     di, LINE_PLACE
        mov     cx, LINE_LENGTH
        mov     ax, TEXT << 8 | ' '
        rep     stosw
        xor     bx, bx
.store:
        mov     [length], bx
        call    show_input
.done:
        ret

; The line moves left by one character. Changes CX, SI, DI.
shift_line:
        push    ds
        push    es
        pop     ds
        mov     di, LINE_PLACE
        mov     si, LINE_PLACE + 2
        mov     cx, LINE_LENGTH - 1
        rep     movsw
        pop     ds
        ret

; The shift keys and locks, lit while they are on. Drawn when they change.
draw_shifts:
        mov     ah, 0x02
        int     0x16
        cmp     byte [shifts_drawn], 0
        je      .draw
        cmp     al, [shifts]
        je      .done
.draw:
        mov     [shifts], al
        mov     byte [shifts_drawn], 1
        mov     dl, al
        mov     di, SHIFT_PLACE
        mov     si, .names
.next:
        lodsb
        or      al, al
        jz      .done
        mov     ah, DIM
        test    dl, al
        jz      .off
        mov     ah, TITLE
.off:
        call    put_text
        inc     di
        inc     di
        jmp     short .next
.done:
        ret

; Bits of INT 16h AH=02h, names.
.names:
        db      0x03, 'Shift', 0
        db      0x04, 'Ctrl', 0
        db      0x08, 'Alt', 0
        db      0x40, 'Caps', 0
        db      0x20, 'Num', 0
        db      0x10, 'Scroll', 0
        db      0x80, 'Ins', 0
        db      0
