; Limits and types at each access. A machine without these checks does not come to the end.

%define GUEST "limits"
%include "boot.inc"
%include "protected.inc"

TESTED          equ     FREE                    ; the descriptor under test
OTHER           equ     FREE + 8

        section .low
        bits    16
start16:
        enter_protected limits

        section .text
        bits    32

; Tries accesses through ES of the segment set up in TESTED: `inside` and `outside` offset, size.
%macro inside 2.nolist
        mov     edi, %1
        mov     ax, TESTED
        try
        mov     es, ax
        mov     %2 [es:edi], 0
        caught  NOTHING
        try
        mov     es, ax
        test    %2 [es:edi], 0
        caught  NOTHING
%endmacro
%macro outside 2.nolist
        mov     edi, %1
        mov     ax, TESTED
        try
        mov     es, ax
%%write: mov    %2 [es:edi], 0
        caught  V_GP, 0, %%write
        try
        mov     es, ax
%%read: test    %2 [es:edi], 0
        caught  V_GP, 0, %%read
%endmacro

limits:
        case    "DS ES FS GS: a null segment cannot be used"
        xor     eax, eax
        try
        mov     ds, ax
.null1: mov     cl, [0]
        caught  V_GP, 0, .null1
        try
        mov     es, ax
.null2: mov     [es:0], cl
        caught  V_GP, 0, .null2
        try
        mov     fs, ax
.null3: mov     cl, [fs:0]
        caught  V_GP, 0, .null3
        try
        mov     gs, ax
.null4: inc     dword [gs:0]
        caught  V_GP, 0, .null4

        case    "expand-up: the limit is the last byte"
        descriptor TESTED, SCRATCH, 0x0FFF, P | WRITABLE
        inside  0x0FFF, byte
        inside  0x0FFE, word
        inside  0x0FFC, dword
        outside 0x1000, byte
        outside 0x0FFF, word
        outside 0x0FFD, dword
        outside 0x0FFF, dword
        outside 0xFFFFFFFF, byte
        case    "expand-up: a limit of 0 is one byte"
        descriptor TESTED, SCRATCH, 0, P | WRITABLE
        inside  0, byte
        outside 1, byte
        outside 0, word
        case    "expand-up: a limit in pages has the last 4095 bytes, too"
        descriptor TESTED, SCRATCH, 1, P | WRITABLE | PAGES
        inside  0x1FFF, byte
        inside  0x1FFC, dword
        outside 0x2000, byte
        outside 0x1FFD, dword
        case    "expand-up: B does not matter"
        descriptor TESTED, SCRATCH, 0x0FFF, P | WRITABLE | BIG
        inside  0x0FFF, byte
        outside 0x1000, byte
        case    "expand-down of 64 KB: above the limit, to FFFFh"
        descriptor TESTED, SCRATCH, 0x0FFF, P | DOWN_WRITABLE
        outside 0, byte
        outside 0x0FFF, byte
        outside 0x0FFF, dword
        inside  0x1000, byte
        inside  0xFFFF, byte
        inside  0xFFFC, dword
        outside 0xFFFD, dword
        outside 0xFFFF, word
        outside 0x10000, byte
        outside 0xFFFFFFFF, byte
        case    "expand-down of 64 KB: limit FFFFh leaves nothing"
        descriptor TESTED, SCRATCH, 0xFFFF, P | DOWN_WRITABLE
        outside 0, byte
        outside 0xFFFF, byte
        outside 0x10000, byte
        case    "expand-down of 4 GB: above the limit, to the end"
        descriptor TESTED, 0, SCRATCH >> 12, P | DOWN_WRITABLE | BIG | PAGES
        outside SCRATCH + 0x0FFF, byte
        outside SCRATCH + 0x0FFF, dword
        outside 0, byte
        inside  SCRATCH + 0x1000, byte
        inside  SCRATCH + 0x10000, dword
        outside 0xFFFFFFFE, dword
        case    "a base and an offset wrap at 4 GB"
        descriptor TESTED, 0xFFFFF000, 0xFFFFF, P | WRITABLE | BIG | PAGES
        mov     dword [SCRATCH], 0x11223344
        mov     ax, TESTED
        try
        mov     es, ax
        mov     ecx, [es:SCRATCH + 0x1000]
        caught  NOTHING
        check_eq "what is read", ecx, 0x11223344

        case    "DS FS GS CS: beyond the limit is #GP(0)"
        descriptor TESTED, SCRATCH, 0x0FFF, P | WRITABLE
        mov     ax, TESTED
        mov     edi, 0x0FFD
        try
        mov     ds, ax
.ds:    inc     dword [edi]
        caught  V_GP, 0, .ds
        try
        mov     fs, ax
.fs:    inc     dword [fs:edi]
        caught  V_GP, 0, .fs
        try
        mov     gs, ax
.gs:    inc     dword [gs:edi]
        caught  V_GP, 0, .gs
        descriptor TESTED, 0, 0xFFFF, P | READABLE | BIG
        mov     edi, 0xFFFD
        try
        jmp     TESTED:.in_code
.in_code:
        mov     eax, [cs:edi - 1]
.cs:    mov     eax, [cs:edi]
        caught  V_GP, 0, .cs
        case    "SS: beyond the limit is #SS(0), for EBP and ESP, too"
        descriptor TESTED, SCRATCH, 0x0FFF, P | WRITABLE | BIG
        descriptor OTHER, SCRATCH, 0x0FFF, P | DOWN_WRITABLE | BIG
        mov     eax, TESTED
        mov     ebp, 0x0FFD
        vector  V_SS, FAULT_TR, 0, P | TASK_GATE
        mov     dword [FAULT_TSS + TSS_EIP], stack_fault
        try
        mov     ss, ax
        mov     edi, esp
        mov     esp, 0x0800
        mov     ecx, [ebp - 1]
.ebp:   mov     ecx, [ebp]
        caught  V_SS, 0, .ebp
        try
        mov     ss, ax
        mov     esp, 0x0FFD
.esp:   mov     ecx, [esp]
        caught  V_SS, 0, .esp
        try
        mov     ss, ax
        mov     esp, 0x0FFD
.override:
        mov     ecx, [ss:0x1000]
        caught  V_SS, 0, .override
        case    "PUSH POP CALL RET ENTER LEAVE: beyond the limit is #SS(0)"
        descriptor TESTED, SCRATCH, 0x0FFF, P | WRITABLE | BIG
        vector  V_SS, FAULT_TR, 0, P | TASK_GATE
        mov     dword [FAULT_TSS + TSS_EIP], stack_fault
        mov     eax, TESTED
%macro beyond_stack 2+.nolist
        try
        mov     ss, ax
        mov     esp, %1
%%at:   %2
        caught  V_SS, 0, %%at
        check_rec esp, %1
%endmacro
        beyond_stack 3, push eax
        beyond_stack 0, push eax
        beyond_stack 1, push ax
        beyond_stack 0x1004, push eax
        beyond_stack 0x1001, push eax
        beyond_stack 28, pushad
        beyond_stack 3, pushfd
        beyond_stack 3, call limits
        beyond_stack 7, call CODE0:limits
        beyond_stack 0x0FFD, pop eax
        beyond_stack 0x0FFD, ret
        beyond_stack 0x0FFD, retf
        beyond_stack 0x0FFC, retf
        beyond_stack 0x0FE1, popad
        beyond_stack 0x0FFD, popfd
        beyond_stack 0x0FF8, iretd
        beyond_stack 3, push dword [SCRATCH]
        beyond_stack 0x0FFD, pop dword [SCRATCH]
        try
        mov     ss, ax
        mov     esp, 3
        mov     ebp, 0x800
.enter: enter   0, 0
        caught  V_SS, 0, .enter
        check_rec esp, 3
        check_rec ebp, 0x800
        try
        mov     ss, ax
        mov     esp, 0x800
        mov     ebp, 0x0FFD
.leave: leave
        caught  V_SS, 0, .leave
        check_rec esp, 0x800
        check_rec ebp, 0x0FFD

        case    "read-only data and code cannot be written"
        mov     edi, SCRATCH
%macro unwritable 2.nolist
        descriptor TESTED, 0, %2, %1 | BIG | PAGES
        mov     ax, TESTED
        try
        mov     es, ax
        test    byte [es:edi], 0
%%at:   mov     byte [es:edi], 0
        caught  V_GP, 0, %%at
        try
        mov     es, ax
%%test: inc     dword [es:edi]
        caught  V_GP, 0, %%test
%endmacro
        unwritable P | READ_ONLY, 0xFFFFF
        unwritable P | DOWN, 0
        unwritable P | READABLE, 0xFFFFF
        unwritable P | READ_CONFORMING, 0xFFFFF
        try
.cs_write:
        mov     byte [cs:edi], 0
        caught  V_GP, 0, .cs_write
        case    "execute-only code cannot be read"
        descriptor TESTED, 0, 0xFFFFF, P | EXECUTE_ONLY | BIG | PAGES
        try
        jmp     TESTED:.execute
.execute:
        mov     al, [cs:edi]
        caught  V_GP, 0, .execute
        case    "EIP beyond the limit of CS is #GP(0)"
        descriptor TESTED, code_end, 0x0F, P | READABLE | BIG
        descriptor OTHER, code_end, 0x10, P | READABLE | BIG
        try
        jmp     TESTED:0x0F
        caught  V_GP, 0, 0x0F
        check_rec cs, TESTED
        try
.beyond: jmp    TESTED:0x10
        caught  V_GP, 0, .beyond
        check_rec cs, CODE0
        try
        jmp     TESTED:0
        caught  V_GP, 0, 2
        check_rec cs, TESTED
        try
        jmp     OTHER:0x0F
        caught  NOTHING
        check_rec eip, 0x11
        finish

; Faults of the stack segment come by a task gate here: they are told with what the task left had.
stack_fault:
        pop     dword [rec + record.error]
        mov     dword [rec + record.vector], V_SS
        jmp     left_task

; Copied nowhere: a code segment begins here.
        align   16, db 0x90
code_end:
        nop
        nop
        jmp     short .far                      ; relative to the segment: 14h, outside
.far    equ     $ + 0x10
        times   0x0F - ($ - code_end) nop
        int     NOTHING                         ; at 0Fh
        ret

%include "end.inc"
