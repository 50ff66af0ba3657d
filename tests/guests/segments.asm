; Segment loads, and the instructions that ask about descriptors.

%define GUEST "segments"
%include "boot.inc"
%include "protected.inc"

TESTED          equ     FREE                    ; the descriptor under test
OTHER           equ     FREE + 8
LOCAL           equ     0x14                    ; one in the LDT

; Which of the 32 types (S and type of the access byte) can do what.
LOADABLE        equ     0xCCFF0000              ; into DS, ES, FS, GS: data, readable code
STACKABLE       equ     0x00CC0000              ; into SS: writable data
CALLABLE        equ     0xFF000000              ; into CS by a far jump: code
LAR_TYPES       equ     0xFFFF1A3E
LSL_TYPES       equ     0xFFFF0A0E

; The access byte of TESTED.
%macro check_access 1.nolist
        movzx   ecx, byte [GDT + TESTED + 5]
        check_eq "access byte", ecx, %1
%endmacro

        section .low
        bits    16
start16:
        enter_protected main

        section .text
        bits    32

%include "segments/loads.inc"
%include "segments/questions.inc"
%include "segments/system.inc"

main:
        call    loads
        call    questions
        call    system
        finish

%include "end.inc"
