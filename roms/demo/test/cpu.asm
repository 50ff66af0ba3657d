; The processor: results and flags of instructions whose outcome is the same on every model, strings, wrapping,
; interrupts and the traps that differ between models in a known way.

CF              equ     0x0001
PF              equ     0x0004
AF              equ     0x0010
ZF              equ     0x0040
SF              equ     0x0080
OF              equ     0x0800
ALL_FLAGS       equ     CF | PF | AF | ZF | SF | OF
NOT_AF          equ     ALL_FLAGS & ~AF         ; what logic and shifts define
MULTIPLIED      equ     CF | OF
ADJUSTED        equ     ALL_FLAGS & ~OF

struc CASE
.name:          resb    5
.code:          resb    3                       ; the instruction, then RET
.flags:         resw    1
.ax:            resw    1
.bx:            resw    1
.cx:            resw    1
.dx:            resw    1
.out_ax:        resw    1
.out_dx:        resw    1
.out_flags:     resw    1
.mask:          resw    1                       ; flags that are defined
endstruc

; Name, instruction, flags, AX, BX or CX, AX after it, flags after it, flags that count. DX is 5555h.
%macro OPERATION 8
        OPERATION_DX %1, {%2}, %3, %4, %5, 0x5555, %6, 0x5555, %7, %8
%endmacro

%macro OPERATION_DX 10
%%name:
        db      %1
        times   5 - ($ - %%name) db 0
%%code:
        %2
        times   3 - ($ - %%code) ret
        dw      %3, %4, %5, %5, %6, %7, %8, %9, %10
%endmacro

cases:
        OPERATION 'ADD', {add ax, bx}, 0, 0x7FFF, 0x0001, 0x8000, OF | SF | AF | PF, ALL_FLAGS
        OPERATION 'ADD', {add ax, bx}, 0, 0xFFFF, 0x0001, 0x0000, CF | ZF | AF | PF, ALL_FLAGS
        OPERATION 'ADD', {add al, bl}, 0, 0x127F, 0x0001, 0x1280, OF | SF | AF, ALL_FLAGS
        OPERATION 'ADC', {adc ax, bx}, CF, 0x8000, 0x7FFF, 0x0000, CF | ZF | AF | PF, ALL_FLAGS
        OPERATION 'ADC', {adc ax, bx}, CF, 0x0FFF, 0x0000, 0x1000, AF | PF, ALL_FLAGS
        OPERATION 'ADC', {adc ax, bx}, CF, 0x1234, 0xFFFF, 0x1234, CF | AF, ALL_FLAGS
        OPERATION 'ADC', {adc ax, bx}, 0, 0x1234, 0x1111, 0x2345, 0, ALL_FLAGS
        OPERATION 'SUB', {sub ax, bx}, 0, 0x0000, 0x0001, 0xFFFF, CF | SF | AF | PF, ALL_FLAGS
        OPERATION 'SUB', {sub ax, bx}, 0, 0x8000, 0x0001, 0x7FFF, OF | AF | PF, ALL_FLAGS
        OPERATION 'SUB', {sub al, bl}, 0, 0x1200, 0x0001, 0x12FF, CF | SF | AF | PF, ALL_FLAGS
        OPERATION 'SBB', {sbb ax, bx}, CF, 0x1000, 0x0FFF, 0x0000, ZF | AF | PF, ALL_FLAGS
        OPERATION 'SBB', {sbb ax, bx}, CF, 0x0000, 0xFFFF, 0x0000, CF | ZF | AF | PF, ALL_FLAGS
        OPERATION 'CMP', {cmp ax, bx}, 0, 0x1234, 0x1234, 0x1234, ZF | PF, ALL_FLAGS
        OPERATION 'AND', {and ax, bx}, MULTIPLIED, 0xFF00, 0x0FF0, 0x0F00, PF, NOT_AF
        OPERATION 'OR', {or ax, bx}, MULTIPLIED, 0x8000, 0x0001, 0x8001, SF, NOT_AF
        OPERATION 'XOR', {xor ax, bx}, MULTIPLIED, 0xAAAA, 0xAAAA, 0x0000, ZF | PF, NOT_AF
        OPERATION 'TEST', {test ax, bx}, MULTIPLIED, 0x8000, 0x8000, 0x8000, SF | PF, NOT_AF
        OPERATION 'INC', {inc ax}, CF, 0x7FFF, 0, 0x8000, OF | SF | AF | PF | CF, ALL_FLAGS
        OPERATION 'DEC', {dec ax}, 0, 0x8000, 0, 0x7FFF, OF | AF | PF, ALL_FLAGS
        OPERATION 'NEG', {neg ax}, 0, 0x0001, 0, 0xFFFF, CF | SF | AF | PF, ALL_FLAGS
        OPERATION 'NEG', {neg ax}, 0, 0x8000, 0, 0x8000, CF | OF | SF | PF, ALL_FLAGS
        OPERATION 'NOT', {not ax}, ALL_FLAGS, 0x00FF, 0, 0xFF00, ALL_FLAGS, ALL_FLAGS
        OPERATION 'SHL', {shl ax, 1}, 0, 0x8001, 0, 0x0002, CF | OF, NOT_AF
        OPERATION 'SHR', {shr ax, 1}, 0, 0x8001, 0, 0x4000, CF | OF | PF, NOT_AF
        OPERATION 'SAR', {sar ax, 1}, 0, 0x8001, 0, 0xC000, CF | SF | PF, NOT_AF
        OPERATION 'ROL', {rol ax, 1}, 0, 0x8001, 0, 0x0003, CF | OF, ALL_FLAGS
        OPERATION 'ROR', {ror ax, 1}, 0, 0x0001, 0, 0x8000, CF | OF, ALL_FLAGS
        OPERATION 'RCL', {rcl ax, 1}, CF, 0x4000, 0, 0x8001, OF, ALL_FLAGS
        OPERATION 'RCR', {rcr ax, 1}, CF, 0x0001, 0, 0x8000, CF | OF, ALL_FLAGS
        OPERATION 'SHL', {shl ax, cl}, 0, 0x1234, 4, 0x2340, CF, NOT_AF & ~OF
        OPERATION 'ROL', {rol ax, cl}, 0, 0x1234, 4, 0x2341, CF, CF
        OPERATION 'CBW', {cbw}, ALL_FLAGS, 0x0080, 0, 0xFF80, ALL_FLAGS, ALL_FLAGS
        OPERATION 'DAA', {daa}, 0, 0x009A, 0, 0x0000, CF | ZF | AF | PF, ADJUSTED
        OPERATION 'DAS', {das}, CF | AF, 0x0023, 0, 0x00BD, CF | SF | AF | PF, ADJUSTED
        OPERATION 'AAA', {aaa}, 0, 0x000B, 0, 0x0101, CF | AF, CF | AF
        OPERATION 'AAS', {aas}, 0, 0x020B, 0, 0x0105, CF | AF, CF | AF
        OPERATION 'AAM', {aam}, 0, 0x003F, 0, 0x0603, PF, SF | ZF | PF
        OPERATION 'AAD', {aad}, 0, 0x0603, 0, 0x003F, PF, SF | ZF | PF
        OPERATION 'SAHF', {sahf}, 0, 0xD500, 0, 0xD500, ALL_FLAGS & ~OF, ALL_FLAGS
        OPERATION 'LAHF', {lahf}, ALL_FLAGS, 0x0000, 0, 0xD700, ALL_FLAGS, ALL_FLAGS
        OPERATION 'CMC', {cmc}, CF, 0, 0, 0, 0, ALL_FLAGS
        OPERATION_DX 'CWD', {cwd}, 0, 0x8000, 0, 0, 0x8000, 0xFFFF, 0, ALL_FLAGS
        OPERATION_DX 'MUL', {mul bx}, 0, 0x1234, 0x0100, 0x5555, 0x3400, 0x0012, MULTIPLIED, MULTIPLIED
        OPERATION_DX 'MUL', {mul bx}, CF, 0x0002, 0x0003, 0x5555, 0x0006, 0x0000, 0, MULTIPLIED
        OPERATION_DX 'IMUL', {imul bx}, CF, 0xFFFE, 0x0003, 0x5555, 0xFFFA, 0xFFFF, 0, MULTIPLIED
        OPERATION_DX 'IMUL', {imul bx}, 0, 0x4000, 0x0004, 0x5555, 0x0000, 0x0001, MULTIPLIED, MULTIPLIED
        OPERATION_DX 'DIV', {div bx}, 0, 0x0003, 0x0010, 0x0001, 0x1000, 0x0003, 0, 0
        OPERATION_DX 'DIV', {div bl}, 0, 0x1234, 0x0056, 0x0000, 0x1036, 0x0000, 0, 0
        OPERATION_DX 'IDIV', {idiv bx}, 0, 0xFFF9, 0x0002, 0xFFFF, 0xFFFD, 0xFFFF, 0, 0
cases_end:

test_cpu:
        call    test_operations
        call    test_conditions
        call    test_strings
        call    test_wrapping
        call    test_model
        call    test_traps
restore_cpu:
        ret

test_operations:
        mov     si, cases
.next:
        mov     ax, si
        add     ax, CASE.code
        mov     [.routine], ax
        mov     bx, [si + CASE.bx]
        mov     cx, [si + CASE.cx]
        mov     dx, [si + CASE.dx]
        pushf
        pop     ax
        and     ax, ~ALL_FLAGS
        or      ax, [si + CASE.flags]
        push    ax
        mov     ax, [si + CASE.ax]
        popf
        call    [.routine]
        pushf
        pop     di
        cmp     ax, [si + CASE.out_ax]
        jne     .wrong_ax
        cmp     dx, [si + CASE.out_dx]
        jne     .wrong_dx
        mov     ax, di
        mov     dx, [si + CASE.out_flags]
        and     ax, [si + CASE.mask]
        and     dx, [si + CASE.mask]
        cmp     ax, dx
        jne     .wrong_flags
        add     si, CASE_size
        cmp     si, cases_end
        jb      .next
        ret
.wrong_ax:
        mov     dx, [si + CASE.out_ax]
        call    .name
        FAIL    '%, not %'
.wrong_dx:
        mov     ax, dx
        mov     dx, [si + CASE.out_dx]
        call    .name
        FAIL    'DX %, not %'
.wrong_flags:
        call    .name
        FAIL    'flags %, not %'
.name:
        mov     word [prefix], si
        ret
.routine:       dw      0

; The sixteen conditional jumps, by the flags: bit n of the second word is set where jump 70h + n jumps.
test_conditions:
        mov     si, .table
.next:
        xor     bx, bx                          ; jumps done
        mov     cx, 16
        mov     byte [.jump], 0x7F
.jump_again:
        pushf
        pop     ax
        and     ax, ~ALL_FLAGS
        or      ax, [si]
        push    ax
        jmp     short .flush                    ; the byte below may have been fetched already
.flush:
        popf
.jump:
        jg      .taken
        clc
        jmp     short .counted
.taken:
        stc
.counted:
        rcl     bx, 1
        dec     byte [.jump]
        loop    .jump_again
        mov     ax, bx
        mov     dx, [si + 2]
        cmp     ax, dx
        FAIL_UNLESS e, 'jumps %, not %'
        add     si, 4
        cmp     si, .table_end
        jb      .next
        ret
.table:
        dw      0, 0xAAAA
        dw      ALL_FLAGS, 0x6555
        dw      SF, 0x59AA
        dw      OF, 0x5AA9
        dw      ZF, 0x6A5A
        dw      CF, 0xAA66
.table_end:

STRINGS         equ     0x0600                  ; free memory below the program

test_strings:
        mov     di, STRINGS
        mov     cx, 16
        mov     ax, 0x0100
.fill:
        stosw                                   ; the bytes 0, 1, 2, ...
        add     ax, 0x0202
        loop    .fill
        ; Backwards, overlapping.
        std
        mov     si, STRINGS + 9
        mov     di, STRINGS + 11
        mov     cx, 10
        rep     movsb
        cld
        cmp     si, STRINGS - 1
        FAIL_UNLESS e, 'MOVSB backwards: SI'
        cmp     di, STRINGS + 1
        FAIL_UNLESS e, 'MOVSB backwards: DI'
        mov     ax, [STRINGS + 10]
        mov     dx, 0x0908
        cmp     ax, dx
        FAIL_UNLESS e, 'MOVSB backwards: %, not %'
        ; A byte is found.
        mov     di, STRINGS
        mov     cx, 32
        mov     al, 0x14
        repne   scasb
        FAIL_UNLESS e, 'SCASB finds nothing'
        mov     ax, di
        mov     dx, STRINGS + 0x15
        cmp     ax, dx
        FAIL_UNLESS e, 'SCASB: DI %, not %'
        mov     ax, cx
        mov     dx, 11
        cmp     ax, dx
        FAIL_UNLESS e, 'SCASB: CX %, not %'
        ; Strings that differ: 12, 13 against 14, 15.
        mov     si, STRINGS + 0x12
        mov     di, STRINGS + 0x14
        mov     cx, 4
        repe    cmpsw
        FAIL_UNLESS b, 'CMPSW: flags'
        mov     ax, cx
        mov     dx, 3
        cmp     ax, dx
        FAIL_UNLESS e, 'CMPSW: CX %, not %'
        ; Nothing happens no times.
        xor     cx, cx
        mov     di, STRINGS
        mov     ax, 0x5555
        rep     stosw
        cmp     di, STRINGS
        FAIL_UNLESS e, 'STOSW: CX 0 stores'
        ret

; Offsets end at FFFFh, the stack too.
test_wrapping:
        mov     byte [STRINGS], 0xA5
        mov     bx, 0xFFFF
        mov     si, STRINGS + 1
        mov     al, [bx + si]
        mov     dl, 0xA5
        cmp     al, dl
        FAIL_UNLESS e, 'offset: #, not #'
        mov     ax, 0x2000
        mov     es, ax
        mov     di, 0xFFFF
        mov     al, 0x5A
        stosb
        mov     ax, di
        mov     dx, 0
        or      di, di
        FAIL_UNLESS z, 'STOSB: DI %, not %'
        mov     bx, ss
        mov     cx, sp
        cli
        push    es
        pop     ss
        xor     sp, sp
        push    bx
        mov     ax, sp
        pop     dx
        mov     ss, bx
        mov     sp, cx
        sti
        cmp     dx, bx
        FAIL_UNLESS e, 'stack: %, not %'
        mov     dx, 0xFFFE
        cmp     ax, dx
        FAIL_UNLESS e, 'SP %, not %'
        push    ds
        pop     es
        ret

has_new_push:   db      0                       ; 80286 or later: PUSH SP stores the old SP

; What tells models apart must fit together.
test_model:
        mov     bx, sp
        push    sp
        pop     ax
        mov     byte [has_new_push], 1
        cmp     ax, bx
        je      .new
        mov     byte [has_new_push], 0
        inc     ax
        inc     ax
        cmp     ax, bx
        FAIL_UNLESS e, 'PUSH SP'
        ; Its forerunners: flags 12-15 are ones, addresses end at 1 MiB.
        pushf
        pop     ax
        not     ax
        test    ax, 0xF000
        FAIL_UNLESS z, 'PUSH SP and flags 12-15 disagree'
        mov     ax, 0xFFFF
        mov     es, ax
        mov     word [STRINGS], 0xA55A
        mov     ax, [es:STRINGS + 0x10]
        mov     dx, 0xA55A
        cmp     ax, dx
        FAIL_UNLESS e, 'above 1 MiB: %, not %'
        push    ds
        pop     es
        ret
.new:
        pushf
        pop     ax
        test    ah, 0x80
        FAIL_UNLESS z, 'PUSH SP and flag 15 disagree'
        ret

trap_ip:        dw      0
trap_flags:     dw      0
traps:          db      0

; Interrupts by instruction, after an instruction, and by a division.
test_traps:
        cli
        mov     word [0x00 * 4], .trap
        mov     word [0x00 * 4 + 2], 0
        mov     word [0x01 * 4], .trap
        mov     word [0x01 * 4 + 2], 0
        mov     word [0x03 * 4], .trap
        mov     word [0x03 * 4 + 2], 0
        mov     word [0x04 * 4], .trap
        mov     word [0x04 * 4 + 2], 0
        mov     word [0x1F * 4], .trap
        mov     word [0x1F * 4 + 2], 0
        sti
        mov     byte [traps], 0
        mov     di, .after_int
        int     0x1F
.after_int:
        call    .came
        pushf
        pop     ax
        test    ah, 0x02
        FAIL_UNLESS nz, 'IRET loses the interrupt flag'
        mov     di, .after_int3
        int3
.after_int3:
        call    .came
        mov     al, 0x7F
        inc     al                              ; overflow
        mov     di, .after_into
        into
.after_into:
        call    .came
        mov     al, 0
        add     al, 0
        into                                    ; none
        mov     al, [traps]
        mov     dl, 0
        cmp     al, dl
        FAIL_UNLESS e, 'INTO without overflow'
        ; The trap flag: the instruction after POPF is done, then comes interrupt 1.
        pushf
        pop     ax
        or      ah, 0x01
        push    ax
        mov     di, .stepped
        popf
        nop
.stepped:
        call    .came
        ; Division by zero: an 80286 points at it, its forerunners behind it.
        mov     di, .divide
        cmp     byte [has_new_push], 0
        jne     .divide_now
        mov     di, .divided
.divide_now:
        mov     ax, 1
        xor     dx, dx
        xor     cx, cx
.divide:
        div     cx
.divided:
        call    .came
        ret

; The trap came once, and pointed to DI.
.came:
        mov     al, [traps]
        mov     dl, 1
        cmp     al, dl
        FAIL_UNLESS e, '# traps, not #'
        mov     byte [traps], 0
        mov     ax, [trap_ip]
        mov     dx, di
        cmp     ax, dx
        FAIL_UNLESS e, 'trap from %, not %'
        mov     ax, [trap_flags]
        test    ax, 0x0300
        FAIL_UNLESS z, 'trap: flags %'
        ret
.trap:
        push    bp
        mov     bp, sp
        pushf
        pop     word [trap_flags]
        inc     byte [traps]
        mov     ax, [bp + 2]
        mov     [trap_ip], ax
        and     byte [bp + 7], 0xFE             ; no more single steps
        cmp     ax, .divide
        jne     .back
        mov     word [bp + 2], .divided
.back:
        pop     bp
        iret
