; INT 15h: system services.
; SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, interrupt 15h.

int15_body:
        cmp ah, 4fh             ; nobody changes the key: CF = 1
        je .key
        cmp ah, 87h             ; keeps its registers where a reset finds them
        jne .others
        jmp int15_block_move
.others:
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
        db 53h
        dw int15_apm
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
        db 89h
        dw int15_protected_mode
        db 90h
        dw int15_ok
        db 91h
        dw int15_ok
        db 0c0h
        dw int15_configuration
        db 0c1h
        dw int15_ebda
        db 0e8h
        dw int15_memory_map
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

; 84h: DX = 0 switches, 1 positions. A game port that is not there has no
; switch pressed, and its positions are zero.
int15_joystick:
        mov dx, [bp + R_DX]
        cmp dx, 1
        ja int15_unsupported
        je .positions
        mov dx, GAME_PORT
        in al, dx
        and al, 0f0h
        mov [bp + R_AL], al
        jmp int15_ok
.positions:
        mov bh, 01h
        call joystick_axis
        mov [bp + R_AX], ax
        shl bh, 1
        call joystick_axis
        mov [bp + R_BX], ax
        shl bh, 1
        call joystick_axis
        mov [bp + R_CX], ax
        shl bh, 1
        call joystick_axis
        mov [bp + R_DX], ax
        ret

; In: BH = bit of the axis. Out: AX = how long its one-shot runs, 0 if it does not
; end; BH is kept. SPEC: IBM PC AT BIOS (November 1985): counts of the timer in
; mode 3, by 16, so that a stick of 100 kilohms gives about 0 to 400.
joystick_axis:
        mov dx, GAME_PORT
        in al, dx
        test al, bh
        mov ax, 0
        jnz .done               ; it still runs, or no port is there
        cli
        out dx, al
        call read_pit
        mov di, ax              ; DI = first reading
        mov cx, 2000
.poll:  in al, dx
        test al, bh
        jz .ended
        loop .poll
        sti
        xor ax, ax
        ret
.ended: call read_pit
        sti
        sub di, ax
        mov ax, di
        mov cl, 4
        shr ax, cl
        and ah, 01h
.done:  ret

int15_configuration:
        mov word [bp + R_BX], configuration
        mov [bp + R_ES], cs
        jmp int15_ok

int15_ebda:
        mov ax, [B_EBDA]
        mov [bp + R_ES], ax
        jmp int15_ok
