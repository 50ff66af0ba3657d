; INT 15h: system services.
; SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, interrupt 15h.

int15_body:
        cmp ah, 4fh             ; nobody changes the key: CF = 1
        je .key
        sti
        SAVE_FRAME
        LOAD_BDA ds
        and byte [bp + R_FLAGS], ~FLAG_CF & 0ffh
        mov al, [bp + R_AH]
        mov bx, .functions
.seek:  cmp byte [cs:bx], 0
        je .unknown
        cmp al, [cs:bx]
        je .found
        add bx, 3
        jmp .seek
.found: mov al, [bp + R_AL]
        call [cs:bx + 1]
        IRET_FRAME
.unknown:
        call int15_unsupported
        IRET_FRAME
.key:   push bp
        mov bp, sp
        or byte [bp + 6], FLAG_CF
        pop bp
        iret

.functions:
        db 24h
        dw int15_a20
        db 80h                  ; open, close a device, end a program,
        dw int15_ok
        db 81h
        dw int15_ok
        db 82h
        dw int15_ok
        db 83h
        dw int15_event_wait
        db 84h
        dw int15_joystick
        db 85h                  ; SysRq, wait and post: for programs to hook
        dw int15_ok
        db 86h
        dw int15_wait
        db 88h
        dw int15_extended_memory
        db 90h
        dw int15_ok
        db 91h
        dw int15_ok
        db 0c0h
        dw int15_configuration
        db 0c1h
        dw int15_ebda
        db 0

; Functions: DS = BDA, AL = the caller's AL. The caller's CF is clear.
int15_ok:
        mov byte [bp + R_AH], 0
        ret

int15_unsupported:
        mov ah, 86h
; In: AH = error.
int15_error:
        mov [bp + R_AH], ah
        or byte [bp + R_FLAGS], FLAG_CF
        ret

; 24h: the A20 gate. AL = 0 close, 1 open, 2 state to AL, 3 means to BX.
int15_a20:
        mov es, [B_EBDA]
        cmp byte [es:E_CPU], CPU_286
        jb int15_unsupported    ; no line 20
        cmp al, 3
        ja int15_unsupported
        je .means
        mov ah, al
        in al, PORT_92
        cmp ah, 2
        je .state
        cmp al, 0ffh
        je .kbc
        and al, 0fch
        shl ah, 1
        or al, ah
        out PORT_92, al
        jmp int15_ok
.kbc:   mov al, 0ddh            ; no port 92h: through the 8042
        shl ah, 1
        or al, ah
        call kbc_write_output_port
        mov ah, 01h             ; keyboard controller in secure mode
        jc int15_error
        jmp int15_ok
.state: shr al, 1
        and al, 01h
        mov [bp + R_AL], al
        jmp int15_ok
.means: mov word [bp + R_BX], 0003h     ; 8042 and port 92h
        jmp int15_ok

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

; 84h: DX = 0 switches, 1 positions. A game port that is not there reads as
; released and far away.
int15_joystick:
        mov dx, [bp + R_DX]
        cmp dx, 1
        ja int15_unsupported
        je .positions
        mov dx, 201h
        in al, dx
        and al, 0f0h
        mov [bp + R_AL], al
        jmp int15_ok
.positions:
        xor ax, ax
        mov [bp + R_AX], ax
        mov [bp + R_BX], ax
        mov [bp + R_CX], ax
        mov [bp + R_DX], ax
        ret

; 88h: KiB of memory above 1 MiB that this BIOS helps to use: none.
int15_extended_memory:
        mov word [bp + R_AX], 0
        ret

int15_configuration:
        mov word [bp + R_BX], configuration
        mov [bp + R_ES], cs
        jmp int15_ok

int15_ebda:
        mov ax, [B_EBDA]
        mov [bp + R_ES], ax
        jmp int15_ok
