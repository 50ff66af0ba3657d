; INT 13h for floppies: formatting, and the parameter tables for each format.
; Registers as in int13_floppy.asm.

; 05h: ES:BX = four ID bytes a sector; DPT says how many sectors, as DOS set it.
fd_format:
        call fd_check_drive
        jc .done
        mov al, DPT_LAST_SECTOR
        call dpt_byte
        xor ah, ah
        shl ax, 1
        shl ax, 1
        mov si, CMD_FORMAT | 4a00h
        call dma_setup
        jc .done
        call fd_begin
        jc .failed
        mov si, DPT_FORMAT_GAP  ; and DPT_FILL
        call fd_end
        jc .failed
.done:  ret
.failed:
        jmp fd_clean_up

; Motor on, change line dealt with: a changed disk is what a format begins with.
fd_for_format:
        call fd_check_drive
        jc .done
        call fd_motor_on
        call fd_check_change
        jnc .ready
        cmp ah, 06h
        stc
        jne .failed
.ready: clc
.failed:
        pushf
        push ax
        call fd_motor_later
        pop ax
        popf
.done:  ret

; 17h: AL = 1 360K in a 360K drive, 2 360K in 1.2M, 3 1.2M, 4 720K.
fd_set_media:
        call fd_for_format
        jc .done
        mov al, [bp + R_AL]
        dec al
        cmp al, 4
        mov ah, 01h
        jae .done
        xor ah, ah
        mov si, ax
        call fd_type
        cmp si, 3
        mov ah, [cs:.states + si]
        jne .set
        cmp al, 2               ; 720K turns faster in a 1.2M drive
        jne .set
        mov ah, FM_RATE_300 | FM_KNOWN | 7
.set:   mov [B_FD_MEDIA + bx], ah
        xor ah, ah
.done:  ret
.states:
        db FM_RATE_250 | FM_KNOWN | 3
        db FM_RATE_300 | FM_DOUBLE_STEP | FM_KNOWN | 4
        db FM_RATE_500 | FM_KNOWN | 5
        db FM_RATE_250 | FM_KNOWN | 7

; 18h: CH, CL = last cylinder and sector to format. Out: ES:DI = table for it;
; AH = 0Ch if the drive cannot.
fd_set_format:
        call fd_for_format
        jc .done
        call fd_type
        mov ah, al
        mov cx, [bp + R_CX]
        mov si, .formats
.next:  mov al, [cs:si]
        or al, al
        jz .unknown
        cmp al, ah
        jne .skip
        cmp cx, [cs:si + 1]
        je .found
.skip:  add si, 6
        jmp .next
.found: mov al, [cs:si + 3]
        mov [B_FD_MEDIA + bx], al
        mov ax, [cs:si + 4]
        mov [bp + R_DI], ax
        mov [bp + R_ES], cs
        xor ah, ah
        ret
.unknown:
        mov ah, 0ch
.done:  ret

; Drive type, sectors, last cylinder, media state, table.
%macro format 5
        db %1, %2, %3, %4 | FM_KNOWN
        dw %5
%endmacro
.formats:
        format 1, 9,  39, FM_RATE_250 | 3, dpt_360
        format 1, 8,  39, FM_RATE_250 | 3, dpt_320
        format 2, 15, 79, FM_RATE_500 | 5, dpt_1200
        format 2, 9,  39, FM_RATE_300 | FM_DOUBLE_STEP | 4, dpt_360_in_1200
        format 2, 8,  39, FM_RATE_300 | FM_DOUBLE_STEP | 4, dpt_320
        format 2, 9,  79, FM_RATE_300 | 7, dpt_720
        format 3, 9,  79, FM_RATE_250 | 7, dpt_720
        format 3, 8,  79, FM_RATE_250 | 7, dpt_640
        format 4, 18, 79, FM_RATE_500 | 7, dpt_1440
        format 4, 9,  79, FM_RATE_250 | 7, dpt_720
        format 4, 8,  79, FM_RATE_250 | 7, dpt_640
        format 5, 36, 79, FM_RATE_1000 | 7, dpt_2880
        format 5, 18, 79, FM_RATE_500 | 7, dpt_1440
        format 5, 9,  79, FM_RATE_250 | 7, dpt_720
        format 6, 36, 79, FM_RATE_1000 | 7, dpt_2880
        format 6, 18, 79, FM_RATE_500 | 7, dpt_1440
        format 6, 9,  79, FM_RATE_250 | 7, dpt_720
        db 0

; Step rate and head times, motor off after ticks, sector size code, sectors,
; gap, length, gap when formatting, fill byte, settle ms, motor start 1/8 s.
dpt_320:         db 0dfh, 02h, 25h, 2, 8,  2ah, 0ffh, 50h, 0f6h, 15, 8
dpt_360:         db 0dfh, 02h, 25h, 2, 9,  2ah, 0ffh, 50h, 0f6h, 15, 8
dpt_360_in_1200: db 0dfh, 02h, 25h, 2, 9,  23h, 0ffh, 50h, 0f6h, 15, 8
dpt_640:         db 0dfh, 02h, 25h, 2, 8,  2ah, 0ffh, 50h, 0f6h, 15, 8
dpt_720:         db 0dfh, 02h, 25h, 2, 9,  2ah, 0ffh, 50h, 0f6h, 15, 8
dpt_1200:        db 0dfh, 02h, 25h, 2, 15, 1bh, 0ffh, 54h, 0f6h, 15, 8
dpt_1440:        db 0afh, 02h, 25h, 2, 18, 1bh, 0ffh, 6ch, 0f6h, 15, 8
dpt_2880:        db 0afh, 02h, 25h, 2, 36, 1bh, 0ffh, 53h, 0f6h, 15, 8
