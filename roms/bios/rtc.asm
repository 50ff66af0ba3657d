; The clock: INT 1Ah, INT 70h, and the time of day at start.

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

; INT 1Ah: tick count and clock.
int1a_body:
        sti
        SAVE_FRAME
        LOAD_BDA ds
        and byte [bp + R_FLAGS], ~FLAG_CF
        mov bl, [bp + R_AH]
        cmp bl, 7
        ja .bad
        xor bh, bh
        shl bx, 1
        call [cs:.table + bx]
        IRET_FRAME
.bad:   or byte [bp + R_FLAGS], FLAG_CF
        IRET_FRAME
.table: dw .get_ticks, .set_ticks, .get_time, .set_time
        dw .get_date, .set_date, .set_alarm, .reset_alarm

.get_ticks:
        cli
        mov ax, [B_TICKS]
        mov [bp + R_DX], ax
        mov ax, [B_TICKS + 2]
        mov [bp + R_CX], ax
        xor al, al
        xchg al, [B_MIDNIGHT]
        mov [bp + R_AL], al
        sti
        ret

.set_ticks:
        cli
        mov ax, [bp + R_DX]
        mov [B_TICKS], ax
        mov ax, [bp + R_CX]
        mov [B_TICKS + 2], ax
        mov byte [B_MIDNIGHT], 0
        sti
        mov byte [bp + R_AH], 0
        ret

.get_time:
        call rtc_wait
        jc .error
        cli                     ; the reads belong to one second
        mov al, CM_SECONDS
        call cmos_read
        mov [bp + R_DH], al
        mov al, CM_MINUTES
        call cmos_read
        mov [bp + R_CL], al
        mov al, CM_HOURS
        call cmos_read
        mov [bp + R_CH], al
        mov al, CM_B
        call cmos_read
        sti
        and al, 01h
        mov [bp + R_DL], al
        mov al, [bp + R_CH]
        jmp .value

.set_time:
        call rtc_freeze
        mov al, CM_SECONDS
        mov ah, [bp + R_DH]
        call cmos_write
        mov al, CM_MINUTES
        mov ah, [bp + R_CL]
        call cmos_write
        mov al, CM_HOURS
        mov ah, [bp + R_CH]
        call cmos_write
        mov al, CM_B
        call cmos_read
        and al, 62h
        or al, 02h
        mov ah, [bp + R_DL]
        and ah, 01h
        or al, ah
        jmp .thaw

.get_date:
        call rtc_wait
        jc .error
        cli
        mov al, CM_DAY
        call cmos_read
        mov [bp + R_DL], al
        mov al, CM_MONTH
        call cmos_read
        mov [bp + R_DH], al
        mov al, CM_YEAR
        call cmos_read
        mov [bp + R_CL], al
        mov al, CM_CENTURY
        call cmos_read
        sti
        mov [bp + R_CH], al
.value: mov [bp + R_AL], al
        mov byte [bp + R_AH], 0
        ret

.set_date:
        call rtc_freeze
        mov al, CM_DAY
        mov ah, [bp + R_DL]
        call cmos_write
        mov al, CM_MONTH
        mov ah, [bp + R_DH]
        call cmos_write
        mov al, CM_YEAR
        mov ah, [bp + R_CL]
        call cmos_write
        mov al, CM_CENTURY
        mov ah, [bp + R_CH]
        call cmos_write
        mov al, CM_CENTURY_PS2
        call cmos_write
        mov al, CM_B
        call cmos_read
        and al, ~RTC_SET & 0ffh
.thaw:  mov ah, al
        mov al, CM_B
        call cmos_write
        sti
        mov [bp + R_AL], ah
        mov byte [bp + R_AH], 0
        ret

.set_alarm:
        mov al, CM_B
        call cmos_read
        test al, RTC_AIE
        jnz .error              ; one alarm at a time
        call rtc_wait
        jc .error
        cli
        mov al, CM_SEC_ALARM
        mov ah, [bp + R_DH]
        call cmos_write
        mov al, CM_MIN_ALARM
        mov ah, [bp + R_CL]
        call cmos_write
        mov al, CM_HOUR_ALARM
        mov ah, [bp + R_CH]
        call cmos_write
        call unmask_irq8
        mov al, CM_B
        call cmos_read
        and al, ~RTC_SET & 0ffh
        or al, RTC_AIE
        jmp .thaw

.reset_alarm:
        cli
        mov al, CM_B
        call cmos_read
        and al, ~(RTC_SET | RTC_AIE) & 0ffh
        jmp .thaw

.error: or byte [bp + R_FLAGS], FLAG_CF
        mov word [bp + R_AX], 0
        ret

; Stop updates while the time is set, and make sure that the divider runs.
; Interrupts stay off.
rtc_freeze:
        call rtc_wait
        cli
        mov ax, 2600h | CM_A
        call cmos_write
        mov al, CM_B
        call cmos_read
        or al, RTC_SET
        mov ah, al
        mov al, CM_B
        jmp cmos_write

; AL is lost.
unmask_irq8:
        in al, PIC2_MASK
        and al, 0feh
        out PIC2_MASK, al
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
