; Real mode that keeps the segments of protected mode, and 16-bit segments in protected mode, on an 80386.

%define GUEST "mode16"
%include "boot.inc"
%include "protected.inc"

TESTED          equ     FREE
CODE_BIG        equ     FREE + 8                ; base 0, 4 GB, 16 bits
OWN_STACK       equ     STACK1                  ; above 64 KB
ABOVE           equ     0x200000                ; memory beyond what real mode reaches

        section .low
        bits    16
start16:
        enter_protected main
        align   4
results:        times   16 dd 0                 ; what real mode found
real_esp:       dd      0
real_next:      dw      0
real_vector:    dw      0
real_ip:        dw      0
old_vectors:    times   32 dd 0

; In real mode: what is tried ends with a fault or at `ends`; result %1 is then its vector, FFFFh for none, and result
; %1 + 1 the distance of its IP from `begins`.
%macro begins 0
        %push   real
        mov     word [cs:real_next], %$next
        mov     [cs:real_esp], esp
%$at:
%endmacro
%macro ends 1
        mov     word [cs:real_vector], 0xFFFF
        mov     word [cs:real_ip], %$at
        mov     esp, [cs:real_esp]
%$next:
        mov     ax, 0
        mov     ds, ax
        movzx   eax, word [real_vector]
        mov     [results + (%1) * 4], eax
        movzx   eax, word [real_ip]
        sub     eax, %$at
        mov     [results + (%1) * 4 + 4], eax
        %pop    real
%endmacro

; The vectors of faults lead here, without error codes.
%assign number 0
%rep 32
real_stub_%[number]:
        push    word number
        jmp     real_catch
    %assign number number + 1
%endrep
real_catch:
        pop     word [cs:real_vector]
        pop     word [cs:real_ip]
        mov     esp, [cs:real_esp]
        jmp     [cs:real_next]

take_vectors:
        push    ds
        xor     ax, ax
        mov     ds, ax
        %assign number 0
        %rep 32
        mov     eax, [number * 4]
        mov     [old_vectors + number * 4], eax
        mov     dword [number * 4], real_stub_%[number]
            %assign number number + 1
        %endrep
        pop     ds
        ret

        section .text
        bits    32

%include "mode16/unreal.inc"
%include "mode16/real.inc"
%include "mode16/small.inc"

main:
        call    unreal
        call    real
        call    small
        finish

%include "end.inc"
