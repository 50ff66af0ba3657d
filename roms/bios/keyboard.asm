; INT 09h: a byte from the keyboard.
;
; key_byte turns the byte into flags and keystrokes while the keyboard's
; interrupt is in service. What may take long (Pause, Print Screen, INT 1Bh, the
; beep) is done after the end of interrupt, so that no key is lost meanwhile.
; SPEC: IBM PC AT BIOS (November 1985) KB_INT, and its code tables.

; What to do after the end of interrupt.
KA_NONE         equ 0
KA_STORED       equ 2
KA_BREAK        equ 4
KA_PRINT        equ 6
KA_SYSRQ_DOWN   equ 8
KA_SYSRQ_UP     equ 10
KA_PAUSE        equ 12
KA_BEEP         equ 14

int09_body:
        sti
        SAVE_FRAME
        LOAD_BDA ds
        in al, KBC_DATA
        mov ah, 4fh             ; a program may change or swallow the code
        stc
        int 15h
        mov bx, KA_NONE
        jnc .end_of_interrupt
        cld
        call key_byte
.end_of_interrupt:
        cli
        mov al, EOI
        out PIC1, al
        call [cs:.actions + bx]
        IRET_FRAME
.actions:
        dw .nothing, .stored, .break, .print, .sysrq_down, .sysrq_up, .pause, .beep
.nothing:
        ret
.stored:
        mov ax, 9102h           ; a waiting program may go on
        int 15h
        ret
.break: sti
        int 1bh
        cli
        xor ax, ax
        jmp store_key
.print: sti
        int 05h
        ret
.sysrq_down:
        mov ax, 8500h
        jmp .sysrq
.sysrq_up:
        mov ax, 8501h
.sysrq: sti
        int 15h
        ret
.pause: sti
        hlt
        test byte [B_KBFLAG2], KF2_PAUSE
        jnz .pause
        ret
.beep:  sti
        jmp beep

; In: AL = byte, DS = BDA. Out: BX = KA_*. AX, CX, DX, SI, DI are lost.
key_byte:
        cmp al, 0fah
        je .ack
        cmp al, 0feh
        je .resend
        cmp al, 0e0h
        je .prefix_e0
        cmp al, 0e1h
        je .prefix_e1
        mov dl, [B_KBFLAG3]     ; DL = prefixes in force
        test dl, KF3_E1
        jnz .pause_key
        and byte [B_KBFLAG3], ~KF3_E0 & 0ffh
        mov dh, al              ; DH = code, bit 7 set when released
        and al, 7fh
        mov si, special_keys
.seek:  mov ah, [cs:si]
        inc si
        or ah, ah
        jz .plain
        cmp al, ah
        je .special
        inc si
        inc si
        jmp .seek
.special:
        jmp [cs:si]
.plain: test dh, 80h
        jnz .nothing            ; released
        jmp plain_key

.ack:   call led_ack
        jmp .nothing
.resend:
        or byte [B_KBLED], KL_RESEND
        and byte [B_KBLED], ~(KL_UPDATE | KL_DATA_SENT) & 0ffh
        jmp .nothing
.prefix_e0:
        or byte [B_KBFLAG3], KF3_E0
        jmp .nothing
.prefix_e1:
        or byte [B_KBFLAG3], KF3_E1
.nothing:
        mov bx, KA_NONE
        ret

; Pause sends E1h 1Dh 45h E1h 9Dh C5h and nothing when released.
.pause_key:
        mov ah, al
        and ah, 7fh
        cmp ah, 1dh
        je .nothing             ; still within the prefix
        and byte [B_KBFLAG3], ~KF3_E1 & 0ffh
        cmp al, 45h
        jne .nothing
hold_key:
        test byte [B_KBFLAG2], KF2_PAUSE
        jnz key_byte.nothing
        or byte [B_KBFLAG2], KF2_PAUSE
        mov bx, KA_PAUSE
        ret

special_keys:
        db 2ah
        dw left_shift
        db 36h
        dw right_shift
        db 1dh
        dw ctrl
        db 38h
        dw alt
        db 3ah
        dw caps_lock
        db 45h
        dw num_lock
        db 46h
        dw scroll_lock
        db 52h
        dw insert
        db 54h
        dw sysrq
        db 37h
        dw asterisk
        db 53h
        dw delete
        db 0

; The handlers below: DH = code with its release bit, AL = code without, DL = prefixes.
no_action:
        mov bx, KA_NONE
        ret

left_shift:
        mov ah, KF_LSHIFT
        jmp shift
right_shift:
        mov ah, KF_RSHIFT
shift:  test dl, KF3_E0         ; the keyboard's own shifts around grey keys
        jnz no_action
        test dh, 80h
        jnz .up
        or [B_KBFLAG], ah
        jmp no_action
.up:    not ah
        and [B_KBFLAG], ah
        jmp no_action

ctrl:   mov si, B_KBFLAG2
        mov ah, KF2_LCTRL
        test dl, KF3_E0
        jz .side
        mov si, B_KBFLAG3
        mov ah, KF3_RCTRL
.side:  test dh, 80h
        jnz .up
        or [si], ah
        or byte [B_KBFLAG], KF_CTRL
        jmp no_action
.up:    not ah
        and [si], ah
        test byte [B_KBFLAG2], KF2_LCTRL
        jnz no_action
        test byte [B_KBFLAG3], KF3_RCTRL
        jnz no_action
        and byte [B_KBFLAG], ~KF_CTRL & 0ffh
        jmp no_action

alt:    mov si, B_KBFLAG2
        mov ah, KF2_LALT
        test dl, KF3_E0
        jz .side
        mov si, B_KBFLAG3
        mov ah, KF3_RALT
.side:  test dh, 80h
        jnz .up
        or [si], ah
        or byte [B_KBFLAG], KF_ALT
        jmp no_action
.up:    not ah
        and [si], ah
        test byte [B_KBFLAG2], KF2_LALT
        jnz no_action
        test byte [B_KBFLAG3], KF3_RALT
        jnz no_action
        and byte [B_KBFLAG], ~KF_ALT & 0ffh
        xor ax, ax
        xchg al, [B_ALTNUM]     ; the number typed meanwhile is a character
        or al, al
        jz no_action
        jmp store_key

caps_lock:
        mov ah, KF_CAPS
        jmp lock_key
num_lock:
        mov ah, KF_NUM
        test dh, 80h
        jnz lock_key
        test byte [B_KBFLAG], KF_CTRL
        jz lock_key
        jmp hold_key            ; Ctrl-NumLock, as keyboards without Pause send it
scroll_lock:
        mov ah, KF_SCROLL
        test dh, 80h
        jnz lock_key
        test dl, KF3_E0
        jnz break_key
        test byte [B_KBFLAG], KF_CTRL
        jz lock_key
break_key:
        mov ax, [B_KBSTART]     ; what was typed ahead is forgotten
        mov [B_KBHEAD], ax
        mov [B_KBTAIL], ax
        mov byte [B_BREAK], 80h
        and byte [B_KBFLAG2], ~KF2_PAUSE & 0ffh
        mov bx, KA_BREAK
        ret
; In: AH = bit, the same in both flag bytes.
lock_key:
        test dh, 80h
        jnz .up
        test byte [B_KBFLAG], KF_CTRL
        jnz no_action
        test [B_KBFLAG2], ah
        jnz no_action           ; held down: repeats do not toggle
        or [B_KBFLAG2], ah
        xor [B_KBFLAG], ah
        call led_update
        jmp no_action
.up:    not ah
        and [B_KBFLAG2], ah
        jmp no_action

insert: test dh, 80h
        jnz .up
        mov ah, [B_KBFLAG]
        test ah, KF_ALT | KF_CTRL
        jnz plain_key
        test dl, KF3_E0
        jnz .toggle
        call keypad_shift
        jnz plain_key           ; it types 0
.toggle:
        test byte [B_KBFLAG2], KF_INS
        jnz plain_key
        or byte [B_KBFLAG2], KF_INS
        xor byte [B_KBFLAG], KF_INS
        jmp plain_key
.up:    and byte [B_KBFLAG2], ~KF_INS & 0ffh
        jmp no_action

sysrq:  test dh, 80h
        jnz .up
        test byte [B_KBFLAG2], KF2_SYSRQ
        jnz no_action
        or byte [B_KBFLAG2], KF2_SYSRQ
        mov bx, KA_SYSRQ_DOWN
        ret
.up:    and byte [B_KBFLAG2], ~KF2_SYSRQ & 0ffh
        mov bx, KA_SYSRQ_UP
        ret

; 37h is the keypad's asterisk; after E0h, Print Screen.
asterisk:
        test dh, 80h
        jnz no_action
        test dl, KF3_E0
        jz plain_key
        test byte [B_KBFLAG], KF_CTRL
        jnz plain_key           ; Ctrl-PrtSc has a code
        mov bx, KA_PRINT
        ret

delete: test dh, 80h
        jnz no_action
        mov ah, [B_KBFLAG]
        and ah, KF_CTRL | KF_ALT
        cmp ah, KF_CTRL | KF_ALT
        jne plain_key
        mov word [B_RESETFLAG], 1234h
        jmp 0f000h:0fff0h

; A key that types something. In: AL = code, DL = prefixes. Out: BX = KA_*.
plain_key:
        test byte [B_KBFLAG2], KF2_PAUSE
        jz .running
        and byte [B_KBFLAG2], ~KF2_PAUSE & 0ffh
        jmp no_action           ; the key that ends the pause is not typed
.running:
        test dl, KF3_E0
        jnz .grey
        or al, al               ; the keyboard's buffer ran over
        jz no_action
        cmp al, KEYS_LAST
        ja no_action
        mov cl, [B_KBFLAG]
        cmp al, 47h
        jb .column
        cmp al, 52h
        ja .column
        test cl, KF_ALT
        jnz .alt_number
.column:
        mov byte [B_ALTNUM], 0
        xor bx, bx
        mov bl, al
        dec bx
        shl bx, 1
        shl bx, 1
        shl bx, 1               ; four words a key
        add bx, key_table
        test cl, KF_ALT
        jnz .with_alt
        test cl, KF_CTRL
        jnz .with_ctrl
        call key_shift
        jz .fetch
        inc bx
        inc bx
        jmp .fetch
.with_alt:
        inc bx
        inc bx
.with_ctrl:
        add bx, 4
.fetch: mov ax, [cs:bx]
        or ax, ax
        jz no_action
        jmp store_key

; Alt with the keypad's digits builds a character.
.alt_number:
        mov bx, alt_digits - 47h
        mov ah, al
        cs xlat
        cmp al, 0ffh
        je .no_digit
        mov ah, al
        mov al, 10
        mov bl, ah
        mul byte [B_ALTNUM]
        add al, bl
        mov [B_ALTNUM], al
        jmp no_action
.no_digit:
        mov al, ah
        jmp .column

.grey:  mov si, grey_table
.search:
        mov ah, [cs:si]
        or ah, ah
        jz no_action
        cmp al, ah
        je .found
        add si, 7
        jmp .search
.found: mov byte [B_ALTNUM], 0
        mov bx, si
        inc bx
        mov cl, [B_KBFLAG]
        test cl, KF_ALT
        jnz .with_ctrl
        test cl, KF_CTRL
        jz .fetch
        inc bx
        inc bx
        jmp .fetch

; In: AL = code. Out: ZF = 0 if the key's shifted code holds. AH is lost.
key_shift:
        push bx
        mov bx, key_locks - 1
        mov ah, al
        cs xlat
        and al, [B_KBFLAG]      ; CapsLock or NumLock, where it matters
        xchg al, ah
        pop bx
        test byte [B_KBFLAG], KF_LSHIFT | KF_RSHIFT
        jz .plain
        or ah, ah
        jz .shifted
        xor ah, ah              ; Shift undoes the lock
        ret
.shifted:
        inc ah
.plain: or ah, ah
        ret

; Out: ZF = 0 if the keypad types digits. AH is lost.
keypad_shift:
        mov ah, [B_KBFLAG]
        and ah, KF_NUM
        test byte [B_KBFLAG], KF_LSHIFT | KF_RSHIFT
        jz .done
        xor ah, KF_NUM
.done:  or ah, ah
        ret

; In: AX = keystroke, DS = BDA. Out: BX = KA_STORED, or KA_BEEP if the buffer is
; full. SI is lost.
store_key:
        pushf
        cli
        mov bx, [B_KBTAIL]
        lea si, [bx + 2]
        cmp si, [B_KBEND]
        jb .no_wrap
        mov si, [B_KBSTART]
.no_wrap:
        cmp si, [B_KBHEAD]
        je .full
        mov [bx], ax
        mov [B_KBTAIL], si
        mov bx, KA_STORED
        popf
        ret
.full:  mov bx, KA_BEEP
        popf
        ret

; A short click of 1 kHz. It moves the speaker itself (bit 1 of port 61h with the
; timer's gate off), so that no program's counter 2 changes. AX and CX are lost.
beep:   in al, PORT_B
        push ax
        and al, 0fch
        mov cx, 60
.half:  xor al, 02h
        out PORT_B, al
        push ax
        mov ax, 500
        call spin_us
        pop ax
        loop .half
        pop ax
        out PORT_B, al
        ret

; The LEDs follow the lock flags. Nothing waits for the keyboard's answers: they
; come as interrupts among the keys, so no key is lost.
; Start an update if the LEDs differ from the flags. In: DS = BDA. AX is lost.
led_update:
        pushf
        cli
        push cx
        call lock_bits
        xor al, [B_KBLED]
        test al, 07h
        jz .done
        push es
        call ebda_to_es
        mov ah, [B_TICKS]
        test byte [B_KBLED], KL_UPDATE
        jz .start
        mov al, ah              ; an answer may have been lost to a program that
        sub al, [es:E_LED_TICK] ; reads the port itself: give up after a second
        cmp al, 18
        jb .waiting
.start: mov [es:E_LED_TICK], ah
        mov al, 0edh
        call kbc_data
        jc .waiting
        and byte [B_KBLED], 07h
        or byte [B_KBLED], KL_UPDATE
.waiting:
        pop es
.done:  pop cx
        popf
        ret

; The keyboard acknowledged something. AX and CX are lost.
led_ack:
        or byte [B_KBLED], KL_ACK
        test byte [B_KBLED], KL_UPDATE
        jz .done
        test byte [B_KBLED], KL_DATA_SENT
        jnz .finished
        call lock_bits
        and byte [B_KBLED], ~(07h | KL_ACK) & 0ffh
        or [B_KBLED], al
        or byte [B_KBLED], KL_DATA_SENT
        call kbc_data
.done:  ret
.finished:
        and byte [B_KBLED], ~(KL_UPDATE | KL_DATA_SENT) & 0ffh
        jmp led_update          ; a lock may have changed meanwhile

; Out: AL = lock flags as the keyboard wants them. CL is lost.
lock_bits:
        mov al, [B_KBFLAG]
        mov cl, 4
        shr al, cl
        and al, 07h
        ret
