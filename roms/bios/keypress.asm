; Keys that type something, and the keyboard buffer.

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
