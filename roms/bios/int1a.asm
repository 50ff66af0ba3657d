; INT 1Ah.

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
