; The panel "This machine": processor, memory, display.

VALUE           equ     (LEFT + 13) * 2         ; where values begin in a row

draw_machine:
        mov     di, (MACHINE_ROW + 1) * 160 + VALUE
        call    draw_processor
        mov     di, (MACHINE_ROW + 2) * 160 + VALUE
        call    draw_memory
        mov     di, (MACHINE_ROW + 3) * 160 + VALUE
        jmp     draw_display

; The processor, by what sets one model apart from the one before it.
draw_processor:
        mov     ah, STRONG
        call    find_processor                  ; SI = name
        call    put_text
        cmp     byte [show_vendor], 0
        je      .coprocessor
        call    draw_cpuid
.coprocessor:
        int     0x11
        test    al, 0x02
        jz      .done
        mov     ah, TEXT
        call    put_inline
        db      ', x87', 0
.done:
        ret

processor_8086: db      '8086 or 8088', 0
processor_186:  db      '80186', 0
processor_286:  db      '80286', 0
processor_386:  db      '80386', 0
processor_486:  db      '80486', 0
processor_new:  db      'Pentium or later', 0

is_386:         db      0
show_vendor:    db      0

; SI = name of the processor. Changes AL, BX, CX, DX.
find_processor:
        push    ax
        ; An 80286 pushes the SP from before the push, its forerunners the one after it.
        mov     bx, sp
        push    sp
        pop     ax
        cmp     ax, bx
        je      .286
        ; An 8086 shifts by all of CL, an 80186 by its low five bits.
        mov     si, processor_8086
        mov     ax, 1
        mov     cl, 32
        shl     ax, cl
        or      ax, ax
        jz      .done
        mov     si, processor_186
        jmp     short .done
.286:
        ; In real mode an 80286 keeps bits 12-15 of the flags at 0.
        mov     si, processor_286
        pushf
        pop     ax
        push    ax
        or      ax, 0x7000
        push    ax
        popf
        pushf
        pop     bx
        popf
        test    bx, 0x7000
        jz      .done
        mov     byte [is_386], 1
        cpu     386
        ; Only an 80486 can set AC, only one with CPUID can change ID.
        mov     si, processor_386
        mov     ecx, 1 << 18
        call    can_toggle
        jz      .done
        mov     si, processor_486
        mov     ecx, 1 << 21
        call    can_toggle
        jz      .done
        mov     byte [show_vendor], 1
        cpu     486
        mov     eax, 1
        db      0x0F, 0xA2                      ; CPUID
        and     ah, 0x0F                        ; family
        cmp     ah, 5
        cpu     8086
        jb      .done
        mov     byte [show_vendor], 0             ; no room for its vendor
        mov     si, processor_new
.done:
        pop     ax
        ret

        cpu     386
; Zero flag clear if the bits ECX of EFLAGS can be changed. Changes EAX, EDX.
can_toggle:
        pushfd
        pop     eax
        mov     edx, eax
        xor     eax, ecx
        push    eax
        popfd
        pushfd
        pop     eax
        push    edx
        popfd
        xor     eax, edx
        test    eax, ecx
        ret

; The vendor that CPUID names.
draw_cpuid:
        xor     eax, eax
        db      0x0F, 0xA2                      ; CPUID
        mov     [vendor], ebx
        mov     [vendor + 4], edx
        mov     [vendor + 8], ecx
        cpu     8086
        mov     ax, TEXT << 8 | ' '
        stosw
        mov     si, vendor
        jmp     put_text

vendor:         times   13 db 0

; Base memory, and what there is from 1 MiB on.
draw_memory:
        int     0x12
        mov     ch, STRONG
        xor     dx, dx
        call    put_decimal
        mov     ah, TEXT
        call    put_inline
        db      ' KB', 0
        call    extended_kb
        mov     cx, ax
        or      cx, dx
        jz      .done
        push    ax
        mov     ah, TEXT
        call    put_inline
        db      ' + ', 0
        pop     ax
        or      dx, dx
        jnz     .megabytes
        mov     ch, STRONG
        call    put_decimal
        mov     ah, TEXT
        call    put_inline
        db      ' KB extended', 0
.done:
        ret

.megabytes:
        mov     cl, 10
        call    put_shifted
        mov     ah, TEXT
        call    put_inline
        db      ' MB extended', 0
        ret

; DX:AX = KiB from 1 MiB on. Changes BX, CX.
extended_kb:
        push    di
        push    es
        cmp     byte [is_386], 0
        je      .old
        mov     ax, 0xE801                      ; KiB below 16 MiB, 64 KiB above
        xor     cx, cx
        xor     dx, dx
        int     0x15
        jc      .old
        or      ax, ax
        jnz     .sum
        mov     ax, cx
        mov     bx, dx
.sum:
        or      ax, ax
        jz      .old
        xchg    ax, bx
        mov     dx, 64
        mul     dx
        add     ax, bx
        adc     dx, 0
        jmp     short .done
.old:
        mov     ah, 0x88
        int     0x15
        mov     dx, 0
        jnc     .done
        xor     ax, ax
.done:
        pop     es
        pop     di
        ret

; The kind of adapter, and the size of the text.
draw_display:
        mov     ax, 0x1A00
        int     0x10
        mov     si, .cga
        cmp     al, 0x1A
        jne     .name
        mov     si, .vga
.name:
        mov     ah, STRONG
        call    put_text
        push    es
        mov     ax, 0x0040
        mov     es, ax
        mov     al, [es:0x84]                   ; rows less one; 0 on a CGA
        mov     bl, [es:0x4A]
        pop     es
        or      al, al
        jnz     .rows
        mov     al, 24
.rows:
        inc     al
        push    ax
        mov     ah, TEXT
        call    put_inline
        db      ', ', 0
        mov     al, bl
        xor     dx, dx
        mov     ah, 0
        mov     ch, TEXT
        call    put_decimal
        call    put_inline
        db      ' x ', 0
        pop     ax
        xor     dx, dx
        mov     ah, 0
        mov     ch, TEXT
        call    put_decimal
        call    put_inline
        db      ' characters', 0
        ret

.vga:           db      'VGA', 0
.cga:           db      'CGA or MDA', 0
