; Protected mode: loads of segment registers, far calls between segments of 32 and of 16 bits, interrupts and IRET on one
; level and between levels 3 and 0, a call gate, PUSHF, POPF, CLI and STI. Every other round has paging.
%define GUEST "prot32"
%include "bench.inc"
%include "flat.inc"

NARROW          equ     0x28                    ; code of 16 bits
OTHER           equ     0x30                    ; more code of 32 bits
USER_CODE       equ     0x38 | 3
USER_DATA       equ     0x40 | 3
TASK            equ     0x48
LOCAL           equ     0x50
GATE            equ     0x58 | 3
USER_NARROW     equ     0x60 | 3
GLOBAL_CELLS    equ     0x68                    ; four segments of a cell each, and four in the local table

CELLS           equ     0x20000                 ; eight cells: a variable, two constants, nothing
TASK_PLACE      equ     0x21000
USER_STACK      equ     0x70000
INNER_STACK     equ     0x78000
DIRECTORY       equ     0x80000                 ; the first 4 MiB, one to one, for everyone
TABLE           equ     0x81000
LOAD_PASSES     equ     24000
FAR_PASSES      equ     24000
INT_PASSES      equ     16000
USER_PASSES     equ     12000

work32:
        in      al, 0x21                        ; nobody interrupts while IF is set
        mov     [masks], al
        in      al, 0xA1
        mov     [masks + 1], al
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        call    make_tables
        lgdt    [descriptors_register]
        lidt    [vectors_register]
        mov     ax, LOCAL
        lldt    ax
        mov     ax, TASK
        ltr     ax
        mov     dword [round], ROUNDS
        xor     eax, eax
.outer:
        push    eax
        mov     dword [bias], 0
        mov     [total], eax
        call    load_segments
        call    call_far
        call    interrupt
        call    enter_user
        mov     eax, cr0
        xor     eax, 0x80000000
        mov     cr0, eax
        jmp     .paged
.paged:
        pop     eax
        mix     [total]
        dec     dword [round]
        jnz     .outer
        mov     edx, cr0
        and     edx, 0x7FFFFFFF
        mov     cr0, edx
        jmp     .flat
.flat:
        push    eax
        push    dword 2
        popfd
        xor     eax, eax
        lldt    ax
        lgdt    [gdt_register]
        lidt    [real_vectors]
        mov     al, [masks]
        out     0x21, al
        mov     al, [masks + 1]
        out     0xA1, al
        pop     eax
        ret

make_tables:
        mov     edi, DIRECTORY
        mov     eax, TABLE | 7
        stosd
        xor     eax, eax
        mov     ecx, 1023
        rep stosd
        mov     eax, 7
        mov     ecx, 1024
.page:
        stosd
        add     eax, 0x1000
        loop    .page
        mov     eax, DIRECTORY
        mov     cr3, eax
        mov     edi, TASK_PLACE
        xor     eax, eax
        mov     ecx, 26
        rep stosd
        mov     dword [TASK_PLACE + 4], INNER_STACK
        mov     dword [TASK_PLACE + 8], DATA32
        mov     dword [TASK_PLACE + 0x64], 0x680000
        mov     edi, CELLS
        mov     edx, 1
        mov     ecx, 8
.cell:
        xor     eax, eax
        stosd
        mov     eax, edx
        stosd
        not     eax
        stosd
        stosd
        add     edx, 0x01010101
        loop    .cell
        ret

load_segments:
        mov     ecx, LOAD_PASSES
        mov     eax, [total]
.load:
        mov     ebx, ecx
        and     ebx, 7
        mov     es, [selectors + ebx * 2]
        mov     edx, [es:0]
        add     edx, eax
        rol     edx, 3
        mov     [es:0], edx
        xor     eax, edx
        lfs     esi, [pointers + ebx * 8]
        add     eax, [fs:esi]
        push    ds
        pop     es
        dec     ecx
        jnz     .load
        mov     [total], eax
        ret

call_far:
        mov     ecx, FAR_PASSES
        mov     ebx, [total]
.far:
        call    NARROW:add_far
        call    far [pointer]
        jmp     OTHER:.next
.next:
        jmp     CODE32:.again
.again:
        loop    .far
        mov     [total], ebx
        ret

interrupt:
        mov     ecx, INT_PASSES
        mov     ebx, [total]
.interrupt:
        pushfd
        cli
        add     ebx, ecx
        popfd
        int     0x30
        adc     ebx, 0
        sti
        cli
        loop    .interrupt
        mov     [total], ebx
        ret

; EBX = EBX * 3 xor ECX, and the caller's carry is its lowest bit.
same_level:
        push    eax
        lea     ebx, [ebx + ebx * 2]
        xor     ebx, ecx
        mov     eax, ebx
        and     al, 1
        and     byte [esp + 12], 0xFE
        or      [esp + 12], al
        pop     eax
        iretd

enter_user:
        mov     [kernel_stack], esp
        push    dword USER_DATA
        push    dword USER_STACK
        push    dword 0x3002                    ; IOPL 3
        push    dword USER_CODE
        push    dword user
        iretd
user:
        mov     ax, USER_DATA
        mov     ds, ax
        mov     es, ax
        mov     ecx, USER_PASSES
        mov     ebx, [total]
.pass:
        int     0x31
        cli
        push    ecx
        call    GATE:0
        sti
        pushfd
        call    USER_NARROW:add_far
        popfd
        loop    .pass
        mov     [total], ebx
        int     0x32

; EBX and a count of calls, turned.
inner:
        push    ds
        push    eax
        mov     ax, DATA32
        mov     ds, ax
        add     ebx, [bias]
        rol     ebx, 5
        inc     dword [bias]
        pop     eax
        pop     ds
        iretd

; EBX xor what is on the stack.
through_gate:
        mov     eax, [esp + 8]
        xor     ebx, eax
        retf    4

leave_user:
        mov     ax, DATA32
        mov     ds, ax
        mov     es, ax
        mov     esp, [kernel_stack]
        ret

rotate_far:
        rol     ebx, 1
        retf

        bits    16
add_far:
        add     bx, cx
        xor     bl, 0x5A
        o32 retf
        bits    32

%macro gate 3                                   ; selector, offset, kind and count
        dw      %2, %1, %3, 0
%endmacro
%macro cell 1                                   ; a segment of a cell
        dw      15, CELLS % 0x10000 + 16 * %1
        db      CELLS / 0x10000, 0xF2, 0x40, 0
%endmacro

        align   8
descriptors:
        dq      0
        dq      0x00CF9A000000FFFF
        dq      0x00CF92000000FFFF
        dq      0x00009A000000FFFF
        dq      0x000092000000FFFF
        dq      0x00009A000000FFFF
        dq      0x00CF9A000000FFFF
        dq      0x00CFFA000000FFFF
        dq      0x00CFF2000000FFFF
        dw      0x67, TASK_PLACE % 0x10000
        db      TASK_PLACE / 0x10000, 0x89, 0, 0
        dw      31, local
        db      0, 0x82, 0, 0
        gate    CODE32, through_gate, 0xEC01
        dq      0x0000FA000000FFFF
        cell    0
        cell    2
        cell    4
        cell    6
descriptors_end:
local:
        cell    1
        cell    3
        cell    5
        cell    7
vectors:
        times 0x30 dq 0
        gate    CODE32, same_level, 0x8E00
        gate    CODE32, inner, 0xEE00
        gate    CODE32, leave_user, 0xEE00
vectors_end:
descriptors_register:
        dw      descriptors_end - descriptors - 1
        dd      descriptors
        dw      0
vectors_register:
        dw      vectors_end - vectors - 1
        dd      vectors
        dw      0
real_vectors:
        dw      0x3FF
        dd      0
        dw      0
selectors:
        dw      GLOBAL_CELLS, 4, GLOBAL_CELLS + 8, 4 + 8, GLOBAL_CELLS + 16, 4 + 16, GLOBAL_CELLS + 24, 4 + 24
pointers:
        dd      4, 4 + 24, 8, GLOBAL_CELLS + 24, 4, 4 + 16, 8, GLOBAL_CELLS + 16
        dd      4, 4 + 8, 8, GLOBAL_CELLS + 8, 4, 4, 8, GLOBAL_CELLS
pointer:
        dd      rotate_far
        dw      OTHER, 0
total:  dd      0
bias:   dd      0
round:  dd      0
kernel_stack:   dd      0
masks:  dw      0
%include "end.inc"
