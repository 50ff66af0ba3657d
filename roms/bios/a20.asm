; The A20 gate. The keyboard controller and port 92h each open it; it is closed
; when both are. POST leaves it closed, as on an AT: programs count on addresses
; that wrap at 1 MiB.

; Out: AL = 1 if line 20 reaches memory. Everything else but flags is kept.
a20_state:
        pushf
        push bx
        push cx
        push ds
        push es
        cli
        xor bx, bx
        mov ds, bx
        dec bx
        mov es, bx
        mov cl, 1
        mov bx, [A20_PROBE]
        cmp bx, [es:A20_PROBE + 10h]
        jne .known              ; two words: it is open
        not word [A20_PROBE]
        cmp bx, [es:A20_PROBE + 10h]
        mov [A20_PROBE], bx
        je .known               ; one changed and the other did not
        dec cx
.known: mov al, cl
        pop es
        pop ds
        pop cx
        pop bx
        popf
        ret

; A word of the intra-application area, which is one with 1 MiB above it when the
; gate is closed.
A20_PROBE       equ 4f0h

; In: AL = 1 opens, 0 closes. Out: CF = 1 if the keyboard controller did not take
; it. Everything else is kept.
a20_gate:
        push ax
        mov ah, al
        shl ah, 1
        in al, PORT_92
        cmp al, 0ffh
        je .kbc                 ; no port 92h
        and al, 0fch            ; bit 0 would reset the CPU
        or al, ah
        out PORT_92, al
        or ah, ah               ; CF = 0
        jnz .done               ; one of them opens
.kbc:   mov al, 0ddh
        or al, ah
        call kbc_write_output_port
        jc .done
        call kbc_wait_write     ; taken, not only sent
.done:  pop ax
        ret

; INT 15h 24h. AL = 0 close, 1 open, 2 state to AL, 3 means to BX.
int15_a20:
        mov es, [B_EBDA]
        cmp byte [es:E_CPU], CPU_286
        jb .unsupported         ; no line 20
        cmp al, 2
        jb .gate
        je .state
        cmp al, 3
        ja .unsupported
        mov word [bp + R_BX], 0003h     ; 8042 and port 92h
        jmp .done
.gate:  call a20_gate
        jnc .done
        mov ah, 01h             ; keyboard controller in secure mode
        jmp int15_error
.state: call a20_state
        mov [bp + R_AL], al
.done:  jmp int15_ok
.unsupported:
        jmp int15_unsupported
