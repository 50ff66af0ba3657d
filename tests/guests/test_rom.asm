; A ROM of 64 KiB for F0000h that tries how a test of the CPU is run: POST codes at port 190h, text on COM1, LPT1 and the
; debug console. It needs no RAM but a stack. With -DSHUT_DOWN it ends in a shutdown, with -DENDLESS never.

        cpu     386
        bits    16
        org     0

POST_PORT       equ     0x190
CALL_STACK      equ     0x7C00

%macro post 1
        mov     dx, POST_PORT
        mov     al, %1
        out     dx, al
%endmacro

start:  post    0x00
        cli
        xor     ax, ax
        mov     ss, ax
        mov     sp, CALL_STACK
        mov     ax, cs
        cmp     ax, 0xF000
        jne     failed
        post    0x01
        mov     word [cs:start], 0x1234         ; a ROM keeps what it has
        cmp     word [cs:start], 0x1234
        je      failed
        call    returns
        jc      failed
        post    0x02
        mov     dx, 0x3FB
        mov     al, 3
        out     dx, al
        mov     si, text
.next:  cs lodsb
        or      al, al
        jz      .said
        out     0xE9, al
        mov     dx, 0x3F8
        out     dx, al
        mov     dx, 0x378                       ; a strobe of the printer port
        out     dx, al
        mov     dx, 0x37A
        mov     al, 0x0D
        out     dx, al
        mov     al, 0x0C
        out     dx, al
        mov     cx, 2000                        ; a byte on the line, a byte on paper
.wait:  in      al, 0x61
        loop    .wait
        jmp     .next
.said:  post    0xFF
%ifdef SHUT_DOWN
        lidt    [cs:none]
        int3
%elifdef ENDLESS
        jmp     $
%endif
        hlt
        jmp     $ - 1

failed: post    0xEE
        hlt
        jmp     $ - 1

returns:
        clc
        ret

none:   dw      0, 0, 0
text:   db      "all passed", 10, 0

        times   0xFFF0 - ($ - $$) db 0xFF
        jmp     0xF000:start
        times   0x10000 - ($ - $$) db 0xFF
