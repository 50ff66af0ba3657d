; INT 13h for floppies, also reached as INT 40h.
; SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, interrupt 13h,
; "Diskette"; IBM PC AT BIOS (November 1985).

int40:  sti
        SAVE_FRAME
        LOAD_BDA ds
        xor bx, bx
        mov bl, [bp + R_AH]
        cmp bl, 18h
        ja int40_bad
        shl bx, 1
        mov si, [cs:int40_table + bx]
        xor bx, bx
        mov bl, [bp + R_DL]
        call si
int40_status:                   ; AH = status
        mov [B_FD_STATUS], ah
int40_return:
        mov [bp + R_AH], ah
        and byte [bp + R_FLAGS], ~FLAG_CF & 0ffh
        or ah, ah
        jz .ok
        or byte [bp + R_FLAGS], FLAG_CF
.ok:    IRET_FRAME
int40_bad:
        call fd_bad
        jmp int40_status

int40_table:
        dw fd_reset, fd_last_status, fd_read, fd_write                  ; 00h
        dw fd_verify, fd_format, fd_bad, fd_bad
        dw fd_parameters, fd_bad, fd_bad, fd_bad                        ; 08h
        dw fd_bad, fd_bad, fd_bad, fd_bad
        dw fd_bad, fd_bad, fd_bad, fd_bad                               ; 10h
        dw fd_bad, fd_drive_kind, fd_change_status, fd_set_media
        dw fd_set_format                                                ; 18h

; Functions: BL = drive, BH = 0, DS = BDA; AH = status returned.
fd_bad: mov ah, 01h
        ret

; Out: CF = 1 and AH if there is no such drive.
fd_check_drive:
        mov ah, 01h
        cmp bl, 2
        cmc
        jc .done
        call fd_type
        mov ah, 80h
        jnz .done               ; CF = 0
        stc
.done:  ret

fd_reset:
        mov al, CM_FLOPPY
        call cmos_read
        or al, al
        mov ah, 0
        jz .done                ; no drives, so perhaps no controller
        call fdc_reset
        jc .done
        xor ah, ah
.done:  ret

fd_last_status:
        pop bx                  ; the status stays as it is
        mov ah, [B_FD_STATUS]
        jmp int40_return

fd_read:
        mov si, CMD_READ | 4600h
        jmp fd_transfer
fd_write:
        mov si, CMD_WRITE | 4a00h
        jmp fd_transfer
fd_verify:
        mov si, CMD_READ | 4200h        ; DMA that checks but does not store

; In: SI = command, DMA mode << 8.
fd_transfer:
        call fd_check_drive
        jc .refused
        mov al, DPT_SIZE_CODE
        call dpt_byte
        mov cl, al
        and cl, 07h
        mov al, [bp + R_AL]
        or al, al
        jz .bad
        mov ah, 09h
        cmp al, 80h             ; more than 64 KiB
        ja .refused
        xor ah, ah
        xchg al, ah             ; sectors * 256, halved for N = 0
        shr ax, 1
        shl ax, cl
        call dma_setup
        jc .refused
        call fd_begin
        jc .failed
        mov al, [bp + R_CH]
        call fdc_out
        jc .failed
        mov al, [bp + R_DH]
        and al, 01h
        call fdc_out
        jc .failed
        mov al, [bp + R_CL]
        call fdc_out
        jc .failed
        mov si, DPT_GAP         ; and DPT_LENGTH
        call fd_end
        jc .failed
        ret
.bad:   mov ah, 01h
.refused:
        mov byte [bp + R_AL], 0
        ret
.failed:
        mov byte [bp + R_AL], 0
; In: AH = status of a command that failed. Out: AH.
fd_clean_up:
        push ax
        cmp ah, 80h
        jne .answered
        call fdc_reset          ; it may still be at it
.answered:
        call fd_motor_later
        pop ax
        cmp ah, 02h
        jne .done
        and byte [B_FD_MEDIA + bx], ~FM_KNOWN & 0ffh    ; perhaps another rate
.done:  ret

; Bring the drive to where a command can start, then send its first two bytes.
; In: SI = command, DMA mode << 8. Out: CF = 1 and AH on failure.
fd_begin:
        call fd_motor_on
        lahf
        and byte [B_FD_MOTOR], 7fh
        test si, 0800h          ; the mode takes bytes from memory
        jz .reading
        or byte [B_FD_MOTOR], 80h
.reading:
        push ax                 ; AH = flags, ZF = 0: motor was on
        call fd_check_change
        jc .failed
        cmp si, CMD_FORMAT | 4a00h
        jne .determine
        or byte [B_FD_MEDIA + bx], FM_KNOWN     ; there may be nothing to find
.determine:
        call fd_determine
        jc .failed
        call fd_seek_cylinder
        jc .failed
        pop cx
        and ch, FLAG_ZF
        xor ch, FLAG_ZF         ; <> 0: the disk turns at its speed
        call fd_before_write
        mov ax, si              ; AL = command
        call fdc_out
        jc .done
        jmp fd_send_head
.failed:
        pop cx
.done:  ret

; The last four bytes of a command, from the parameter table, then the rest of it.
; In: SI = index of the third, which the fourth follows. Out: CF, AH. SI is lost.
fd_end:
        mov al, DPT_SIZE_CODE
        call .from_table
        jc .done
        mov al, DPT_LAST_SECTOR
        call .from_table
        jc .done
        mov ax, si
        call .from_table
        jc .done
        mov ax, si
        inc ax
        call .from_table
        jc .done
        call fd_finish
        jc .done
        call fd_motor_later
        xor ah, ah
.done:  ret
.from_table:
        call dpt_byte
        jmp fdc_out

; Seek for the caller's CH. Out: AL <> 0 if the heads moved.
fd_seek_cylinder:
        mov al, [bp + R_CH]
        test byte [B_FD_MEDIA + bx], FM_DOUBLE_STEP
        jz .single
        shl al, 1
.single:
        jmp fd_seek

; In: AL <> 0 if the heads moved, CH <> 0 if the motor ran. A read needs no wait:
; the controller looks for the sector until it passes.
fd_before_write:
        test byte [B_FD_MOTOR], 80h
        jz .done
        push ax
        mov al, ch
        call fd_spin_up
        pop ax
        or al, al
        jz .done
        mov al, DPT_SETTLE
        call dpt_byte
        cmp al, 15
        jae .settle
        mov al, 15
.settle:
        xor ah, ah
        call wait_ms
.done:  ret

; Second command byte: head and drive.
fd_send_head:
        mov al, [bp + R_DH]
        and al, 01h
        shl al, 1
        shl al, 1
        or al, bl
        jmp fdc_out

; Execution and result phase.
fd_finish:
        call fdc_wait
        jc .done
        call fdc_results
        jc .done
        jmp fdc_status
.done:  ret

; Channel 2 for the caller's ES:BX. In: AX = bytes, high byte of SI = mode.
; Out: CF = 1 and AH = 09h if the transfer crosses 64 KiB.
dma_setup:
        push bx
        mov bx, ax
        dec bx                  ; the controller counts one less
        mov ax, [bp + R_ES]
        mov cl, 4
        rol ax, cl
        mov ch, al
        and ch, 0fh             ; bits 16-19
        and al, 0f0h
        add ax, [bp + R_BX]
        adc ch, 0
        cmp si, CMD_READ | 4200h
        jne .stored
        xor ax, ax              ; nothing goes to memory
.stored:
        mov dx, ax
        add dx, bx
        mov dx, ax
        mov ah, 09h
        jc .done
        mov al, 06h
        out 0ah, al             ; mask channel 2
        cli
        out 0ch, al             ; next byte is a low one
        mov ax, si
        mov al, ah
        out 0bh, al
        mov al, dl
        out 04h, al
        mov al, dh
        out 04h, al
        mov al, ch
        and al, 0fh
        out 81h, al
        mov al, bl
        out 05h, al
        mov al, bh
        out 05h, al
        sti
        mov al, 02h
        out 0ah, al
        clc
.done:  pop bx
        ret

; 08h: BL = type, CX and DH = last cylinder, sector, head, DL = drives, ES:DI =
; table. For a drive that is not there all are zero, but for DL.
fd_parameters:
        xor ax, ax
        mov [bp + R_AX], ax
        mov [bp + R_BX], ax
        mov [bp + R_CX], ax
        mov [bp + R_DX], ax
        mov [bp + R_DI], ax
        mov [bp + R_ES], ax
        mov al, CM_FLOPPY
        call cmos_read
        test al, 0f0h
        jz .no_a
        inc byte [bp + R_DL]
.no_a:  test al, 0fh
        jz .no_b
        inc byte [bp + R_DL]
.no_b:  call fd_check_drive
        mov ah, 0
        jc .done
        mov [bp + R_BL], al
        dec ax
        shl al, 1
        shl al, 1
        mov si, fd_geometry
        add si, ax
        mov cx, [cs:si]
        mov [bp + R_CX], cx
        mov byte [bp + R_DH], 1
        mov cx, [cs:si + 2]
        mov [bp + R_DI], cx
        mov [bp + R_ES], cs
        xor ah, ah
.done:  ret

; By type: last sector and cylinder, parameter table.
fd_geometry:
        db 9, 39
        dw dpt_360
        db 15, 79
        dw dpt_1200
        db 9, 79
        dw dpt_720
        db 18, 79
        dw dpt_1440
        db 36, 79
        dw dpt_2880
        db 36, 79
        dw dpt_2880

; 15h: AH = 0 no drive, 1 no change line, 2 change line.
fd_drive_kind:
        call fd_check_drive
        mov ah, 0
        jc .known
        inc ah
        cmp al, 2
        jb .known
        inc ah
.known: pop bx                  ; AH is no status here
        mov [bp + R_AH], ah
        mov byte [B_FD_STATUS], 0
        and byte [bp + R_FLAGS], ~FLAG_CF & 0ffh
        IRET_FRAME

; 16h: AH = 06h if the disk was changed, or if the drive cannot tell.
fd_change_status:
        call fd_check_drive
        jc .done
        mov ah, 06h
        cmp al, 2
        jb .done
        call fd_motor_on
        call fd_change_line
        mov ah, 0
        jz .same
        mov ah, 06h
.same:  push ax
        call fd_motor_later
        pop ax
.done:  ret
