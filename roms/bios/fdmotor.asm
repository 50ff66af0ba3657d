; Floppy motors and heads. Registers as in fdc.asm.

; Select the drive and start its motor. Out: ZF = 0 if it ran already.
fd_motor_on:
        cli
        mov byte [B_FD_COUNT], 0ffh
        mov ah, 01h
        mov cl, bl
        shl ah, cl
        mov al, bl
        mov cl, 4
        shl al, cl
        mov ch, [B_FD_MOTOR]
        and ch, 0cfh
        or al, ch
        or al, ah
        mov [B_FD_MOTOR], al
        and ch, ah
        push cx
        call dor_value
        mov dx, FDC_DOR
        out dx, al
        sti
        pop cx
        or ch, ch
        ret

; Let the motor run on for the time in the table.
fd_motor_later:
        mov al, DPT_MOTOR_OFF
        call dpt_byte
        mov [B_FD_COUNT], al
        ret

; Before writing: the disk must turn at its speed. In: AL <> 0 if it does.
fd_spin_up:
        or al, al
        jnz .done
        mov ax, 90fdh           ; CF = 1: another task ran meanwhile
        clc
        int 15h
        jc .done
        mov al, DPT_MOTOR_START
        call dpt_byte
        cmp al, 16
        jbe .sane
        mov al, 16
.sane:  mov ah, 125
        mul ah
        call wait_ms
.done:  ret

; Heads to cylinder 0.
fd_recalibrate:
        mov ah, 2               ; 77 steps may not be enough
.again: push ax
        mov al, CMD_RECALIBRATE
        call fdc_out
        jc .no_answer
        mov al, bl
        call fdc_out
        jc .no_answer
        call fdc_wait
        jc .no_answer
        call fdc_sense
        jc .no_answer
        pop ax
        test byte [B_FD_RESULT], 0d0h   ; abnormal end, or no track 0
        jz .there
        dec ah
        jnz .again
        mov ah, 40h
        stc
        ret
.there: mov byte [B_FD_CYL + bx], 0
        mov al, 01h
        mov cl, bl
        shl al, cl
        or [B_FD_RECAL], al
        ret
.no_answer:
        pop cx
        ret

; In: AL = cylinder, as the drive steps. Out: AL = 0 if the heads stood there.
fd_seek:
        push ax
        mov al, 01h
        mov cl, bl
        shl al, cl
        test [B_FD_RECAL], al
        jnz .calibrated
        call fd_recalibrate
        jc .failed
.calibrated:
        pop ax
        cmp al, [B_FD_CYL + bx]
        jne .move
        xor al, al
        ret
.move:  push ax
        mov al, CMD_SEEK
        call fdc_out
        jc .failed
        mov al, bl
        call fdc_out
        jc .failed
        pop ax
        push ax
        call fdc_out
        jc .failed
        call fdc_wait
        jc .failed
        call fdc_sense
        jc .failed
        mov al, [B_FD_RESULT]
        and al, 0e0h
        cmp al, 20h             ; seek end, normal
        mov ah, 40h
        stc
        jne .failed
        pop ax
        mov [B_FD_CYL + bx], al
        mov al, 1
        clc
        ret
.failed:
        pop cx
        ret
