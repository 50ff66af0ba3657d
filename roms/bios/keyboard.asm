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
