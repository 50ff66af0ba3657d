; Shift, lock and other keys with a meaning of their own.

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
