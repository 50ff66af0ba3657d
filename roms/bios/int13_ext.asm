; INT 13h 41h-4Eh: disks by sector number.
; SPEC: Enhanced Disk Drive specification 1.1 (T13/1226DT). Registers as in
; int13_disk.asm.

; 41h: version 1.1; packet access and device parameters.
ext_check:
        cmp word [bp + R_BX], 55aah
        jne disk_bad
        pop bx
        mov word [bp + R_BX], 0aa55h
        mov word [bp + R_CX], 0005h
        mov byte [bp + R_AH], 21h
        and byte [bp + R_FLAGS], ~FLAG_CF & 0ffh
        mov sp, bp
        IRET_FRAME

ext_read:
        mov al, ATA_READ
        jmp ext_transfer
ext_write:
        cmp byte [bp + R_AL], 2
        ja disk_bad
        mov al, ATA_WRITE
        jmp ext_transfer
ext_verify:
        mov al, ATA_VERIFY
; In: AL = ATA command. The packet's count becomes what was transferred.
ext_transfer:
        mov [bp + L_COMMAND], al
        mov word [bp + L_DONE], 0
        call ext_packet
        jc .failed
        call ata_transfer
        jc .failed
        cmp byte [bp + L_COMMAND], ATA_WRITE
        jne .ok
        cmp byte [bp + R_AL], 2
        jne .ok
        mov byte [bp + L_COMMAND], ATA_VERIFY   ; write, then verify
        call ext_packet
        jc .failed
        call ata_transfer
        jnc .ok
.failed:
        mov es, [bp + R_DS]
        mov bx, [bp + R_SI]
        mov cx, [bp + L_DONE]
        mov [es:bx + 2], cx
        ret
.ok:    xor ah, ah
        ret

ext_seek:
        call ext_packet
        jc .done
        jmp seek_to_lba
.done:  ret

; The caller's packet. Out: L_COUNT, L_LBA, ES:DI = buffer; CF = 1 and AH on
; nonsense. BX is lost.
ext_packet:
        mov es, [bp + R_DS]
        mov bx, [bp + R_SI]
        mov ah, 01h
        cmp byte [es:bx], 10h
        jb .bad
        mov cx, [es:bx + 2]
        mov [bp + L_COUNT], cx
        mov cx, [es:bx + 8]
        mov [bp + L_LBA], cx
        mov cx, [es:bx + 10]
        mov [bp + L_LBA + 2], cx
        mov cx, [es:bx + 12]
        or cx, [es:bx + 14]
        mov ah, 04h
        jnz .bad
        les di, [es:bx + 4]
        jmp disk_within
.bad:   stc
        ret

; 45h, 46h: nothing to lock or to eject.
ext_not_removable:
        mov ah, 0b2h
        ret

; 49h: a fixed disk does not change.
ext_media_change:
        xor ah, ah
        ret

; 48h: DS:SI = buffer of 1Ah or 1Eh bytes.
ext_parameters:
        mov es, [bp + R_DS]
        mov di, [bp + R_SI]
        mov dx, [es:di]         ; size the caller has
        mov ah, 01h
        cmp dx, 1ah
        jb .done
        mov ax, 1ah
        cmp dx, 1eh
        jb .short
        mov ax, 1eh
.short: push ax
        stosw
        mov ax, 0002h           ; geometry valid
        cmp word [si + D_TOTAL + 2], 15482880 >> 16
        jb .small
        xor ax, ax              ; more sectors than cylinders can count
.small: stosw
        mov ax, [si + D_PCYLS]
        call .dword
        mov ax, [si + D_PHEADS]
        call .dword
        mov ax, [si + D_PSPT]
        call .dword
        mov ax, [si + D_TOTAL]
        stosw
        mov ax, [si + D_TOTAL + 2]
        call .dword
        xor ax, ax
        stosw
        mov ax, 512
        stosw
        pop ax
        cmp al, 1eh
        jb .ok
        lea ax, [si + D_DPTE]
        stosw
        mov ax, ds
        stosw
.ok:    xor ah, ah
.done:  ret
.dword: stosw
        xor ax, ax
        stosw
        ret

; 4Eh: prefetch off, slowest PIO, DMA off are as things stand; nothing faster.
; Out: AL = 0: no other disk is affected.
ext_hardware:
        mov al, [bp + R_AL]
        cmp al, 01h
        je .ok
        cmp al, 04h
        je .ok
        cmp al, 06h
        jne disk_bad
.ok:    mov byte [bp + R_AL], 0
        xor ah, ah
        ret
