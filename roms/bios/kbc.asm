; The 8042 and the keyboard behind it: commands, and how both start.
; SPEC: IBM PC AT Technical Reference, "Keyboard controller".

; Out: CF = 1 if the 8042 does not take bytes (20 ms). Everything else is kept.
kbc_wait_write:
        push ax
        push cx
        mov cx, 1000
.poll:  in al, KBC_STATUS
        test al, KBC_IBF
        jz .done                ; CF = 0
        mov ax, 20
        call spin_us
        loop .poll
        stc
.done:  pop cx
        pop ax
        ret

; In: AL = command. Out: CF = 1 if it was not taken.
kbc_command:
        call kbc_wait_write
        jc kbc_done
        out KBC_COMMAND, al
kbc_done:
        ret

; In: AL = byte for the 8042's data port. Out: CF = 1 if it was not taken.
kbc_data:
        call kbc_wait_write
        jc kbc_done
        out KBC_DATA, al
        ret

; Out: AL = byte from the 8042; CF = 1 if none came within 50 ms.
kbc_read:
        push cx
        mov cx, 1000
.poll:  in al, KBC_STATUS
        test al, KBC_OBF
        jnz .read
        push ax
        mov ax, 50
        call spin_us
        pop ax
        loop .poll
        stc
        jmp .done
.read:  in al, KBC_DATA
        clc
.done:  pop cx
        ret

; In: AL = value for the output port (bit 1 is the A20 gate). CF = 1: not done.
kbc_write_output_port:
        push ax
        mov al, 0d1h
        call kbc_command
        pop ax
        jc kbc_done
        jmp kbc_data

; In: AL = byte for the keyboard. Waits for its answer, without interrupts from
; it. Out: CF = 1 if it did not acknowledge.
keyboard_byte:
        call kbc_data
        jc kbc_done
        call kbc_read
        jc kbc_done
        sub al, 0fah
        jz kbc_done
        stc
        ret

; Controller self test, keyboard to its defaults and scanning, LEDs off,
; translation to scan code set 1, interrupt on. In: DS = BDA
kbc_init:
        in al, KBC_STATUS
        cmp al, 0ffh
        je .absent
        mov al, 0adh            ; keyboard off while the rest is set
        call kbc_command
        mov cx, 32
.flush: in al, KBC_STATUS
        test al, KBC_OBF
        jz .empty
        in al, KBC_DATA
        loop .flush
.empty: mov al, 0aah            ; self test, answers 55h
        call kbc_command
        call kbc_read
        mov al, 64h             ; no interrupts yet
        call .command_byte
        mov al, 0aeh
        call kbc_command
        mov al, 0f6h            ; defaults
        call keyboard_byte
        jc .no_keyboard
        mov al, 0edh
        call keyboard_byte
        mov al, 0
        call keyboard_byte
        mov al, 0f4h            ; scan
        call keyboard_byte
.no_keyboard:
        mov al, 65h
        call .command_byte
.absent:
        ret
; SPEC: bit 0 interrupt, 2 system flag, 5 auxiliary device off, 6 translate.
.command_byte:
        push ax
        mov al, 60h
        call kbc_command
        pop ax
        jmp kbc_data
