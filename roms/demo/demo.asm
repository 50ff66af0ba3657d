; The built-in disk: what Beige boots when it is given no image. One screen that shows the machine at work, from an
; 8086 on, by the BIOS's services and text memory alone.
;
; Build, from the root of the repository:
;   nasm -f bin -I roms/demo/ roms/demo/demo.asm -o roms/demo.img

        cpu     8086
        bits    16
        org     0x7C00

SECTOR          equ     512
SECTORS         equ     (end - boot) / SECTOR

; A sector without a program.
%macro PATTERN 1
        dw      number
        times   15 dw (%1) & 0xFFFF, (%1) + 1 & 0xFFFF, (%1) + 2 & 0xFFFF, (%1) + 3 & 0xFFFF, \
                (%1) + 4 & 0xFFFF, (%1) + 5 & 0xFFFF, (%1) + 6 & 0xFFFF, (%1) + 7 & 0xFFFF, \
                (%1) + 8 & 0xFFFF, (%1) + 9 & 0xFFFF, (%1) + 10 & 0xFFFF, (%1) + 11 & 0xFFFF, \
                (%1) + 12 & 0xFFFF, (%1) + 13 & 0xFFFF, (%1) + 14 & 0xFFFF, (%1) + 15 & 0xFFFF
        dw      (%1) & 0xFFFF, (%1) + 1 & 0xFFFF, (%1) + 2 & 0xFFFF, (%1) + 3 & 0xFFFF, \
                (%1) + 4 & 0xFFFF, (%1) + 5 & 0xFFFF, (%1) + 6 & 0xFFFF, (%1) + 7 & 0xFFFF, \
                (%1) + 8 & 0xFFFF, (%1) + 9 & 0xFFFF, (%1) + 10 & 0xFFFF, (%1) + 11 & 0xFFFF, \
                (%1) + 12 & 0xFFFF, (%1) + 13 & 0xFFFF
        dw      -(65279 * number + 1891) & 0xFFFF
%endmacro

boot:
        jmp     short .start
        nop
        db      'BEIGE   '
.start:
        xor     ax, ax
        cli                                     ; an early 8088 takes an interrupt between the two
        mov     ss, ax
        mov     sp, boot
        sti
        cld
        mov     ds, ax
        mov     es, ax
        jmp     0:.load                         ; some BIOSes start at 07C0:0000
.load:
        mov     [boot_drive], dl
        mov     bx, boot + SECTOR
        mov     cx, 0x0002                      ; cylinder 0, sector 2
        mov     dh, 0
        mov     si, SECTORS - 1
; One sector at a time. How many a track has, the disk says: the sector that is not there is the next head's first.
.sector:
        mov     di, 4                           ; tries: a drive that starts up fails the first ones
.try:
        mov     dl, [boot_drive]
        mov     ax, 0x0201
        int     0x13
        jnc     .next
        cmp     ah, 0x04                        ; sector not found
        jne     .retry
        cmp     cl, 8 + 1                       ; no format has less than 8
        jae     .head
.retry:
        xor     ax, ax
        int     0x13
        dec     di
        jnz     .try
        mov     si, .unreadable
.say:
        lodsb
        or      al, al
        jz      .stop
        mov     ah, 0x0E
        mov     bx, 7
        int     0x10
        jmp     short .say
.stop:
        hlt
        jmp     short .stop
.head:
        mov     cl, 1
        xor     dh, 1
        jnz     .sector
        inc     ch
        jmp     short .sector
.next:
        inc     cx
        add     bx, SECTOR
        dec     si
        jnz     .sector
        jmp     main

.unreadable:
        db      'The built-in disk cannot be read.', 13, 10, 0

boot_drive:
        db      0

        times   SECTOR - 2 - ($ - boot) db 0
        dw      0xAA55

%include "main.asm"
%include "screen.asm"
%include "machine.asm"
%include "disks.asm"
%include "colours.asm"
%include "keys.asm"
%include "clock.asm"
%include "test/run.asm"
%include "test/report.asm"
%include "test/time.asm"
%include "test/cpu.asm"
%include "test/ram.asm"
%include "test/pit.asm"
%include "test/pic.asm"
%include "test/kbc.asm"
%include "test/vga.asm"
%include "test/com.asm"
%include "test/fdc.asm"
%include "test/dma.asm"
%include "test/floppy.asm"
%include "test/ata.asm"
%include "test/rtc.asm"

        times   (SECTOR - ($ - boot) % SECTOR) % SECTOR db 0
end:
SECTOR_AT       equ     end                     ; a sector for whoever reads one
%if SECTORS > 3 * 18
%error "the self-test takes the fourth track and those behind it for its own"
%endif

; The rest of a 1.44M floppy: sector N is the word N, the words 257 N to 257 N + 15 over and over, and a last one that
; makes the sum of all zero.
%assign number SECTORS
%rep 80 * 2 * 18 - SECTORS
        PATTERN 257 * number
%assign number number + 1
%endrep
