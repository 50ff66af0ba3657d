; The system BIOS of Beige: 128 KiB for E0000h-FFFFFh.
;
;   E0000h  the VGA BIOS (32 KiB), copied to C0000h where that is empty RAM
;   E8000h  unused
;   F0000h  this BIOS; historical entry points from E05Bh on
;
; One command builds it:
;   nasm -f bin -I roms/bios/ roms/bios/bios.asm -o roms/bios.bin
;
; then the last byte is set so that the last 64 KiB sum to zero.
;
; It runs on an 8086. What a later CPU does faster is asked for at run time.

        cpu 8086
        bits 16

%include "equ.inc"
%include "macros.inc"

        section vga start=0 vstart=0 align=1
        incbin "../vgabios.bin"
        times 10000h-($-$$) db 0ffh

        section sys start=10000h vstart=0 align=1
%include "post.asm"
%include "shutdown.asm"
%include "cpu.asm"
%include "chips.asm"
%include "a20.asm"
%include "cmos.asm"
%include "wait.asm"
%include "ports.asm"
%include "optrom.asm"
%include "vectors.asm"
%include "print.asm"
%include "timer.asm"
%include "rtc.asm"
%include "int1a.asm"
%include "kbc.asm"
%include "keyboard.asm"
%include "keyshift.asm"
%include "keypress.asm"
%include "led.asm"
%include "keytable.asm"
%include "int16.asm"
%include "fdc.asm"
%include "fdmotor.asm"
%include "fdmedia.asm"
%include "int13_floppy.asm"
%include "fdformat.asm"
%include "ata.asm"
%include "diskinit.asm"
%include "diskgeometry.asm"
%include "disktables.asm"
%include "int13_disk.asm"
%include "int13_ext.asm"
%include "serial.asm"
%include "printer.asm"
%include "int15.asm"
%include "int15_wait.asm"
%include "int15_memory.asm"
%include "int15_move.asm"
%include "int15_protected.asm"
%include "apm.asm"
%include "boot.asm"
%include "bootmenu.asm"
%include "fixed.asm"
