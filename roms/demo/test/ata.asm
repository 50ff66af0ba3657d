; Hard disks on both ATA channels: their own diagnostics, identification, and reads that must agree with each other. What
; a disk holds is not known, and nothing is written to it.

ATA_SEGMENT     equ     0x2000
BUFFER_A        equ     0x0000
BUFFER_B        equ     0x0800
IDENTITY        equ     0x1000
ATA_SECTORS     equ     4                       ; read

ata_base:       dw      0
ata_device:     db      0                       ; A0h or B0h
ata_found:      db      0
ata_sectors:    db      0                       ; to read: as many as the disk has, four at most
ata_requested:  db      0                       ; IDENTIFY raised it
ata_line:       db      0                       ; the channel's line at the second interrupt controller

test_ata:
        mov     byte [ata_found], 0
        mov     word [ata_base], 0x1F0
        mov     byte [ata_line], 0x40
        call    test_channel
        mov     word [ata_base], 0x170
        mov     byte [ata_line], 0x80
        call    test_channel
        ; The BIOS knows how many there are.
        mov     al, [ata_found]
        mov     dl, [0x475]
        cmp     al, dl
        FAIL_UNLESS ae, '# disks, the BIOS has #'
        or      al, al
        jnz     restore_ata
        SKIP    'no disk'
restore_ata:
        ret

test_channel:
        mov     byte [ata_device], 0xA0
        call    test_device
        mov     byte [ata_device], 0xB0
; The device, if there is one.
test_device:
        call    select_device
        call    is_device
        je      .present
        ret
.present:
        mov     al, [ata_device]
        cmp     al, 0xA0
        jne     .identify
        call    test_diagnostics
        jc      .packet
.identify:
        call    identify
        test    al, 0x01
        jz      .disk
        ; A CD-ROM drive refuses, and signs.
        mov     dx, 4
        call    read_register
        cmp     al, 0x14
        je      .packet
        mov     dx, 7
        call    read_register
        mov     ah, al
        mov     dx, 1
        call    read_register
        mov     dl, al
        mov     al, ah
        FAIL    'identify: status #, error #'
.packet:
        ret
.disk:
        test    al, 0x08
        jnz     .offered
        cmp     byte [ata_device], 0xB0         ; a device 1 that is absent may answer with zeros
        jne     .not_offered
        or      al, al
        jz      .packet
.not_offered:
        FAIL    'identify: no data, status #'
.offered:
        inc     byte [ata_found]
        mov     di, IDENTITY
        call    read_block
        cmp     byte [ata_requested], 0
        FAIL_UNLESS ne, 'no interrupt is requested'
        call    test_identity
        call    test_reads
        call    test_buffer
        jmp     test_beyond

; AL = register DX of the channel.
read_register:
        add     dx, [ata_base]
        in      al, dx
        ret

; AL into register DX of the channel.
write_register:
        add     dx, [ata_base]
        out     dx, al
        ret

select_device:
        mov     dx, 6
        mov     al, [ata_device]
        call    write_register
        ; 400 ns later its status is there.
        mov     cx, 4
.wait:
        mov     dx, 7
        call    read_register
        loop    .wait
        ret

; Zero flag set when registers keep what is written, and the status is no bus that floats. An absent device 1 shows
; the registers of device 0, with the status 0.
is_device:
        mov     dx, 7
        call    read_register
        cmp     al, 0x00
        je      .absent
        cmp     al, 0x7F
        jae     .floating
.registers:
        mov     ax, 0x55AA
        call    .keeps
        jne     .done
        mov     ax, 0xAA55
; Zero flag set when sector count and number keep AL and AH.
.keeps:
        mov     bx, ax
        mov     dx, 2
        call    write_register
        mov     al, bh
        mov     dx, 3
        call    write_register
        mov     dx, 2
        call    read_register
        mov     ah, al
        mov     dx, 3
        call    read_register
        xchg    al, ah
        cmp     ax, bx
.done:
        ret
.floating:
        cmp     al, 0xFF
        jne     .registers
.absent:
        or      sp, sp                          ; zero flag clear
        ret

; AL = status, once it is not busy; 80h after a second.
await_device:
        push    bp
        mov     bp, 20
.again:
        mov     ax, 50
        call    set_deadline
.wait:
        mov     dx, 7
        call    read_register
        test    al, 0x80
        jz      .done
        call    is_expired
        jnc     .wait
        dec     bp
        jnz     .again
        mov     al, 0x80
.done:
        pop     bp
        ret

; AL = status after command AL.
ata_command:
        mov     dx, 7
        call    write_register
        push    ax
        mov     ax, 3                           ; three cycles: 2.5 us
        call    pass_cycles
        pop     ax
        jmp     short await_device

; AL = status after IDENTIFY DEVICE. Whether it raised the channel's line is seen before the status is read, which takes
; the line back.
identify:
        cli
        mov     dx, [ata_base]
        add     dx, 0x206
        mov     al, 0x08                        ; interrupts on
        out     dx, al
        mov     dx, 7
        call    read_register
        mov     byte [ata_requested], 1
        mov     dx, 7
        mov     al, 0xEC
        call    write_register
        mov     ax, 50
        call    set_deadline
.wait:
        call    read_irr2
        test    al, [ata_line]
        jnz     .requested
        call    is_expired
        jnc     .wait
        mov     byte [ata_requested], 0
.requested:
        call    await_device
        sti
        ret

; 256 words of the data register to ATA_SEGMENT:DI, which is moved on.
read_block:
        mov     ax, ATA_SEGMENT
        mov     es, ax
        mov     dx, [ata_base]
        mov     cx, SECTOR / 2
.word:
        in      ax, dx
        stosw
        loop    .word
        push    ds
        pop     es
        ret

; Device 0 tests both. Carry flag set when it signs as a CD-ROM drive.
test_diagnostics:
        mov     al, 0x90
        call    ata_command
        test    al, 0x80
        FAIL_UNLESS z, 'diagnostics: busy'
        mov     dx, 1
        call    read_register
        and     al, 0x7F                        ; bit 7 is about device 1
        mov     dl, 0x01
        cmp     al, dl
        FAIL_UNLESS e, 'diagnostics #, not #'
        call    select_device
        mov     dx, 4
        call    read_register
        mov     bl, al
        mov     dx, 5
        call    read_register
        mov     ah, al
        mov     al, bl
        cmp     ax, 0xEB14
        stc
        je      .done
        mov     dx, 0
        cmp     ax, dx
        FAIL_UNLESS e, 'signature %, not %'
        clc
.done:
        ret

; What IDENTIFY DEVICE tells must be possible.
test_identity:
        mov     ax, ATA_SEGMENT
        mov     es, ax
        mov     ax, [es:IDENTITY]
        test    ah, 0x80
        jnz     .bad                            ; not ATA
        mov     ax, [es:IDENTITY + 3 * 2]
        or      ax, ax
        jz      .bad
        cmp     ax, 16
        ja      .bad                            ; heads
        mov     ax, [es:IDENTITY + 6 * 2]
        or      ax, ax
        jz      .bad
        cmp     ax, 63
        ja      .bad                            ; sectors of a track
        mov     si, IDENTITY + 27 * 2           ; the model, in ASCII
        mov     cx, 40
.letter:
        mov     al, [es:si]
        cmp     al, ' '
        jb      .bad
        cmp     al, 0x7E
        ja      .bad
        inc     si
        loop    .letter
        ; As many sectors as there are, within one track.
        mov     al, ATA_SECTORS
        cmp     [es:IDENTITY + 6 * 2], al
        ja      .track
        mov     al, [es:IDENTITY + 6 * 2]
.track:
        cmp     word [es:IDENTITY + 61 * 2], 0
        jne     .count
        cmp     word [es:IDENTITY + 60 * 2], 0
        je      .count                          ; LBA is not there
        cmp     word [es:IDENTITY + 60 * 2], ATA_SECTORS
        jae     .count
        mov     al, [es:IDENTITY + 60 * 2]
.count:
        mov     [ata_sectors], al
        push    ds
        pop     es
        ret
.bad:
        FAIL    'identify: nonsense'

; Command AL for CL sectors from sector number BL of cylinder 0, head 0, device bits AH. AL = status.
ata_address:
        push    ax
        mov     al, [ata_device]
        or      al, ah
        mov     dx, 6
        call    write_register
        mov     al, cl
        mov     dx, 2
        call    write_register
        mov     al, bl
        mov     dx, 3
        call    write_register
        xor     al, al
        mov     dx, 4
        call    write_register
        mov     dx, 5
        call    write_register
        pop     ax
        jmp     ata_command

; The first sectors by one command, then each by its own, by cylinder, head and sector, and by its number.
test_reads:
        mov     al, 0x40                        ; read verify
        mov     ah, 0
        mov     bl, 1
        mov     cl, [ata_sectors]
        call    ata_address
        test    al, 0x81
        FAIL_UNLESS z, 'verify: status #'
        mov     al, 0x20
        mov     ah, 0
        mov     bl, 1
        mov     cl, [ata_sectors]
        call    ata_address
        mov     di, BUFFER_A
        mov     ch, 0
        mov     cl, [ata_sectors]
.block:
        push    cx
        call    .is_offered
        call    read_block
        call    await_device
        pop     cx
        loop    .block
        mov     ah, 0
        mov     bh, 1
        call    .singly
        mov     ax, ATA_SEGMENT
        mov     es, ax
        test    byte [es:IDENTITY + 49 * 2 + 1], 0x02
        push    ds
        pop     es
        jz      .done                           ; no LBA
        mov     ah, 0x40
        mov     bh, 0
        call    .singly
.done:
        ret
; Each sector by itself, device bits AH, from number BH on.
.singly:
        mov     [.bits], ah
        mov     [.number], bh
        mov     di, BUFFER_B
        mov     ch, 0
        mov     cl, [ata_sectors]
.sector:
        push    cx
        mov     al, 0x20
        mov     ah, [.bits]
        mov     bl, [.number]
        mov     cl, 1
        call    ata_address
        call    .is_offered
        call    read_block
        inc     byte [.number]
        pop     cx
        loop    .sector
        mov     ax, ATA_SEGMENT
        mov     ds, ax
        mov     es, ax
        mov     si, BUFFER_A
        mov     di, BUFFER_B
        mov     ch, [cs:ata_sectors]
        mov     cl, 0                           ; words
        repe    cmpsw
        mov     ax, 0
        mov     ds, ax
        mov     es, ax
        je      .done
        mov     ax, di
        sub     ax, BUFFER_B + 2
        mov     cl, 9
        shr     ax, cl
        mov     dl, [.bits]
        FAIL    'sector # read alone differs, device bits #'
.is_offered:
        mov     ah, al
        and     al, 0x89
        cmp     al, 0x08
        mov     al, ah
        FAIL_UNLESS e, 'read: status #'
        ret
.bits:          db      0
.number:        db      0

; The sector buffer keeps a pattern; a disk may refuse the command.
test_buffer:
        mov     al, 0xE8                        ; write buffer
        call    ata_command
        test    al, 0x01
        jnz     .done
        test    al, 0x08
        jz      .done
        mov     dx, [ata_base]
        mov     cx, SECTOR / 2
        mov     ax, 0x0100
.write:
        out     dx, ax
        add     ax, 0x0203
        loop    .write
        call    await_device
        mov     al, 0xE4                        ; read buffer
        call    ata_command
        test    al, 0x08
        FAIL_UNLESS nz, 'read buffer: status #'
        mov     dx, [ata_base]
        mov     cx, SECTOR / 2
        mov     bx, 0x0100
        mov     si, 0
.read:
        in      ax, dx
        xor     ax, bx
        or      si, ax
        add     bx, 0x0203
        loop    .read
        mov     ax, si
        or      ax, ax
        FAIL_UNLESS z, 'buffer: bits %'
.done:
        ret

; There is no sector 0.
test_beyond:
        mov     al, 0x20
        mov     ah, 0
        mov     bl, 0
        mov     cl, 1
        call    ata_address
        test    al, 0x01
        FAIL_UNLESS nz, 'sector 0 is read, status #'
        ret
