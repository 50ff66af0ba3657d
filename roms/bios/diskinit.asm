; Which ATA disks there are, and what geometry INT 13h shows for them.

; In: DS = BDA, kept. Fills E_DISK, the parameter tables and the vectors 41h, 46h.
disk_init:
        push ds
        mov ds, [B_EBDA]
        push bp
        mov bp, sp
        sub sp, L_SIZE
        mov si, E_DISK
        xor bx, bx              ; BL = ATA drive, 0-3
.channel:
        mov dx, 1f0h
        cmp bl, 2
        jb .primary
        mov dl, 70h
.primary:
        call ata_channel_reset
        jc .no_channel
        call .drive
.no_channel:
        and bl, 0feh
        add bl, 2
        cmp bl, 4
        jb .channel
        mov sp, bp
        pop bp
        push ds
        pop es
        pop ds
        mov ax, si
        sub ax, E_DISK
        mov cl, DISK_SIZE
        div cl
        mov [B_HD_COUNT], al
        mov byte [B_HD_INTFLAG], 0
        jmp disk_tables

; Both drives of the channel at DX.
.drive: call .one
        inc bx
.one:   mov [si + D_BASE], dx
        mov al, 0a0h
        test bl, 01h
        jz .master
        mov al, 0b0h
.master:
        mov [si + D_SELECT], al
        push bx
        push dx
        call ata_identify
        jc .absent
        call disk_geometry
        add si, DISK_SIZE
.absent:
        pop dx
        pop bx
        ret

; Reset a channel. In: DX = base. Out: CF = 1 if nothing is there. AX is lost.
ata_channel_reset:
        push dx
        add dx, 7
        in al, dx
        cmp al, 0ffh            ; nobody drives the bus
        stc
        je .done
        add dx, ATA_ALT_STATUS - 7
        mov al, 0ch
        out dx, al
        mov ax, 10
        call spin_us
        mov al, 08h             ; interrupts on
        out dx, al
        push cx
        push di
        push si
        mov cx, 2 * SECOND
        call deadline_start
.poll:  in al, dx
        test al, ATA_BSY
        jz .ready
        call deadline_passed
        jnc .poll
.ready: pop si
        pop di
        pop cx
.done:  pop dx
        ret

; Is a disk at the entry DS:SI? Out: CF = 0 and its IDENTIFY data in E_SECTOR.
; AX, CX, DX, DI, ES are lost.
ata_identify:
        mov dx, [si + D_BASE]
        add dx, 6
        mov al, [si + D_SELECT]
        out dx, al
        mov ax, 10
        call spin_us
        sub dx, 4
        mov al, 55h             ; do the registers keep anything?
        out dx, al
        inc dx
        mov al, 0aah
        out dx, al
        dec dx
        in al, dx
        cmp al, 55h
        jne .absent
        inc dx
        in al, dx
        cmp al, 0aah
        jne .absent
        call ata_wait
        jc .absent
        dec dx
        dec dx                  ; base + 5
        mov al, ATA_IDENTIFY
        call ata_send
        or al, al               ; an absent second drive reads as zero
        jz .absent
        call ata_wait_result
        jc .absent              ; a CD-ROM refuses this command
        test al, ATA_DRQ
        jz .absent
        push ds
        pop es
        mov di, E_SECTOR
        mov dx, [si + D_BASE]
        call ata_read_words
        clc
        ret
.absent:
        stc
        ret
