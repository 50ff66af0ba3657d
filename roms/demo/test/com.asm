; The serial port: registers, lines and data in its loop, FIFO, interrupts.

test_com:
        cmp     byte [com_is_open], 0
        jne     .present
        SKIP    'no port'
.present:
        call    await_sent
        call    test_com_registers
        call    test_modem_lines
        mov     ax, 1                           ; 115200 bit/s
        call    set_line
        mov     al, 0x10
        call    set_mcr
        call    drain_com
        call    test_com_data
        call    test_com_interrupt
        call    test_fifo
        jmp     test_com_irq

; COM1 for the report again.
restore_com:
        cmp     byte [com_is_open], 0
        je      .done
        mov     ax, 1
        call    set_line
        jmp     drain_com
.done:
        ret

set_mcr:
        mov     dx, COM + 4
        out     dx, al
        ret

; What was received is lost.
drain_com:
        mov     cx, 32
.next:
        mov     dx, COM + 5
        in      al, dx
        test    al, 0x01
        jz      .done
        mov     dx, COM
        in      al, dx
        loop    .next
.done:
        ret

; Register DX keeps AL. Changes AH.
%macro KEEPS 2
        mov     al, %1
        out     dx, al
        in      al, dx
        mov     ah, dl
        mov     dl, %1
        cmp     al, dl
        FAIL_UNLESS e, %2
        mov     dl, ah
%endmacro

test_com_registers:
        mov     dx, COM + 7
        KEEPS   0x55, 'scratch #, not #'
        KEEPS   0xAA, 'scratch #, not #'
        mov     dx, COM + 3
        KEEPS   0x9A, 'line control #, not #'
        mov     dx, COM
        KEEPS   0x5A, 'divisor #, not #'
        inc     dx
        KEEPS   0xA5, 'divisor #, not #'
        mov     dx, COM + 3
        KEEPS   0x03, 'line control #, not #'
        mov     dx, COM + 4
        KEEPS   0x1F, 'modem control #, not #'
        KEEPS   0x10, 'modem control #, not #'
        mov     dx, COM + 1
        KEEPS   0x0D, 'interrupt enable #, not #'
        KEEPS   0x00, 'interrupt enable #, not #'
        ret

; In the loop DTR, RTS, OUT1, OUT2 are DSR, CTS, RI, DCD.
test_modem_lines:
        mov     si, .lines
.next:
        lodsw
        or      al, al
        jz      .done
        mov     bl, ah
        call    set_mcr
        mov     dx, COM + 6
        in      al, dx
        and     al, 0xF0
        mov     dl, bl
        cmp     al, dl
        FAIL_UNLESS e, 'modem lines #, not #'
        jmp     short .next
.done:
        ret
.lines:         db      0x11, 0x20, 0x12, 0x10, 0x14, 0x40, 0x18, 0x80, 0x10, 0x00, 0x1F, 0xF0, 0

; Byte AL into the transmitter.
send_com:
        push    ax
        call    await_room
        pop     ax
        mov     dx, COM
        out     dx, al
        ret

; AL = the next byte; carry flag set if none comes in 20 ms, or one with errors.
receive_com:
        mov     ax, 20
        call    set_deadline
        mov     dx, COM + 5
.again:
        in      al, dx
        test    al, 0x01
        jnz     .came
        call    is_expired
        jnc     .again
        ret
.came:
        and     al, 0x1E
        mov     ah, al
        mov     dx, COM
        in      al, dx
        cmp     ah, 1
        cmc
        ret

test_com_data:
        mov     si, .bytes
        mov     cx, .bytes_end - .bytes
.next:
        mov     al, [si]
        call    send_com
        call    receive_com
        FAIL_UNLESS nc, 'loop: nothing comes back'
        mov     dl, [si]
        cmp     al, dl
        FAIL_UNLESS e, 'loop: #, not #'
        inc     si
        loop    .next
        ret
.bytes:         db      0x00, 0xFF, 0x55, 0xAA, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80
.bytes_end:

; A byte that was received is identified until it is read.
test_com_interrupt:
        mov     dx, COM + 1
        mov     al, 0x01
        out     dx, al
        inc     dx
        in      al, dx
        mov     dl, 0x01
        cmp     al, dl
        FAIL_UNLESS e, 'idle: identification #, not #'
        mov     al, 0x77
        call    send_com
        mov     ax, 20
        call    set_deadline
        mov     dx, COM + 2
.again:
        in      al, dx
        cmp     al, 0x04
        je      .came
        call    is_expired
        jnc     .again
        mov     dl, 0x04
        FAIL    'received: identification #, not #'
.came:
        mov     dx, COM
        in      al, dx
        inc     dx
        inc     dx
        in      al, dx
        mov     dl, 0x01
        cmp     al, dl
        FAIL_UNLESS e, 'read: identification #, not #'
        mov     dx, COM + 1
        xor     al, al
        out     dx, al
        ret

; Sixteen bytes wait in the FIFO, in order. A port without one is in order, too.
test_fifo:
        mov     dx, COM + 2
        mov     al, 0x07
        out     dx, al
        in      al, dx
        and     al, 0xC0
        cmp     al, 0xC0
        jne     .off
        mov     cx, 16
        mov     al, 0x30
.send:
        call    send_com
        inc     ax
        push    ax
        mov     ax, 2
        call    set_deadline
.byte:
        call    is_expired                      ; its time on the line, more than ten times
        jc      .sent
        mov     dx, COM + 5
        in      al, dx
        test    al, 0x40
        jz      .byte
.sent:
        pop     ax
        loop    .send
        mov     bl, 0x30
        mov     cx, 16
.receive:
        call    receive_com
        FAIL_UNLESS nc, 'FIFO: a byte is missing'
        mov     dl, bl
        cmp     al, dl
        FAIL_UNLESS e, 'FIFO: #, not #'
        inc     bx
        loop    .receive
        mov     dx, COM + 5
        in      al, dx
        test    al, 0x01
        FAIL_UNLESS z, 'FIFO: a byte too many'
.off:
        mov     dx, COM + 2
        xor     al, al
        out     dx, al
        ret

; Outside the loop OUT2 lets the interrupt through: an empty transmitter requests IRQ 4.
test_com_irq:
        cli
        mov     al, 0x03
        call    set_mcr
        call    await_sent
        call    read_irr
        test    al, 0x10
        jz      .clear
        ret                                     ; somebody else's request: nothing can be said
.clear:
        mov     al, 0x0B
        call    set_mcr
        mov     dx, COM + 1
        mov     al, 0x02
        out     dx, al
        mov     ax, 2
        call    set_deadline
.again:
        call    read_irr
        test    al, 0x10
        jnz     .came
        call    is_expired
        jnc     .again
        FAIL    'IRQ 4 is not requested'
.came:
        mov     dx, COM + 2
        in      al, dx
        mov     dl, 0x02
        cmp     al, dl
        FAIL_UNLESS e, 'empty: identification #, not #'
        mov     dx, COM + 1
        xor     al, al
        out     dx, al
        ret
