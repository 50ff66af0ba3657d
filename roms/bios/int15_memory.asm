; INT 15h: how much memory there is above 1 MiB, and the memory map.
; SPEC: INT 15h 88h: IBM PC AT Technical Reference. E801h and E820h: ACPI
; Specification 6.5, 15.1 "INT 15H, E820H"; Ralf Brown's Interrupt List for E801h.

SMAP_HIGH       equ 534dh       ; "SMAP" is 534D4150h
SMAP_LOW        equ 4150h
MAP_ENTRY_BYTES equ 20
; DEVIATION: as later BIOSes, INT 15h 88h tells of at most 63 MiB, so that programs
; which add the first MiB to it stay within 16 bits of KiB.
EXT_KIB_MAX     equ 0fc00h
KIB_TO_16M      equ 3c00h

; Out: AX = KiB from 1 MiB on, FFFFh if there is more.
extended_kib:
        mov al, CM_EXT_HI
        call cmos_read
        mov ah, al
        mov al, CM_EXT_LO
        jmp cmos_read

; Out: AX = blocks of 64 KiB from 16 MiB on.
blocks_above_16m:
        mov al, CM_ABOVE_HI
        call cmos_read
        mov ah, al
        mov al, CM_ABOVE_LO
        jmp cmos_read

; 88h: KiB of memory above 1 MiB; without line 20 there is none.
int15_extended_memory:
        mov es, [B_EBDA]
        xor ax, ax
        cmp byte [es:E_CPU], CPU_286
        jb .done
        call extended_kib
        cmp ax, EXT_KIB_MAX
        jbe .done
        mov ax, EXT_KIB_MAX
.done:  mov [bp + R_AX], ax
        ret

; E8h. AL = 01h: sizes below and above 16 MiB. AL = 20h: the map.
int15_memory_map:
        mov es, [B_EBDA]
        mov ah, [es:E_CPU]
        cmp ax, CPU_286 << 8 | 01h
        jb .no
        cmp al, 01h
        je .sizes
        cmp al, 20h
        jne .no
        cmp ah, CPU_386         ; the map has registers of 32 bits
        jae memory_map_entry
.no:    jmp int15_unsupported

.sizes: call extended_kib
        cmp ax, KIB_TO_16M
        jbe .below
        mov ax, KIB_TO_16M
.below: mov [bp + R_AX], ax
        mov [bp + R_CX], ax
        call blocks_above_16m
        mov [bp + R_BX], ax
        mov [bp + R_DX], ax
        ret

; EBX = number of the entry, 0 for the first; ECX = bytes at ES:DI, at least 20;
; EDX = "SMAP". Out: the entry, EAX = "SMAP", EBX = number of the next one, 0 after
; the last; ECX = 20. CF = 1: no such entry. High halves of registers are still
; the caller's here, low ones are in the frame.
        cpu 386
memory_map_entry:
        cmp edx, SMAP_HIGH << 16 | SMAP_LOW
        jne .refused
        mov cx, [bp + R_CX]
        cmp ecx, MAP_ENTRY_BYTES
        jb .refused
        mov bx, [bp + R_BX]
        cmp ebx, MAP_LAST
        ja .refused
        push esi
        push edi
        call memory_map_range
        mov es, [bp + R_ES]
        mov di, [bp + R_DI]
        mov [es:di], esi
        mov [es:di + 8], ecx
        mov [es:di + 16], eax
        xor eax, eax
        mov [es:di + 4], eax
        mov [es:di + 12], eax
        pop edi
        pop esi
        inc bx
        cmp bx, MAP_EXTENDED
        jne .next
        call memory_end
        cmp eax, 100000h
        jne .next
        inc bx                  ; nothing above 1 MiB
.next:  cmp bx, MAP_LAST
        jbe .more
        xor bx, bx
.more:  mov [bp + R_BX], bx
        mov ecx, MAP_ENTRY_BYTES
        mov [bp + R_CX], cx
        mov eax, SMAP_HIGH << 16 | SMAP_LOW
        mov [bp + R_AX], ax
        ret
.refused:
        jmp int15_unsupported

MAP_RAM         equ 1
MAP_RESERVED    equ 2
MAP_EXTENDED    equ 3
MAP_LAST        equ 4

; In: BX = number of an entry, ES = EBDA. Out: ESI = first byte, ECX = bytes,
; EAX = type.
memory_map_range:
        movzx ecx, word [es:E_BASE_KIB]
        shl ecx, 10
        xor esi, esi
        mov al, MAP_RAM
        cmp bx, 1
        jb .done                ; 0: base memory
        mov al, MAP_RESERVED
        mov esi, ecx
        mov ecx, 0a0000h
        jne .others
        sub ecx, esi            ; 1: EBDA
        jmp .done
.others:
        mov esi, 0e0000h
        mov ecx, 20000h
        cmp bx, MAP_EXTENDED
        jb .done                ; 2: this BIOS
        je .extended
        mov esi, 0fffe0000h     ; 4: the same at the top of the address space
        jmp .done
.extended:
        call memory_end
        mov esi, 100000h
        mov ecx, eax
        sub ecx, esi
        mov al, MAP_RAM
.done:  movzx eax, al
        ret

; Out: EAX = address behind the last byte of memory.
; CMOS counts KiB as far as 16 bits go, then blocks of 64 KiB.
memory_end:
        xor eax, eax
        call blocks_above_16m
        shl eax, 16
        jz .kib
        push eax
        xor eax, eax
        call extended_kib
        inc ax
        pop eax
        jnz .kib
        add eax, 1000000h
        ret
.kib:   xor eax, eax
        call extended_kib
        shl eax, 10
        add eax, 100000h
        ret
        cpu 8086
