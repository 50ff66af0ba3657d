; A program that a C compiler made for the 80486, in flat protected mode. COMPILED is the file that cbench/cbench.c
; and cbench.ld give: linked for 4000h, `work` first.
%define GUEST "cbench"
%include "bench.inc"
%include "flat.inc"

ENTRY           equ     0x4000

work32:
        push    dword ROUNDS
        mov     eax, ENTRY
        call    eax
        add     esp, 4
        ret
        times   ENTRY - PROGRAM - ($ - $$) db 0
        incbin  COMPILED
%include "end.inc"
