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

; Fill the entry DS:SI from E_SECTOR and CMOS. In: BL = ATA drive.
; AX, BX, CX, DX, DI are lost.
disk_geometry:
        mov byte [si + D_FLAGS], 0
        mov ax, [E_SECTOR + 2 * 1]
        mov [si + D_PCYLS], ax
        mov ax, [E_SECTOR + 2 * 3]
        mov [si + D_PHEADS], ax
        mov ax, [E_SECTOR + 2 * 6]
        mov [si + D_PSPT], ax
        mov al, CM_TRANSLATION
        call cmos_read
        mov cl, bl
        shl cl, 1
        shr al, cl
        and al, 03h
        mov ch, al              ; CH = translation
        call cmos_geometry
        jnc .total
        or ch, ch
        jnz .total
        cmp word [si + D_PCYLS], 1024
        jbe .total
        mov ch, 1               ; nobody chose: LBA-assisted
.total: mov ax, [E_SECTOR + 2 * 60]
        mov dx, [E_SECTOR + 2 * 61]
        test byte [E_SECTOR + 2 * 49 + 1], 02h
        jz .no_lba
        mov bx, ax
        or bx, dx
        jz .no_lba
        or byte [si + D_FLAGS], DF_LBA
        jmp .store
.no_lba:
        mov ax, [si + D_PCYLS]
        mul word [si + D_PHEADS]
        mov bx, [si + D_PSPT]
        call mul_32_16
.store: mov [si + D_TOTAL], ax
        mov [si + D_TOTAL + 2], dx
        call disk_translate
        call disk_extension
        mov bl, [si + D_PHEADS] ; tell the disk too, for programs that drive it
        dec bx
        mov al, bl
        and al, 0fh
        call ata_select
        jc .done
        mov dx, [si + D_BASE]
        inc dx
        inc dx
        mov al, [si + D_PSPT]
        out dx, al
        add dx, 3
        mov al, ATA_SET_GEOMETRY
        call ata_send
        call ata_wait
.done:  ret

; DX:AX = DX:AX * BX.
mul_32_16:
        push cx
        push ax
        mov ax, dx
        mul bx
        mov cx, ax
        pop ax
        mul bx
        add dx, cx
        pop cx
        ret

; Physical geometry of the first two disks from CMOS, where type 47 stands.
; In: BL = ATA drive. Out: CF = 1 if CMOS has none. AX, BX are lost.
cmos_geometry:
        cmp bl, 2
        cmc
        jc .done
        mov al, CM_HD
        call cmos_read
        or bl, bl
        jnz .second
        push cx
        mov cl, 4
        shr al, cl
        pop cx
.second:
        and al, 0fh
        cmp al, 0fh
        stc
        jne .done
        mov al, CM_HD_TYPE
        add al, bl
        call cmos_read
        cmp al, 47
        stc
        jne .done
        mov al, 9
        mul bl
        mov bx, ax
        add bl, CM_HD_PARAM
        call .byte              ; cylinders, low byte first
        mov ah, al
        mov al, 1
        call .byte_at
        xchg al, ah
        mov di, ax
        mov al, 2               ; heads
        call .byte_at
        mov bh, al
        mov al, 8               ; sectors a track
        call .byte_at
        or al, al
        jz .nonsense
        or bh, bh
        jz .nonsense
        or di, di
        jz .nonsense
        mov [si + D_PCYLS], di
        xor ah, ah
        mov [si + D_PSPT], ax
        mov al, bh
        mov [si + D_PHEADS], ax
        clc
        ret
.nonsense:
        stc
.done:  ret
.byte:  xor al, al
.byte_at:
        add al, bl
        jmp cmos_read

; Logical geometry. In: CH = translation. AX, BX, CX, DX are lost.
; 0 none, 1 LBA-assisted, 2 large (bit shift), 3 revised large.
disk_translate:
        mov ax, [si + D_PCYLS]
        mov bx, [si + D_PHEADS]
        mov dx, [si + D_PSPT]
        cmp ch, 1
        jb .set
        je .assisted
        cmp ch, 3
        jne .shift
        cmp bx, 16
        jne .shift
        push dx                 ; 16 heads cannot be doubled to 256: 15 first
        mov dx, 16
        mul dx
        mov bx, 15
        cmp dx, bx
        jb .divide
        mov dx, 14
.divide:
        div bx
        pop dx
.shift: cmp ax, 1024
        jbe .set
        cmp bx, 127
        ja .set
        shr ax, 1
        shl bx, 1
        jmp .shift
.assisted:
        mov ax, [si + D_TOTAL]
        mov dx, [si + D_TOTAL + 2]
        mov bx, 16
.heads: push ax
        push dx
        mov ax, 63
        mul bx
        mov cx, ax              ; sectors a cylinder
        pop dx
        pop ax
        cmp bx, 255
        je .divide_total
        push ax
        push dx
        push bx
        mov bx, 1024
        push ax
        push dx
        mov ax, cx
        mul bx                  ; DX:AX = what 1024 cylinders hold
        mov bx, dx
        mov di, ax
        pop dx
        pop ax
        sub di, ax
        sbb bx, dx
        pop bx
        pop dx
        pop ax
        jnc .divide_total
        shl bx, 1
        cmp bx, 256
        jb .heads
        mov bx, 255
        jmp .heads
.divide_total:
        cmp dx, cx
        jb .no_overflow
        mov ax, 1024
        jmp .sectors
.no_overflow:
        div cx
.sectors:
        mov dx, 63
.set:   cmp ax, 1024
        jbe .cylinders
        mov ax, 1024
.cylinders:
        mov [si + D_LCYLS], ax
        mov [si + D_LHEADS], bx
        mov [si + D_LSPT], dx
        cmp bx, [si + D_PHEADS]
        jne .translated
        cmp dx, [si + D_PSPT]
        je .done
.translated:
        or byte [si + D_FLAGS], DF_TRANSLATED
.done:  ret

; The device parameter table extension of INT 13h 48h. AX, BX, CX are lost.
; SPEC: Enhanced Disk Drive specification 1.1 (T13/1226DT), table 5.
disk_extension:
        lea bx, [si + D_DPTE]
        mov ax, [si + D_BASE]
        mov [bx], ax
        add ax, ATA_ALT_STATUS
        mov [bx + 2], ax
        mov al, [si + D_SELECT]
        mov ah, 0cbh
        test byte [si + D_FLAGS], DF_LBA
        jz .no_lba
        or al, 40h
.no_lba:
        mov [bx + 4], ax        ; drive/head bits; vendor byte
        mov ax, 010eh           ; IRQ; one sector a block
        cmp word [si + D_BASE], 1f0h
        je .primary
        inc ax
.primary:
        mov [bx + 6], ax
        mov word [bx + 8], 0    ; no DMA, no fast PIO
        xor ax, ax
        test byte [si + D_FLAGS], DF_TRANSLATED
        jz .no_translation
        or ax, 0208h            ; CHS translation, LBA-assisted
.no_translation:
        test byte [si + D_FLAGS], DF_LBA
        jz .no_lba_flag
        or al, 10h
.no_lba_flag:
        mov [bx + 10], ax
        mov word [bx + 12], 0
        mov byte [bx + 14], 11h
        mov byte [bx + 5], 0
        xor al, al
        mov cx, 15
.sum:   sub al, [bx]
        inc bx
        loop .sum
        mov [bx], al
        ret

; Tables for the first two disks. In: ES = EBDA, DS = BDA; both are kept.
; SPEC: IBM PC AT BIOS, fixed disk parameter table; with A0h at offset 3 the
; physical geometry follows, as the Enhanced Disk Drive specification has it.
disk_tables:
        mov bl, [B_HD_COUNT]
        xor bh, bh
        cmp bl, 2
        jbe .count
        mov bl, 2
.count: or bx, bx
        jz .done
        push ds
        push es
        pop ds
        mov si, E_DISK
        mov di, E_FDPT
        push bx
.next:  call .table
        add si, DISK_SIZE
        add di, 16
        dec bx
        jnz .next
        pop bx
        push es
        mov ax, es
        xor cx, cx
        mov es, cx
        mov word [es:41h * 4], E_FDPT
        mov [es:41h * 4 + 2], ax
        cmp bl, 2
        jb .one
        mov word [es:46h * 4], E_FDPT + 16
        mov [es:46h * 4 + 2], ax
.one:   pop es
        pop ds
.done:  ret

.table: mov ax, [si + D_LCYLS]
        mov [di], ax
        mov ax, [si + D_LHEADS]
        mov [di + 2], al
        mov byte [di + 3], 0
        mov word [di + 4], 0
        mov word [di + 5], 0ffffh       ; no write precompensation
        mov byte [di + 7], 0
        mov byte [di + 8], 0c0h         ; no retries by the disk
        mov al, [si + D_PHEADS]
        cmp al, 8
        jbe .few_heads
        or byte [di + 8], 08h
.few_heads:
        mov ax, [si + D_PCYLS]
        mov [di + 0ch], ax              ; landing zone
        mov al, [si + D_LSPT]
        xor ah, ah
        mov [di + 0eh], ax
        test byte [si + D_FLAGS], DF_TRANSLATED
        jz .plain
        mov ah, 0a0h
        mov al, [si + D_LHEADS]
        mov [di + 2], ax
        mov al, [si + D_PSPT]
        mov [di + 4], al
        mov ax, [si + D_PCYLS]
        mov [di + 9], ax
        mov al, [si + D_PHEADS]
        mov [di + 0bh], al
        push bx
        mov cx, 15
        xor al, al
        mov bx, di
.sum:   sub al, [bx]
        inc bx
        loop .sum
        mov [bx], al
        pop bx
.plain: ret
