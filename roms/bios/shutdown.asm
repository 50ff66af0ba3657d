; The CPU was reset and CMOS 0Fh says how to go on: the way back from the 286's
; protected mode.
; SPEC: IBM PC AT Technical Reference, POST shutdown codes: 4 boots, 5 jumps
; through 0040:0067 after emptying the keyboard controller and ending pending
; interrupts, 0Ah jumps at once, 9 returns from a block move on the stack kept
; at 0040:0067. UNVERIFIED: 0Bh and 0Ch, IRET and RETF on the stack kept there,
; are those of later ATs.

; In: AH = code, not 0. Gate A20 and memory are as they were before the reset;
; nothing is on a stack yet.
shutdown:
        mov al, CM_D
        out CMOS_INDEX, al      ; NMI on again
        in al, CMOS_DATA
        in al, PORT_92
        cmp al, 0ffh
        je .no_port
        and al, 0feh            ; so that a reset by this port can be repeated
        out PORT_92, al
.no_port:
        cmp ah, 04h
        je .boot
        cmp ah, 05h
        je .end_interrupts
        cmp ah, 0ah
        je .jump
        cmp ah, 0bh
        je .iret
        cmp ah, 0ch
        je .retf
        cmp ah, 09h
        jne .start
        jmp block_move_done
.start: jmp post_start

.boot:  xor ax, ax
        mov ss, ax
        mov sp, 7c00h
        call pic_init
        sti
        int 19h

.end_interrupts:
        in al, KBC_DATA
        mov al, EOI
        out PIC2, al
        out PIC1, al
.jump:  LOAD_BDA ds
        jmp far [B_SHUTDOWN]

.iret:  LOAD_BDA ds
        mov ss, [B_SHUTDOWN + 2]
        mov sp, [B_SHUTDOWN]
        iret
.retf:  LOAD_BDA ds
        mov ss, [B_SHUTDOWN + 2]
        mov sp, [B_SHUTDOWN]
        retf
