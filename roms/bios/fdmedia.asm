; What disk is in a drive: the change line, data rate and step.
; Registers as in fdc.asm.

; Out: AL = drive type as CMOS numbers it, 0 for none.
fd_type:
        mov al, CM_FLOPPY
        call cmos_read
        or bl, bl
        jnz .low
        mov cl, 4
        shr al, cl
.low:   and al, 0fh
        cmp al, FD_TYPES
        jbe .done
        xor al, al
.done:  or al, al
        ret

FD_TYPES        equ 6
; By type: capabilities for B_FD_CAPS (bit 0: 80 cylinders, 1: several rates, 2:
; determined), and the media state assumed for a new disk.
fd_caps:        db 0, 4, 7, 5, 7, 7, 7
fd_default:     db 0, FM_RATE_250, FM_RATE_500, FM_RATE_250, FM_RATE_500
                db FM_RATE_1000, FM_RATE_1000

; By type: media states to try, as they will stand when found; 0 ends.
; SPEC: bits 0-2 of the state: 3 = 360K in a 360K drive, 4 = 360K in a 1.2M
; drive, 5 = 1.2M, 7 = anything else.
fd_try_360:     db FM_RATE_250 | FM_KNOWN | 3, 0
; A 1.2M drive turns at 360 rpm, so no disk has 250 kbit/s in it; a drive that
; also turns at 300 rpm, and some emulators, need that rate.
fd_try_1200:    db FM_RATE_500 | FM_KNOWN | 5, FM_RATE_300 | FM_KNOWN | 7
                db FM_RATE_250 | FM_KNOWN | 7, 0
fd_try_720:     db FM_RATE_250 | FM_KNOWN | 7, 0
fd_try_2880:    db FM_RATE_1000 | FM_KNOWN | 7
fd_try_1440:    db FM_RATE_500 | FM_KNOWN | 7, FM_RATE_250 | FM_KNOWN | 7, 0
fd_try:         dw 0, fd_try_360, fd_try_1200, fd_try_720, fd_try_1440
                dw fd_try_2880, fd_try_2880

; Forget what is known about the disk. AL is lost.
fd_forget:
        push si
        call fd_type
        xor ah, ah
        mov si, ax
        mov al, [cs:fd_default + si]
        mov [B_FD_MEDIA + bx], al
        pop si
        ret

; At start: capabilities, media unknown. A restart may have come in the middle of
; a command, so the controller is reset.
floppy_init:
        mov al, CM_FLOPPY
        call cmos_read
        or al, al
        jz .no_drives
        call fdc_reset
.no_drives:
        mov bx, 1
.drive: call fd_forget
        call fd_type
        xor ah, ah
        mov si, ax
        mov al, [cs:fd_caps + si]
        or bl, bl
        jz .store
        mov cl, 4
        shl al, cl
.store: or [B_FD_CAPS], al
        dec bl
        jns .drive
        ret

; Out: ZF = 0 if the drive says that its disk was changed. AX and DX are lost.
; Drives of 40 cylinders have no such line.
fd_change_line:
        call fd_type
        cmp al, 2
        jb .none
        mov dx, FDC_RATE
        in al, dx
        test al, 80h
        ret
.none:  xor al, al
        ret

; After fd_motor_on: see whether the disk was changed. The line drops when the
; heads step while a disk is in.
; Out: AH = 06h changed, 80h no disk.
fd_check_change:
        call fd_change_line
        jz .done
        call fd_forget
        mov al, 01h
        mov cl, bl
        shl al, cl
        not al
        and [B_FD_RECAL], al
        mov al, 1
        call fd_seek
        jc .empty
        xor al, al
        call fd_seek
        jc .empty
        call fd_change_line
        mov ah, 06h
        jz .changed
.empty: mov ah, 80h
.changed:
        stc
.done:  ret

; Set the data rate of a media state. In: AL = state. AL and DX are lost.
fd_set_rate:
        rol al, 1
        rol al, 1
        and al, 03h
        mov dx, FDC_RATE
        out dx, al
        ror al, 1
        ror al, 1
        and byte [B_FD_RATE], 3fh
        or [B_FD_RATE], al
        ret

; Find the data rate by looking for any sector on cylinder 0, and whether the
; drive must step twice by what sector the second cylinder holds.
fd_determine:
        mov al, [B_FD_MEDIA + bx]
        test al, FM_KNOWN
        jz .search
        call fd_set_rate
        jmp fdc_specify
.search:
        push si
        call fd_type
        xor ah, ah
        mov si, ax
        shl si, 1
        mov si, [cs:fd_try + si]
.next:  mov al, [cs:si]
        call fd_set_rate
        call fdc_specify
        jc .done
        xor al, al
        call fd_seek
        jc .done
        call fd_read_id
        jnc .found
        cmp ah, 80h
        je .lost
        inc si
        cmp byte [cs:si], 0
        jne .next
.failed:
        stc
.done:  pop si
        ret
.lost:  call fdc_reset
        mov ah, 80h
        jmp .failed
.found: mov al, [cs:si]
        pop si
        mov [B_FD_MEDIA + bx], al
        test al, FM_RATE        ; a disk of a slow rate in a 5.25 inch drive for a
        jz .known               ; fast one: has it 40 cylinders or 80?
        call fd_type
        cmp al, 2
        jne .known
        mov al, 2
        call fd_seek
        jc .known
        call fd_read_id
        jc .double
        cmp byte [B_FD_RESULT + 3], 2
        je .known
.double:
        mov al, [B_FD_MEDIA + bx]
        and al, FM_RATE
        or al, FM_DOUBLE_STEP | FM_KNOWN | 4
        mov [B_FD_MEDIA + bx], al
.known: clc
        ret

; Read any sector's ID, head 0. Out: CF, AH; B_FD_RESULT + 3 = its cylinder.
fd_read_id:
        mov al, CMD_READ_ID
        call fdc_out
        jc .done
        mov al, bl
        call fdc_out
        jc .done
        jmp fd_finish
.done:  ret
