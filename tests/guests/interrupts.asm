; Interrupts and exceptions: gates, frames, error codes, IRET, the privilege of flags.

%define GUEST "interrupts"
%include "boot.inc"
%include "protected.inc"

TESTED          equ     FREE                    ; the descriptor under test
OTHER           equ     FREE + 8
GATE            equ     0x31                    ; the vector under test
GATE_ERROR      equ     GATE * 8 + 2

        section .low
        bits    16
start16:
        enter_protected main

        bits    32
; The end of what is tried, in any ring.
land:   int     NOTHING
        align   4
        times   32 dd 0
low_stack:                                      ; for 16-bit stack pointers in flat segments
        times   8 dd 0

; Handlers behind gates of 16 bits, with and without an error code.
catch16_error:
        push    eax
        push    ds
        mov     ax, DATA0
        mov     ds, ax
        mov     dword [rec + record.error], 0
        pop     dword [rec + record.ds]
        pop     dword [rec + record.eax]
        pop     word [rec + record.error]
        jmp     catch16.words
catch16:
        push    eax
        push    ds
        mov     ax, DATA0
        mov     ds, ax
        mov     dword [rec + record.error], NO_ERROR
        pop     dword [rec + record.ds]
        pop     dword [rec + record.eax]
.words: mov     dword [rec + record.vector], 16
        mov     dword [rec + record.eip], 0
        mov     dword [rec + record.cs], 0
        mov     dword [rec + record.eflags], 0
        pop     word [rec + record.eip]
        pop     word [rec + record.cs]
        pop     word [rec + record.eflags]
        mov     [rec + record.esp], esp
        mov     [rec + record.ss], ss
        test    byte [rec + record.cs], 3
        jz      .same
        mov     dword [rec + record.esp], 0
        pop     word [rec + record.esp]
        pop     word [rec + record.ss]
.same:
        mov     [rec + record.top], esp
        mov     eax, [rec + record.eax]
        jmp     resume

        section .text
        bits    32

CATCH           equ     stubs + GATE * STUB_BYTES

%include "interrupts/gates.inc"
%include "interrupts/errors.inc"
%include "interrupts/flags.inc"
%include "interrupts/returns.inc"
%include "interrupts/wires.inc"

main:
        call    gates
        call    errors
        call    double_faults
        call    flags
        call    returns
        call    wires
        finish

%include "end.inc"
