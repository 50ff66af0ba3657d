; Paging: the work of int32 and a random walk through 16 MiB in 4 KiB pages, in two address spaces that CR3 changes
; between. Both map linear 40000000h on 8 MiB of memory from 400000h on, each in its own order, every frame twice.
%define GUEST "page32"
%include "bench.inc"
%include "flat.inc"

DIRECTORY_A     equ     0x80000
DIRECTORY_B     equ     0x81000
LOW_TABLE       equ     0x82000                 ; the first 4 MiB, one to one
TABLES_A        equ     0x83000                 ; four each
TABLES_B        equ     0x87000
SPACE           equ     0x40000000
PAGES           equ     4096
FRAMES          equ     2048
MEMORY          equ     0x400000
DATA            equ     SPACE
SWITCHES        equ     40                      ; of CR3 in a round
STEPS           equ     500                     ; of the walk after each

work32:
        mov     edi, DIRECTORY_A
        xor     eax, eax
        mov     ecx, 0xB000 / 4
        rep stosd
        mov     edi, LOW_TABLE
        mov     eax, 3
        mov     ecx, 1024
.low:
        stosd
        add     eax, 0x1000
        loop    .low
        mov     edi, DIRECTORY_A
        mov     eax, TABLES_A | 3
        mov     ebx, TABLES_A
        mov     edx, 5                          ; page i lies in frame 5 i + 3
        mov     ecx, 3
        call    map
        mov     edi, DIRECTORY_B
        mov     eax, TABLES_B | 3
        mov     ebx, TABLES_B
        mov     edx, 1237                       ; and here in 1237 i + 11
        mov     ecx, 11
        call    map
        mov     edi, MEMORY                     ; memory begins as zeros
        xor     eax, eax
        mov     ecx, FRAMES * 1024
        rep stosd
        mov     eax, DIRECTORY_A
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        jmp     .paged
.paged:
        call    make_table
        mov     dword [round], ROUNDS
        xor     eax, eax
.outer:
        call    kernel
        push    eax
        mov     esi, [place]
        mov     ebx, SWITCHES
.switch:
        mov     eax, DIRECTORY_B
        test    bl, 1
        jz      .to_b
        mov     eax, DIRECTORY_A
.to_b:
        mov     cr3, eax
        mov     ecx, STEPS
.step:
        mov     edx, esi
        and     edx, 0x00FFFFFC
        mov     eax, [SPACE + edx]
        add     eax, esi
        rol     eax, 9
        mov     [SPACE + edx], eax
        imul    esi, esi, 1103515245
        add     esi, eax
        add     esi, 12345
        dec     ecx
        jnz     .step
        dec     ebx
        jnz     .switch
        mov     eax, DIRECTORY_A
        mov     cr3, eax
        mov     [place], esi
        call    make_table                      ; the walk goes over it
        pop     eax
        mix     esi
        dec     dword [round]
        jnz     .outer
        mov     ecx, cr0
        and     ecx, 0x7FFFFFFF
        mov     cr0, ecx
        jmp     .flat
.flat:
        ret

; Fills a directory at EDI with the low table and four of the space: entry EAX, tables at EBX, whose page i lies in
; frame (EDX i + ECX) mod FRAMES.
map:
        mov     dword [edi], LOW_TABLE | 3
        add     edi, SPACE >> 20
        push    ecx
        mov     ecx, 4
.entry:
        stosd
        add     eax, 0x1000
        loop    .entry
        pop     eax                             ; frame
        mov     ecx, PAGES
.page:
        and     eax, FRAMES - 1
        mov     esi, eax
        shl     esi, 12
        add     esi, MEMORY + 3
        mov     [ebx], esi
        add     ebx, 4
        add     eax, edx
        loop    .page
        ret
        align   4
round:  dd      0
place:  dd      1
%include "sorts.inc"
%include "end.inc"
