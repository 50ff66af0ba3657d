; The real-time clock: its registers, its memory, its seconds, and its periodic interrupt by the timer (pit.asm).

SECOND_TICKS    equ     24                      ; more than a second and a quarter

first_second:   db      0               ; when the self-test began

; AL = CMOS byte AL. Interrupts must be off where that matters.
read_cmos:
        out     0x70, al
        jmp     short $ + 2
        in      al, 0x71
        ret

; CMOS byte AL = AH.
write_cmos:
        out     0x70, al
        mov     al, ah
        jmp     short $ + 2
        out     0x71, al
        ret

; AL = the second, once no update is under way.
read_second:
        mov     cx, 5000
.again:
        mov     al, 0x0A
        call    read_cmos
        test    al, 0x80
        loopnz  .again
        mov     al, 0
        jmp     short read_cmos

note_second:
        call    read_second
        mov     [first_second], al
restore_rtc:
        ret

test_rtc:
        mov     al, 0x0D
        call    read_cmos
        test    al, 0x80
        FAIL_UNLESS nz, 'the battery is empty'
        call    test_cmos
        call    test_checksum
        ; The rate, where another clock bears the timer out.
        mov     al, [rtc_rate]
        cmp     al, CLOCK_STANDS
        FAIL_UNLESS ne, 'no periodic interrupt'
        cmp     al, CLOCK_DIFFERS
        jne     .rate_done
        cmp     byte [rtc_by_frame], CLOCK_AGREES
        je      .rate_done                      ; it is the timer that is wrong
        mov     ax, [rtc_cycles]
        mov     dx, RTC_CYCLES
        FAIL    'periodic interrupt: % cycles, not %'
.rate_done:
        call    test_request
        ; The seconds. The processor sleeps from tick to tick; a key does not wait for the end.
        cmp     byte [interrupts_work], 0
        je      .moved
        mov     bp, [TICKS]
.wait:
        call    read_second
        cmp     al, [first_second]
        jne     .moved
        call    is_key_pressed
        jnz     .key
        hlt
        mov     ax, [TICKS]
        sub     ax, bp
        cmp     ax, SECOND_TICKS
        jb      .wait
        FAIL    'the seconds stand still'
.key:
        mov     byte [skip_wanted], 1
        SKIP    'a key was pressed'
.moved:
        ret

; Each byte of the memory behind the clock takes two patterns. 32h and 37h hold the century on some machines.
test_cmos:
        mov     bl, 0x10
.next:
        cmp     bl, 0x32
        je      .skip
        cmp     bl, 0x37
        je      .skip
        cli
        mov     al, bl
        call    read_cmos
        mov     bh, al
        mov     dh, 0x55
.pattern:
        mov     al, bl
        mov     ah, dh
        call    write_cmos
        mov     al, bl
        call    read_cmos
        cmp     al, dh
        jne     .bad
        xor     dh, 0xFF
        js      .pattern
        mov     al, bl
        mov     ah, bh
        call    write_cmos
        sti
.skip:
        inc     bl
        jns     .next
        ret
.bad:
        mov     dl, al
        mov     al, bl
        mov     ah, bh
        call    write_cmos
        sti
        mov     al, bl
        xor     dl, dh
        FAIL    'byte #: bits #'

; The sum that the BIOS keeps over bytes 10h to 2Dh. None was ever stored where it is zero.
test_checksum:
        cli
        mov     al, 0x2F
        call    read_cmos
        mov     dl, al
        mov     al, 0x2E
        call    read_cmos
        mov     dh, al
        xor     bx, bx
        mov     cl, 0x10
.next:
        mov     al, cl
        call    read_cmos
        mov     ah, 0
        add     bx, ax
        inc     cx
        cmp     cl, 0x2E
        jb      .next
        sti
        or      dx, dx
        jz      .done
        mov     ax, bx
        cmp     ax, dx
        FAIL_UNLESS e, 'checksum %, not %'
.done:
        ret

; The periodic interrupt reaches the second interrupt controller.
test_request:
        cli
        mov     al, 0xFF
        out     0xA1, al
        mov     al, 0x0B
        call    read_cmos
        mov     ah, al
        or      ah, 0x40
        push    ax
        mov     al, 0x0B
        call    write_cmos
        mov     al, 0x0C
        call    read_cmos
        mov     ax, 40
        call    set_deadline
.wait:
        call    read_irr2
        test    al, 0x01
        jnz     .came
        call    is_expired
        jnc     .wait
        mov     al, 0
.came:
        mov     dl, al
        pop     ax
        mov     ah, al
        and     ah, 0x8F
        mov     al, 0x0B
        call    write_cmos
        mov     al, 0x0C
        call    read_cmos
        sti
        or      dl, dl
        FAIL_UNLESS nz, 'IRQ 8 is not requested'
        ret
