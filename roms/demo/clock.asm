; The clock in the top bar: the date and time of the battery-backed clock, else the time since midnight by the
; timer's ticks.

CLOCK_PLACE     equ     58 * 2

second_drawn:   db      0xFF

draw_clock:
        mov     ah, 0x02
        int     0x1A                            ; CH, CL, DH = hour, minute, second in BCD
        jc      .ticks
        cmp     dh, [second_drawn]
        je      .done
        mov     [second_drawn], dh
        push    cx
        push    dx
        mov     ah, 0x04
        int     0x1A                            ; CH, CL = year, DH = month, DL = day
        mov     ah, BAR
        mov     di, CLOCK_PLACE
        push    cx
        mov     al, ch
        call    put_bcd
        pop     cx
        mov     al, cl
        call    put_bcd
        mov     al, '-'
        stosw
        mov     al, dh
        call    put_bcd
        mov     al, '-'
        stosw
        mov     al, dl
        call    put_bcd
        pop     dx
        pop     cx
        mov     ah, BAR_BRIGHT
.time:
        mov     di, CLOCK_PLACE + 12 * 2
        push    cx
        mov     al, ch
        call    put_bcd
        mov     al, ':'
        stosw
        pop     cx
        mov     al, cl
        call    put_bcd
        mov     al, ':'
        stosw
        mov     al, dh
        call    put_bcd
.done:
        ret

; A machine without that clock: 65536 ticks are an hour, within a second.
.ticks:
        mov     ah, 0x00
        int     0x1A                            ; CX = hours, DX = ticks of the hour
        mov     ax, dx
        mov     bx, 3600
        mul     bx                              ; DX = seconds of the hour
        mov     ax, dx
        mov     bl, 60
        div     bl                              ; AL = minutes, AH = seconds
        mov     bh, al
        mov     al, ah
        call    .bcd
        cmp     al, [second_drawn]
        je      .done
        mov     [second_drawn], al
        mov     dh, al
        mov     al, bh
        call    .bcd
        mov     ch, cl
        mov     cl, al
        mov     al, ch
        call    .bcd
        mov     ch, al
        mov     ah, BAR_BRIGHT
        jmp     short .time

; AL in BCD. Changes AH.
.bcd:
        aam
        push    cx
        mov     cl, 4
        shl     ah, cl
        pop     cx
        or      al, ah
        ret
