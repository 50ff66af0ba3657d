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

; Controller self test, then translation to scan code set 1, without interrupts
; yet. The keyboard may send what it has: AAh, and keys that were pressed early.
; In: DS = BDA
kbc_init:
        in al, KBC_STATUS
        cmp al, 0ffh
        je kbc_done
        mov al, 0adh            ; keyboard off while the rest is set
        call kbc_command
        call kbc_glance
        mov al, 0aah            ; self test, answers 55h
        call kbc_command
        call kbc_read
        mov al, 64h
        call kbc_command_byte
        mov al, 0aeh
        jmp kbc_command

; Look between two steps at what the keyboard sent. In: DS = BDA. Out: CF = 1 if
; there was a byte. AL is lost.
kbc_glance:
        in al, KBC_STATUS
        test al, KBC_OBF
        jz .done                ; CF = 0
        push es
        call ebda_to_es
        in al, KBC_DATA
        cmp al, 0aah
        je .fresh
        cmp al, 01h             ; Esc in scan code set 1
        je .escape
        cmp al, 76h             ; and in set 2, where nobody translated it
        jne .read
.escape:
        mov byte [es:E_BOOT], BOOT_MENU
        jmp .read
.fresh: mov byte [es:E_KEYBOARD], al
.read:  pop es
        stc
.done:  ret

; Keyboard to its defaults and scanning, LEDs off, interrupt on. One that has just
; passed its test (AAh) is so already. In: DS = BDA
keyboard_init:
        in al, KBC_STATUS
        cmp al, 0ffh
        je kbc_done
        mov bx, 32              ; keys that were pressed early, at most
.more:  mov cx, 60              ; a byte takes 1.1 ms
.await: call kbc_glance
        jc .came
        mov ax, 20
        call spin_us
        loop .await
        jmp .all
.came:  dec bx
        jnz .more
.all:   call ebda_to_es
        cmp byte [es:E_KEYBOARD], 0
        jne .ready
        mov al, 0f6h            ; defaults
        call keyboard_byte
        jc .ready               ; no keyboard
        mov al, 0edh
        call keyboard_byte
        mov al, 0
        call keyboard_byte
        mov al, 0f4h            ; scan
        call keyboard_byte
.ready: mov al, 65h
; SPEC: bit 0 interrupt, 2 system flag, 5 auxiliary device off, 6 translate.
kbc_command_byte:
        push ax
        mov al, 60h
        call kbc_command
        pop ax
        jmp kbc_data
