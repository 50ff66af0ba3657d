; Far transfers: code segments, call gates, returns.

%define GUEST "gates"
%include "boot.inc"
%include "protected.inc"

TESTED          equ     FREE                    ; the descriptor under test
GATE            equ     FREE + 8
OTHER           equ     FREE + 16

        section .low
        bits    16
start16:
        enter_protected main
        align   4
far_pointer:    dd      0
                dw      0, 0
; The end of a transfer, in code of any size and ring.
land:   int     NOTHING
        align   4
        times   32 dd 0
low_stack:                                      ; for 16-bit stack pointers in flat segments
        dd      0

        section .text
        bits    32

%include "gates/jumps.inc"
%include "gates/calls.inc"
%include "gates/returns.inc"

main:
        call    jumps
        call    calls
        call    returns
        finish

%include "end.inc"
