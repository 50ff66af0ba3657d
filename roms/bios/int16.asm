; INT 16h: the keyboard for programs.
; SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, interrupt 16h.

int16_body:
        sti
        SAVE_FRAME
        LOAD_BDA ds
        mov bl, [bp + R_AH]
        cmp bl, 12h
        ja .done
        xor bh, bh
        shl bx, 1
        call [cs:.table + bx]
.done:  IRET_FRAME
.table: dw .read, .peek, .flags, .typematic, .none, .store, .none, .none
        dw .none, .functions, .keyboard_id, .none, .none, .none, .none, .none
        dw .read_enhanced, .peek_enhanced, .flags_enhanced

.none:  ret

; 00h: wait for a key that an 84-key keyboard has too.
.read:  call key_wait
        call key_to_84
        jc .read
        mov [bp + R_AX], ax
        ret

; 01h: look at it. Keys that function 00h would not return are dropped.
.peek:  call led_update
.peek_again:
        cli
        mov bx, [B_KBHEAD]
        cmp bx, [B_KBTAIL]
        je .no_key
        mov ax, [bx]
        call key_to_84
        jnc .a_key
        call key_remove
        sti
        jmp .peek_again
.a_key: sti
        mov [bp + R_AX], ax
        and byte [bp + R_FLAGS], ~FLAG_ZF & 0ffh
        ret
.no_key:
        sti
        or byte [bp + R_FLAGS], FLAG_ZF
        ret

.read_enhanced:
        call key_wait
        call key_plain
        mov [bp + R_AX], ax
        ret

.peek_enhanced:
        call led_update
        cli
        mov bx, [B_KBHEAD]
        cmp bx, [B_KBTAIL]
        je .no_key
        mov ax, [bx]
        call key_plain
        jmp .a_key

.flags: mov al, [B_KBFLAG]
        mov [bp + R_AL], al
        ret

; 12h: AH = SysRq, CapsLock, NumLock, ScrollLock held; right Alt and Ctrl, left
; Alt and Ctrl.
.flags_enhanced:
        mov al, [B_KBFLAG]
        mov ah, [B_KBFLAG2]
        mov bl, ah
        and ah, KF_CAPS | KF_NUM | KF_SCROLL | KF2_LALT | KF2_LCTRL
        test bl, KF2_SYSRQ
        jz .no_sysrq
        or ah, 80h
.no_sysrq:
        mov bl, [B_KBFLAG3]
        and bl, KF3_RALT | KF3_RCTRL
        or ah, bl
        mov [bp + R_AX], ax
        ret

; 03h, AL = 05h: BH = delay, BL = rate. AL = 00h: 500 ms, 10.9 a second.
.typematic:
        mov bx, 010bh
        mov al, [bp + R_AL]
        or al, al
        jz .set
        cmp al, 05h
        jne .none
        mov bx, [bp + R_BX]
.set:   and bx, 031fh
        mov cl, 5
        shl bh, cl
        or bl, bh
        mov al, 0f3h
        call .keyboard_command
        jc .failed
        mov al, bl
        call .keyboard_command
        jnc .sent
.failed:
        mov al, 0f4h            ; it may be waiting: scan on
        jmp .keyboard_command
.sent:  ret
; In: AL = byte for the keyboard, which acknowledges through INT 09h.
; Out: CF = 1 if it did not within 50 ms.
.keyboard_command:
        and byte [B_KBLED], ~(KL_ACK | KL_RESEND) & 0ffh
        call kbc_data
        jc .sent
        mov cx, 2500
.await: test byte [B_KBLED], KL_ACK
        jnz .sent               ; CF = 0
        mov ax, 20
        call spin_us
        loop .await
        stc
        ret

; 05h: CX into the buffer. AL = 1 if it is full.
.store: mov ax, [bp + R_CX]
        call store_key
        xor al, al
        cmp bx, KA_STORED
        je .stored
        inc ax
.stored:
        mov [bp + R_AL], al
        ret

; 09h: 03h with AL = 00h and 05h, 0Ah, 10h-12h.
.functions:
        mov byte [bp + R_AL], 35h
        ret

.keyboard_id:
        mov word [bp + R_BX], 41abh
        ret

; Out: AX = next keystroke, taken out of the buffer. In: DS = BDA. BX is lost.
key_wait:
        call led_update
        cli
        mov bx, [B_KBHEAD]
        cmp bx, [B_KBTAIL]
        jne .take
        sti
        mov ax, 9002h           ; another task may run meanwhile
        int 15h
.look:  cli
        mov bx, [B_KBHEAD]
        cmp bx, [B_KBTAIL]
        jne .take
        sti
        hlt
        jmp .look
.take:  mov ax, [bx]
        call key_remove
        sti
        ret

; In: BX = head of the buffer, interrupts off. BX is lost.
key_remove:
        inc bx
        inc bx
        cmp bx, [B_KBEND]
        jb .no_wrap
        mov bx, [B_KBSTART]
.no_wrap:
        mov [B_KBHEAD], bx
        ret

; In: AX = keystroke. Out: AX = as function 10h returns it.
key_plain:
        cmp al, 0f0h
        jne .done
        or ah, ah
        jz .done                ; typed as a character: Alt and 240
        xor al, al
.done:  ret

; In: AX = keystroke. Out: AX = as function 00h returns it; CF = 1 if it does not.
key_to_84:
        cmp ah, 0e0h            ; keypad Enter and / look like the other ones
        jne .not_keypad
        mov ah, 1ch
        cmp al, 0dh
        je .keep
        cmp al, 0ah
        je .keep
        mov ah, 35h
        jmp .keep
.not_keypad:
        cmp ah, 84h
        ja .drop
        or ah, ah
        jz .keep
        cmp al, 0f0h
        je .drop
        cmp al, 0e0h
        jne .keep
        xor al, al
.keep:  clc
        ret
.drop:  stc
        ret
