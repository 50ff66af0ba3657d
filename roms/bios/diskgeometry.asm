; Which geometry INT 13h shows for a disk. DS = EBDA, SI = the disk's entry.

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
        call disk_send_geometry ; for programs that drive the disk themselves
        jc .done
        call ata_wait
.done:  ret

; Tell the disk its geometry, without awaiting the end. Out: CF = 1 and AH. AL and DX are lost.
disk_send_geometry:
        mov al, [si + D_PHEADS]
        dec ax
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
        jmp ata_send
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
