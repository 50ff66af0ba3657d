; The floppy controller: commands, results, motors, seeks.
; SPEC: 82077AA data sheet (290166), "Command set" and "Controller phases".
;
; In all of these DS = BDA; BL = drive, BH = 0, and both are kept. A routine
; that can fail returns CF = 1 and INT 13h's status in AH. AL, CX, DX are lost.

CMD_SPECIFY     equ 03h
CMD_RECALIBRATE equ 07h
CMD_SENSE       equ 08h
CMD_SEEK        equ 0fh
CMD_READ_ID     equ 4ah         ; MFM
CMD_FORMAT      equ 4dh         ; MFM
CMD_WRITE       equ 0c5h        ; MT, MFM
CMD_READ        equ 0e6h        ; MT, MFM, skip deleted sectors

; In: AL = byte for the controller.
fdc_out:
        mov ah, al
        mov dx, FDC_MSR
        mov cx, 2500
.poll:  in al, dx
        and al, MSR_RQM | MSR_DIO
        cmp al, MSR_RQM
        je .ready
        push ax
        mov ax, 20
        call spin_us
        pop ax
        loop .poll
        jmp fdc_no_answer
.ready: mov al, ah
        inc dx
        out dx, al
        clc
        ret

; Out: AL = byte from the controller.
fdc_in: mov dx, FDC_MSR
        mov cx, 2500
.poll:  in al, dx
        and al, MSR_RQM | MSR_DIO
        cmp al, MSR_RQM | MSR_DIO
        je .ready
        mov ax, 20
        call spin_us
        loop .poll
        jmp fdc_no_answer
.ready: inc dx
        in al, dx
        clc
        ret

fdc_no_answer:
        mov ah, 80h
        stc
        ret

; The result phase, into B_FD_RESULT.
fdc_results:
        push di
        mov di, B_FD_RESULT
.next:  call fdc_in
        jc .done
        mov [di], al
        inc di
        mov dx, FDC_MSR
        mov cx, 16              ; MSR settles within 12 us, a read of a port takes
.settle:                        ; 0.75 on the bus; the timer would be read 50 times
        in al, dx
        loop .settle
        test al, MSR_BUSY
        jz .done                ; CF = 0
        cmp di, B_FD_RESULT + 7
        jb .next
        mov ah, 20h             ; it wants to say more than it should
        stc
.done:  pop di
        ret

; Wait for interrupt 6: asleep between interrupts, two seconds at most. Where
; the timer is masked nothing might wake us, so there it polls.
fdc_wait:
        mov ax, 9001h           ; CF = 1: another task waited in vain for us
        clc
        int 15h
        jc fdc_no_answer
        mov cx, 4000h           ; for programs that keep the tick count from moving
        mov dx, [B_TICKS]
.again: cli
        test byte [B_FD_RECAL], 80h
        jnz .came
        in al, PIC1_MASK
        test al, 01h
        jnz .polling
        sti
        hlt
        mov ax, [B_TICKS]
        sub ax, dx
        cmp ax, 38
        ja .late
        loop .again
        jmp .late
.polling:
        sti
        mov ax, 120
        call spin_us
        loop .again
.late:  sti
        jmp fdc_no_answer
.came:  and byte [B_FD_RECAL], 7fh
        sti
        clc
        ret

; Interrupt status. Out: B_FD_RESULT = ST0, cylinder.
fdc_sense:
        mov al, CMD_SENSE
        call fdc_out
        jc .done
        jmp fdc_results
.done:  ret

; Out: AL = value of the digital output register for the drive and motors noted
; in B_FD_MOTOR. AH and CL are lost.
dor_value:
        mov al, [B_FD_MOTOR]
        mov ah, al
        mov cl, 4
        shl al, cl
        shr ah, cl
        and ah, 03h
        or al, ah
        or al, 0ch              ; not reset, DMA and interrupt on
        ret

; Reset the controller; every drive must be calibrated anew.
fdc_reset:
        cli
        mov byte [B_FD_RECAL], 0
        call dor_value
        and al, 0fbh
        mov dx, FDC_DOR
        out dx, al
        push ax
        mov ax, 20
        call spin_us
        pop ax
        or al, 04h
        out dx, al
        sti
        call fdc_wait
        jc .done
        mov cx, 4               ; it polls four drives after a reset
.drive: push cx
        call fdc_sense
        pop cx
        jc .done
        mov al, [B_FD_RESULT]
        and al, 0c0h
        cmp al, 0c0h            ; ready line changed
        jne .answered
        loop .drive
.answered:
        cmp cx, 4
        je .failed
        jmp fdc_specify
.failed:
        mov ah, 20h
        stc
.done:  ret

; In: AL = index. Out: AL = byte of the table at INT 1Eh. All else is kept.
dpt_byte:
        push bx
        push es
        xor bx, bx
        mov es, bx
        les bx, [es:1eh * 4]
        add bl, al
        adc bh, 0
        mov al, [es:bx]
        pop es
        pop bx
        ret

DPT_SPECIFY1    equ 0           ; step rate, head unload time
DPT_SPECIFY2    equ 1           ; head load time
DPT_MOTOR_OFF   equ 2           ; ticks
DPT_SIZE_CODE   equ 3           ; 128 << N bytes
DPT_LAST_SECTOR equ 4
DPT_GAP         equ 5
DPT_LENGTH      equ 6
DPT_FORMAT_GAP  equ 7
DPT_FILL        equ 8
DPT_SETTLE      equ 9           ; ms
DPT_MOTOR_START equ 10          ; 1/8 s

; Step rate and head times from the table.
fdc_specify:
        mov al, CMD_SPECIFY
        call fdc_out
        jc .done
        mov al, DPT_SPECIFY1
        call dpt_byte
        call fdc_out
        jc .done
        mov al, DPT_SPECIFY2
        call dpt_byte
        and al, 0feh            ; always with DMA
        jmp fdc_out
.done:  ret

; Status of INT 13h from ST0-ST2 in B_FD_RESULT. Out: CF, AH.
fdc_status:
        xor ah, ah
        mov al, [B_FD_RESULT]
        and al, 0c0h
        jz .done
        mov al, [B_FD_RESULT + 1]
        mov ah, 04h
        test al, 80h            ; EN: past the last sector
        jnz .error
        mov ah, 10h
        test al, 20h            ; DE: CRC
        jnz .error
        mov ah, 08h
        test al, 10h            ; OR: DMA too slow
        jnz .error
        mov ah, 04h
        test al, 04h            ; ND: no such sector
        jnz .error
        mov ah, 03h
        test al, 02h            ; NW: write protected
        jnz .error
        mov ah, 02h
        test al, 01h            ; MA: no address mark
        jnz .error
        mov ah, 20h
.error: stc
.done:  ret

; INT 0Eh: the controller's interrupt.
int0e_body:
        push ax
        push ds
        LOAD_BDA ds
        or byte [B_FD_RECAL], 80h
        mov al, EOI
        out PIC1, al
        mov ax, 9101h
        int 15h
        pop ds
        pop ax
        iret
