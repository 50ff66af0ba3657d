; What the self-test says: on the screen, and on COM1 where there is one.

COM             equ     0x3F8

com_is_open:    db      0
com_divisor:    dw      0
com_lcr:        db      0
com_mcr:        db      0
com_ier:        db      0

; COM1 for the report: 115200 bit/s, 8 data bits, no parity.
open_serial:
        cmp     word [0x400], COM               ; BIOS data area: address of COM1
        jne     .done
        mov     byte [com_is_open], 1
        call    save_com
        mov     ax, 1
        call    set_line
.done:
        ret

close_serial:
        cmp     byte [com_is_open], 0
        je      open_serial.done
        call    await_sent
        mov     byte [com_is_open], 0

; COM1 as it was.
load_com:
        mov     ax, [com_divisor]
        call    set_line
        mov     dx, COM + 3
        mov     al, [com_lcr]
        out     dx, al
        inc     dx
        mov     al, [com_mcr]
        out     dx, al
        mov     dx, COM + 1
        mov     al, [com_ier]
        out     dx, al
        ret

save_com:
        mov     dx, COM + 3
        in      al, dx
        mov     [com_lcr], al
        or      al, 0x80
        out     dx, al
        mov     dx, COM
        in      al, dx
        mov     ah, al
        inc     dx
        in      al, dx
        xchg    al, ah
        mov     [com_divisor], ax
        mov     dx, COM + 3
        mov     al, [com_lcr]
        out     dx, al
        inc     dx
        in      al, dx
        mov     [com_mcr], al
        mov     dx, COM + 1
        in      al, dx
        mov     [com_ier], al
        ret

; Divisor AX, 8 data bits; no interrupts, no FIFO, DTR and RTS on.
set_line:
        push    ax
        mov     dx, COM + 3
        mov     al, 0x83
        out     dx, al
        pop     ax
        mov     dx, COM
        out     dx, al
        inc     dx
        mov     al, ah
        out     dx, al
        mov     dx, COM + 3
        mov     al, 0x03
        out     dx, al
        inc     dx
        out     dx, al
        mov     dx, COM + 1
        xor     al, al
        out     dx, al
        inc     dx
        out     dx, al
        ret

; Until the last bit is on the line, or the port seems dead.
await_sent:
        mov     dx, COM + 5
        mov     ah, 0x40
        jmp     short await_line_status
; Until there is room for a byte.
await_room:
        mov     dx, COM + 5
        mov     ah, 0x20
await_line_status:
        push    cx
        xor     cx, cx
.again:
        in      al, dx
        test    al, ah
        jnz     .done
        loop    .again
.done:
        pop     cx
        ret

; AL on the screen and on COM1. Changes nothing.
put_char:
        push    ax
        push    bx
        push    dx
        push    si
        push    di
        push    bp
        push    ax
        mov     ah, 0x0E
        mov     bx, 7
        int     0x10
        pop     bx
        cmp     byte [com_is_open], 0
        je      .done
        call    await_room
        mov     dx, COM
        mov     al, bl
        out     dx, al
.done:
        pop     bp
        pop     di
        pop     si
        pop     dx
        pop     bx
        pop     ax
        ret

; The text at SI up to a zero; # and % are the values of the note.
print:
        mov     di, values
.next:
        lodsb
        or      al, al
        jz      .done
        cmp     al, '#'
        je      .byte
        cmp     al, '%'
        je      .word
        call    put_char
        jmp     short .next
.word:
        mov     al, [di + 1]
        call    print_hex
.byte:
        mov     al, [di]
        call    print_hex
        inc     di
        inc     di
        jmp     short .next
.done:
        ret

print_hex:
        push    ax
        push    cx
        mov     cl, 4
        shr     al, cl
        call    .digit
        pop     cx
        pop     ax
        and     al, 0x0F
.digit:
        mov     bx, digits
        xlatb
        jmp     put_char

; The line of the present part.
print_part:
        mov     si, [part]
        mov     si, [si + PART.name]
        push    si
        mov     cx, 8
.name:
        lodsb
        or      al, al
        jz      .blank
        call    put_char
        dec     cx
        jmp     short .name
.blank:
        mov     al, ' '
        call    put_char
        loop    .blank
        mov     bl, [verdict]
        mov     bh, 0
        shl     bx, 1
        mov     si, [.verdicts + bx]
        call    print
        pop     dx
        cmp     byte [verdict], FAILED
        jne     .note
        mov     di, failed - 2
.free:
        inc     di
        inc     di
        cmp     word [di], 0
        jne     .free
        mov     [di], dx
        mov     word [di + 2], 0
.note:
        mov     si, [note]
        or      si, si
        jz      print_end
        push    si
        mov     si, .colon
        call    print
        mov     si, [prefix]
        or      si, si
        jz      .no_prefix
        call    print
        mov     al, ' '
        call    put_char
.no_prefix:
        pop     si
        call    print
print_end:
        mov     si, line_end
        jmp     print
line_end:       db      13, 10, 0
print_part.verdicts:
        dw      print_part.ok, print_part.fail, print_part.skip
print_part.ok:          db      'ok', 0
print_part.fail:        db      'FAIL', 0
print_part.skip:        db      'skipped', 0
print_part.colon:       db      ': ', 0

; The names of the parts that failed, each behind a blank.
print_failed:
        mov     bp, failed
.next:
        mov     si, [bp]
        or      si, si
        jz      .done
        mov     al, ' '
        call    put_char
        call    print
        inc     bp
        inc     bp
        jmp     short .next
.done:
        ret
