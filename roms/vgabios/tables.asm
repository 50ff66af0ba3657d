; Tables: modes and their register values.

; For modes 0-13h: row of the parameter table (of modes 0-3 the one of 200 lines).
mode_rows:
        db      0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0x0D, 0x0E, 0x11, 0x12, 0x1A, 0x1B, 0x1C
; Modes 0-7 with 350 and with 400 lines.
mode_rows_350:
        db      0x13, 0x14, 0x15, 0x16, 4, 5, 6, 7
mode_rows_400:
        db      0x17, 0x17, 0x18, 0x18, 4, 5, 6, 0x19

kinds:
        db      0, 0, 0, 0, KIND_CGA4, KIND_CGA4, KIND_CGA2, 0, 0, 0, 0, 0, 0
        db      KIND_PLANAR, KIND_PLANAR, KIND_PLANAR, KIND_PLANAR, KIND_PLANAR, KIND_PLANAR, KIND_256

; The palette that fits the attribute registers; modes 0-3 with 200 lines have the CGA's.
DAC_CGA         equ     0
DAC_MONO        equ     1
DAC_EGA         equ     2
mode_dacs:
        db      2, 2, 2, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 0

; For function 1Bh: colours (0 in mode 13h stands for 256), pages, scan line code (FFh: as chosen).
mode_colours:
        db      16, 16, 16, 16, 4, 4, 2, 0, 0, 0, 0, 0, 0, 16, 16, 0, 16, 2, 16, 0
mode_pages:
        db      8, 8, 8, 8, 1, 1, 1, 8, 0, 0, 0, 0, 0, 8, 4, 2, 2, 1, 1, 1
mode_lines:
        db      0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 3, 0

; What a CGA's mode register 3D8h (an MDA's 3B8h) would hold in modes 0-7.
cga_modes:
        db      0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29

; INT 1Dh: 6845 registers of 40 x 25, 80 x 25, CGA graphics and monochrome; page bytes; columns and mode
; register of modes 0-7.
crtc_6845:
        db      0x38, 0x28, 0x2D, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 0x02, 0x07, 0x06, 0x07, 0, 0, 0, 0
        db      0x71, 0x50, 0x5A, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 0x02, 0x07, 0x06, 0x07, 0, 0, 0, 0
        db      0x38, 0x28, 0x2D, 0x0A, 0x7F, 0x06, 0x64, 0x70, 0x02, 0x01, 0x06, 0x07, 0, 0, 0, 0
        db      0x61, 0x50, 0x52, 0x0F, 0x19, 0x06, 0x19, 0x19, 0x02, 0x0D, 0x0B, 0x0C, 0, 0, 0, 0
        dw      0x0800, 0x1000, 0x4000, 0x4000
        db      40, 40, 80, 80, 40, 40, 80, 80
        db      0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29

; Mode 13h: the levels of the grey ramp; the five levels of each colour wheel (saturation falls, then
; brightness); which of the five a colour has at each of the 24 hues, 8 hues apart for red, green and blue.
greys:
        db      0x00, 0x05, 0x08, 0x0B, 0x0E, 0x11, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2D, 0x32, 0x38, 0x3F
wheels:
        db      0x00, 0x10, 0x1F, 0x2F, 0x3F
        db      0x1F, 0x27, 0x2F, 0x37, 0x3F
        db      0x2D, 0x31, 0x36, 0x3A, 0x3F
        db      0x00, 0x07, 0x0E, 0x15, 0x1C
        db      0x0E, 0x11, 0x15, 0x18, 0x1C
        db      0x14, 0x16, 0x18, 0x1A, 0x1C
        db      0x00, 0x04, 0x08, 0x0C, 0x10
        db      0x08, 0x0A, 0x0C, 0x0E, 0x10
        db      0x0B, 0x0C, 0x0D, 0x0F, 0x10
.end:
wheel:
        db      0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0

; Function 1Bh: what the BIOS can do.
static_table:
        db      0xFF, 0xE0, 0x0F                ; modes 0-7, 0Dh-0Fh, 10h-13h
        db      0, 0, 0, 0
        db      0x07                            ; text with 200, 350 and 400 lines
        db      8, 2                            ; font blocks: there are, at once
        db      0xFF                            ; grey, fonts, default palette, cursor emulation, palettes, paging
        db      0x0E                            ; save and restore, blinking, display combination
        db      0, 0
        db      0x3F                            ; all save pointers, STATE_*
        db      0

; INT 11h AX=1130h: the ninth dot is a copy or background: no glyph is drawn anew for it.
no_9_dot_glyphs:
        db      0

; Far pointers in these tables need the segment an adapter's ROM has by convention.
ROM_SEG         equ     0xC000

save_pointers:
        dw      parameters, ROM_SEG
        dw      0, 0                            ; dynamic save area
        dw      0, 0                            ; fonts for text
        dw      0, 0                            ; fonts for graphics
        dw      secondary_pointers, ROM_SEG
        dw      0, 0
        dw      0, 0

secondary_pointers:
        dw      26
        dw      dcc_table, ROM_SEG
        dw      0, 0, 0, 0, 0, 0, 0, 0, 0, 0

; Display combinations: other, active. 1 = MDA, 2 = CGA, 4 = EGA colour, 5 = EGA mono, 6 = PGA, 7 = VGA mono,
; 8 = VGA colour.
DCC_VGA_COLOUR  equ     11
DCC_ROWS        equ     4
dcc_table:
        db      16, 1, 8, 0
.rows:
        db      0, 0, 0, 1, 0, 2, 2, 1, 0, 4, 4, 1, 0, 5, 2, 5
        db      0, 6, 1, 6, 5, 6, 0, 8, 1, 8, 0, 7, 2, 7, 6, 7

; Video parameters, in IBM's order and form (P_ in defs.inc): 29 rows of 64 bytes.

%macro screen 4                         ; columns, rows, lines of a character, page bytes
        db      %1, %2 - 1, %3
        dw      %4
%endmacro

%macro sequencer 4                      ; clocking mode, map mask, memory mode, miscellaneous output
        db      %1, %2, 0, %3, %4
%endmacro

; CRTC 00h-05h: 40 or 80 columns of characters; graphics ends the retrace a little apart.
%define TEXT_40         0x2D, 0x27, 0x28, 0x90, 0x2B, 0xA0
%define TEXT_80         0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81
%define GRAPHICS_40     0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80
%define GRAPHICS_80     0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80

; Vertical timings: total, overflow; retrace start, its end, display end; blank start, its end.
%define TOP_400         0xBF, 0x1F
%define MIDDLE_400      0x9C, 0x8E, 0x8F
%define BLANK_400       0x96, 0xB9
%define MIDDLE_350      0x83, 0x85, 0x5D
%define BLANK_350       0x63, 0xBA

%macro crtc_400 11                      ; CRTC 0-5, maximum scan line, cursor start, end, offset, underline ...
        db      %1, %2, %3, %4, %5, %6, TOP_400, 0, %7, %8, %9, 0, 0, 0, 0, MIDDLE_400, %10, %11, BLANK_400
%endmacro
%macro crtc_350 11
        db      %1, %2, %3, %4, %5, %6, TOP_400, 0, %7, %8, %9, 0, 0, 0, 0, MIDDLE_350, %10, %11, BLANK_350
%endmacro
%macro crtc_480 11
        db      %1, %2, %3, %4, %5, %6, 0x0B, 0x3E, 0, %7, %8, %9, 0, 0, 0, 0, 0xEA, 0x8C, 0xDF, %10, %11, 0xE7, 0x04
%endmacro
%macro crtc_mode 1                      ; ... mode control, line compare
        db      %1, 0xFF
%endmacro

; Attribute palettes for the three DAC layouts, then 10h-13h: mode, border, planes, panning.
%macro attr_ega 3                       ; mode, planes, panning
        db      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F
        db      %1, 0, %2, %3
%endmacro
%macro attr_cga 3
        db      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
        db      %1, 0, %2, %3
%endmacro
%macro attr_mono 3
        db      0x00, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x10, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18
        db      %1, 0, %2, %3
%endmacro
%macro attr_two 2                       ; two colours: every number but 0 is %2
        db      0
        times   15 db %2
        db      0x01, 0, %1, 0
%endmacro

%macro gfx 3                            ; mode, miscellaneous, colour don't care
        db      0, 0, 0, 0, 0, %1, %2, %3, 0xFF
%endmacro

%macro text_200 1                       ; columns
%if %1 == 40
        screen  40, 25, 8, 0x0800
        sequencer 0x09, 0x03, 0x02, 0x63
        crtc_400 TEXT_40, 0xC7, 0x06, 0x07, 0x14, 0x1F
%else
        screen  80, 25, 8, 0x1000
        sequencer 0x01, 0x03, 0x02, 0x63
        crtc_400 TEXT_80, 0xC7, 0x06, 0x07, 0x28, 0x1F
%endif
        crtc_mode 0xA3
        attr_cga 0x08, 0x0F, 0x00
        gfx     0x10, 0x0E, 0x00
%endmacro

%macro text_350 1
%if %1 == 40
        screen  40, 25, 14, 0x0800
        sequencer 0x09, 0x03, 0x02, 0xA3
        crtc_350 TEXT_40, 0x4D, 0x0B, 0x0C, 0x14, 0x1F
%else
        screen  80, 25, 14, 0x1000
        sequencer 0x01, 0x03, 0x02, 0xA3
        crtc_350 TEXT_80, 0x4D, 0x0B, 0x0C, 0x28, 0x1F
%endif
        crtc_mode 0xA3
        attr_ega 0x08, 0x0F, 0x00
        gfx     0x10, 0x0E, 0x00
%endmacro

; The rows that an EGA kept for boards with less memory: a VGA has none, so they repeat.
%macro graphics_0f 0
        screen  80, 25, 14, 0x8000
        sequencer 0x01, 0x0F, 0x06, 0xA2
        crtc_350 GRAPHICS_80, 0x40, 0x00, 0x00, 0x28, 0x0F
        crtc_mode 0xE3
        db      0x00, 0x08, 0x00, 0x00, 0x18, 0x18, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00
        db      0x0B, 0, 0x05, 0
        gfx     0x00, 0x05, 0x05
%endmacro
%macro graphics_10 0
        screen  80, 25, 14, 0x8000
        sequencer 0x01, 0x0F, 0x06, 0xA3
        crtc_350 GRAPHICS_80, 0x40, 0x00, 0x00, 0x28, 0x0F
        crtc_mode 0xE3
        attr_ega 0x01, 0x0F, 0x00
        gfx     0x00, 0x05, 0x0F
%endmacro

        align   2, db 0
parameters:
        text_200 40                             ; 00h-03h: modes 0-3, 200 lines
        text_200 40
        text_200 80
        text_200 80
%rep 2                                          ; 04h, 05h: modes 4 and 5
        screen  40, 25, 8, 0x4000
        sequencer 0x09, 0x03, 0x02, 0x63
        crtc_400 GRAPHICS_40, 0xC1, 0x00, 0x00, 0x14, 0x00
        crtc_mode 0xA2
        db      0x00, 0x13, 0x15, 0x17, 0x02, 0x04, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
        db      0x01, 0, 0x03, 0
        gfx     0x30, 0x0F, 0x00
%endrep
        screen  80, 25, 8, 0x4000               ; 06h: mode 6
        sequencer 0x01, 0x01, 0x06, 0x63
        crtc_400 GRAPHICS_80, 0xC1, 0x00, 0x00, 0x28, 0x00
        crtc_mode 0xC2
        attr_two 0x01, 0x17
        gfx     0x00, 0x0D, 0x00
        screen  80, 25, 14, 0x1000              ; 07h: mode 7, 350 lines
        sequencer 0x00, 0x03, 0x02, 0xA6
        crtc_350 TEXT_80, 0x4D, 0x0B, 0x0C, 0x28, 0x0D
        crtc_mode 0xA3
        attr_mono 0x0E, 0x0F, 0x08
        gfx     0x10, 0x0A, 0x00
        times   5 * P_SIZE db 0                 ; 08h-0Ch: no mode
        screen  40, 25, 8, 0x2000               ; 0Dh: mode 0Dh
        sequencer 0x09, 0x0F, 0x06, 0x63
        crtc_400 GRAPHICS_40, 0xC0, 0x00, 0x00, 0x14, 0x00
        crtc_mode 0xE3
        attr_cga 0x01, 0x0F, 0x00
        gfx     0x00, 0x05, 0x0F
        screen  80, 25, 8, 0x4000               ; 0Eh: mode 0Eh
        sequencer 0x01, 0x0F, 0x06, 0x63
        crtc_400 GRAPHICS_80, 0xC0, 0x00, 0x00, 0x28, 0x00
        crtc_mode 0xE3
        attr_cga 0x01, 0x0F, 0x00
        gfx     0x00, 0x05, 0x0F
        graphics_0f                             ; 0Fh, 10h: modes 0Fh and 10h of an EGA with 64 KiB
        graphics_10
        graphics_0f                             ; 11h, 12h: modes 0Fh and 10h
        graphics_10
        text_350 40                             ; 13h-16h: modes 0-3, 350 lines
        text_350 40
        text_350 80
        text_350 80
        screen  40, 25, 16, 0x0800              ; 17h: modes 0 and 1, 400 lines
        sequencer 0x08, 0x03, 0x02, 0x67
        crtc_400 TEXT_40, 0x4F, 0x0D, 0x0E, 0x14, 0x1F
        crtc_mode 0xA3
        attr_ega 0x0C, 0x0F, 0x08
        gfx     0x10, 0x0E, 0x00
        screen  80, 25, 16, 0x1000              ; 18h: modes 2 and 3, 400 lines
        sequencer 0x00, 0x03, 0x02, 0x67
        crtc_400 TEXT_80, 0x4F, 0x0D, 0x0E, 0x28, 0x1F
        crtc_mode 0xA3
        attr_ega 0x0C, 0x0F, 0x08
        gfx     0x10, 0x0E, 0x00
        screen  80, 25, 16, 0x1000              ; 19h: mode 7, 400 lines
        sequencer 0x00, 0x03, 0x02, 0x66
        crtc_400 TEXT_80, 0x4F, 0x0D, 0x0E, 0x28, 0x0F
        crtc_mode 0xA3
        attr_mono 0x0E, 0x0F, 0x08
        gfx     0x10, 0x0A, 0x00
        screen  80, 30, 16, 0xA000              ; 1Ah: mode 11h
        sequencer 0x01, 0x0F, 0x06, 0xE3
        crtc_480 GRAPHICS_80, 0x40, 0x00, 0x00, 0x28, 0x00
        crtc_mode 0xC3
        attr_two 0x0F, 0x3F
        gfx     0x00, 0x05, 0x01
        screen  80, 30, 16, 0xA000              ; 1Bh: mode 12h
        sequencer 0x01, 0x0F, 0x06, 0xE3
        crtc_480 GRAPHICS_80, 0x40, 0x00, 0x00, 0x28, 0x00
        crtc_mode 0xE3
        attr_ega 0x01, 0x0F, 0x00
        gfx     0x00, 0x05, 0x0F
        screen  40, 25, 8, 0x2000               ; 1Ch: mode 13h
        sequencer 0x01, 0x0F, 0x0E, 0x63
        crtc_400 GRAPHICS_80, 0x41, 0x00, 0x00, 0x28, 0x40
        crtc_mode 0xA3
        db      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F
        db      0x41, 0, 0x0F, 0
        gfx     0x40, 0x05, 0x0F

%if $ - parameters != 29 * P_SIZE
%error "the video parameter table has not 29 rows of 64 bytes"
%endif
