; The floppy drive and its controller, with this very disk: each sector behind the program holds its number and a sum.

TRACK_SEGMENT   equ     0x2000
SCRATCH         equ     CYLINDERS * HEADS * TRACK_SECTORS - 1   ; the last sector: written, and put back
TICKS           equ     0x46C                   ; BIOS data area: ticks of 55 ms
TRACKS_TIME     equ     5                       ; ticks, for more tracks than the first ones

first_tick:     dw      0
sector_at:      dw      0

test_floppy:
        call    open_floppy
        FAIL_UNLESS nc, 'the BIOS does not read'
        call    test_recalibrate
        call    test_seek
        call    test_write
        ; A few tracks from everywhere, then as many as the time allows.
        mov     si, .tracks
.track:
        lodsb
        mov     ah, 0
        push    si
        call    read_track
        pop     si
        cmp     si, .tracks_end
        jb      .track
        mov     dx, [TICKS]
        mov     [first_tick], dx
        mov     ax, 3                           ; the program is in the first two or three
.next:
        push    ax
        call    read_track
        pop     ax
        inc     ax
        cmp     ax, CYLINDERS * HEADS
        je      .done
        mov     dx, [TICKS]
        sub     dx, [first_tick]
        cmp     dx, TRACKS_TIME
        jb      .next
.done:
        ret
.tracks:        db      159, 80, 81, 38
.tracks_end:

restore_floppy:
        cli
        mov     al, 0x06
        out     0x0A, al
        sti
        jmp     close_floppy

test_recalibrate:
        mov     al, [boot_drive]
        mov     [.recalibrate + 1], al
        mov     [.drive_status + 1], al
        mov     si, .recalibrate
        mov     cx, 2
        call    fdc_command
        FAIL_UNLESS nc, 'no command is taken'
        call    fdc_sense
        FAIL_UNLESS nc, 'recalibrate: no interrupt'
        mov     al, [fdc_result]
        and     al, 0xFC
        mov     dl, 0x20
        cmp     al, dl
        FAIL_UNLESS e, 'recalibrate: ST0 #, not #'
        mov     al, [fdc_result + 1]
        mov     dl, 0
        cmp     al, dl
        FAIL_UNLESS e, 'recalibrate: cylinder #, not #'
        call    .track_0
        FAIL_UNLESS nz, 'not on track 0: ST3 #'
        ret
; Zero flag clear when the drive is on track 0; AL = ST3.
.track_0:
        mov     si, .drive_status
        mov     cx, 2
        call    fdc_command
        FAIL_UNLESS nc, 'drive status: no command is taken'
        mov     cx, 1
        call    fdc_results
        FAIL_UNLESS nc, 'drive status: no result'
        mov     al, [fdc_result]
        test    al, 0x10
        ret
.recalibrate:   db      0x07, 0
.drive_status:  db      0x04, 0

test_seek:
        mov     ch, 79
        call    fdc_seek
        FAIL_UNLESS nc, 'seek: no interrupt'
        mov     al, [fdc_result + 1]
        mov     dl, 79
        cmp     al, dl
        FAIL_UNLESS e, 'seek: cylinder #, not #'
        call    test_recalibrate.track_0
        FAIL_UNLESS z, 'still on track 0: ST3 #'
        mov     al, [boot_drive]
        or      al, 0x04                        ; head 1
        mov     [.read_id + 1], al
        mov     si, .read_id
        mov     cx, 2
        call    fdc_command
        FAIL_UNLESS nc, 'read ID: no command is taken'
        mov     cx, 7
        call    fdc_results
        FAIL_UNLESS nc, 'read ID: no result'
        mov     al, [fdc_result]
        test    al, 0xC0
        FAIL_UNLESS z, 'read ID: ST0 #'
        mov     ax, [fdc_result + 3]            ; C, H
        mov     dx, 0x0100 | 79
        cmp     ax, dx
        FAIL_UNLESS e, 'read ID: head and cylinder %, not %'
        mov     al, [fdc_result + 6]
        mov     dl, 2
        cmp     al, dl
        FAIL_UNLESS e, 'read ID: size #, not #'
        ret
.read_id:       db      0x4A, 0

; Sectors AX to BX of one track to or from TRACK_SEGMENT, by command CL and DMA mode CH. The heads are moved.
transfer_sectors:
        mov     [.command], cx
        mov     [.first], ax
        mov     [.last], bx
        call    locate_sector
        call    fdc_seek
        FAIL_UNLESS nc, 'seek: no interrupt'
        mov     bx, [.last]
        sub     bx, [.first]
        inc     bx
        mov     cl, 9
        shl     bx, cl
        dec     bx
        mov     cl, [.command + 1]
        xor     ax, ax
        mov     dx, TRACK_SEGMENT >> 12
        cli
        call    dma_set
        sti
        mov     ax, [.first]
        call    locate_sector
        mov     dl, cl
        add     dl, [.last]
        sub     dl, [.first]
        mov     al, [.command]
        call    fdc_sectors
        FAIL_UNLESS nc, 'no result'
        mov     ax, [fdc_result]
        mov     dx, [.first]
        ; Beyond the last sector there is none: the count of DMA was not over, which is its own part's business.
        cmp     ah, 0x80
        je      .done
        test    al, 0xC0
.done:
        ret
.command:       dw      0
.first:         dw      0
.last:          dw      0

; Track AX, all sectors of it.
read_track:
        mov     bx, TRACK_SECTORS
        mul     bx
        mov     bx, ax
        add     bx, TRACK_SECTORS - 1
; Sectors AX to BX.
read_sectors:
        mov     cx, 0x46 << 8 | FDC_READ
        call    transfer_sectors
        FAIL_UNLESS z, 'read: ST1, ST0 %, sector %'
        mov     bx, TRACK_SEGMENT
        mov     es, bx
        mov     ax, [transfer_sectors.first]
        xor     di, di
.next:
        mov     [sector_at], di
        call    check_sector
        jne     .bad
        inc     ax
        cmp     ax, [transfer_sectors.last]
        jbe     .next
        push    ds
        pop     es
        ret
.bad:
        mov     dx, ax
        mov     di, [sector_at]
        mov     ax, [es:di]
        cmp     ax, dx
        FAIL_UNLESS e, 'sector % in place of %'
        FAIL    'sector % is damaged'

; The scratch sector takes other bytes, and gets its own back.
test_write:
        mov     ax, SCRATCH
        mov     bx, ax
        call    read_sectors
        call    .invert
        call    .write
        jnz     .refused
        call    .read_back
        call    .invert
        call    .write
        jnz     .refused
        mov     ax, SCRATCH
        mov     bx, ax
        jmp     read_sectors
; A disk may be protected against it.
.refused:
        test    byte [fdc_result + 1], 0x02
        FAIL_UNLESS nz, 'write: ST1, ST0 %'
        ret
.invert:
        mov     ax, TRACK_SEGMENT
        mov     es, ax
        xor     di, di
        mov     cx, SECTOR / 2
.word:
        not     word [es:di]
        inc     di
        inc     di
        loop    .word
        push    ds
        pop     es
        ret
.write:
        mov     ax, SCRATCH
        mov     bx, ax
        mov     cx, 0x4A << 8 | FDC_WRITE
        jmp     transfer_sectors
; What was written, into memory that holds something else before.
.read_back:
        mov     ax, TRACK_SEGMENT
        mov     es, ax
        xor     di, di
        mov     cx, SECTOR / 2
        xor     ax, ax
        rep     stosw
        push    ds
        pop     es
        mov     ax, SCRATCH
        mov     bx, ax
        mov     cx, 0x46 << 8 | FDC_READ
        call    transfer_sectors
        FAIL_UNLESS z, 'read back: ST1, ST0 %'
        call    .invert
        mov     ax, TRACK_SEGMENT
        mov     es, ax
        xor     di, di
        mov     ax, SCRATCH
        call    check_sector
        push    ds
        pop     es
        FAIL_UNLESS e, 'what was written is not read'
        jmp     .invert
