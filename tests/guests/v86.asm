; Virtual-8086 mode: entry, frames, what it traps, a monitor, and the extensions of the Pentium (VME, PVI).

%define GUEST "v86"
%include "boot.inc"
%include "protected.inc"

TASK            equ     FREE
TESTED          equ     FREE + 8
; What a case begins with. The code is in segment 0.
V86_DS          equ     SCRATCH >> 4
V86_ES          equ     V86_DS + 0x100
V86_FS          equ     V86_DS + 0x200
V86_GS          equ     V86_DS + 0x300
V86_SS          equ     STACK16 >> 4
V86_SP          equ     0x1000
GATE            equ     0x31                    ; a vector of protected mode
SERVICE         equ     0x60                    ; a vector of the real-mode table
BEHIND_1M       equ     0x100000

; Tries the lines behind it in virtual-8086 mode with EFLAGS %1, up to `caught_v86`. They stand in .low. The general
; registers are those of before; other segments by the further operands: DS, SS, SP.
%macro try_v86 1-4 V86_DS, V86_SS, V86_SP
        try
        push    dword V86_GS
        push    dword V86_FS
        push    dword %2
        push    dword V86_ES
        push    dword %3
        push    dword %4
        push    dword (%1) | F_VM
        push    dword 0
        push    dword %%code
        iretd
        section .low
        bits    16
%%code:
%endmacro

; caught_v86 vector [, error [, eip]]
%macro caught_v86 1-3.nolist
        int     NOTHING
        section .text
        bits    32
    %if %0 == 1
        caught  %1
    %elif %0 == 2
        caught  %1, %2
    %else
        caught  %1, %2, %3
    %endif
%endmacro

; One instruction that faults.
%macro faults_v86 4+.nolist
        try_v86 %1
%%at:   %4
        caught_v86 %2, %3, %%at
%endmacro
%macro runs_v86 2+.nolist
        try_v86 %1
        %2
        caught_v86 NOTHING
%endmacro

        section .low
        bits    16
start16:
        enter_protected main

        section .text
        bits    32

%include "v86/entry.inc"
%include "v86/sensitive.inc"
%include "v86/limits.inc"
%include "v86/monitor.inc"
%include "v86/extensions.inc"

main:
        call    entry
        call    sensitive
        call    undefined
        call    limits
        call    monitored
        call    extensions
        finish

%include "end.inc"
