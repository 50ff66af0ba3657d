; The clock chip: the time of day at start, and INT 70h.

; In: DS = BDA. The chip runs, 24 hours, BCD, no interrupts; the tick count is
; set from its time.
rtc_init:
        mov ax, 2600h | CM_A
        call cmos_write
        mov al, CM_B
        call cmos_read
        and al, 01h             ; daylight saving stays as it was
        or al, 02h
        mov ah, al
        mov al, CM_B
        call cmos_write
        mov al, CM_C            ; drops interrupts left over
        call cmos_read
        call rtc_wait
        jc .no_clock
        mov al, CM_HOURS
        call .binary
        mov cx, 3600
        mul cx
        mov bx, ax
        mov si, dx              ; SI:BX = seconds
        mov al, CM_MINUTES
        call .binary
        mov cx, 60
        mul cx
        add bx, ax
        adc si, 0
        mov al, CM_SECONDS
        call .binary
        add bx, ax
        adc si, 0
        ; 18.206512 ticks a second: 18 + 13534 / 65536
        mov ax, bx
        mov cx, 13534
        mul cx
        mov di, dx
        mov ax, si
        mul cx
        add di, ax              ; seconds * 13534 / 65536, less than 2^16
        mov ax, bx
        mov cx, 18
        mul cx
        xchg ax, si             ; AX = high word of the seconds
        mov bx, dx
        mul cx
        add bx, ax
        add si, di
        adc bx, 0
        cmp bx, TICKS_A_DAY >> 16
        jb .set
        cmp si, TICKS_A_DAY & 0ffffh
        jb .set
.no_clock:
        xor bx, bx              ; no time, or none that exists
        xor si, si
.set:   cli
        mov [B_TICKS], si
        mov [B_TICKS + 2], bx
        sti
        ret
; In: AL = index. Out: AX = value, from BCD.
.binary:
        call cmos_read
        mov ah, al
        and al, 0fh
        mov cl, 4
        shr ah, cl
        aad
        ret

; Wait until the time may be read: no update comes in the next 244 us.
; Out: CF = 1 if the chip does not answer. AX is lost.
; SPEC: MC146818 "Update cycle": UIP is high for at most 2228 us.
rtc_wait:
        push cx
        mov al, CM_D
        call cmos_read
        test al, 80h            ; battery dead or no chip: no valid time
        jz .bad
        cmp al, 0ffh
        je .bad
        mov cx, 300
.poll:  mov al, CM_A
        call cmos_read
        test al, RTC_UIP
        jz .done                ; CF = 0
        mov ax, 20
        call spin_us
        loop .poll
.bad:   stc
.done:  pop cx
        ret

; INT 70h: alarm (INT 4Ah) and the waits of INT 15h 83h and 86h.
; SPEC: MC146818 register C; IBM PC AT BIOS RTC_INT: 976 us each periodic
; interrupt at 1024 Hz.
int70:  push ax
        push ds
        mov al, CM_B
        call cmos_read
        mov ah, al
        mov al, CM_C
        call cmos_read
        and al, ah              ; causes that are enabled
        test al, RTC_PIE
        jz .alarm
        push ax
        LOAD_BDA ds
        pop ax
        test byte [B_WAITFLAG], 01h
        jz .alarm
        sub word [B_WAITCNT], 976
        sbb word [B_WAITCNT + 2], 0
        jnc .alarm
        push ax
        call wait_stop
        or byte [B_WAITFLAG], 80h
        push bx
        lds bx, [B_WAITPTR]
        or byte [bx], 80h
        pop bx
        pop ax
.alarm: test al, RTC_AIE
        jz .done
        sti
        int 4ah
        cli
.done:  mov al, EOI
        out PIC2, al
        out PIC1, al
        pop ds
        pop ax
        iret

; End a wait: no periodic interrupts. In: DS = BDA. AX is lost.
wait_stop:
        and byte [B_WAITFLAG], ~01h & 0ffh
        mov al, CM_B
        call cmos_read
        and al, ~RTC_PIE & 0ffh
        mov ah, al
        mov al, CM_B
        jmp cmos_write
