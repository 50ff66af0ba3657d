; INT 13h: dispatch by drive, and the fixed disk functions by cylinder, head and
; sector.
; SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, interrupt 13h,
; "Fixed disk".

int13_body:
        cmp dl, 80h
        jae disk_function
        sub sp, 4               ; go on at INT 40h, with every register as it is
        push bp
        mov bp, sp
        push ds
        push ax
        xor ax, ax
        mov ds, ax
        mov ax, [40h * 4]
        mov [bp + 2], ax
        mov ax, [40h * 4 + 2]
        mov [bp + 4], ax
        pop ax
        pop ds
        pop bp
        retf

disk_function:
        sti
        SAVE_FRAME
        sub sp, L_SIZE
        LOAD_BDA ds
        xor bx, bx
        mov bl, [bp + R_DL]
        and bl, 7fh
        cmp bl, [B_HD_COUNT]
        mov ds, [B_EBDA]
        jae disk_absent
        mov al, DISK_SIZE
        mul bl
        add ax, E_DISK
        mov si, ax
        mov bl, [bp + R_AH]
        mov ax, disk_bad
        cmp bl, 15h
        ja .extended
        shl bx, 1
        mov ax, [cs:disk_table + bx]
        jmp .call
.extended:
        sub bl, 41h
        cmp bl, 0dh
        ja .call
        shl bx, 1
        mov ax, [cs:disk_extended_table + bx]
.call:  call ax                 ; Out: AH = status
disk_status:
        push ax
        LOAD_BDA ds
        pop ax
        mov [B_HD_STATUS], ah
        mov byte [B_HD_INTFLAG], 0
disk_return:
        mov [bp + R_AH], ah
        and byte [bp + R_FLAGS], ~FLAG_CF & 0ffh
        or ah, ah
        jz .ok
        or byte [bp + R_FLAGS], FLAG_CF
.ok:    mov sp, bp
        IRET_FRAME

disk_absent:
        mov bl, [bp + R_AH]
        mov ah, 01h
        cmp bl, 15h
        je .no_drive
        cmp bl, 08h
        jne disk_status
        xor ax, ax
        mov [bp + R_AL], al
        mov [bp + R_CX], ax
        mov [bp + R_DX], ax
        mov ah, 07h
        jmp disk_status
.no_drive:
        xor ax, ax
        mov [bp + R_CX], ax
        mov [bp + R_DX], ax
        jmp disk_status

disk_table:
        dw disk_reset, disk_last_status, disk_read, disk_write          ; 00h
        dw disk_verify, disk_format, disk_bad, disk_bad
        dw disk_parameters, disk_initialize, disk_read_long, disk_write_long ; 08h
        dw disk_seek, disk_reset_channel, disk_bad, disk_bad
        dw disk_ready, disk_recalibrate, disk_bad, disk_bad             ; 10h
        dw disk_diagnostic, disk_kind
disk_extended_table:
        dw ext_check, ext_read, ext_write, ext_verify                   ; 41h
        dw ext_not_removable, ext_not_removable, ext_seek, ext_parameters
        dw ext_media_change, disk_bad, disk_bad, disk_bad               ; 49h
        dw disk_bad, ext_hardware

; Functions: DS:SI = the disk's entry in the EBDA; AH = status returned.
disk_bad:
        mov ah, 01h
        ret

; 00h resets the floppies too.
disk_reset:
        xor ah, ah
        xor dl, dl
        int 40h
; 0Dh does not.
disk_reset_channel:
        mov dx, [si + D_BASE]
        call ata_channel_reset
        mov ah, 80h
        jc disk_function_done
; 09h: tell the disk its geometry.
disk_initialize:
        call disk_send_geometry
        jc disk_function_done
        jmp disk_result
disk_command:
        call ata_send
disk_result:
        call ata_wait_result
        jc disk_function_done
disk_ok:
        xor ah, ah
disk_function_done:
        ret

disk_last_status:
        pop bx
        LOAD_BDA ds
        xor ah, ah
        xchg ah, [B_HD_STATUS]
        mov [bp + R_AL], ah
        jmp disk_return

disk_read:
        mov al, ATA_READ
        jmp disk_transfer
disk_write:
        mov al, ATA_WRITE
        jmp disk_transfer
disk_verify:
        mov al, ATA_VERIFY
        jmp disk_transfer
; 0Ah and 0Bh: 516 bytes a sector, the last four its ECC, which the disk neither
; checks nor corrects then.
disk_read_long:
        mov al, ATA_READ_LONG
        jmp disk_transfer
disk_write_long:
        mov al, ATA_WRITE_LONG
; In: AL = ATA command.
disk_transfer:
        mov [bp + L_COMMAND], al
        and ax, ATA_LONG
        shr ax, 1
        mov bx, ATA_SECTORS_MAX
        sub bx, ax              ; 127 with ECC
        mov word [bp + L_DONE], 0
        mov al, [bp + R_AL]
        xor ah, ah
        mov [bp + L_COUNT], ax
        dec ax
        cmp ax, bx
        mov ah, 01h
        jae .done               ; none, or more than a segment holds
        call disk_address
        jc .done
        mov es, [bp + R_ES]
        mov di, [bp + R_BX]
        call ata_transfer
        jc .done
        xor ah, ah
.done:  mov al, [bp + L_DONE]
        mov [bp + R_AL], al
        ret

; Cylinder, head and sector from CX and DH to L_LBA. Out: CF = 1 and AH = 04h if
; the disk has no such sector or not all L_COUNT of them. BX, CX, DX are lost.
disk_address:
        mov cx, [bp + R_CX]
        mov al, ch
        mov ah, cl
        mov dl, cl
        mov cl, 6
        shr ah, cl              ; AX = cylinder
        mov cl, dl
        and cl, 3fh
        jz .bad
        xor ch, ch
        cmp cx, [si + D_LSPT]
        ja .bad
        mov bl, [bp + R_DH]
        xor bh, bh
        cmp bx, [si + D_LHEADS]
        jae .bad
        mul word [si + D_LHEADS]
        add ax, bx
        adc dx, 0
        mov bx, [si + D_LSPT]
        call mul_32_16
        dec cx
        add ax, cx
        adc dx, 0
        mov [bp + L_LBA], ax
        mov [bp + L_LBA + 2], dx
; In: L_LBA, L_COUNT. Out: CF = 1 and AH = 04h if not all are on the disk.
disk_within:
        mov ax, [bp + L_LBA]
        mov dx, [bp + L_LBA + 2]
        add ax, [bp + L_COUNT]
        adc dx, 0
        jc disk_address.bad
        sub ax, [si + D_TOTAL]
        sbb dx, [si + D_TOTAL + 2]
        jc .fits
        or ax, dx
        jnz disk_address.bad
.fits:  clc
        ret
disk_address.bad:
        mov ah, 04h
        stc
        ret

; 08h: last cylinder, head and sector, number of disks.
; DEVIATION: the AT BIOS kept the cylinder behind that for diagnostics and did not
; count it; later ones count all, and so do the partitions made under them.
disk_parameters:
        mov ax, [si + D_LCYLS]
        dec ax
        mov cl, 6
        xchg al, ah
        shl al, cl
        or al, [si + D_LSPT]
        mov [bp + R_CX], ax
        mov al, [si + D_LHEADS]
        dec ax
        mov [bp + R_DH], al
        push ds
        LOAD_BDA ds
        mov al, [B_HD_COUNT]
        pop ds
        mov [bp + R_DL], al
        xor ax, ax
        mov [bp + R_AL], al
        ret

disk_seek:
        mov word [bp + L_COUNT], 1
        call disk_address
        jc .done
seek_to_lba:
        mov word [bp + L_CHUNK], 0
        mov al, ATA_SEEK
        call ata_issue
        jc .done
        call ata_wait_result
        jc .done
        xor ah, ah
.done:
disk_seek.done:
        ret

; 10h: a disk that answers is ready.
disk_ready:
        xor al, al
        test byte [si + D_FLAGS], DF_LBA
        jz .select
        mov al, 40h
.select:
        call ata_select
        jc .done
        xor ah, ah
        test al, 40h            ; DRDY
        jnz .done
        mov ah, 0aah
.done:  ret

disk_recalibrate:
        call disk_ready
        or ah, ah
        jnz .done
        mov dx, [si + D_BASE]
        add dx, 5
        mov al, ATA_RECALIBRATE
        jmp disk_command
.done:  ret

; 05h: ES:BX = 512 bytes, flag and number of each sector. It is for the disk to
; do or to refuse; where its tracks are not those the caller sees, nobody could.
disk_format:
        test byte [si + D_FLAGS], DF_TRANSLATED
        jnz disk_bad
        push word [bp + R_CX]
        and byte [bp + R_CL], 0c0h      ; any sector number means the track
        inc byte [bp + R_CL]
        mov word [bp + L_COUNT], 1
        call disk_address
        pop word [bp + R_CX]
        jc .done
        mov al, [si + D_LSPT]
        mov [bp + L_CHUNK], al
        mov byte [bp + L_COMMAND], ATA_WRITE    ; which way the data go
        mov al, [si + D_FLAGS]
        push ax
        and byte [si + D_FLAGS], ~DF_LBA & 0ffh ; a track has cylinder and head
        mov al, ATA_FORMAT
        call ata_issue
        pop bx
        mov [si + D_FLAGS], bl
        jc .done
        call ata_wait_result
        jc .done
        test al, ATA_DRQ
        mov ah, 20h
        jz .done
        mov es, [bp + R_ES]
        mov di, [bp + R_BX]
        call ata_sector
        jmp disk_result
.done:  ret

disk_diagnostic:
        xor al, al
        call ata_select
        jc .done
        dec dx
        dec dx
        mov al, ATA_DIAGNOSTIC
        call ata_send
        call ata_wait
        jc .done
        mov dx, [si + D_BASE]
        inc dx
        in al, dx
        and al, 7fh
        cmp al, 01h             ; passed
        mov ah, 20h
        jne .done
        jmp disk_initialize
.done:  ret

; 15h: AH = 3, CX:DX = sectors.
disk_kind:
        pop bx
        mov ax, [si + D_LCYLS]
        mul word [si + D_LHEADS]
        mov bx, [si + D_LSPT]
        call mul_32_16
        mov [bp + R_DX], ax
        mov [bp + R_CX], dx
        LOAD_BDA ds
        mov byte [B_HD_STATUS], 0
        mov byte [bp + R_AH], 3
        and byte [bp + R_FLAGS], ~FLAG_CF & 0ffh
        mov sp, bp
        IRET_FRAME

; INT 76h and 77h: a disk's interrupt.
int77:  push ax
        mov al, READ_ISR
        out PIC2, al
        in al, PIC2
        test al, 80h
        jnz disk_interrupt
        mov al, EOI             ; spurious: only the first controller is in service
        out PIC1, al
        pop ax
        iret
int76:  push ax
disk_interrupt:
        push ds
        LOAD_BDA ds
        mov byte [B_HD_INTFLAG], 0ffh
        mov al, EOI
        out PIC2, al
        out PIC1, al
        mov ax, 9100h
        int 15h
        pop ds
        pop ax
        iret
