; Segments, gates and privilege.

%define GUEST "gates"
%include "boot.inc"
%include "protected.inc"

        section .low
        bits    16
start16:
        enter_protected main

        section .text
        bits    32
main:
        case    "DS: null, limit, privilege"
        xor     eax, eax
        runs    mov ds, ax
        check_rec ds, 0
        mov     ax, 0x200
        faults  V_GP, 0x200, mov ds, ax
        finish

%include "end.inc"
