; Entry points and tables at the addresses that programs of the PC's early years
; call or read directly.
; SPEC: IBM PC AT Technical Reference, BIOS listing (November 1985), "ORG"
; statements.

        fixed_at 0e05bh
reset:  jmp post

        fixed_at 0e2c3h
int02:  jmp int02_body

        fixed_at 0e3feh
        jmp int13_body

        fixed_at 0e6f2h
int19:  jmp int19_body

        fixed_at 0e6f5h
; INT 15h C0h. Model FCh, submodel 01h: AT. Features: second 8259A, real-time
; clock, INT 15h 4Fh is called, EBDA; INT 16h 09h.
configuration:
        dw 8
        db 0fch, 01h, 00h, 74h, 40h, 00h, 00h, 00h

        fixed_at 0e729h
; Divisors for 110, 150, 300, 600, 1200, 2400, 4800, 9600 baud.
baud_table:
        dw 1047, 768, 384, 192, 96, 48, 24, 12

        fixed_at 0e739h
int14:  jmp int14_body

        fixed_at 0e82eh
int16:  jmp int16_body

        fixed_at 0e987h
int09:  jmp int09_body

        fixed_at 0ec59h
int13:  jmp int13_body

        fixed_at 0ef57h
int0e:  jmp int0e_body

        fixed_at 0efc7h
; Floppy parameters at INT 1Eh: 1.44M; the layout is with dpt_320.
diskette_parameters:
        db 0afh, 02h, 25h, 2, 18, 1bh, 0ffh, 6ch, 0f6h, 15, 8

        fixed_at 0efd2h
int17:  jmp int17_body

        fixed_at 0f065h
int10:  iret                    ; until the VGA BIOS takes it

        fixed_at 0f0a4h
; 6845 registers for modes 0-1, 2-3, 4-6, 7 of the CGA and MDA; bytes of the
; regeneration buffer; columns; mode register.
video_parameters:
        db 38h, 28h, 2dh, 0ah, 1fh, 06h, 19h, 1ch, 02h, 07h, 06h, 07h, 0, 0, 0, 0
        db 71h, 50h, 5ah, 0ah, 1fh, 06h, 19h, 1ch, 02h, 07h, 06h, 07h, 0, 0, 0, 0
        db 38h, 28h, 2dh, 0ah, 7fh, 06h, 64h, 70h, 02h, 01h, 06h, 07h, 0, 0, 0, 0
        db 61h, 50h, 52h, 0fh, 19h, 06h, 19h, 19h, 02h, 0dh, 0bh, 0ch, 0, 0, 0, 0
        dw 2048, 4096, 16384, 16384
        db 40, 40, 80, 80, 40, 40, 80, 80
        db 2ch, 28h, 2dh, 29h, 2ah, 2eh, 1eh, 29h

        fixed_at 0f841h
int12:  jmp int12_body

        fixed_at 0f84dh
int11:  jmp int11_body

        fixed_at 0f859h
int15:  jmp int15_body

        fixed_at 0fa6eh
; 8x8 font, characters 0-127, for graphics modes.
font8x8:
        incbin "../font/font8x8.bin", 0, 1024

        fixed_at 0fe6eh
int1a:  jmp int1a_body

        fixed_at 0fea5h
int08:  jmp int08_body

        fixed_at 0fef3h
; Offsets of the handlers of INT 08h-1Eh.
vector_table:
        dw int08, int09, irq_master, irq_master, irq_master, irq_master, int0e, irq7
        dw int10, int11, int12, int13, int14, int15, int16, int17
        dw int18, int19, int1a, iret_only, iret_only, video_parameters
        dw diskette_parameters

        fixed_at 0ff53h
iret_only:
        iret

        fixed_at 0ff54h
int05:  jmp int05_body

        fixed_at 0fff0h
        jmp 0f000h:reset

        fixed_at 0fff5h
        db "11/20/26"

        fixed_at 0fffeh
        db 0fch                 ; model: AT
        db 0                    ; set so that F0000h-FFFFFh sum to zero
