; First values for the DMA controllers, the timer, the interrupt controllers.

; SPEC: 8237A data sheet (231466) "Register description". Single mode on every
; channel but 4, which passes the first controller's requests on.
dma_init:
        xor al, al
        out 0dh, al             ; master clear: all channels masked
        out 0dah, al
        out 08h, al
        out 0d0h, al
        mov al, 40h
.first: out 0bh, al
        inc ax
        cmp al, 44h
        jb .first
        mov al, 0c0h
        out 0d6h, al
        mov al, 41h
.second:
        out 0d6h, al
        inc ax
        cmp al, 44h
        jb .second
        xor al, al
        out 0d4h, al            ; channel 4 unmasked
        ret

; SPEC: 8254 data sheet (231164) "Programming". Counter 0: mode 3, 65536 clocks
; (18.2 Hz). Counter 1: mode 2, 18 clocks (memory refresh). Counter 2: mode 3.
pit_init:
        mov al, 36h
        out PIT_CONTROL, al
        xor al, al
        out PIT0, al
        out PIT0, al
        mov al, 54h
        out PIT_CONTROL, al
        mov al, 18
        out PIT1, al
        mov al, 0b6h
        out PIT_CONTROL, al
        mov ax, 1331            ; about 896 Hz
        out PIT2, al
        mov al, ah
        out PIT2, al
        in al, PORT_B
        and al, 0f0h            ; speaker off, parity and channel check enabled
        out PORT_B, al
        ret

; SPEC: 8259A data sheet (231468) "Initialization command words".
pic_init:
        mov bx, 0870h
        call pic_vectors
        mov al, 0b8h            ; timer, keyboard, cascade, floppy
        out PIC1_MASK, al
        mov al, 1eh             ; clock, INT 0Ah's line, coprocessor, both disk channels
        out PIC2_MASK, al
        ret

; In: BH, BL = first vectors of the two. AL is lost.
pic_vectors:
        mov al, 11h
        out PIC1, al
        out PIC2, al
        mov al, bh
        out PIC1_MASK, al
        mov al, bl
        out PIC2_MASK, al
        mov al, 04h
        out PIC1_MASK, al
        mov al, 02h
        out PIC2_MASK, al
        mov al, 01h
        out PIC1_MASK, al
        out PIC2_MASK, al
        ret
