; The keyboard's LEDs.

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
