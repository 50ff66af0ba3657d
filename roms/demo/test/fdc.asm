; The floppy controller by its ports, for the parts DMA and FLOPPY. The BIOS has found out the data rate.

FDC_MSR         equ     0x3F4
MOTOR_COUNT     equ     0x440                   ; BIOS data area: ticks until the motors stop
TRACK_SECTORS   equ     18
HEADS           equ     2
CYLINDERS       equ     80
FDC_READ        equ     0x46                    ; MFM, one head
FDC_WRITE       equ     0x45

fdc_result:     times   7 db 0
fdc_is_ours:    db      0                       ; the BIOS must be told

; Skips the part when this disk is in no floppy drive. Otherwise the motor runs and the controller is at rest; carry
; flag set when the BIOS cannot read.
open_floppy:
        mov     byte [fdc_is_ours], 0
        cmp     byte [boot_drive], 2
        jb      .drive
        SKIP    'not started from a floppy'
.drive:
        cmp     byte [interrupts_work], 0
        jne     .read
        SKIP    'it needs interrupts'
.read:
        ; The BIOS starts the motor, waits until it turns, and leaves it on.
        mov     ax, 0x0201
        mov     bx, SECTOR_AT
        mov     cx, 0x0001
        mov     dh, 0
        mov     dl, [boot_drive]
        int     0x13
        mov     byte [MOTOR_COUNT], 0xFF
        mov     byte [fdc_is_ours], 1
        ret

; The BIOS finds the heads again, and stops the motor in its time.
close_floppy:
        cmp     byte [fdc_is_ours], 0
        je      .done
        sti
        mov     byte [MOTOR_COUNT], 37
        mov     ah, 0x00
        mov     dl, [boot_drive]
        int     0x13
        mov     ax, 0x0201
        mov     bx, SECTOR_AT
        mov     cx, 0x0001
        mov     dh, 0
        mov     dl, [boot_drive]
        int     0x13
.done:
        ret

; The command of CX bytes at SI. Carry flag set if the controller does not take it.
fdc_command:
        mov     ax, 50
        call    set_deadline
.byte:
        mov     dx, FDC_MSR
.wait:
        in      al, dx
        and     al, 0xC0
        cmp     al, 0x80
        je      .ready
        call    is_expired
        jnc     .wait
        ret
.ready:
        inc     dx
        lodsb
        out     dx, al
        loop    .byte
        clc
        ret

; CX bytes of the result into fdc_result. Carry flag set if one of them does not come within a second and a half.
fdc_results:
        mov     di, fdc_result
.byte:
        mov     bp, 30
.again:
        mov     ax, 50
        call    set_deadline
        mov     dx, FDC_MSR
.wait:
        in      al, dx
        and     al, 0xC0
        cmp     al, 0xC0
        je      .ready
        call    is_expired
        jnc     .wait
        dec     bp
        jnz     .again
        stc
        ret
.ready:
        inc     dx
        in      al, dx
        mov     [di], al
        inc     di
        loop    .byte
        clc
        ret

; The interrupt of a seek, and what it was for: two bytes in fdc_result. Carry flag set if it does not come.
fdc_sense:
        mov     bp, 30
.again:
        mov     ax, 50
        call    set_deadline
.wait:
        mov     dx, FDC_MSR
        in      al, dx
        test    al, 0x10                        ; a command is under way
        jnz     .busy
        push    bp
        mov     si, .command
        mov     cx, 1
        call    fdc_command
        pop     bp
        jc      .done
        push    bp
        mov     cx, 1
        call    fdc_results
        pop     bp
        jc      .done
        cmp     byte [fdc_result], 0x80         ; nothing to tell yet
        je      .busy
        mov     di, fdc_result + 1
        mov     cx, 1
        jmp     fdc_results.byte
.busy:
        call    is_expired
        jnc     .wait
        dec     bp
        jnz     .again
        stc
.done:
        ret
.command:       db      0x08

; The heads to cylinder CH.
fdc_seek:
        mov     al, [boot_drive]
        mov     [.command + 1], al
        mov     [.command + 2], ch
        mov     si, .command
        mov     cx, 3
        call    fdc_command
        jc      .done
        call    fdc_sense
.done:
        ret
.command:       db      0x0F, 0, 0

; DMA channel 2: BX bytes less one at physical address DX:AX, mode CL (46h to memory, 4Ah from memory).
dma_set:
        push    ax
        mov     al, 0x06                        ; masked meanwhile
        out     0x0A, al
        out     0x0C, al
        mov     al, cl
        out     0x0B, al
        pop     ax
        out     0x04, al
        mov     al, ah
        out     0x04, al
        mov     al, dl
        out     0x81, al
        mov     al, bl
        out     0x05, al
        mov     al, bh
        out     0x05, al
        mov     al, 0x02
        out     0x0A, al
        ret

; Sectors CL to DL of cylinder CH, head DH, by command AL, DMA as it is set. The heads are there. Carry flag set when
; the controller gives no result; otherwise zero flag set when it reports success.
fdc_sectors:
        mov     [.command], al
        mov     al, dh
        shl     al, 1
        shl     al, 1
        or      al, [boot_drive]
        mov     [.command + 1], al
        mov     [.command + 2], ch
        mov     [.command + 3], dh
        mov     [.command + 4], cl
        mov     [.command + 6], dl
        mov     si, .command
        mov     cx, 9
        call    fdc_command
        jc      .done
        mov     cx, 7
        call    fdc_results
        jc      .done
        test    byte [fdc_result], 0xC0
        clc
.done:
        ret
.command:       db      0, 0, 0, 0, 0, 2, 0, 0x1B, 0xFF

; The parts of the disk behind the program: sector AX holds its number, a count, and the complement of their sum.
; CH, DH, CL = cylinder, head and sector of AX.
locate_sector:
        push    ax
        push    bx
        mov     bl, TRACK_SECTORS * HEADS
        div     bl
        mov     ch, al
        mov     al, ah
        mov     ah, 0
        mov     bl, TRACK_SECTORS
        div     bl
        mov     dh, al
        mov     cl, ah
        inc     cl
        pop     bx
        pop     ax
        ret

; Zero flag set when the sector at ES:DI is number AX. Changes BX, CX, DX, DI.
check_sector:
        cmp     [es:di], ax
        jne     .done
        mov     cx, SECTOR / 2
        xor     bx, bx
.sum:
        add     bx, [es:di]
        inc     di
        inc     di
        loop    .sum
        or      bx, bx
        jnz     .done
        cmp     [es:di - SECTOR], ax
.done:
        ret
