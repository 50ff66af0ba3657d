; ATA disks by programmed I/O.
; SPEC: ATA-3 (X3T10/2008D), "Protocol overview" and "Command descriptions".
;
; Here DS = EBDA and SI = the disk's entry there; both are kept. BP is on the
; caller's registers, with these locals below:
L_LBA           equ -4          ; dword: next sector
L_COUNT         equ -6          ; word: sectors left
L_COMMAND       equ -8          ; byte
L_DONE          equ -10         ; word: sectors transferred
L_CHUNK         equ -12         ; word: sectors left of the command under way
L_SIZE          equ 12

ATA_BSY         equ 80h
ATA_DF          equ 20h
ATA_DRQ         equ 08h
ATA_ERR         equ 01h
ATA_RECALIBRATE equ 10h
ATA_READ        equ 20h
ATA_READ_LONG   equ 22h
ATA_WRITE       equ 30h
ATA_WRITE_LONG  equ 32h
ATA_TO_DISK     equ 10h         ; bit of these four commands: which way the data go
ATA_LONG        equ 02h         ; bit of these four: with the ECC bytes
ATA_VERIFY      equ 40h
ATA_FORMAT      equ 50h
ATA_SEEK        equ 70h
ATA_DIAGNOSTIC  equ 90h
ATA_SET_GEOMETRY equ 91h
ATA_IDENTIFY    equ 0ech
ATA_ALT_STATUS  equ 206h        ; from the command block: status, interrupt kept
ATA_SECTORS_MAX equ 128
ECC_BYTES       equ 4           ; SPEC: ATA-2, READ LONG, unless SET FEATURES says otherwise

; Wait until the disk is not busy, ten seconds at most. It polls the alternate
; status, which leaves the interrupt to INT 76h; only then does it read the
; status, which takes the request back.
; Out: AL = status; CF = 1 and AH = 80h if it stays busy. DX is lost.
ata_wait:
        mov dx, [si + D_BASE]
        add dx, ATA_ALT_STATUS
        in al, dx
        test al, ATA_BSY
        jz .ready
        push cx
        push di
        push si
        mov cx, 10 * SECOND
        call deadline_start
.poll:  in al, dx
        test al, ATA_BSY
        jz .came
        call deadline_passed
        jnc .poll
.came:  pop si
        pop di
        pop cx
        jc .late
.ready: sub dx, ATA_ALT_STATUS - 7
        in al, dx
        clc
        ret
.late:  mov ah, 80h
        ret

; Wait for the end of a command or for data.
; Out: AL = status; CF = 1 and AH = INT 13h's status on an error. DX is lost.
ata_wait_result:
        call ata_wait
        jc .done
        test al, ATA_DF | ATA_ERR
        jnz .error
        ret
.error: test al, ATA_DF
        mov ah, 0cch
        jnz .failed
        mov dx, [si + D_BASE]
        inc dx
        in al, dx
        push bx
        mov bx, .codes
.bit:   inc bx
        shl al, 1
        mov ah, [cs:bx - 1]
        jc .coded
        cmp bx, .codes + 8
        jb .bit
        mov ah, 0bbh            ; it does not say what
.coded: pop bx
.failed:
        stc
.done:  ret
; BBK, UNC, -, IDNF, -, ABRT, TK0NF, AMNF
.codes: db 0ah, 10h, 0bbh, 04h, 0bbh, 01h, 40h, 02h

; Select the disk and wait for it. Out: CF = 1 and AH. AL and DX are lost.
; In: AL = bits for the low nibble of the drive/head register, 40h with LBA.
ata_select:
        push ax
        call ata_wait
        jc .late
        pop ax
        or al, [si + D_SELECT]
        dec dx                  ; base + 6
        out dx, al
        jmp ata_wait
.late:  pop dx
        ret

; Give a command for L_CHUNK sectors at L_LBA. In: AL = command.
; Out: CF = 1 and AH. AL, BX, CX, DX are lost.
ata_issue:
        push ax
        mov ax, [bp + L_LBA]
        mov dx, [bp + L_LBA + 2]
        test byte [si + D_FLAGS], DF_LBA
        jz .chs
        mov bl, al              ; sector register
        mov cl, ah              ; cylinder registers: CX
        mov ch, dl
        mov al, dh
        or al, 40h
        jmp .select
.chs:   div word [si + D_PSPT]  ; a disk without LBA has fewer than 2^16 tracks
        mov bl, dl
        inc bx
        xor dx, dx
        div word [si + D_PHEADS]
        mov cx, ax
        mov al, dl
.select:
        call ata_select
        jc ata_issue_late
        mov dx, [si + D_BASE]
        inc dx
        inc dx
        mov al, [bp + L_CHUNK]
        out dx, al
        inc dx
        mov al, bl
        out dx, al
        inc dx
        mov al, cl
        out dx, al
        inc dx
        mov al, ch
        out dx, al
        pop ax
ata_send:                       ; AL = command, DX = base + 5
        inc dx
        inc dx
        out dx, al
        add dx, ATA_ALT_STATUS - 7
        in al, dx               ; the 400 ns until the status is true
        clc
        ret
ata_issue_late:
        pop dx
        ret

; Read, write or verify L_COUNT sectors at L_LBA, to or from ES:DI. A command for
; sectors with their ECC moves one.
; Out: CF = 1 and AH = status; L_DONE. AL, BX, CX, DX, DI, ES are lost.
ata_transfer:
        mov word [bp + L_DONE], 0
.chunk: mov ax, [bp + L_COUNT]
        or ax, ax
        jz .done                ; CF = 0
        mov bx, ATA_SECTORS_MAX
        test byte [bp + L_COMMAND], ATA_LONG
        jz .many
        mov bx, 1
.many:  cmp ax, bx
        jbe .fits
        mov ax, bx
.fits:  mov [bp + L_CHUNK], ax
        sub [bp + L_COUNT], ax
        mov al, [bp + L_COMMAND]
        call ata_issue
        jc .done
        cmp byte [bp + L_COMMAND], ATA_VERIFY
        je .verify
.sector:
        call ata_wait_result
        jc .done
        test al, ATA_DRQ
        jz .no_data
        mov ax, di              ; keep the offset low, move the segment
        mov cl, 4
        shr ax, cl
        mov bx, es
        add bx, ax
        mov es, bx
        and di, 0fh
        call ata_sector
        mov ax, 1
        call .count
        dec word [bp + L_CHUNK]
        jnz .sector
        test byte [bp + L_COMMAND], ATA_TO_DISK
        jz .chunk
        call ata_wait_result    ; the last sector's own result
        jnc .chunk
        dec word [bp + L_DONE]
        stc
.done:  ret
.verify:
        call ata_wait_result
        jc .done
        mov ax, [bp + L_CHUNK]
        call .count
        jmp .chunk
.no_data:
        mov ah, 20h
        stc
        ret
.count: add [bp + L_DONE], ax
        add [bp + L_LBA], ax
        adc word [bp + L_LBA + 2], 0
        ret

; One sector between the data port and ES:DI, with its ECC if the command is so.
; DI goes on. AX, CX, DX are lost.
ata_sector:
        mov dx, [si + D_BASE]
        test byte [bp + L_COMMAND], ATA_TO_DISK
        jnz .write
        call ata_read_words
        call .ecc_follows
        jz .done
.read_ecc:
        in al, dx
        stosb
        loop .read_ecc
.done:  ret

.write: push ds
        push si
        push es
        pop ds
        mov si, di
        call has_string_io
        jz .slow
        mov cx, 256
        cpu 186
        rep outsw
        cpu 8086
        jmp .written
.slow:  mov cx, 32
.words: times 8 db 0adh, 0efh   ; LODSW, OUT DX, AX
        loop .words
.written:
        mov di, si
        pop si
        pop ds
        call .ecc_follows
        jz .done
.write_ecc:
        mov al, [es:di]
        inc di
        out dx, al
        loop .write_ecc
        ret

; Out: ZF = 0 if ECC bytes follow, the disk ready for them; CX = how many. AL is
; lost.
; SPEC: ATA-1, READ LONG: the ECC bytes are 8 bits wide, while DRQ is set.
.ecc_follows:
        test byte [bp + L_COMMAND], ATA_LONG
        jz .done
        push dx
        call ata_wait           ; one that stays busy fails by its result
        pop dx
        mov cx, ECC_BYTES
        or cx, cx
        ret

; 256 words from port DX to ES:DI. DI goes on. AX, CX are lost.
ata_read_words:
        call has_string_io
        jz .slow
        mov cx, 256
        cpu 186
        rep insw
        cpu 8086
        ret
.slow:  mov cx, 32
.words: times 8 db 0edh, 0abh   ; IN AX, DX, STOSW
        loop .words
        ret

; Out: ZF = 0 on an 80186 or later. AX, CX are lost.
; SPEC: from the 80186 on, shift counts are taken modulo 32.
has_string_io:
        mov ax, 1
        mov cl, 33
        shl ax, cl
        ret
