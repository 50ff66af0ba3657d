; Faults within instructions that access more than one thing: each is to leave the registers as they were, to tell the
; right error code, and to let the instruction run again as if there had been none.
;
; A trial runs an instruction whose operand or stack lies over the border of two pages: first with both there, then
; with one or the other absent. The handler of the page fault looks at what the fault left, and maps the page. At the
; end registers and memory must be those of the first run. The trials run four times: for what is restarted, for the
; W/R bit of the error codes in two parts, and with a segment's limit in place of the absent page.
%define GUEST "restart"
%include "boot.inc"
%include "protected.inc"
        section .text
        bits    32
        cpu     686
%include "probe.inc"

DIRECTORY       equ     0x40000
TABLE0          equ     0x41000
TABLE2          equ     0x42000
FRAMES          equ     0x50000
TESTED          equ     0x800000
EDGE            equ     TESTED + 0x1000         ; data and stacks
EDGE2           equ     TESTED + 0x5000         ; a second operand
REACH           equ     64                      ; bytes on each side of a border that trials use
LOW             equ     1 << 0                  ; pages that are absent
HIGH            equ     1 << 1
LOW2            equ     1 << 4
HIGH2           equ     1 << 5
; What an access is
READS           equ     0
WRITES          equ     2
MODIFIES        equ     0x102
EITHER          equ     0x200                   ; the manuals do not say

LIMITED         equ     0x1F0 + 3               ; a data segment up to the border

; In which part of the guest we are
RESTARTS        equ     0
PLAIN_ERRORS    equ     1
MODIFY_ERRORS   equ     2
LIMITS          equ     3

FPU_BYTES       equ     108
RESULT_BYTES    equ     4 * REACH + FPU_BYTES

                image   given                   ; what a trial begins with,
                image   expected                ; what a fault is to leave,
                image   plain                   ; and how the run without faults ends
part:            dd      0
trial_name:     dd      0
from_ring:      dd      0
setup:             dd      0
at_eip:         dd      0
absent_pages:   dd      0
kind:           dd      0
expected_cr2:   dd      0
limit_vector:   dd      0
faults_seen:    dd      0
faults_due:     dd      0
end_vector:     dd      0
memory_counts:  db      0
sp_alone:       db      0
align 4
fpu_after:      times FPU_BYTES db 0
result:         times RESULT_BYTES db 0
plain_result:   times RESULT_BYTES db 0

%macro trial 1-2 3                      ; name, ring
        section .data
%%text: db      %1, 0
        section .text
        mov     dword [trial_name], %%text
        mov     dword [from_ring], %2
        call    begin_trial
%endmacro
%macro given 2
        mov     dword [given.%1], %2
%endmacro
%macro prepare 0                        ; before every run
%push prepared
        mov     dword [setup], %$code
        jmp     %$over
%$code:
%endmacro
%macro prepared 0
        ret
%$over:
%pop
%endmacro
%macro code 0
%push code
        mov     dword [given.eip], %$code
        mov     dword [at_eip], %$code
        jmp     %$over
%$code:
%endmacro
%macro end_code 0-1                     ; which instruction faults, if not the first
        int     DONE
%$over:
    %if %0 == 1
        mov     dword [at_eip], %1
    %endif
        call    run_plain
%pop
%endmacro
%macro partway 2                        ; a register at the next fault, where it is not as at the start
        mov     dword [expected.%1], %2
%endmacro
; The run ends with another vector.
%macro ends_with 1
        mov     dword [end_vector], %1
%endmacro
; The stack under test is also that of the handler: memory is not compared.
%macro memory_is_free 0
        mov     byte [memory_counts], 0
%endmacro
%macro absent 2-3 0                     ; pages, kind of access, CR2 of the first fault
        mov     dword [absent_pages], %1
        mov     dword [kind], %2
        mov     dword [expected_cr2], %3
        call    run_absent
%endmacro
%macro limited 2                        ; segment register, vector
        mov     dword [limit_vector], %2
        push    dword [given.%1]
        mov     dword [given.%1], LIMITED
        call    run_limited
        pop     dword [given.%1]
%endmacro

; A trial of one instruction with one operand in memory, whose first byte is at EDGE - offset
%macro operand 4+                       ; name, offset, kind, instruction
        trial   %1
        code
        %4
        end_code
        absent  HIGH, %3, EDGE
        absent  LOW, %3, EDGE - (%2)
        absent  LOW | HIGH, %3
        limited ds, V_GP
%endmacro
; The same of a large one, of which the manuals do not say what is accessed first
%macro block_operand 3+                 ; name, kind, instruction
        trial   %1
        code
        %3
        end_code
        absent  HIGH, %2
        absent  LOW, %2
        absent  LOW | HIGH, %2
        limited ds, V_GP
%endmacro
; The same of ring 0
%macro operand0 4+
        trial   %1, 0
        code
        %4
        end_code
        absent  HIGH, %3, EDGE
        absent  LOW, %3, EDGE - (%2)
        absent  LOW | HIGH, %3
%endmacro
; A floating-point instruction with an operand; ST0 is 1, ST1 pi
%macro fpu_operand 4+
        trial   %1
        prepare
        fninit
        fldpi
        fld1
        prepared
        code
        %4
        fnsave  [es:fpu_after]
        end_code
        absent  HIGH, %3, EDGE
        absent  LOW, %3, EDGE - (%2)
        absent  LOW | HIGH, %3
        limited ds, V_GP
%endmacro
; The same of a large one. `image_by` says how an image to load is made.
%macro fpu_block 3+
        trial   %1
        prepare
        call    fpu_image
        prepared
        code
        %3
        fnsave  [es:fpu_after]
        end_code
        absent  HIGH, %2
        absent  LOW, %2
        absent  LOW | HIGH, %2
        limited ds, V_GP
%endmacro
; An instruction of MMX; MM0 and MM1 have something
%macro mmx_operand 4+
        trial   %1
        prepare
        movq    mm0, [EDGE2]
        movq    mm1, [EDGE2 + 8]
        prepared
        code
        %4
        movq    [es:fpu_after], mm0
        end_code
        absent  HIGH, %3, EDGE
        absent  LOW, %3, EDGE - (%2)
        absent  LOW | HIGH, %3
        limited ds, V_GP
%endmacro
; A trial of one instruction that uses the stack
%macro stack_use 4+                     ; name, ESP, kind, instruction
        trial   %1
        given   esp, %2
        code
        %4
        end_code
        absent  HIGH, %3
        absent  LOW, %3
        absent  LOW | HIGH, %3
        limited ss, V_SS
%endmacro

begin_trial:
        pushad
        mov     esi, initial
        mov     edi, given
        mov     ecx, (initial.end - initial) / 4
        rep     movsd
        mov     dword [setup], 0
        mov     dword [end_vector], DONE
        mov     byte [memory_counts], 1
        mov     byte [sp_alone], 0
        mov     dword [given.cs], CODE3
        mov     dword [given.ss], DATA3
        mov     dword [given.esp], RING3_STACK
        cmp     dword [from_ring], 0
        jne     .outer
        mov     dword [given.cs], CODE0
        mov     dword [given.ss], DATA0
        mov     dword [given.esp], RING0_STACK
.outer: cmp     dword [part], RESTARTS
        jne     .same_case
        push    dword [trial_name]
        call    begin_case
.same_case:
        popad
        ret

; Compares within a trial: what, got, expected. The name of the trial is said with it, except where it is the case.
%macro expect_of_trial 3
        push    dword %3
        push    dword %2
        section .data
%%text: db      %1, 0
        section .text
        push    dword %%text
        call    check_of_trial
%endmacro
check_of_trial:
        pushfd
        pushad
        mov     eax, [esp + 44]
        cmp     eax, [esp + 48]
        je      .right
        mov     edi, tagged_text
        cmp     dword [part], RESTARTS
        je      .what
        mov     esi, [trial_name]
        call    .copy
        mov     ax, ', '
        stosw
.what:  mov     esi, [esp + 40]
        call    .copy
        mov     ax, ' ('
        stosw
        mov     eax, [absent_pages]
        and     al, 0x0F
        call    .hex
        mov     eax, [absent_pages]
        shr     eax, 4
        call    .hex
        mov     ax, ')'
        stosw
        mov     esi, tagged_text
        mov     eax, [esp + 44]
        mov     ebx, [esp + 48]
        xor     edx, edx
        call    fail
.right: popad
        popfd
        ret     12
.copy:  lodsb
        stosb
        test    al, al
        jnz     .copy
        dec     edi
        ret
.hex:   add     al, '0'
        stosb
        ret

%define pte(page) (TABLE2 + (page) * 4)
flush:  push    eax
        mov     eax, cr3
        mov     cr3, eax
        pop     eax
        ret

map_all:
        mov     edi, TABLE2
        mov     eax, FRAMES | 7
        mov     ecx, 8
.map:   stosd
        add     eax, 0x1000
        loop    .map
        jmp     flush

; The state before a run: pages, memory, registers
ready_run:
        pushad
        call    map_all
        mov     edi, EDGE - REACH
        mov     al, 0x5B
        call    .fill
        mov     edi, EDGE2 - REACH
        mov     al, 0x17
        call    .fill
        mov     edi, fpu_after
        mov     ecx, FPU_BYTES
        xor     al, al
        rep     stosb
        cmp     dword [setup], 0
        je      .no_setup
        call    [setup]
        cld
.no_setup:
        xor     ebx, ebx
.unmap: bt      [absent_pages], ebx
        jnc     .there
        and     byte [pte(0) + ebx * 4], ~1
.there: inc     ebx
        cmp     ebx, 8
        jb      .unmap
        call    flush
        mov     esi, given
        mov     edi, start
        mov     ecx, (given.end - given) / 4
        rep     movsd
        mov     dword [faults_seen], 0
        mov     dword [hook], on_fault
        popad
        ret
.fill:  mov     ecx, 2 * REACH
.byte:  stosb
        add     al, 29
        loop    .byte
        ret

; What a run left in memory, into EDI
keep_result:
        pushad
        cmp     dword [part], LIMITS
        jne     .all
        and     word [fpu_after + 24], 0        ; FDS: the selector with the limit is another
.all:
        mov     esi, EDGE - REACH
        mov     ecx, 2 * REACH
        rep     movsb
        mov     esi, EDGE2 - REACH
        mov     ecx, 2 * REACH
        rep     movsb
        mov     esi, fpu_after
        mov     ecx, FPU_BYTES
        rep     movsb
        popad
        ret

run_plain:
        pushad
        mov     dword [absent_pages], 0
        call    ready_run
        call    probe
        expect_of_trial "end of the run without faults", [seen.vector], [end_vector]
        expect_of_trial "faults in the run without faults", [faults_seen], 0
        mov     esi, seen
        mov     edi, plain
        mov     ecx, (seen.end - seen) / 4
        rep     movsd
        mov     edi, plain_result
        call    keep_result
        call    expect_start
        popad
        ret

; A fault is to leave what the trial began with.
expect_start:
        mov     esi, given
        mov     edi, expected
        mov     ecx, (given.end - given) / 4
        rep     movsd
        mov     eax, [at_eip]
        mov     [expected.eip], eax
        ret

run_absent:
        pushad
        cmp     dword [part], LIMITS
        je      .end
        call    ready_run
        xor     ecx, ecx                ; a fault for each absent page
        mov     eax, [absent_pages]
.count: shr     eax, 1
        adc     ecx, 0
        test    eax, eax
        jnz     .count
        mov     [faults_due], ecx
        call    probe
        call    compare
.end:   call    expect_start
        popad
        ret

run_limited:
        pushad
        mov     dword [absent_pages], 0
        cmp     dword [part], LIMITS
        jne     .end
        descriptor LIMITED, 0, (EDGE - 1) >> 12, P | WRITABLE | RING3 | BIG | PAGES
        call    ready_run
        mov     dword [faults_due], 1
        call    probe
        call    compare
.end:   call    expect_start
        popad
        ret

sp_only:
        cmp     byte [sp_alone], 0
        je      .all
        and     dword [seen.esp], 0xFFFF
        and     dword [plain.esp], 0xFFFF
        and     dword [expected.esp], 0xFFFF
        and     dword [seen.ebp], 0xFFFF        ; ENTER takes EBP from ESP
        and     dword [plain.ebp], 0xFFFF
        and     dword [expected.ebp], 0xFFFF
.all:   ret

%macro same_register 1-*
%rep %0
        expect_of_trial {%str(%1), " at the end"}, [seen.%1], [plain.%1]
%rotate 1
%endrep
%endmacro
compare:
        cmp     dword [part], PLAIN_ERRORS
        je      .end
        cmp     dword [part], MODIFY_ERRORS
        je      .end
        call    sp_only
        expect_of_trial "number of faults", [faults_seen], [faults_due]
        same_register vector, eip, cs, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi
        cmp     byte [memory_counts], 0
        je      .end
        call    map_all
        mov     edi, result
        call    keep_result
        mov     esi, result
        mov     edi, plain_result
        mov     ecx, RESULT_BYTES
        repe    cmpsb
        je      .end
        movzx   eax, byte [esi - 1]
        movzx   edx, byte [edi - 1]
        expect_of_trial "first byte that differs", eax, edx
        sub     esi, result + 1
        expect_of_trial "where it is", esi, -1
.end:   ret

%macro kept_register 1-*
%rep %0
        expect_of_trial {%str(%1), " at the fault"}, [seen.%1], [expected.%1]
%rotate 1
%endrep
%endmacro
; The hook of a probe: checks what a fault left and mends its cause.
on_fault:
        mov     eax, [seen.vector]
        cmp     eax, [end_vector]
        je      .end
        inc     dword [faults_seen]
        cmp     dword [faults_seen], 9
        ja      .end
        cmp     eax, V_PF
        je      .page
        cmp     dword [part], LIMITS
        jne     .end
        cmp     eax, V_SS
        je      .limit
        cmp     eax, V_GP
        jne     .end
.limit: expect_of_trial "vector of the limit's fault", [seen.vector], [limit_vector]
        expect_of_trial "error code of the limit's fault", [seen.error], 0
        call    .registers
        descriptor LIMITED, 0, 0xFFFFF, P | WRITABLE | RING3 | BIG | PAGES
        stc
        ret
.page:  call    page_fault
        ret
.end:   clc
        ret
.registers:
        call    sp_only
        and     dword [seen.eflags], ~F_RF
        cmp     dword [expected.eflags], 0
        jne     .flags
        mov     eax, [seen.eflags]
        mov     [expected.eflags], eax
.flags: kept_register eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi
        ret

; CF = 1: the page is there now
page_fault:
        cmp     dword [part], RESTARTS
        jne     .code
        cmp     dword [expected_cr2], 0
        je      .any
        cmp     dword [faults_seen], 1
        jne     .any
        expect_of_trial "CR2", [seen.cr2], [expected_cr2]
.any:   call    on_fault.registers
        jmp     .mend
.code:  mov     ecx, [kind]
        mov     edx, ecx
        and     ecx, 2
        cmp     dword [from_ring], 0
        je      .inner
        or      ecx, 4
.inner: cmp     edx, EITHER
        je      .mend
        mov     eax, PLAIN_ERRORS
        cmp     edx, MODIFIES
        jne     .judge
        mov     eax, MODIFY_ERRORS
.judge: cmp     [part], eax
        jne     .mend
        expect_of_trial "error code", [seen.error], ecx
.mend:  mov     eax, [seen.cr2]
        sub     eax, TESTED
        shr     eax, 12
        cmp     eax, 8
        jae     .not_ours
        test    byte [pte(0) + eax * 4], 1
        jnz     .not_ours
        or      byte [pte(0) + eax * 4], 1
        call    flush
        stc
        ret
.not_ours:
        clc
        ret

        section .low
        bits    16
start16:
        enter_protected main
        section .text
        bits    32
main:
        call    probe_init
        mov     edi, DIRECTORY
        xor     eax, eax
        mov     ecx, 0xC00
        rep     stosd
        mov     edi, TABLE0
        mov     eax, 7
        mov     ecx, 1024
.low:   stosd
        add     eax, 0x1000
        loop    .low
        mov     dword [DIRECTORY], TABLE0 | 7
        mov     dword [DIRECTORY + (TESTED >> 22) * 4], TABLE2 | 7
        mov     eax, DIRECTORY
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 1 << 31
        mov     cr0, eax
        mov     [main_cr0], eax
        jmp     .on
.on:    call    trials
        mov     dword [part], PLAIN_ERRORS
        case    "error codes of reads and writes"
        call    trials
        mov     dword [part], MODIFY_ERRORS
        case    "error codes of read-modify-write"
        call    trials
        mov     dword [part], LIMITS
        case    "segment limits"
        call    trials
        finish

trials: call    moves
        call    modifications
        call    newer
        call    pushes_and_pops
        call    small_stacks
        call    transfers
        call    strings
        call    ports
        call    system
        call    task_gate
        call    task_switch
        call    floating_point
        ret

moves:
        operand "MOV r32, m32", 2, READS, mov eax, [EDGE - 2]
        operand "MOV r16, m16", 1, READS, mov ax, [EDGE - 1]
        operand "MOV m32, r32", 2, WRITES, mov [EDGE - 2], ebx
        operand "MOV m16, r16", 1, WRITES, mov [EDGE - 1], bx
        operand "MOV m32, imm32", 3, WRITES, mov dword [EDGE - 3], 0x12345678
        operand "MOVZX", 1, READS, movzx eax, word [EDGE - 1]
        operand "MOVSX", 1, READS, movsx eax, word [EDGE - 1]
        operand "CMP m32, r32", 1, READS, cmp [EDGE - 1], eax
        operand "TEST m32, r32", 2, READS, test [EDGE - 2], eax
        operand "ADD r32, m32", 3, READS, add eax, [EDGE - 3]
        operand "ADC r16, m16", 1, READS, adc ax, [EDGE - 1]
        operand "IMUL r32, m32", 2, READS, imul ecx, [EDGE - 2]
        operand "IMUL r32, m32, imm8", 2, READS, imul ecx, [EDGE - 2], 5
        operand "MUL m32", 2, READS, mul dword [EDGE - 2]
        trial   "DIV m32"
        given   edx, 0
        code
        div     dword [EDGE - 2]
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 2
        limited ds, V_GP
        operand "BT m32, imm8", 2, READS, bt dword [EDGE - 2], 30
        operand "BSF", 2, READS, bsf eax, [EDGE - 2]
        operand "BSR", 2, READS, bsr eax, [EDGE - 2]
        trial   "BOUND"
        given   eax, 7
        prepare
        mov     dword [EDGE - 6], 5
        mov     dword [EDGE - 2], 9
        prepared
        code
        bound   eax, [EDGE - 6]
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS
        absent  LOW | HIGH, READS
        limited ds, V_GP
%macro far_pointer 3                    ; name, instruction, register
        trial   %1
        prepare
        mov     dword [EDGE - 3], 0x00345678
        mov     word [EDGE + 1], DATA3
        prepared
        code
        %2      %3, [EDGE - 3]
        end_code
        absent  HIGH, READS
        absent  LOW, READS
        absent  LOW | HIGH, READS
%endmacro
        far_pointer "LES", les, eax
        limited ds, V_GP
        far_pointer "LDS", lds, ecx
        far_pointer "LFS", lfs, edx
        limited ds, V_GP
        far_pointer "LGS", lgs, ebx
        limited ds, V_GP
        far_pointer "LSS", lss, esp
        limited ds, V_GP
        trial   "LES, 16-bit"
        prepare
        mov     word [EDGE - 1], 0x5678
        mov     word [EDGE + 1], DATA3
        prepared
        code
        les     ax, [EDGE - 1]
        end_code
        absent  HIGH, READS
        absent  LOW, READS
        limited ds, V_GP
        trial   "MOV Sreg, m16"
        prepare
        mov     word [EDGE - 1], DATA3
        prepared
        code
        mov     fs, [EDGE - 1]
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 1
        limited ds, V_GP
        operand "MOV m16, Sreg", 1, WRITES, mov [EDGE - 1], es
        ret

modifications:
        operand "ADD m32, r32", 2, MODIFIES, add [EDGE - 2], eax
        operand "ADC m16, r16", 1, MODIFIES, adc [EDGE - 1], ax
        operand "SUB m32, imm8", 3, MODIFIES, sub dword [EDGE - 3], 7
        operand "SBB m32, r32", 1, MODIFIES, sbb [EDGE - 1], eax
        operand "AND m32, r32", 2, MODIFIES, and [EDGE - 2], eax
        operand "OR m32, imm32", 2, MODIFIES, or dword [EDGE - 2], 0x12345678
        operand "XOR m32, r32", 2, MODIFIES, xor [EDGE - 2], eax
        operand "INC m32", 2, MODIFIES, inc dword [EDGE - 2]
        operand "DEC m16", 1, MODIFIES, dec word [EDGE - 1]
        operand "NEG m32", 2, MODIFIES, neg dword [EDGE - 2]
        operand "NOT m32", 2, MODIFIES, not dword [EDGE - 2]
        operand "LOCK ADD m32, r32", 2, MODIFIES, lock add [EDGE - 2], eax
        operand "SHL m32, imm8", 2, MODIFIES, shl dword [EDGE - 2], 5
        operand "SAR m32, CL", 2, MODIFIES, sar dword [EDGE - 2], cl
        operand "ROL m16, 1", 1, MODIFIES, rol word [EDGE - 1], 1
        operand "RCR m32, imm8", 2, MODIFIES, rcr dword [EDGE - 2], 3
        operand "SHLD m32, r32, imm8", 2, MODIFIES, shld [EDGE - 2], eax, 9
        operand "SHRD m32, r32, CL", 2, MODIFIES, shrd [EDGE - 2], eax, cl
        operand "XCHG m32, r32", 2, MODIFIES, xchg [EDGE - 2], eax
        operand "XCHG m16, r16", 1, MODIFIES, xchg [EDGE - 1], bx
        operand "BTS m32, imm8", 2, MODIFIES, bts dword [EDGE - 2], 30
        operand "BTR m16, imm8", 1, MODIFIES, btr word [EDGE - 1], 9
        operand "BTC m32, imm8", 2, MODIFIES, btc dword [EDGE - 2], 20
%macro bit_string 3                     ; name, instruction, kind
        trial   %1
        given   ecx, 0x12340 * 8 + 17
        given   ebx, EDGE - 2 - 0x12340
        code
        %2      [ebx], ecx
        end_code
        absent  HIGH, %3, EDGE
        absent  LOW, %3, EDGE - 2
        absent  LOW | HIGH, %3
        limited ds, V_GP
        trial   {%1, ", negative offset"}
        given   ecx, -0x12340 * 8 + 31
        given   ebx, EDGE - 2 + 0x12340
        code
        %2      [ebx], ecx
        end_code
        absent  HIGH, %3, EDGE
        absent  LOW, %3, EDGE - 2
        limited ds, V_GP
%endmacro
        bit_string "BTS m32, r32", bts, MODIFIES
        bit_string "BTR m32, r32", btr, MODIFIES
        bit_string "BTC m32, r32", btc, MODIFIES
        bit_string "BT m32, r32", bt, READS
        operand "ARPL", 1, EITHER, arpl [EDGE - 1], ax
        trial   "SETcc of an absent page"
        code
        setz    [EDGE]
        end_code
        absent  HIGH, WRITES, EDGE
        limited ds, V_GP
        ret

newer:  cmp     dword [generation], 4
        jae     .i486
        ret
.i486:  operand "XADD", 2, MODIFIES, xadd [EDGE - 2], eax
        operand "CMPXCHG, not equal", 2, MODIFIES, cmpxchg [EDGE - 2], ebx
        trial   "CMPXCHG, equal"
        prepare
        mov     dword [EDGE - 2], 0x0A0A0A0A
        prepared
        code
        cmpxchg [EDGE - 2], ebx
        end_code
        absent  HIGH, MODIFIES, EDGE
        absent  LOW, MODIFIES, EDGE - 2
        limited ds, V_GP
        test    dword [features], 1 << 8
        jz      .end
        block_operand "CMPXCHG8B, not equal", MODIFIES, cmpxchg8b [EDGE - 3]
        trial   "CMPXCHG8B, equal"
        prepare
        mov     dword [EDGE - 3], 0x0A0A0A0A
        mov     dword [EDGE + 1], 0x0D0D0D0D
        prepared
        code
        cmpxchg8b [EDGE - 3]
        end_code
        absent  HIGH, MODIFIES
        absent  LOW, MODIFIES
        absent  LOW | HIGH, MODIFIES
        limited ds, V_GP
.end:   ret

pushes_and_pops:
        stack_use "PUSH r32", EDGE + 2, WRITES, push eax
        stack_use "PUSH r16", EDGE + 1, WRITES, push ax
        stack_use "PUSH imm32", EDGE + 2, WRITES, push dword 0x12345678
        stack_use "PUSH ESP", EDGE + 2, WRITES, push esp
        stack_use "PUSHFD", EDGE + 3, WRITES, pushfd
        stack_use "PUSHAD", EDGE + 14, WRITES, pushad
        stack_use "PUSHA", EDGE + 7, WRITES, o16 pusha
        stack_use "POP r32", EDGE - 2, READS, pop eax
        stack_use "POP ESP", EDGE - 2, READS, pop esp
        stack_use "POPAD", EDGE - 18, READS, popad
        stack_use "POPA", EDGE - 9, READS, o16 popa
        trial   "POPFD"
        given   esp, EDGE - 2
        prepare
        mov     dword [EDGE - 2], 0x8C5
        prepared
        code
        popfd
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 2
        limited ss, V_SS
        trial   "POP Sreg"
        given   esp, EDGE - 1
        prepare
        mov     word [EDGE - 1], DATA3
        prepared
        code
        o16 pop fs
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 1
        limited ss, V_SS
        trial   "PUSH m32"
        given   esp, EDGE + 2
        code
        push    dword [EDGE2 - 2]
        end_code
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 2
        absent  HIGH2, READS, EDGE2
        absent  LOW2, READS, EDGE2 - 2
        absent  LOW | HIGH | LOW2 | HIGH2, EITHER
        limited ss, V_SS
        trial   "POP m32"
        given   esp, EDGE - 2
        code
        pop     dword [EDGE2 - 2]
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 2
        absent  HIGH2, WRITES, EDGE2
        absent  LOW2, WRITES, EDGE2 - 2
        absent  LOW | HIGH | LOW2 | HIGH2, EITHER
        limited ss, V_SS
        trial   "POP m32 by ESP"
        given   esp, EDGE - 14
        code
        pop     dword [esp + 8]         ; ESP after the pop
        end_code
        absent  HIGH, WRITES, EDGE
        absent  LOW, EITHER
        limited ss, V_SS
        trial   "POP m16 by ESP"
        given   esp, EDGE - 3
        code
        pop     word [esp]              ; the word behind what it pops
        end_code
        absent  HIGH, WRITES, EDGE
        absent  LOW, EITHER
        limited ss, V_SS
        stack_use "ENTER 8, 0", EDGE + 2, WRITES, enter 8, 0
        trial   "ENTER 8, 3"
        given   esp, EDGE + 6
        given   ebp, EDGE2 + 6
        code
        enter   8, 3
        end_code
        absent  HIGH, WRITES
        absent  LOW, WRITES
        absent  HIGH2, READS
        absent  LOW2, READS
        absent  LOW | HIGH | LOW2 | HIGH2, EITHER
        limited ss, V_SS
        trial   "LEAVE"
        given   ebp, EDGE - 2
        code
        leave
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 2
        absent  LOW | HIGH, READS
        ret

; On a stack of 16 bits. IRETD to it leaves the upper half of ESP, so only SP is compared.
SMALL_STACK     equ     FREE + 0x30 + 3
%macro small_stack 4+                   ; name, SP less 1000h, kind, instruction
        trial   %1
        given   ss, SMALL_STACK
        mov     byte [sp_alone], 1
        given   esp, 0x1000 + (%2)
        prepare
        descriptor SMALL_STACK, TESTED, 0xFFFF, P | WRITABLE | RING3
        mov     dword [EDGE - 6], .there
        mov     dword [EDGE - 2], CODE3
        mov     dword [EDGE + 2], 0x8D7
        prepared
        code
        %4
        end_code
        absent  HIGH, %3
        absent  LOW, %3
        absent  LOW | HIGH, %3
%endmacro
small_stacks:
        small_stack "PUSH r32, 16-bit stack", 2, WRITES, push eax
        small_stack "PUSHA, 16-bit stack", 7, WRITES, o16 pusha
        small_stack "POPAD, 16-bit stack", -18, READS, popad
        small_stack "POP r32, 16-bit stack", -2, READS, pop eax
        small_stack "CALL, 16-bit stack", 2, WRITES, call .there
        small_stack "CALL ptr16:32, 16-bit stack", 3, WRITES, call CODE3:.there
        small_stack "RETF, 16-bit stack", -6, READS, retf
        small_stack "IRETD, 16-bit stack", -6, READS, iretd
        small_stack "ENTER 8, 0, 16-bit stack", 2, WRITES, enter 8, 0
        trial   "ENTER 8, 3, 16-bit stack"
        memory_is_free                          ; holds EBP
        given   ss, SMALL_STACK
        mov     byte [sp_alone], 1
        given   esp, 0x1006
        given   ebp, 0x56785006
        prepare
        descriptor SMALL_STACK, TESTED, 0xFFFF, P | WRITABLE | RING3
        prepared
        code
        enter   8, 3
        end_code
        absent  HIGH, WRITES
        absent  LOW, WRITES
        absent  HIGH2, READS
        absent  LOW2, READS
        trial   "LEAVE, 16-bit stack"
        mov     byte [sp_alone], 1
        given   ss, SMALL_STACK
        given   ebp, 0x56780FFE
        prepare
        descriptor SMALL_STACK, TESTED, 0xFFFF, P | WRITABLE | RING3
        prepared
        code
        leave
        end_code
        absent  HIGH, READS
        absent  LOW, READS
        ret
.there: int     DONE

transfers:
        stack_use "CALL rel32", EDGE + 2, WRITES, call .there
        trial   "CALL m32"
        given   esp, EDGE + 2
        prepare
        mov     dword [EDGE2 - 2], .there
        prepared
        code
        call    [EDGE2 - 2]
        end_code
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 2
        absent  HIGH2, READS, EDGE2
        absent  LOW2, READS, EDGE2 - 2
        absent  LOW | HIGH | LOW2 | HIGH2, EITHER
        limited ss, V_SS
        trial   "JMP m32"
        prepare
        mov     dword [EDGE - 2], .there
        prepared
        code
        jmp     [EDGE - 2]
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 2
        limited ds, V_GP
        stack_use "CALL ptr16:32", EDGE + 3, WRITES, call CODE3:.there
        trial   "CALL m16:32"
        given   esp, EDGE + 3
        prepare
        mov     dword [EDGE2 - 3], .there
        mov     word [EDGE2 + 1], CODE3
        prepared
        code
        call far [EDGE2 - 3]
        end_code
        absent  HIGH, WRITES
        absent  LOW, WRITES
        absent  HIGH2, READS
        absent  LOW2, READS
        absent  LOW | HIGH | LOW2 | HIGH2, EITHER
        limited ss, V_SS
        trial   "JMP m16:32"
        prepare
        mov     dword [EDGE - 3], .there
        mov     word [EDGE + 1], CODE3
        prepared
        code
        jmp far [EDGE - 3]
        end_code
        absent  HIGH, READS
        absent  LOW, READS
        limited ds, V_GP
        trial   "RET"
        given   esp, EDGE - 2
        prepare
        mov     dword [EDGE - 2], .there
        prepared
        code
        ret
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 2
        absent  LOW | HIGH, READS
        limited ss, V_SS
        trial   "RET imm16"
        given   esp, EDGE - 1
        prepare
        mov     dword [EDGE - 1], .there
        prepared
        code
        ret     12
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 1
        limited ss, V_SS
        trial   "RETF"
        given   esp, EDGE - 5
        prepare
        mov     dword [EDGE - 5], .there
        mov     dword [EDGE - 1], CODE3
        prepared
        code
        retf
        end_code
        absent  HIGH, READS
        absent  LOW, READS
        absent  LOW | HIGH, READS
        limited ss, V_SS
        trial   "RETF imm16"
        given   esp, EDGE - 3
        prepare
        mov     dword [EDGE - 3], .there
        mov     dword [EDGE + 1], CODE3
        prepared
        code
        retf    16
        end_code
        absent  HIGH, READS
        absent  LOW, READS
        limited ss, V_SS
        trial   "RETF to an outer ring", 0
        memory_is_free
        given   esp, EDGE - 7
        prepare
        mov     dword [EDGE - 7], .there
        mov     dword [EDGE - 3], CODE3
        mov     dword [EDGE + 1], RING3_STACK
        mov     dword [EDGE + 5], DATA3
        prepared
        code
        retf
        end_code
        absent  HIGH, READS
        trial   "IRETD"
        given   esp, EDGE - 5
        prepare
        mov     dword [EDGE - 5], .there
        mov     dword [EDGE - 1], CODE3
        mov     dword [EDGE + 3], 0x8D7
        prepared
        code
        iretd
        end_code
        absent  HIGH, READS
        absent  LOW, READS
        absent  LOW | HIGH, READS
        limited ss, V_SS
        trial   "IRETD to an outer ring", 0
        memory_is_free
        given   esp, EDGE - 13
        prepare
        mov     dword [EDGE - 13], .there
        mov     dword [EDGE - 9], CODE3
        mov     dword [EDGE - 5], 0x8D7
        mov     dword [EDGE - 1], RING3_STACK
        mov     dword [EDGE + 3], DATA3
        prepared
        code
        iretd
        end_code
        absent  HIGH, READS
        trial   "CALL of a gate with parameters on an absent stack"
        given   esp, EDGE - 6
        prepare
        gate    FREE, CODE0, .inner, P | CALL32 | RING3, 3
        prepared
        code
        call    FREE + 3:0
        end_code
        absent  HIGH, EITHER
        absent  LOW, EITHER
        absent  LOW | HIGH, EITHER
        limited ss, V_SS
        ret
.there: int     DONE
.inner: pop     eax                     ; the return address is another in each run of the guest's own code
        pop     ebx
        pop     ecx
        pop     edx
        pop     esi
        int     DONE

%macro string2 5                        ; name, instruction, count, bytes, DF
        trial   %1
    %if %5
        given   eflags, F_DF | 2
        given   esi, EDGE2 - 2 + 4 * (%4)
        given   edi, EDGE - 2 + 4 * (%4)
    %else
        given   esi, EDGE2 - 2 - 4 * (%4)
        given   edi, EDGE - 2 - 4 * (%4)
    %endif
        given   ecx, %3
        prepare
        mov     esi, EDGE - REACH       ; the same in both places
        mov     edi, EDGE2 - REACH
        mov     ecx, 2 * REACH
        rep     movsb
        prepared
        code
        %2
        end_code
%endmacro
; After n elements the string instruction stands at the one over the border.
%macro after 2                          ; registers as after so many elements of so many bytes
        partway ecx, 8 - (%1)
        add     dword [expected.esi], (%1) * (%2)
        add     dword [expected.edi], (%1) * (%2)
%endmacro
%macro after_edi 2
        partway ecx, 8 - (%1)
        add     dword [expected.edi], (%1) * (%2)
%endmacro
%macro after_esi 2
        partway ecx, 8 - (%1)
        add     dword [expected.esi], (%1) * (%2)
%endmacro

strings:
        trial   "MOVSD"
        given   esi, EDGE2 - 2
        given   edi, EDGE - 2
        code
        movsd
        end_code
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 2
        absent  HIGH2, READS, EDGE2
        absent  LOW2, READS, EDGE2 - 2
        absent  LOW | HIGH | LOW2 | HIGH2, EITHER
        limited es, V_GP
        trial   "MOVSW"
        given   esi, EDGE2 - 1
        given   edi, EDGE - 1
        code
        movsw
        end_code
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 1
        absent  HIGH2, READS, EDGE2
        absent  LOW2, READS, EDGE2 - 1
        limited es, V_GP
        string2 "REP MOVSD", rep movsd, 8, 4, 0
        after   4, 4
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 18
        after   4, 4
        absent  HIGH2, READS, EDGE2
        absent  LOW2, READS, EDGE2 - 18
        after   4, 4
        limited es, V_GP
        string2 "REP MOVSD down", rep movsd, 8, 4, 1
        after   4, -4
        absent  LOW, WRITES, EDGE - 2
        absent  HIGH, WRITES, EDGE + 14
        after   4, -4
        absent  LOW2, READS, EDGE2 - 2
        absent  HIGH2, READS, EDGE2 + 14
        limited es, V_GP
        trial   "REP MOVSW"
        given   esi, EDGE2 - 9
        given   edi, EDGE - 9
        given   ecx, 8
        code
        rep movsw
        end_code
        after   4, 2
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 9
        after   4, 2
        absent  HIGH2, READS, EDGE2
        after   4, 2
        limited es, V_GP
        trial   "REP MOVSB"
        given   esi, EDGE2 - 4
        given   edi, EDGE - 4
        given   ecx, 8
        code
        rep movsb
        end_code
        after   4, 1
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 4
        after   4, 1
        absent  HIGH2, READS, EDGE2
        after   4, 1
        limited es, V_GP
        trial   "REP MOVSB down"
        given   eflags, F_DF | 2
        given   esi, EDGE2 + 3
        given   edi, EDGE + 3
        given   ecx, 8
        code
        rep movsb
        end_code
        after   4, -1
        absent  LOW, WRITES, EDGE - 1
        absent  HIGH, WRITES, EDGE + 3
        after   4, -1
        absent  LOW2, READS, EDGE2 - 1
        string2 "REPE CMPSD", repe cmpsd, 8, 4, 0
        after   4, 4
        partway eflags, 0               ; the manuals do not say whether the flags are of the last comparison
        absent  HIGH, READS
        absent  LOW, READS
        after   4, 4
        partway eflags, 0
        absent  HIGH2, READS
        absent  LOW2, READS
        after   4, 4
        partway eflags, 0
        limited es, V_GP
        string2 "CMPSD", cmpsd, 8, 0, 0
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 2
        absent  HIGH2, READS, EDGE2
        absent  LOW2, READS, EDGE2 - 2
        limited es, V_GP
        string2 "REPE CMPSW down", repe cmpsw, 8, 2, 1
        absent  HIGH, READS
        absent  HIGH2, READS
        trial   "REPNE SCASD"
        given   edi, EDGE - 18
        given   ecx, 8
        code
        repne scasd
        end_code
        after_edi 4, 4
        partway eflags, 0
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 18
        after_edi 4, 4
        partway eflags, 0
        limited es, V_GP
        cmp     dword [generation], 4   ; older manuals do not say that they are as before the instruction
        jb      .older
        trial   "REPNE SCASD, flags at the fault"
        given   edi, EDGE - 18
        given   ecx, 8
        code
        repne scasd
        end_code
        after_edi 4, 4
        absent  HIGH, READS, EDGE
.older:
        trial   "REPNE SCASW down"
        given   eflags, F_DF | 2
        given   edi, EDGE + 7
        given   ecx, 8
        code
        repne scasw
        end_code
        after_edi 4, -2
        partway eflags, 0
        absent  LOW, READS, EDGE - 1
        absent  HIGH, READS, EDGE + 7
        trial   "REP STOSD"
        given   edi, EDGE - 18
        given   ecx, 8
        code
        rep stosd
        end_code
        after_edi 4, 4
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 18
        after_edi 4, 4
        limited es, V_GP
        trial   "REP STOSB down"
        given   eflags, F_DF | 2
        given   edi, EDGE + 3
        given   ecx, 8
        code
        rep stosb
        end_code
        after_edi 4, -1
        absent  LOW, WRITES, EDGE - 1
        absent  HIGH, WRITES, EDGE + 3
        trial   "STOSW"
        given   edi, EDGE - 1
        code
        stosw
        end_code
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 1
        limited es, V_GP
        trial   "REP LODSD"
        given   esi, EDGE - 18
        given   ecx, 8
        code
        rep lodsd
        end_code
        absent  LOW, READS, EDGE - 18
        after_esi 4, 4
        mov     eax, [plain_result + REACH - 6]
        partway eax, eax
        absent  HIGH, READS, EDGE
        after_esi 4, 4
        mov     eax, [plain_result + REACH - 6]
        partway eax, eax
        limited ds, V_GP
        trial   "LODSW down"
        given   eflags, F_DF | 2
        given   esi, EDGE - 1
        code
        lodsw
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 1
        limited ds, V_GP
        trial   "REP MOVSB, 16-bit addresses"
        given   esi, 0x10000 + (EDGE2 & 0xFFFF) - 4     ; the upper halves do not count
        given   edi, 0x20000 + (EDGE & 0xFFFF) - 4
        given   ecx, 0x30008
        given   ds, FREE + 8 + 3
        given   es, FREE + 8 + 3
        prepare
        descriptor FREE + 8, TESTED, 0xFFFF, P | WRITABLE | RING3 | BIG
        prepared
        code
        a16 rep movsb
        end_code
        partway ecx, 0x30004
        partway esi, 0x10000 + (EDGE2 & 0xFFFF)
        partway edi, 0x20000 + (EDGE & 0xFFFF)
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 4
        partway ecx, 0x30004
        partway esi, 0x10000 + (EDGE2 & 0xFFFF)
        partway edi, 0x20000 + (EDGE & 0xFFFF)
        absent  HIGH2, READS, EDGE2
        ret

; The ports are page registers of the DMA: they keep what is written.
ports:
%macro port_trial 2
        trial   %1
        given   eflags, F_IOPL | 2
        given   edx, 0x81
        given   esi, EDGE - %2
        given   edi, EDGE - %2
        given   ecx, 8
        prepare
        mov     al, 0x11
        out     0x81, al
        mov     al, 0x22
        out     0x82, al
        prepared
        code
%endmacro
        port_trial "INSW", 1
        insw
        end_code
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 1
        limited es, V_GP
        port_trial "REP INSB", 4
        rep insb
        end_code
        after_edi 4, 1
        absent  HIGH, WRITES, EDGE
        absent  LOW, WRITES, EDGE - 4
        after_edi 4, 1
        limited es, V_GP
        port_trial "OUTSW", 1
        outsw
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 1
        limited ds, V_GP
        port_trial "REP OUTSB", 4
        rep outsb
        end_code
        after_esi 4, 1
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 4
        after_esi 4, 1
        limited ds, V_GP
        ret

system:
        operand "SLDT m16", 1, WRITES, sldt [EDGE - 1]
        operand "STR m16", 1, WRITES, str [EDGE - 1]
        operand "SMSW m16", 1, WRITES, smsw [EDGE - 1]
        block_operand "SGDT", WRITES, sgdt [EDGE - 3]
        block_operand "SIDT", WRITES, sidt [EDGE - 3]
        operand "VERR m16", 1, READS, verr [EDGE - 1]
        operand "VERW m16", 1, READS, verw [EDGE - 1]
        operand "LAR r32, m16", 1, READS, lar eax, [EDGE - 1]
        operand "LSL r32, m16", 1, READS, lsl eax, [EDGE - 1]
%macro table_trial 3                    ; name, instruction, what it loads
        trial   %1, 0
        prepare
        mov     ax, [%3]
        mov     [EDGE - 3], ax
        mov     eax, [%3 + 2]
        mov     [EDGE - 1], eax
        prepared
        code
        %2      [EDGE - 3]
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS
        absent  LOW | HIGH, READS
%endmacro
        table_trial "LGDT", lgdt, gdt_pointer
        table_trial "LIDT", lidt, probe_idtr
        trial   "LLDT m16", 0
        prepare
        mov     word [EDGE - 1], LDT_0
        prepared
        code
        lldt    [EDGE - 1]
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 1
        trial   "LMSW m16", 0
        prepare
        smsw    [EDGE - 1]
        prepared
        code
        lmsw    [EDGE - 1]
        end_code
        absent  HIGH, READS, EDGE
        absent  LOW, READS, EDGE - 1
        ret

; Where the stack of the handler is the absent one, a task of its own takes the page fault.
FAULT_TASK      equ     FREE + 0x20
task_gate:
        cmp     dword [part], LIMITS
        je      .skip
        mov     dword [PROBE_IDT + V_PF * 8], FAULT_TASK << 16
        mov     dword [PROBE_IDT + V_PF * 8 + 4], (P | TASK_GATE) << 8
        trial   "INT on an absent stack", 0
        ends_with NOTHING - 1
        prepare
        call    .new_task
        prepared
        code
        mov     esp, EDGE + 6
.int1:  int     NOTHING - 1
        end_code .int1
        partway esp, EDGE + 6
        absent  HIGH, WRITES
        partway esp, EDGE + 6
        absent  LOW, WRITES
        partway esp, EDGE + 6
        absent  LOW | HIGH, WRITES
        trial   "INT3 on an absent stack", 0
        ends_with V_BP
        prepare
        call    .new_task
        prepared
        code
        mov     esp, EDGE + 3
.int3:  int3
        end_code .int3
        partway esp, EDGE + 3
        absent  HIGH, WRITES
        partway esp, EDGE + 3
        absent  LOW, WRITES
        trial   "INT from ring 3 to an absent stack"
        ends_with NOTHING - 1
        prepare
        call    .new_task
        mov     dword [MAIN_TSS + TSS_ESP0], EDGE + 9
        prepared
        code
        int     NOTHING - 1
        end_code
        mov     dword [from_ring], 0         ; the stack is written to as by a supervisor
        absent  HIGH, WRITES
        absent  LOW, WRITES
        absent  LOW | HIGH, WRITES
        trial   "CALL of a gate to an absent stack"
        prepare
        call    .new_task
        mov     dword [MAIN_TSS + TSS_ESP0], EDGE + 7
        gate    FREE, CODE0, .inner, P | CALL32 | RING3, 0
        prepared
        code
        call    FREE + 3:0
        end_code
        mov     dword [from_ring], 0
        absent  HIGH, WRITES
        absent  LOW, WRITES
        absent  LOW | HIGH, WRITES
        trial   "a fault in ring 3, delivered to an absent stack"
        ends_with V_UD
        prepare
        call    .new_task
        mov     dword [MAIN_TSS + TSS_ESP0], EDGE + 9
        prepared
        code
        ud2                             ; ends the run
        end_code
        mov     dword [from_ring], 0
        absent  HIGH, WRITES
        absent  LOW, WRITES
        trial   "IRETD to an outer ring, no page of the stack there", 0
        prepare
        call    .new_task
        mov     dword [EDGE - 13], .there
        mov     dword [EDGE - 9], CODE3
        mov     dword [EDGE - 5], 0x8D7
        mov     dword [EDGE - 1], RING3_STACK
        mov     dword [EDGE + 3], DATA3
        prepared
        code
        mov     esp, EDGE - 13
.iret:  iretd
        end_code .iret
        partway esp, EDGE - 13
        absent  HIGH, READS
        partway esp, EDGE - 13
        absent  LOW, READS
        partway esp, EDGE - 13
        absent  LOW | HIGH, READS
        trial   "PUSHAD in ring 0", 0
        prepare
        call    .new_task
        prepared
        code
        mov     esp, EDGE + 14
.push:  pushad
        end_code .push
        partway esp, EDGE + 14
        absent  HIGH, WRITES
        partway esp, EDGE + 14
        absent  LOW, WRITES
        partway esp, EDGE + 14
        absent  LOW | HIGH, WRITES
        trial   "IRETD to virtual-8086 mode", 0
        prepare
        call    .new_task
        mov     dword [EDGE - 17], .v86
        mov     dword [EDGE - 13], 0
        mov     dword [EDGE - 9], F_VM | F_IOPL | 2
        mov     dword [EDGE - 5], 0xF000
        mov     dword [EDGE - 1], 0x7000
        mov     dword [EDGE + 3], 0x1111
        mov     dword [EDGE + 7], 0x2222
        mov     dword [EDGE + 11], 0x3333
        mov     dword [EDGE + 15], 0x4444
        prepared
        code
        mov     esp, EDGE - 17
.iret2: iretd
        end_code .iret2
        partway esp, EDGE - 17
        absent  HIGH, READS
        partway esp, EDGE - 17
        absent  LOW, READS
        partway esp, EDGE - 17
        absent  LOW | HIGH, READS
        trial   "RETF to an outer ring, no page of the stack there", 0
        prepare
        call    .new_task
        mov     dword [EDGE - 7], .there
        mov     dword [EDGE - 3], CODE3
        mov     dword [EDGE + 1 + 8], RING3_STACK
        mov     dword [EDGE + 5 + 8], DATA3
        prepared
        code
        mov     esp, EDGE - 7
.retf:  retf    8
        end_code .retf
        partway esp, EDGE - 7
        absent  HIGH, READS
        partway esp, EDGE - 7
        absent  LOW, READS
        partway esp, EDGE - 7
        absent  LOW | HIGH, READS
        trial   "CALL of a gate with parameters to an absent stack"
        given   esp, EDGE2 - 6
        prepare
        call    .new_task
        mov     dword [MAIN_TSS + TSS_ESP0], EDGE + 10
        gate    FREE, CODE0, .inner, P | CALL32 | RING3, 3
        prepared
        code
        call    FREE + 3:0
        end_code
        mov     dword [from_ring], 0
        absent  HIGH, WRITES
        absent  LOW, WRITES
        absent  HIGH2, EITHER
        absent  LOW2, EITHER
        absent  LOW | HIGH | LOW2 | HIGH2, EITHER
        gate_at PROBE_IDT + V_PF * 8, CODE0, probe_stubs + V_PF * STUB_SIZE, P | INTERRUPT32
        mov     dword [MAIN_TSS + TSS_ESP0], STACK0
        clts
.skip:  ret
.there: int     DONE
.inner: int     DONE
        section .low
        bits    16
.v86:   mov     ax, ds                  ; FS, GS, DS, ES as the frame had them
        mov     bx, es
        mov     cx, fs
        mov     dx, gs
        int     DONE
        section .text
        bits    32
; The task, at its beginning
.new_task:
        pushad
        mov     edi, TEST_TSS
        xor     eax, eax
        mov     ecx, TSS_BYTES / 4
        rep     stosd
        mov     eax, cr3
        mov     [TEST_TSS + TSS_CR3], eax
        mov     [MAIN_TSS + TSS_CR3], eax
        mov     dword [TEST_TSS + TSS_EIP], .fault
        mov     dword [TEST_TSS + TSS_EFLAGS], 2
        mov     dword [TEST_TSS + TSS_ESP], STACK2
        mov     dword [TEST_TSS + TSS_CS], CODE0
        mov     dword [TEST_TSS + TSS_SS], DATA0
        mov     dword [TEST_TSS + TSS_DS], DATA0
        mov     dword [TEST_TSS + TSS_ES], DATA0
        mov     dword [TEST_TSS + TSS_MAP], 0xFFFF
        descriptor FAULT_TASK, TEST_TSS, TSS_BYTES - 1, P | TSS32
        popad
        ret
; What the main task's TSS holds is what the fault left.
%macro from_tss 2-*
%rep %0 / 2
        mov     eax, [MAIN_TSS + TSS_%1]
        mov     [seen.%2], eax
%rotate 2
%endrep
%endmacro
.fault: pop     dword [seen.error]
        from_tss EIP, eip, EFLAGS, eflags, EAX, eax, ECX, ecx, EDX, edx, EBX, ebx
        from_tss ESP, esp, EBP, ebp, ESI, esi, EDI, edi
        mov     eax, cr2
        mov     [seen.cr2], eax
        inc     dword [faults_seen]
        call    page_fault
        jc      .mended
        mov     dword [seen.vector], V_PF       ; not ours: the guest cannot go on
        call    end_guest
.mended:
        iretd
        jmp     .fault

; A switch to a task whose TSS lies over the border
NEW_TASK        equ     FREE + 0x28
%macro new_tss 2
        mov     dword [EDGE - 0x36 + TSS_%1], %2
%endmacro
%macro task_trial 3+                    ; name, ring, instruction
        trial   %1, %2
        prepare
        call    task_switch.prepare
        prepared
        code
        %3
        end_code
        absent  HIGH, EITHER
        absent  LOW, EITHER
        absent  LOW | HIGH, EITHER
%endmacro
task_switch:
        task_trial "JMP to a TSS", 0, jmp NEW_TASK:0
        task_trial "CALL of a TSS", 0, call NEW_TASK:0
        task_trial "CALL of a task gate from ring 3", 3, call FREE + 3:0
        task_trial "INT to a task", 3, int 0x21
        trial   "IRETD to a task", 0
        prepare
        call    .prepare
        mov     word [MAIN_TSS + TSS_BACK], NEW_TASK
        mov     byte [GDT + NEW_TASK + 5], P | TSS32_BUSY
        prepared
        given   eflags, F_NT | 2
        code
        iretd
        end_code
        absent  HIGH, EITHER
        absent  LOW, EITHER
        call    .back
        ret
.back:  clts
        mov     byte [GDT + MAIN_TR + 5], P | TSS32
        mov     eax, MAIN_TR
        ltr     ax
        ret
.task:  str     ax
        int     DONE
.prepare:
        call    .back
        mov     eax, cr3
        mov     [MAIN_TSS + TSS_CR3], eax
        new_tss BACK, 0
        new_tss CR3, eax
        new_tss EIP, .task
        new_tss EFLAGS, 0x8D7
        new_tss EAX, 0x11111111
        new_tss ECX, 0x22222222
        new_tss EDX, 0x33333333
        new_tss EBX, 0x44444444
        new_tss ESP, STACK2
        new_tss EBP, 0x55555555
        new_tss ESI, 0x66666666
        new_tss EDI, 0x77777777
        new_tss ES, DATA0
        new_tss CS, CODE0
        new_tss SS, DATA0
        new_tss DS, DATA0
        new_tss FS, 0
        new_tss GS, 0
        new_tss LDT, 0
        mov     dword [EDGE - 0x36 + 0x64], 0xFFFF0000
        descriptor NEW_TASK, EDGE - 0x36, TSS_BYTES - 1, P | TSS32
        gate    FREE, NEW_TASK, 0, P | TASK_GATE | RING3
        gate_at PROBE_IDT + 0x21 * 8, NEW_TASK, 0, P | TASK_GATE | RING3
        ret

%macro image_by 1+                      ; for the next trials
%push by
        mov     dword [image_store], %$code
        jmp     %$over
%$code: %1
        ret
%$over:
%pop
%endmacro

floating_point:
        mov     word [.word], 0x5A5A
        fninit
        fnstsw  [.word]
        cmp     byte [.word], 0
        je      .has
        ret
.word:  dw      0
.has:   fpu_operand "FLD m32", 2, READS, fld dword [EDGE - 2]
        fpu_operand "FLD m64", 3, READS, fld qword [EDGE - 3]
        fpu_operand "FILD m16", 1, READS, fild word [EDGE - 1]
        fpu_operand "FILD m32", 2, READS, fild dword [EDGE - 2]
        fpu_operand "FILD m64", 3, READS, fild qword [EDGE - 3]
        fpu_operand "FADD m32", 2, READS, fadd dword [EDGE - 2]
        fpu_operand "FICOM m16", 1, READS, ficom word [EDGE - 1]
        fpu_operand "FST m32", 2, WRITES, fst dword [EDGE - 2]
        fpu_operand "FSTP m32", 2, WRITES, fstp dword [EDGE - 2]
        fpu_operand "FSTP m64", 3, WRITES, fstp qword [EDGE - 3]
        fpu_operand "FIST m16", 1, WRITES, fist word [EDGE - 1]
        fpu_operand "FISTP m32", 2, WRITES, fistp dword [EDGE - 2]
        fpu_operand "FISTP m64", 3, WRITES, fistp qword [EDGE - 3]
        fpu_operand "FNSTCW", 1, WRITES, fnstcw [EDGE - 1]
        fpu_operand "FNSTSW m16", 1, WRITES, fnstsw [EDGE - 1]
        image_by fstp tword [EDGE - 3]
        fpu_block "FLD m80", READS, fld tword [EDGE - 3]
        fpu_block "FSTP m80", WRITES, fstp tword [EDGE - 3]
        image_by fbstp [EDGE - 3]
        fpu_block "FBLD", READS, fbld [EDGE - 3]
        fpu_block "FBSTP", WRITES, fbstp [EDGE - 3]
        fpu_operand "FLDCW", 1, READS, fldcw [EDGE - 1]
        image_by fnstenv [EDGE - 14]
        fpu_block "FLDENV", READS, fldenv [EDGE - 14]
        fpu_block "FNSTENV", WRITES, fnstenv [EDGE - 14]
        image_by fnsave [EDGE - 50]
        fpu_block "FRSTOR", READS, frstor [EDGE - 50]
        fpu_block "FNSAVE", WRITES, fnsave [EDGE - 50]
        image_by o16 fnstenv [EDGE - 7]
        fpu_block "FLDENV, 16-bit", READS, o16 fldenv [EDGE - 7]
        fpu_block "FNSTENV, 16-bit", WRITES, o16 fnstenv [EDGE - 7]
        image_by o16 fnsave [EDGE - 47]
        fpu_block "FRSTOR, 16-bit", READS, o16 frstor [EDGE - 47]
        fpu_block "FNSAVE, 16-bit", WRITES, o16 fnsave [EDGE - 47]
        fninit
        test    dword [features], 1 << 23
        jz      .no_mmx
        mmx_operand "MOVD MM, m32", 2, READS, movd mm0, [EDGE - 2]
        mmx_operand "MOVD m32, MM", 2, WRITES, movd [EDGE - 2], mm1
        mmx_operand "MOVQ MM, m64", 3, READS, movq mm0, [EDGE - 3]
        mmx_operand "MOVQ m64, MM", 3, WRITES, movq [EDGE - 3], mm1
        mmx_operand "PADDB MM, m64", 5, READS, paddb mm0, [EDGE - 5]
        emms
.no_mmx:
        test    dword [features], 1 << 24
        jz      .no_fxsr
        fpu_block "FXSAVE", WRITES, fxsave [EDGE - 48]
        image_by fxsave [EDGE - 48]
        fpu_block "FXRSTOR", READS, fxrstor [EDGE - 48]
        fninit
.no_fxsr:
        ret

; Stores an image of a state for those instructions that load one, then begins with another.
image_store:    dd      .none
.none:  ret
fpu_image:
        fninit
        fld1
        fldl2e
        fldz
        call    [image_store]
        fninit
        fldpi
        fld1
        ret

%include "end.inc"
