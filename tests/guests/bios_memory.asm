; INT 15h's services above 1 MiB and the ways back from protected mode, as a program calls them. It needs 4 MiB and our
; BIOS, on an 80286 or later.

%define GUEST "bios_memory"
%include "boot.inc"

        section .low
        bits    16
        cpu     286

LOW_BUFFER      equ     0x20000                 ; linear
LOW_SEGMENT     equ     LOW_BUFFER >> 4
BACK_SEGMENT    equ     0x3000
HIGH_BUFFER     equ     0x123400
CMOS_SHUTDOWN   equ     0x8F
CODE_JUMP       equ     0x0A
CODE_JUMP_EOI   equ     0x05

; want NAME, WHAT, OPERAND, VALUE: a case of its own, on a 16-bit operand.
%macro want 4
        mov     ax, %3
        mov     bx, %4
        mov     si, %%name
        mov     di, %%what
        call    judge16
        jmp     %%end
%%name: db %1, 0
%%what: db %2, 0
%%end:
%endmacro

start16:
        sti
        pushf
        pop     ax
        or      ah, 0x70
        push    ax
        popf
        pushf
        pop     ax
        mov     [is_386], ah
        and     byte [is_386], 0x70
        jmp     sizes

judge16:                                        ; AX = got, BX = expected, SI = name, DI = what
        cmp     ax, bx
        jne     .failed
        push    si
        mov     si, text_ok
        call    print16
        pop     si
        call    print16
        jmp     .line
.failed:
        mov     byte [has_failed], 1
        push    ax
        push    si
        mov     si, text_failed
        call    print16
        pop     si
        call    print16
        mov     al, ':'
        call    put16
        mov     al, ' '
        call    put16
        mov     si, di
        call    print16
        mov     si, text_expected
        call    print16
        mov     ax, bx
        call    hex16
        mov     si, text_got
        call    print16
        pop     ax
        call    hex16
.line:  mov     si, text_line
        jmp     print16

text_ok:        db "ok ", 0
text_failed:    db "FAIL ", 0
text_expected:  db " expected ", 0
text_got:       db ", got ", 0
text_line:      db 13, 10, 0

; ---- sizes ----
sizes:  mov     ah, 0x88
        int     0x15
        mov     [got], ax
        mov     al, 0xB1                        ; CMOS 31h, 30h with NMI off
        out     0x70, al
        in      al, 0x71
        mov     ah, al
        mov     al, 0xB0
        out     0x70, al
        in      al, 0x71
        mov     [wanted], ax
        mov     al, 0x0D
        out     0x70, al
        in      al, 0x71
        want "88h tells the memory that CMOS has", "AX", [got], [wanted]
        stc
        mov     ax, 0xE801
        int     0x15
        mov     [got], ax
        mov     [got + 2], bx
        mov     [got + 4], cx
        mov     [got + 6], dx
        want "E801h below 16 MiB", "AX", [got], [wanted]
        want "E801h says it twice", "CX", [got + 4], [got]
        want "E801h above 16 MiB", "BX", [got + 2], 0
        want "E801h above 16 MiB twice", "DX", [got + 6], 0

; ---- the map ----
        cmp     byte [is_386], 0
        jne     map
        stc
        mov     ax, 0xE820
        int     0x15
        mov     al, 0
        adc     al, 0
        mov     ah, 0
        mov     [got], ax
        want "E820h needs registers of 32 bits", "CF", [got], 1
        jmp     move

        cpu     386
map:    xor     ebx, ebx
        mov     word [entries], 0
        mov     dword [free], 0
.next:  mov     eax, 0xE820
        mov     edx, 0x534D4150
        mov     ecx, 20
        mov     di, entry
        push    ds
        pop     es
        int     0x15
        jc      .refused
        cmp     eax, 0x534D4150
        jne     .refused
        cmp     ecx, 20
        jne     .refused
        inc     word [entries]
        cmp     dword [entry + 16], 1
        jne     .reserved
        mov     eax, [entry + 8]
        add     [free], eax
        cmp     dword [entry], 0x100000
        jne     .reserved
        mov     eax, [entry + 8]
        mov     [above], eax
.reserved:
        or      ebx, ebx
        jnz     .next
        jmp     .done
.refused:
        mov     word [entries], 0xFF
.done:  mov     eax, [above]
        shr     eax, 10
        mov     [got], ax
        mov     eax, [free]
        sub     eax, [above]
        shr     eax, 10
        mov     [got + 2], ax
        mov     ax, [0x413]
        mov     [got + 4], ax
        want "E820h: number of ranges", "entries", [entries], 5
        want "E820h: memory from 1 MiB on", "KiB", [got], [wanted]
        want "E820h: base memory", "KiB", [got + 2], [got + 4]
        mov     eax, 0xE820
        mov     edx, 0x534D4150
        mov     ecx, 19
        xor     ebx, ebx
        int     0x15
        setc    al
        mov     ah, 0
        mov     [got], ax
        want "E820h: too small a buffer", "CF", [got], 1
        cpu     286

; ---- moves ----
move:   mov     ax, LOW_SEGMENT
        mov     es, ax
        xor     di, di
        mov     ax, 0x1234
        mov     cx, 0x4000
.fill:  stosw
        add     ax, 0x6789
        loop    .fill
        push    ds
        pop     es
        mov     ax, 0x2400                      ; with the gate closed, which is then closed again
        int     0x15
        mov     word [table + 0x12], LOW_BUFFER & 0xFFFF
        mov     byte [table + 0x14], LOW_BUFFER >> 16
        mov     word [table + 0x1A], HIGH_BUFFER & 0xFFFF
        mov     byte [table + 0x1C], HIGH_BUFFER >> 16
        call    move_words
        want "87h up: AH, CF, ZF", "status", [got], 0x0040
        want "87h up: what is not asked for stays", "BX", [got + 2], 0xB0B0
        want "87h up: the stack", "SP", [got + 4], [got + 6]
        mov     ax, 0x2402
        int     0x15
        mov     ah, 0
        mov     [got], ax
        want "87h leaves the A20 gate closed", "AL", [got], 0
        mov     ax, 0x2401
        int     0x15
        mov     word [table + 0x12], HIGH_BUFFER & 0xFFFF
        mov     byte [table + 0x14], HIGH_BUFFER >> 16
        mov     word [table + 0x1A], (BACK_SEGMENT << 4) & 0xFFFF
        mov     byte [table + 0x1C], BACK_SEGMENT >> 12
        call    move_words
        want "87h down: AH, CF, ZF", "status", [got], 0x0040
        mov     ax, 0x2402
        int     0x15
        mov     ah, 0
        mov     [got], ax
        want "87h leaves the A20 gate open", "AL", [got], 1
        push    ds
        mov     ax, BACK_SEGMENT
        mov     es, ax
        mov     ax, LOW_SEGMENT
        mov     ds, ax
        xor     si, si
        xor     di, di
        mov     cx, 0x4000
        repe cmpsw
        pop     ds
        push    ds
        pop     es
        mov     [got], cx
        want "87h: what went up came down", "words left", [got], 0
        mov     byte [table + 0x1D], 0x13       ; not present
        call    move_words
        want "87h: a descriptor that is not present", "status", [got], 0x0201
        mov     byte [table + 0x1D], 0x93
        mov     word [table + 0x18], 0x3FFF     ; shorter than the block
        call    move_words
        want "87h: a limit below the end", "status", [got], 0x0201
        mov     word [table + 0x18], 0xFFFF
        call    move_words
        want "87h: works again", "status", [got], 0x0040

; ---- protected mode and back ----
        cmp     byte [is_386], 0
        je      .by_resets
        mov     si, leave_by_cr0
        mov     al, 0
        call    switch
        want "89h, back by CR0", "flags", [got], 0x0001
.by_resets:
        mov     si, reset_kbc
        mov     al, CODE_JUMP
        call    switch
        want "89h, back by the keyboard controller and code 0Ah", "flags", [got], 0x0001
        mov     si, reset_port_92
        mov     al, CODE_JUMP_EOI
        call    switch
        want "89h, back by port 92h and code 05h", "flags", [got], 0x0001
        mov     si, reset_triple
        mov     al, CODE_JUMP
        call    switch
        want "89h, back by a triple fault", "flags", [got], 0x0001
        mov     ax, 0x2402
        int     0x15
        mov     ah, 0
        mov     [got], ax
        want "a reset of the CPU leaves the A20 gate", "AL", [got], 1
        mov     si, text_pass
        cmp     byte [has_failed], 0
        je      .said
        mov     si, text_fail
.said:  call    print16
        jmp     power_off

; Moves 4000h words by the table. Out: got = AH and the flags CF and ZF, BX, SP and SP before.
move_words:
        mov     [got + 6], sp
        mov     bx, 0xB0B0
        mov     cx, 0x4000
        mov     si, table
        mov     ah, 0x87
        int     0x15
        mov     [got + 4], sp
        mov     [got + 2], bx
        mov     al, ah
        mov     ah, 0
        mov     [got], ax
        lahf
        mov     al, ah
        and     al, 0x41
        mov     ah, [got]
        mov     [got], ax
        ret

; Goes to protected mode by 89h and comes back to the caller by the shutdown code AL and the reset at SI. Out: got = MSW
; in protected mode, bit 0.
switch: mov     [code_back], al
        mov     [how], si
        mov     [keep_sp], sp
        mov     word [got], 0
        mov     word [0x467], back
        mov     word [0x469], 0
        mov     ax, ss
        mov     dx, ax
        shr     dx, 12
        shl     ax, 4
        mov     [modes + 0x2A], ax
        mov     [modes + 0x2C], dl
        cli
        mov     al, CMOS_SHUTDOWN
        out     0x70, al
        mov     al, [code_back]
        out     0x71, al
        mov     bx, 0x2028
        mov     si, modes
        mov     ah, 0x89
        int     0x15
        jc      .refused
        smsw    ax                              ; selectors are those of the table now
        and     ax, 1
        mov     [got], ax
        jmp     [how]
.refused:
        mov     al, ah
        mov     ah, 0xEE
        mov     [got], ax
        mov     al, CMOS_SHUTDOWN
        out     0x70, al
        mov     al, 0
        out     0x71, al
        jmp     restore
        cpu     386
leave_by_cr0:
        mov     eax, cr0
        and     al, 0xFE
        mov     cr0, eax
        jmp     0:.real
.real:  lidt    [real_idt]
        jmp     back
        cpu     286
reset_kbc:
        mov     al, 0xFE
        out     0x64, al
        hlt
reset_port_92:
        mov     al, 2
        out     0x92, al
        mov     al, 3
        out     0x92, al
        hlt
reset_triple:
        lidt    [no_idt]
        int3

back:   xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ax, 0x8000
        mov     ss, ax
        mov     sp, [keep_sp]
restore:
        mov     al, 0x0D
        out     0x70, al
        in      al, 0x71
        mov     al, 0x11                        ; the vectors of real mode again, all lines masked
        out     0x20, al
        out     0xA0, al
        mov     al, 0x08
        out     0x21, al
        mov     al, 0x70
        out     0xA1, al
        mov     al, 0x04
        out     0x21, al
        mov     al, 0x02
        out     0xA1, al
        mov     al, 0x01
        out     0x21, al
        out     0xA1, al
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        sti
        ret

no_idt: dw      0, 0, 0
real_idt: dw    0x3FF, 0, 0

is_386:         db 0
has_failed:     db 0
code_back:      db 0
                align 2, db 0
how:            dw 0
keep_sp:        dw 0
wanted:         dw 0
entries:        dw 0
got:            times 4 dw 0
free:           dd 0
above:          dd 0
entry:          times 20 db 0
                align 8, db 0
table:          times 16 db 0
                dw 0xFFFF, 0
                db 0, 0x93
                dw 0
                dw 0xFFFF, 0
                db 0, 0x93
                dw 0
                times 16 db 0
                align 8, db 0
modes:          dw 0, 0, 0, 0
                dw 0x3F, modes                  ; 08h this table
                db 0, 0x93
                dw 0
                dw 0, 0                         ; 10h no interrupts
                db 0, 0
                dw 0
                dw 0xFFFF, 0                    ; 18h DS
                db 0, 0x93
                dw 0
                dw 0xFFFF, 0                    ; 20h ES
                db 0, 0x93
                dw 0
                dw 0xFFFF, 0                    ; 28h SS
                db 0, 0x93
                dw 0
                dw 0xFFFF, 0                    ; 30h CS
                db 0, 0x9B
                dw 0
                dw 0, 0                         ; 38h the BIOS
                db 0, 0
                dw 0

%include "end.inc"
