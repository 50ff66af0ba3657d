; INT 14h: serial ports.
; SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, interrupt 14h;
; 16550A registers.

int14_body:
        sti
        SAVE_FRAME
        LOAD_BDA ds
        mov si, [bp + R_DX]
        cmp si, 4
        jae .done
        shl si, 1
        mov dx, [si]
        or dx, dx
        jz .done                ; no such port: everything stays as it is
        shr si, 1
        mov al, [bp + R_AH]
        cmp al, 1
        jb .initialize
        je .send
        cmp al, 3
        jb .receive
        je .status
.done:  IRET_FRAME

; 00h: AL = rate (bits 7-5), parity (4-3), stop bits (2), length (1-0).
.initialize:
        add dx, 3
        mov al, 80h             ; divisor latch
        out dx, al
        mov bl, [bp + R_AL]
        mov cl, 4
        shr bl, cl
        and bx, 0eh
        mov ax, [cs:baud_table + bx]
        sub dx, 3
        out dx, al
        inc dx
        mov al, ah
        out dx, al
        inc dx
        inc dx
        mov al, [bp + R_AL]
        and al, 1fh
        out dx, al
        dec dx
        dec dx
        xor al, al              ; no interrupts
        out dx, al
        dec dx
.status:
        add dx, 5
        in al, dx
        mov [bp + R_AH], al
        inc dx
        in al, dx
        mov [bp + R_AL], al
        IRET_FRAME

; 01h: AH bit 7 = it could not be sent in time.
.send:  add dx, 4
        mov al, 03h             ; DTR, RTS
        out dx, al
        inc dx
        inc dx
        mov bx, 3030h           ; DSR, CTS
        call serial_wait
        jc .late
        dec dx
        mov bx, 2020h           ; holding register empty
        call serial_wait
        jc .late
        mov [bp + R_AH], al
        sub dx, 5
        mov al, [bp + R_AL]
        out dx, al
        IRET_FRAME

; 02h: AL = byte; AH = errors, bit 7 = none came in time.
.receive:
        add dx, 4
        mov al, 01h             ; DTR
        out dx, al
        inc dx
        inc dx
        mov bx, 2020h           ; DSR
        call serial_wait
        jc .late
        dec dx
        mov bx, 0101h           ; data ready
        call serial_wait
        jc .late
        and al, 1eh
        mov [bp + R_AH], al
        sub dx, 5
        in al, dx
        mov [bp + R_AL], al
        IRET_FRAME
.late:  or al, 80h
        mov [bp + R_AH], al
        IRET_FRAME

; Wait for status bits. In: BL = mask, BH = bits wanted, DX = port, SI = number
; of the serial port. Out: AL = status; CF = 1 if they did not come in time.
; A time-out's unit is about a second.
serial_wait:
        push si
        mov al, [si + B_COM_TIMEOUT]
        mov ah, SECOND
        mul ah
        mov cx, ax
        call deadline_start
.poll:  in al, dx
        push ax
        and al, bl
        cmp al, bh
        pop ax
        je .done                ; CF = 0
        push ax
        call deadline_passed
        pop ax
        jnc .poll
.done:  pop si
        ret
