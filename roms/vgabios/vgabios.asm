; The VGA BIOS of Beige: a 32 KiB option ROM for any standard VGA.
;
; It programs the adapter through its registers 3C0h-3DAh alone (and sounds BEL through port 61h and
; the timer), runs on an 8086, and works from any segment, so it may be shadowed or copied.
;
; Sources: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem" (registers and the values
; of each mode); IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h" (functions, data
; area, save pointer table).
;
; Build, from the root of the repository (`cargo xtask roms` does it and sets the checksum):
;   nasm -f bin -I roms/vgabios/ roms/vgabios/vgabios.asm -o roms/vgabios.bin

        cpu     8086
        bits    16
        org     0

%include "defs.inc"

ROM_BYTES       equ     32768

rom:
        db      0x55, 0xAA, ROM_BYTES / 512
        jmp     near init                       ; offset 3: entered by a far call from POST
        times   0x1E - ($ - rom) db 0
        ; QUIRK: programs recognise an EGA or VGA by the letters "IBM" at C000:001E.
        db      'IBM compatible Beige VGA BIOS', 0
        align   2, db 0

%include "init.asm"
%include "dispatch.asm"
%include "modeset.asm"
%include "overrides.asm"
%include "cursor.asm"
%include "scroll.asm"
%include "text.asm"
%include "graphics.asm"
%include "gfxtext.asm"
%include "gfxscroll.asm"
%include "palette.asm"
%include "dac.asm"
%include "font.asm"
%include "select.asm"
%include "state.asm"
%include "tables.asm"

        align   16, db 0
font_8x16:      incbin  "../font/font8x16.bin"
font_8x14:      incbin  "../font/font8x14.bin"
font_8x8:       incbin  "../font/font8x8.bin"

        times   ROM_BYTES - 1 - ($ - rom) db 0
        db      0                               ; `cargo xtask roms` makes the sum of all bytes 0 with it
