; 32-bit arithmetic and memory in flat protected mode: CRC-32, a Shell sort, rotations.
%define GUEST "int32"
%include "bench.inc"
%include "flat.inc"

DATA            equ     0x20000

work32:
        call    make_table
        mov     dword [round], ROUNDS
        xor     eax, eax
.outer:
        call    kernel
        dec     dword [round]
        jnz     .outer
        ret
        align   4
round:  dd      0
%include "sorts.inc"
%include "end.inc"
