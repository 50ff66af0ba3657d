; Serial and parallel ports: which are there.

; In: DS = BDA. Fills the port tables and the equipment word.
ports_init:
        mov si, serial_bases
        mov di, B_COM
        xor bx, bx              ; BL = ports found
.serial:
        mov dx, [cs:si]
        or dx, dx
        jz .serial_done
        inc si
        inc si
        call probe_serial
        jne .serial
        mov [di], dx
        call set_line
        inc di
        inc di
        inc bx
        jmp .serial
.serial_done:
        shl bl, 1               ; bits 9-11 of the word
        mov ah, bl
        mov si, parallel_bases
        mov di, B_LPT
        xor bx, bx
.parallel:
        mov dx, [cs:si]
        or dx, dx
        jz .parallel_done
        inc si
        inc si
        call probe_parallel
        jne .parallel
        mov [di], dx
        inc di
        inc di
        inc bx
        jmp .parallel
.parallel_done:
        mov cl, 6               ; bits 14-15 of the word
        shl bl, cl
        or ah, bl
        or [B_EQUIP + 1], ah
        ret

; In: DX = base. Out: ZF = 1 if a UART answers. AL is lost.
; SPEC: 16550A: bits 4-7 of the interrupt enable register read as zero, and the
; scratch register keeps a byte.
probe_serial:
        push dx
        inc dx
        in al, dx
        test al, 0f0h
        jnz .done
        add dx, 6
        mov al, 5ah
        out dx, al
        in al, dx
        cmp al, 5ah
        jne .done
        mov al, 0a5h
        out dx, al
        in al, dx
        cmp al, 0a5h
.done:  pop dx
        ret

; In: DX = base. 9600 baud, 8 data bits, no parity, one stop bit: after reset a
; UART sends 5 bits, and programs that only write to the data register lose the
; rest. AL is lost.
set_line:
        push dx
        add dx, 3
        mov al, 80h             ; divisor latch
        out dx, al
        sub dx, 3
        mov al, 115200 / 9600
        out dx, al
        inc dx
        xor al, al
        out dx, al
        inc dx
        inc dx
        mov al, 03h
        out dx, al
        pop dx
        ret

; In: DX = base. Out: ZF = 1 if the data latch keeps a byte. AL is lost.
probe_parallel:
        mov al, 0aah
        out dx, al
        in al, dx
        cmp al, 0aah
        jne .done
        mov al, 55h
        out dx, al
        in al, dx
        cmp al, 55h
        jne .done
        push dx
        inc dx
        inc dx
        mov al, 08h             ; initialise: the printer's INIT line low
        out dx, al
        push ax
        mov ax, 50
        call spin_us
        pop ax
        mov al, 0ch
        out dx, al
        cmp al, al
        pop dx
.done:  ret

serial_bases:   dw 3f8h, 2f8h, 3e8h, 2e8h, 0
parallel_bases: dw 3bch, 378h, 278h, 0
