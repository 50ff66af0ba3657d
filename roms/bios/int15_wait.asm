; INT 15h 83h and 86h: waits by the clock chip's periodic interrupt.

; 83h: AL = 0 set bit 7 of ES:BX after CX:DX microseconds, 1 cancel.
int15_event_wait:
        cmp al, 1
        ja int15_unsupported
        je .cancel
        cli
        test byte [B_WAITFLAG], 01h
        jnz .busy
        mov ax, [bp + R_BX]
        mov [B_WAITPTR], ax
        mov ax, [bp + R_ES]
        mov [B_WAITPTR + 2], ax
        mov dx, [bp + R_DX]
        mov cx, [bp + R_CX]
        call wait_begin
        sti
        jmp int15_ok
.busy:  sti
        mov ah, 83h
        jmp int15_error
.cancel:
        cli
        call wait_stop
        mov byte [B_WAITFLAG], 0
        sti
        jmp int15_ok

; Start periodic interrupts. In: CX:DX = microseconds, B_WAITPTR set, interrupts
; off, DS = BDA. AX is lost.
wait_begin:
        mov [B_WAITCNT], dx
        mov [B_WAITCNT + 2], cx
        mov byte [B_WAITFLAG], 01h
        call unmask_irq8
        mov al, CM_B
        call cmos_read
        or al, RTC_PIE
        mov ah, al
        mov al, CM_B
        jmp cmos_write

; 86h: wait CX:DX microseconds. Long waits sleep from one interrupt of the clock
; (1024 Hz) to the next; counter 0 measures how soon the first one comes, and
; the rest after the last one.
int15_wait:
        test byte [B_WAITFLAG], 01h
        mov ah, 83h             ; a wait is under way
        jnz int15_error
        mov cx, [bp + R_CX]
        mov dx, [bp + R_DX]
        or cx, cx
        jnz .long
        cmp dx, 3000
        jb .poll
.long:  mov al, CM_B
        call cmos_read
        test al, RTC_PIE
        jnz .poll               ; a program has the clock's interrupt for itself
        cli
        mov word [B_WAITPTR], B_WAITFLAG
        mov [B_WAITPTR + 2], ds
        call wait_begin
        call read_pit
        mov si, ax
        mov bx, [B_TICKS]
.first: sti
        hlt
        cli
        cmp dx, [B_WAITCNT]
        jne .begun
        mov ax, [B_TICKS]
        sub ax, bx
        cmp ax, 2
        jbe .first
        call wait_stop          ; the clock does not interrupt
        mov byte [B_WAITFLAG], 0
        sti
        jmp .poll
.begun: call read_pit
        xchg ax, si
        sub ax, si
        mov dx, 27463           ; 0.419048 us a count
        mul dx
        cmp dx, 977
        jbe .plausible
        mov dx, 488             ; a program runs counter 0 another way
.plausible:
        mov bx, dx
        mov ax, [bp + R_DX]
        mov dx, [bp + R_CX]
        sub ax, bx
        sbb dx, 0               ; left after the first interrupt
        call .split             ; DX:AX = interrupts, BX = microseconds
        push bx
        add ax, 1
        adc dx, 0
        mov bx, 976
        call mul_32_16
        sub ax, 488             ; so that the last of them makes the count negative
        sbb dx, 0
        sub ax, [bp + R_DX]     ; the count began with all of the time
        sbb dx, [bp + R_CX]
        add [B_WAITCNT], ax
        adc [B_WAITCNT + 2], dx
.sleep: test byte [B_WAITFLAG], 80h
        jnz .end
        test byte [B_WAITCNT + 3], 80h
        jnz .negative
.hlt:   sti
        hlt
        cli
        jmp .sleep
.negative:
        test byte [bp + R_CX + 1], 0c0h ; a count of over half an hour
        jnz .hlt
.end:   call wait_stop
        mov byte [B_WAITFLAG], 0
        sti
        pop ax
        call spin_us
        jmp int15_ok

; Poll CX:DX microseconds.
.poll:  mov ax, dx
        or cx, cx
        jnz .much
        cmp dx, 20000
        jbe .rest
.much:  mov ax, 20000
        call spin_us
        sub dx, ax
        sbb cx, 0
        jmp .poll
.rest:  call spin_us
        jmp int15_ok

; In: DX:AX = microseconds. Out: DX:AX = whole periods of 15625 / 16 us, BX =
; microseconds over. CX is lost.
.split: mov cx, 15625
        mov bx, ax
        mov ax, dx
        xor dx, dx
        div cx
        xchg ax, bx             ; BX = high quotient
        div cx                  ; AX = low quotient, DX = rest
        push bx
        push ax
        mov ax, dx
        mov bx, 16
        mul bx
        div cx                  ; AX = periods in the rest, DX = over, 1/16 us
        mov bx, dx
        mov cl, 4
        shr bx, cl
        mov cx, ax
        pop ax
        pop dx
        push bx
        mov bx, 16
        call mul_32_16
        pop bx
        add ax, cx
        adc dx, 0
        ret
