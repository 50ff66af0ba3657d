; Protected mode as the 80286 has it: entered by LMSW, gates and tasks of 16 bits, bases of 24, left by a reset.

%define GUEST "mode286"
%define MAY_RESTART
%include "boot.inc"
%include "protected16.inc"

TESTED          equ     LOW_FREE
OTHER           equ     LOW_FREE + 8
GATE            equ     LOW_FREE + 16
TASK            equ     LOW_FREE + 24
THIRD           equ     LOW_FREE + 32
HIGH            equ     LOW_FREE + 40
LOCAL           equ     0x0C
VECTOR          equ     0x31

start16:
        call    find_resume
        je      was_reset
        call    find_cpu
        enter_protected
        call    loads
        call    limits
        call    transfers
        call    interrupts
        call    levels
        call    tasks
        call    queries
        call    high_memory
        jmp     leave_by_reset

is_286:         dw      0                       ; 1: the CPU is an 80286

; The 80286 clears bits 12-15 of FLAGS in real mode, what came after it keeps them.
find_cpu:
        push    word 0x7002
        popf
        pushf
        pop     ax
        push    word 2
        popf
        test    ax, 0x7000
        jnz     .newer
        mov     word [is_286], 1
.newer: ret

%include "mode286/segments.inc"
%include "mode286/gates.inc"
%include "mode286/tasks.inc"
%include "mode286/reset.inc"

%include "end.inc"
