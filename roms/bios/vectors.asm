; The interrupt vectors at start, and the handlers for interrupts that nobody
; asked for.

; ES and DS are lost.
vectors_init:
        xor ax, ax
        mov es, ax
        push cs
        pop ds
        xor di, di
        mov cx, 256
.fill:  mov ax, iret_only
        stosw
        mov ax, cs
        stosw
        loop .fill

        mov si, vector_table
        mov di, 08h * 4
        mov cx, 23              ; 08h-1Eh
        call .copy
        mov si, vector_table_70
        mov di, 70h * 4
        mov cx, 8
        call .copy
        mov word [es:02h * 4], int02
        mov word [es:05h * 4], int05
        mov word [es:40h * 4], int40
        mov word [es:43h * 4], font8x8
        xor ax, ax
        mov [es:1fh * 4], ax    ; the VGA BIOS has the upper half of the font
        mov [es:1fh * 4 + 2], ax
        mov di, 60h * 4         ; left to programs, which look for zero here
        mov cx, 16
        rep stosw
        ret
.copy:  movsw
        mov ax, cs
        stosw
        loop .copy
        ret

vector_table_70:
        dw int70, int71, irq_slave, irq_slave, irq_slave, int75, int76, int77

; A line of the first controller that nobody serves. A software INT that lands
; here finds nothing in service.
irq_master:
        push ax
        mov al, READ_ISR
        out PIC1, al
        in al, PIC1
        or al, al
        jz .not_hardware
        push ds
        push ax
        LOAD_BDA ds
        pop ax
        mov [B_INTR], al
        pop ds
        mov al, EOI
        out PIC1, al
.not_hardware:
        pop ax
        iret

; IRQ 7. SPEC: 8259A data sheet, "Interrupt sequence": a request that goes away
; too early is delivered as IR7 without its in-service bit.
irq7:   push ax
        mov al, READ_ISR
        out PIC1, al
        in al, PIC1
        test al, 80h
        jz .spurious
        mov al, EOI
        out PIC1, al
.spurious:
        pop ax
        iret

irq_slave:
        push ax
        mov al, EOI
        out PIC2, al
        out PIC1, al
        pop ax
        iret

; IRQ 9 stands in for the XT's IRQ 2.
int71:  push ax
        mov al, EOI
        out PIC2, al
        pop ax
        int 0ah
        iret

; IRQ 13: a coprocessor error is handed on as the PC's NMI.
int75:  push ax
        xor al, al
        out 0f0h, al            ; clear the busy latch
        mov al, EOI
        out PIC2, al
        out PIC1, al
        pop ax
        int 02h
        iret

; NMI. SPEC: IBM PC AT Technical Reference, BIOS listing "NMI_INT": port 61h says
; whether memory or a card failed, after which nothing can be trusted. A
; coprocessor error (INT 75h above) comes here with neither bit.
int02_body:
        push ax
        push si
        in al, PORT_B
        mov si, .memory
        test al, 80h
        jnz .failed
        mov si, .card
        test al, 40h
        jnz .failed
        pop si
        pop ax
        iret
.failed:
        call print
        cli
        hlt
        jmp .failed
.memory:
        db 13, 10, "Memory parity error: the machine is stopped.", 13, 10, 0
.card:  db 13, 10, "Card failure: the machine is stopped.", 13, 10, 0
