; Task switches of both sizes, their faults, and what else stands in a TSS.

%define GUEST "tasks"
%include "boot.inc"
%include "protected.inc"

TASK            equ     FREE                    ; the TSS of 32 bits under test
TASK16          equ     FREE + 8                ; of 16 bits
GATE            equ     FREE + 16               ; a task gate
TESTED          equ     FREE + 24
THIRD           equ     FREE + 32               ; another TSS of 32 bits
LOCAL           equ     0x14                    ; a descriptor and
LOCAL_GATE      equ     0x1C                    ; a gate in the LDT
OTHER_TSS       equ     TEST_TSS + 0x400
THIRD_TSS       equ     TEST_TSS + 0x800
TASK_STACK      equ     STACK2
SMALL_STACK     equ     0x1000                  ; SP in STACK16_0
INT_TASK        equ     0x31                    ; a vector

; Offsets in a TSS of 16 bits.
TSS16_BACK      equ     0x00
TSS16_SP0       equ     0x02
TSS16_SS0       equ     0x04
TSS16_IP        equ     0x0E
TSS16_FLAGS     equ     0x10
TSS16_AX        equ     0x12
TSS16_CX        equ     0x14
TSS16_DX        equ     0x16
TSS16_BX        equ     0x18
TSS16_SP        equ     0x1A
TSS16_BP        equ     0x1C
TSS16_SI        equ     0x1E
TSS16_DI        equ     0x20
TSS16_ES        equ     0x22
TSS16_CS        equ     0x24
TSS16_SS        equ     0x26
TSS16_DS        equ     0x28
TSS16_LDT       equ     0x2A
TSS16_BYTES     equ     0x2C

; A task of 32 bits at TASK that begins at %1.
%macro new_task 1.nolist
        push    dword %1
        call    fill_task
%endmacro
; The same in ring 3.
%macro new_task_of_ring_3 1.nolist
        new_task %1
        mov     word [TEST_TSS + TSS_CS], CODE3
        mov     word [TEST_TSS + TSS_SS], DATA3
        mov     word [TEST_TSS + TSS_DS], DATA3
        mov     word [TEST_TSS + TSS_ES], DATA3
        mov     word [TEST_TSS + TSS_FS], 0
        mov     word [TEST_TSS + TSS_GS], 0
        mov     dword [TEST_TSS + TSS_ESP], STACK3
%endmacro
; One of 16 bits at TASK16.
%macro new_task16 1.nolist
        push    dword %1
        call    fill_task16
%endmacro

; The access byte of a descriptor in the GDT.
%macro check_access 2.nolist
        movzx   ecx, byte [GDT + %1 + 5]
        check_eq "access byte", ecx, %2
%endmacro
%macro check_word 3.nolist
        movzx   ecx, word [%2]
        check_eq %1, ecx, %3
%endmacro

        section .low
        bits    16
start16:
        enter_protected main
; The end of what is tried, in code of any size.
land:   int     NOTHING

        section .text
        bits    32

%include "tasks/switches.inc"
%include "tasks/small.inc"
%include "tasks/faults.inc"
%include "tasks/map.inc"

main:
        call    switches
        call    small
        call    faults_before
        call    faults_after
        call    map
        finish

; A task in ring 0 that begins at the pushed address; its general registers are E0000000h plus their offset in the TSS.
fill_task:
        pushad
        cld
        mov     edi, TEST_TSS
        xor     eax, eax
        mov     ecx, 0x1000 / 4
        rep stosd
        mov     ecx, TSS_EAX
.register:
        lea     eax, [ecx + 0xE0000000]
        mov     [ecx + TEST_TSS], eax
        add     ecx, 4
        cmp     ecx, TSS_ES
        jb      .register
.segment:
        mov     dword [ecx + TEST_TSS], DATA0
        add     ecx, 4
        cmp     ecx, TSS_LDT
        jb      .segment
        mov     dword [TEST_TSS + TSS_CS], CODE0
        mov     dword [TEST_TSS + TSS_ESP], TASK_STACK
        mov     eax, [esp + 36]
        mov     [TEST_TSS + TSS_EIP], eax
        mov     dword [TEST_TSS + TSS_EFLAGS], 2
        mov     dword [TEST_TSS + TSS_MAP], 0xFFFF
        mov     dword [TEST_TSS + TSS_ESP0], STACK1
        mov     dword [TEST_TSS + TSS_SS0], DATA0
        mov     eax, cr3
        mov     [TEST_TSS + TSS_CR3], eax
        descriptor TASK, TEST_TSS, TSS_BYTES - 1, P | TSS32
        gate    GATE, TASK, 0, P | TASK_GATE
        popad
        ret     4

; The same of 16 bits in OTHER_TSS; its registers are 5A00h plus their offset.
fill_task16:
        pushad
        cld
        mov     edi, OTHER_TSS
        xor     eax, eax
        mov     ecx, 0x100 / 4
        rep stosd
        mov     ecx, TSS16_AX
.register:
        lea     eax, [ecx + 0x5A00]
        mov     [ecx + OTHER_TSS], ax
        add     ecx, 2
        cmp     ecx, TSS16_ES
        jb      .register
        mov     word [OTHER_TSS + TSS16_ES], DATA0
        mov     word [OTHER_TSS + TSS16_DS], DATA0
        mov     word [OTHER_TSS + TSS16_SS], STACK16_0
        mov     word [OTHER_TSS + TSS16_CS], CODE0
        mov     word [OTHER_TSS + TSS16_SP], SMALL_STACK
        mov     eax, [esp + 36]
        mov     [OTHER_TSS + TSS16_IP], ax
        mov     word [OTHER_TSS + TSS16_FLAGS], 2
        mov     word [OTHER_TSS + TSS16_SP0], SMALL_STACK - 0x200
        mov     word [OTHER_TSS + TSS16_SS0], STACK16_0
        descriptor TASK16, OTHER_TSS, TSS16_BYTES - 1, P | TSS16
        popad
        ret     4

%include "end.inc"
