; What programs read about the disks besides INT 13h.

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
