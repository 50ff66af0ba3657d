; The coprocessor as the CPU sees it: detection, exceptions by vector 16 and by IRQ 13, EM, TS and MP, images in every
; mode, stack faults.
%define GUEST "fpu"
%include "boot.inc"
%include "protected.inc"
        section .text
        bits    32
        cpu     686
%include "probe.inc"

CR0_MP          equ     1 << 1
CR0_EM          equ     1 << 2
CR0_TS          equ     1 << 3
CR0_ET          equ     1 << 4
CR0_NE          equ     1 << 5
; Control word: masks as in the status word
CW_ALL          equ     0x037F
; Status word
SW_IE           equ     1 << 0
SW_DE           equ     1 << 1
SW_ZE           equ     1 << 2
SW_OE           equ     1 << 3
SW_UE           equ     1 << 4
SW_PE           equ     1 << 5
SW_SF           equ     1 << 6
SW_ES           equ     1 << 7
SW_C1           equ     1 << 9
SW_B            equ     1 << 15
%define top(n)  ((n) << 11)
FLAGS_AND_TOP   equ     SW_B | top(7) | 0xFF

PICS            equ     0x20            ; where the vectors of the interrupt controllers begin
IRQ13           equ     PICS + 13
ERROR_PORT      equ     0xF0            ; clears the error latch
PIC1            equ     0x20
PIC2            equ     0xA0
EOI             equ     0x20

; What other code segments than .text reach
        section .low
align 4
operand:        dd      1.5
zero:           dd      0.0
tiny:           dd      0x00000001      ; denormal
huge_:          dt      1.0e4000
control:        dw      0
environment:    times 28 db 0
state:          times 108 db 0
state2:         times 108 db 0
        section .text

%macro with_cw 1                        ; FNINIT, then this control word
        fninit
        mov     word [control], %1
        fldcw   [control]
%endmacro
%macro status 3                         ; what, mask, expected; from the FPU as it is
        fnstsw  ax
        movzx   eax, ax
        and     eax, %2
        expect  {%1}, eax, %3
%endmacro

        section .low
        bits    16
start16:
        enter_protected main
        section .text
        bits    32
main:
        call    probe_init
        mov     word [control], 0x5A5A  ; a machine with an 80386 may have none
        fninit
        fnstsw  [control]
        cmp     word [control], 0x5A5A
        je      no_coprocessor
        call    detection
        call    not_available
        cmp     dword [generation], 4
        jb      .external
        mov     eax, [main_cr0]
        or      eax, CR0_NE | CR0_MP
        mov     [main_cr0], eax
        call    exceptions
        call    unmasked_results
.external:
        mov     eax, [main_cr0]
        and     eax, ~CR0_NE
        mov     [main_cr0], eax
        call    interrupt
        call    lazy
        call    images
        call    real_images
        call    v86_images
        call    tags
        call    stack_faults
        finish

; Without a coprocessor escapes do nothing, unless EM or TS have them trapped.
no_coprocessor:
        case    "no coprocessor is there"
        mov     eax, cr0
        and     eax, CR0_ET
        expect  "CR0.ET", eax, 0
        mov     word [control], 0x1234
        in_ring 3
        fld1
        fstp    dword [operand]
        fnstcw  [control]
        wait
        end_ring
        expect  "vector", [seen.vector], DONE
        expect  "memory is left", [operand], __?float32?__(1.5)
        movzx   eax, word [control]
        expect  "FNSTCW leaves memory", eax, 0x1234
        call    not_available
        finish

detection:
        case    "a coprocessor is there"
        mov     word [control], 0x5A5A
        fninit
        fnstsw  [control]
        movzx   eax, word [control]
        expect  "FNSTSW after FNINIT", eax, 0
        mov     word [control], 0
        fnstcw  [control]
        movzx   eax, word [control]
        expect  "FNSTCW after FNINIT", eax, CW_ALL
        fnstenv [environment]
        movzx   eax, word [environment + 8]
        expect  "tags after FNINIT", eax, 0xFFFF
        mov     eax, cr0
        and     eax, CR0_ET
        expect  "CR0.ET", eax, CR0_ET
        case    "it is no 80287: infinities have signs"
        fninit
        fld1
        fldz
        fdivp
        fld     st0
        fchs
        fcompp
        fnstsw  ax
        sahf
        setz    al
        movzx   eax, al
        expect  "equal", eax, 0
        mov     word [control], CW_ALL | 1 << 12
        fldcw   [control]
        fnstcw  [control]
        case    "FNENI, FNDISI and FNSETPM do nothing"
        with_cw CW_ALL & ~SW_ZE
        in_ring 3
        db      0xDB, 0xE0
        db      0xDB, 0xE1
        db      0xDB, 0xE4
        fnstcw  [control]
        end_ring
        expect  "vector", [seen.vector], DONE
        movzx   eax, word [control]
        expect  "control word", eax, CW_ALL & ~SW_ZE
        ret

; All of EM, TS, MP with an escape, WAIT, and instructions that do not wait. Turn: bit 0 MP, 1 EM, 2 TS.
not_available:
        case    "EM, TS and MP: ESC and WAIT"
        mov     dword [.turn], 0
.next:  turn    [.turn]
        mov     eax, [main_cr0]
        mov     cr0, eax
        fninit
        descriptor FREE, 0, 15, P | WRITABLE | RING3
        mov     eax, [.turn]
        shl     eax, 1                  ; MP, EM, TS stand side by side in CR0
        mov     ecx, [main_cr0]
        and     ecx, ~(CR0_MP | CR0_EM | CR0_TS)
        or      ecx, eax
        mov     edx, DONE               ; ESC: EM or TS
        test    ecx, CR0_EM | CR0_TS
        jz      .esc
        mov     edx, V_NM
.esc:   mov     cr0, ecx
        in_ring 3
        fld1
        end_ring
        expect  "FLD1", [seen.vector], edx
        mov     cr0, ecx
        in_ring 3
        fnstsw  ax
        end_ring
        expect  "FNSTSW AX", [seen.vector], edx
        mov     cr0, ecx
        in_ring 0
        fnclex
        end_ring
        expect  "FNCLEX", [seen.vector], edx
        mov     cr0, ecx
        push    edx                     ; the device comes before the operand, which is outside its segment
        cmp     edx, V_NM
        je      .limited
        mov     edx, V_GP
.limited:
        mov     dword [start.es], FREE + 3
        in_ring 3
        fstp    dword [es:operand]
        end_ring
        expect  "FSTP m32", [seen.vector], edx
        pop     edx
        mov     edx, DONE
        mov     eax, ecx
        and     eax, CR0_MP | CR0_TS
        cmp     eax, CR0_MP | CR0_TS
        jne     .wait
        mov     edx, V_NM
.wait:  mov     cr0, ecx
        in_ring 3
.at:    wait
        end_ring
        expect  "WAIT", [seen.vector], edx
        inc     dword [.turn]
        cmp     dword [.turn], 8
        jb      .next
        turns_end
        mov     eax, [main_cr0]
        mov     cr0, eax
        case    "EIP and error code of #NM; CLTS"
        fninit
        mov     eax, cr0
        or      eax, CR0_TS
        mov     cr0, eax
        in_ring 3
.fld:   fld1
        end_ring
        expect  "vector", [seen.vector], V_NM
        expect  "EIP", [seen.eip], .fld
        clts
        mov     eax, cr0
        and     eax, CR0_TS
        expect  "TS after CLTS", eax, 0
        in_ring 3
        clts
        end_ring
        expect  "CLTS in ring 3", [seen.vector], V_GP
        ret
.turn:  dd      0

; A division by zero waits, unmasked.
%macro pending 0
        with_cw CW_ALL & ~SW_ZE
        fld1
        fdiv    dword [zero]
%endmacro
PENDING         equ     SW_B | SW_ES | SW_ZE | top(7)

exceptions:
        case    "#MF at the next waiting instruction"
        pending
        in_ring 3
        nop
.a:     fld1
        end_ring
        expect  "vector", [seen.vector], V_MF
        expect  "EIP", [seen.eip], .a
        status  "status word", FLAGS_AND_TOP, PENDING
        case    "#MF at WAIT"
        pending
        in_ring 3
        nop
.b:     wait
        end_ring
        expect  "vector", [seen.vector], V_MF
        expect  "EIP", [seen.eip], .b
%macro waits 2+
        pending
        in_ring 3
        %2
        end_ring
        expect  {%1}, [seen.vector], V_MF
%endmacro
        case    "#MF at instructions of every kind that wait"
        waits   "FNOP", fnop
        waits   "FADD", fadd st0, st1
        waits   "FLD m32", fld dword [operand]
        waits   "FSTP m32", fstp dword [control]
        waits   "FLDCW", fldcw [control]
        waits   "FLDENV", fldenv [environment]
        waits   "FRSTOR", frstor [state]
        waits   "FXCH", fxch
        waits   "FFREE", ffree st0
        waits   "FINCSTP", fincstp
        waits   "FSTSW, its WAIT", fstsw ax
        waits   "FCLEX, its WAIT", fclex
        waits   "FINIT, its WAIT", finit
        case    "a device that waits is before the operand's fault"
        pending
        descriptor FREE, 0, 15, P | WRITABLE | RING3
        mov     dword [start.es], FREE + 3
        in_ring 3
        fld     dword [es:operand]
        end_ring
        expect  "vector", [seen.vector], V_MF
%macro does_not_wait 2+
        pending
        in_ring 3
        %2
        end_ring
        expect  {%1}, [seen.vector], DONE
%endmacro
        case    "no #MF at instructions that do not wait"
        does_not_wait "FNSTSW AX", fnstsw ax
        status  "FNSTSW AX leaves it", FLAGS_AND_TOP, PENDING
        does_not_wait "FNSTSW m16", fnstsw [control]
        does_not_wait "FNSTCW", fnstcw [control]
        status  "FNSTCW leaves it", FLAGS_AND_TOP, PENDING
        does_not_wait "FNCLEX", fnclex
        status  "FNCLEX clears it", FLAGS_AND_TOP, top(7)
        does_not_wait "FNINIT", fninit
        status  "FNINIT clears it", FLAGS_AND_TOP, 0
        does_not_wait "FNSAVE", fnsave [state]
        status  "FNSAVE clears it", FLAGS_AND_TOP, 0
        does_not_wait "FNSTENV", fnstenv [environment]
        status  "FNSTENV masks it", FLAGS_AND_TOP, SW_ZE | top(7)
        movzx   eax, word [environment + 4]
        and     eax, FLAGS_AND_TOP
        expect  "status word that FNSTENV stored", eax, PENDING
        movzx   eax, word [environment]
        expect  "control word that FNSTENV stored", eax, CW_ALL & ~SW_ZE
        fnstcw  [control]
        movzx   eax, word [control]
        expect  "control word after FNSTENV", eax, CW_ALL
        in_ring 3
        fld1
        end_ring
        expect  "FLD1 after FNSTENV", [seen.vector], DONE
        case    "FLDENV brings an exception that waits"
        pending
        fnstenv [environment]
        fninit
        in_ring 3
        fldenv  [environment]
.c:     fld1
        end_ring
        expect  "vector", [seen.vector], V_MF
        expect  "EIP", [seen.eip], .c
        case    "FLDCW unmasks one"
        fninit
        fld1
        fdiv    dword [zero]
        status  "masked", FLAGS_AND_TOP, SW_ZE | top(7)
        mov     word [control], CW_ALL & ~SW_ZE
        in_ring 3
        fldcw   [control]
.d:     fld1
        end_ring
        expect  "vector", [seen.vector], V_MF
        expect  "EIP", [seen.eip], .d
        status  "unmasked", FLAGS_AND_TOP, PENDING
        case    "FLDCW masks one again"
        fnclex
        fninit
        fld1
        fdiv    dword [zero]
        mov     word [control], CW_ALL & ~SW_ZE
        fldcw   [control]
        fnstenv [environment]           ; masks all
        in_ring 3
        fld1
        end_ring
        expect  "vector", [seen.vector], DONE
        case    "#NM is before #MF"
        pending
        mov     eax, cr0
        or      eax, CR0_TS
        mov     cr0, eax
        in_ring 3
        fld1
        end_ring
        expect  "vector with TS", [seen.vector], V_NM
        in_ring 3
        wait
        end_ring
        expect  "vector of WAIT with TS and MP", [seen.vector], V_NM
        clts
        in_ring 3
        wait
        end_ring
        expect  "vector of WAIT after CLTS", [seen.vector], V_MF
        case    "#MF and back"
        pending
        mov     dword [hook], .clear
        in_ring 3
        fld     dword [operand]
.e:     fstp    dword [operand + 4 - 4]
        end_ring
        mov     dword [hook], 0
        expect  "vector at the end", [seen.vector], DONE
        expect  "number of exceptions", [.count], 1
        status  "status word", FLAGS_AND_TOP, top(7)
        case    "what the handler of #MF sees"
        with_cw CW_ALL & ~SW_ZE
        in_ring 3
        fld1
.f:     fdiv    dword [zero]
        nop
        nop
.g:     fld1
        end_ring
        fnstenv [environment]
        expect  "vector", [seen.vector], V_MF
        expect  "EIP", [seen.eip], .g
        expect  "FIP", [environment + 12], .f
        movzx   eax, word [environment + 16]
        expect  "FCS", eax, CODE3
        expect  "FDP", [environment + 20], zero
        movzx   eax, word [environment + 24]
        expect  "FDS", eax, DATA3
        test    dword [features], 1 << 23
        jz      .no_mmx
        case    "MMX instructions wait, too"
        pending
        in_ring 3
        db      0x0F, 0xEF, 0xC0        ; PXOR MM0, MM0
        end_ring
        expect  "PXOR, vector", [seen.vector], V_MF
        pending
        in_ring 3
        db      0x0F, 0x77              ; EMMS
        end_ring
        expect  "EMMS, vector", [seen.vector], V_MF
        fninit
        mov     eax, cr0
        or      eax, CR0_TS
        mov     cr0, eax
        in_ring 3
        db      0x0F, 0xEF, 0xC0
        end_ring
        expect  "PXOR with TS, vector", [seen.vector], V_NM
        mov     eax, cr0
        or      eax, CR0_EM
        mov     cr0, eax
        in_ring 3
        db      0x0F, 0xEF, 0xC0
        end_ring
        expect  "PXOR with EM, vector", [seen.vector], V_UD
        mov     eax, [main_cr0]
        mov     cr0, eax
.no_mmx:
        fninit
        ret
.clear: cmp     dword [ebx + frame.vector], V_MF
        jne     .end
        inc     dword [.count]
        fnclex
        stc
        ret
.end:   clc
        ret
.count: dd      0

%macro raises 2                         ; status word after it (without PE and C1), then a waiting instruction
.%1:    wait
        end_ring
        expect  {%str(%1), ", vector"}, [seen.vector], V_MF
        expect  {%str(%1), ", EIP"}, [seen.eip], .%1
        status  {%str(%1), ", status word"}, FLAGS_AND_TOP & ~SW_PE | SW_PE & %2, SW_B | SW_ES | %2
        fnstenv [environment]
%endmacro

unmasked_results:
        case    "each exception by itself, unmasked"
        with_cw CW_ALL & ~SW_IE
        in_ring 3
        fld1
        fchs
        fsqrt
        raises  IE, SW_IE | top(7)
        with_cw CW_ALL & ~SW_DE
        in_ring 3
        fld1
        fadd    dword [tiny]
        raises  DE, SW_DE | top(7)
        with_cw CW_ALL & ~SW_ZE
        in_ring 3
        fldz
        fld1
        fdivrp                          ; ST1 = ST0 / ST1
        raises  ZE, SW_ZE | top(6)
        with_cw CW_ALL & ~SW_OE
        in_ring 3
        fld     tword [huge_]
        fmul    st0, st0
        raises  OE, SW_OE | top(7)
        with_cw CW_ALL & ~SW_UE
        in_ring 3
        fld1
        fld     tword [huge_]
        fdivp
        fmul    st0, st0
        raises  UE, SW_UE | top(7)
        with_cw CW_ALL & ~SW_PE
        in_ring 3
        fld1
        fldpi
        fdivp
        raises  PE, SW_PE | top(7)
        case    "unmasked: what is stored, and what is not"
        with_cw CW_ALL & ~SW_ZE
        fld     dword [operand]
        fdiv    dword [zero]
        fnstenv [environment]           ; masks all
        fnclex
        fstp    dword [control]
        expect  "division by zero leaves the register", [control], __?float32?__(1.5)
        with_cw CW_ALL & ~SW_OE
        mov     dword [environment], 0x12345678
        fld     tword [huge_]
        fstp    dword [environment]
        expect  "overflow of a store leaves memory", [environment], 0x12345678
        status  "and the stack", FLAGS_AND_TOP & ~SW_PE, SW_B | SW_ES | SW_OE | top(7)
        fnclex
        with_cw CW_ALL & ~SW_IE
        mov     dword [environment], 0x12345678
        fld     tword [huge_]
        fistp   dword [environment]
        expect  "an integer that is too large leaves memory", [environment], 0x12345678
        status  "and its stack", FLAGS_AND_TOP, SW_B | SW_ES | SW_IE | top(7)
        with_cw CW_ALL & ~SW_OE
        fld     tword [huge_]
        fmul    st0, st0
        fnstenv [environment]
        fnclex
        fstp    tword [state]
        movzx   eax, word [state + 8]
        expect  "overflow of a register, exponent less 6000h", eax, 0x3FFF + 26575 - 24576
        with_cw CW_ALL & ~SW_PE
        fld1
        fldpi
        fdivp
        fnstenv [environment]
        fnclex
        fstp    dword [state]
        expect  "an inexact result is there", [state], 0x3EA2F983
        fninit
        ret

interrupt:
        case    "NE 0: IRQ 13"
        mov     al, 0x11
        out     PIC1, al
        out     PIC2, al
        mov     al, PICS
        out     PIC1 + 1, al
        mov     al, PICS + 8
        out     PIC2 + 1, al
        mov     al, 4
        out     PIC1 + 1, al
        mov     al, 2
        out     PIC2 + 1, al
        mov     al, 1
        out     PIC1 + 1, al
        out     PIC2 + 1, al
        mov     al, 0xFB
        out     PIC1 + 1, al
        mov     al, 0xDF
        out     PIC2 + 1, al
        xor     al, al
        out     ERROR_PORT, al
        mov     eax, [main_cr0]
        mov     cr0, eax
        mov     dword [hook], .served
        with_cw CW_ALL & ~SW_ZE
        mov     dword [start.eflags], F_IF | 2
        in_ring 3
        fld1
        fdiv    dword [zero]
.a:     nop
        nop
        fld1                            ; waits here for the interrupt
        nop
        nop
        nop
        nop
        end_ring
        expect  "vector at the end", [seen.vector], DONE
        expect  "interrupts", [.count], 1
        expect  "vector", [.vector], IRQ13
        mov     eax, [.status]
        and     eax, FLAGS_AND_TOP & ~top(7)
        expect  "status word in the handler", eax, SW_B | SW_ES | SW_ZE
        status  "status word at the end", FLAGS_AND_TOP, top(6)
        case    "NE 0: the interrupt comes before the waiting instruction is done"
        mov     dword [.count], 0
        with_cw CW_ALL & ~SW_ZE
        mov     dword [start.eflags], F_IF | 2
        in_ring 3
        fld1
        fdiv    dword [zero]
.b:     nop
.c:     fld1
        nop
        nop
        nop
        end_ring
        expect  "interrupts", [.count], 1
        mov     eax, [.eip]
        cmp     eax, .b
        jb      .wrong
        cmp     eax, .c
        jbe     .right
.wrong: expect  "EIP", eax, .c
.right: case    "NE 0: WAIT waits, too"
        mov     dword [.count], 0
        with_cw CW_ALL & ~SW_ZE
        mov     dword [start.eflags], F_IF | 2
        in_ring 3
        fld1
        fdiv    dword [zero]
        wait
        nop
        nop
        end_ring
        expect  "vector at the end", [seen.vector], DONE
        expect  "interrupts", [.count], 1
        case    "NE 0: port F0h lets the handler compute with the error there"
        mov     dword [.count], 0
        mov     dword [hook], .computing
        with_cw CW_ALL & ~SW_ZE
        mov     dword [start.eflags], F_IF | 2
        in_ring 3
        fld1
        fdiv    dword [zero]
        fld1
        nop
        nop
        nop
        end_ring
        expect  "vector at the end", [seen.vector], DONE
        expect  "interrupts", [.count], 1
        case    "NE 0: a second error interrupts again"
        mov     dword [.count], 0
        mov     dword [hook], .served
        with_cw CW_ALL & ~SW_ZE
        mov     dword [start.eflags], F_IF | 2
        in_ring 3
        fld1
        fdiv    dword [zero]
        fld1
        nop
        nop
        fdiv    dword [zero]
        fld1
        nop
        nop
        end_ring
        expect  "vector at the end", [seen.vector], DONE
        expect  "interrupts", [.count], 2
        case    "NE 0: masked exceptions do not interrupt"
        mov     dword [.count], 0
        fninit
        mov     dword [start.eflags], F_IF | 2
        in_ring 3
        fld1
        fdiv    dword [zero]
        fld1
        fsqrt
        wait
        nop
        end_ring
        expect  "interrupts", [.count], 0
        case    "NE 0: FNCLEX in time, with interrupts off"
        mov     dword [.count], 0
        with_cw CW_ALL & ~SW_ZE
        in_ring 3
        fld1
        fdiv    dword [zero]
        fnclex
        fld1
        end_ring
        expect  "vector", [seen.vector], DONE
        mov     al, 0xFF
        out     PIC1 + 1, al
        out     PIC2 + 1, al
        xor     al, al
        out     ERROR_PORT, al
        mov     dword [hook], 0
        fninit
        ret
.count: dd      0
.vector: dd     0
.eip:   dd      0
.status: dd     0
.served:
        mov     eax, [ebx + frame.vector]
        cmp     eax, DONE
        je      .end
        mov     [.vector], eax
        inc     dword [.count]
        cmp     dword [.count], 8
        ja      .end
        mov     eax, [ebx + frame.eip]
        mov     [.eip], eax
        fnstsw  ax
        movzx   eax, ax
        mov     [.status], eax
        fnclex
        xor     al, al
        out     ERROR_PORT, al
.eoi:   mov     al, EOI
        out     PIC2, al
        out     PIC1, al
        stc
        ret
.end:   clc
        ret
.computing:
        cmp     dword [ebx + frame.vector], DONE
        je      .end
        inc     dword [.count]
        cmp     dword [.count], 8
        ja      .end
        xor     al, al
        out     ERROR_PORT, al
        fstp    st0                     ; would wait for ever but for IGNNE#
        wait
        fld1
        fnclex
        jmp     .eoi

; A second context of the coprocessor, brought when it is first used
lazy:   case    "TS: the context comes with the first use"
        fninit
        fld     dword [operand]
        fld1
        fnsave  [state]                 ; the context of "the other task"
        fninit
        fldpi
        mov     dword [hook], .switch
        mov     eax, cr0
        or      eax, CR0_TS
        mov     cr0, eax
        mov     dword [start.ebx], environment
        in_ring 3
        fadd    st0, st1
        fstp    dword [ebx]
        end_ring
        mov     dword [hook], 0
        expect  "vector at the end", [seen.vector], DONE
        expect  "switches", [.count], 1
        expect  "its result", [environment], __?float32?__(2.5)
        frstor  [state2]
        fstp    dword [environment]
        expect  "the first context", [environment], 0x40490FDB
        ret
.count: dd      0
.switch:
        cmp     dword [ebx + frame.vector], V_NM
        jne     .end
        clts
        fnsave  [state2]
        frstor  [state]
        inc     dword [.count]
        stc
        ret
.end:   clc
        ret

images: case    "FNSTENV, 32-bit protected"
        fninit
        in_ring 3
.a:     fld     dword [operand]
        end_ring
        fnstenv [environment]
        movzx   eax, word [environment]
        expect  "control word", eax, CW_ALL
        movzx   eax, word [environment + 4]
        expect  "status word", eax, top(7)
        movzx   eax, word [environment + 8]
        expect  "tag word", eax, 0x3FFF
        expect  "FIP", [environment + 12], .a
        movzx   eax, word [environment + 16]
        expect  "FCS", eax, CODE3
        movzx   eax, word [environment + 18]
        and     eax, 0x7FF
        expect  "opcode", eax, 0x105    ; D9 05
        expect  "FDP", [environment + 20], operand
        movzx   eax, word [environment + 24]
        expect  "FDS", eax, DATA3
        case    "FIP is that of the prefix, FDS that of the segment used"
        fninit
        mov     dword [start.esp], RING3_STACK - 16
        in_ring 3
        fld     dword [operand]
.c:     ss fst  dword [esp + 8]
        end_ring
        fnstenv [environment]
        expect  "FIP", [environment + 12], .c
        expect  "FDP", [environment + 20], RING3_STACK - 8
        movzx   eax, word [environment + 24]
        expect  "FDS", eax, DATA3
        movzx   eax, word [environment + 18]
        and     eax, 0x7FF
        expect  "opcode", eax, 0x154    ; D9 54
        case    "control instructions leave the pointers"
        fninit
        in_ring 3
.d:     fld     dword [operand]
        fnstcw  [control]
        fldcw   [control]
        fnstsw  [control]
        fnclex
        fnstsw  ax
        end_ring
        fnstenv [environment]
        expect  "FIP", [environment + 12], .d
        expect  "FDP", [environment + 20], operand
        case    "instructions without an operand leave FDP"
        fninit
        in_ring 3
        fld     dword [operand]
.e:     fld1
        end_ring
        fnstenv [environment]
        expect  "FIP", [environment + 12], .e
        expect  "FDP", [environment + 20], operand
        movzx   eax, word [environment + 18]
        and     eax, 0x7FF
        expect  "opcode", eax, 0x1E8    ; D9 E8
        case    "FNSTENV, 16-bit protected"
        fninit
        in_ring 3
.f:     fld     dword [operand]
        end_ring
        o16 fnstenv [environment]
        movzx   eax, word [environment]
        expect  "control word", eax, CW_ALL
        movzx   eax, word [environment + 2]
        expect  "status word", eax, top(7)
        movzx   eax, word [environment + 4]
        expect  "tag word", eax, 0x3FFF
        movzx   eax, word [environment + 6]
        expect  "FIP", eax, .f
        movzx   eax, word [environment + 8]
        expect  "FCS", eax, CODE3
        movzx   eax, word [environment + 10]
        expect  "FDP", eax, operand
        movzx   eax, word [environment + 12]
        expect  "FDS", eax, DATA3
        case    "FNSAVE and FRSTOR, 32-bit"
        fninit
        fldz
        fld1
        fldpi
        fnsave  [state]
        movzx   eax, word [state + 4]
        expect  "status word", eax, top(5)
        expect  "ST0", [state + 28], 0x2168C235
        movzx   eax, word [state + 28 + 8]
        expect  "exponent of ST0", eax, 0x4000
        expect  "ST1", [state + 28 + 10 + 4], 0x80000000
        expect  "ST2", [state + 28 + 20 + 4], 0
        status  "status word after FNSAVE", 0xFFFF, 0
        fnstcw  [control]
        movzx   eax, word [control]
        expect  "control word after FNSAVE", eax, CW_ALL
        fnstenv [environment]
        movzx   eax, word [environment + 8]
        expect  "tag word after FNSAVE", eax, 0xFFFF
        frstor  [state]
        status  "status word after FRSTOR", 0xFFFF, top(5)
        fnsave  [state2]
        pushad
        mov     esi, state
        mov     edi, state2
        mov     ecx, 108
        repe    cmpsb
        setne   al
        movzx   eax, al
        expect  "FNSAVE after FRSTOR differs", eax, 0
        popad
        case    "FNSAVE and FRSTOR, 16-bit"
        fninit
        fldz
        fld1
        fldpi
        o16 fnsave [state]
        movzx   eax, word [state + 2]
        expect  "status word", eax, top(5)
        expect  "ST0", [state + 14], 0x2168C235
        o16 frstor [state]
        status  "status word after FRSTOR", 0xFFFF, top(5)
        fstp    dword [environment]
        expect  "ST0 after FRSTOR", [environment], 0x40490FDB
        fninit
        ret

; The same code serves real and virtual-8086 mode: segment 12h is 120h above segment 0.
FAR_SEGMENT     equ     0x12
        section .low
        bits    16
align 4
env16:          times 14 db 0
env32:          times 28 db 0
image_code:
        mov     ax, FAR_SEGMENT
        mov     es, ax
        fninit
        db      0xEA                    ; JMP: CS = 12h
        dw      .far - FAR_SEGMENT * 16, FAR_SEGMENT
.far:
.at:    fld     dword [es:operand - FAR_SEGMENT * 16]
        jmp     0:.back
.back:  fnstenv [env16]
        fldenv  [env16]
        o32 fnstenv [env32]
        ret
        section .text
        bits    32

IMAGE_LINEAR    equ     image_code.at
%macro check_real_images 0
        movzx   eax, word [env16]
        expect  "16-bit, control word", eax, CW_ALL
        movzx   eax, word [env16 + 2]
        expect  "16-bit, status word", eax, top(7)
        movzx   eax, word [env16 + 4]
        expect  "16-bit, tag word", eax, 0x3FFF
        movzx   eax, word [env16 + 6]
        expect  "16-bit, FIP, bits 0 to 15", eax, IMAGE_LINEAR
        movzx   eax, word [env16 + 8]
        expect  "16-bit, FIP, bits 16 to 19, and opcode", eax, 0x106    ; D9 06
        movzx   eax, word [env16 + 10]
        expect  "16-bit, FDP, bits 0 to 15", eax, operand
        movzx   eax, word [env16 + 12]
        expect  "16-bit, FDP, bits 16 to 19", eax, 0
        movzx   eax, word [env32]
        expect  "32-bit, control word", eax, CW_ALL
        movzx   eax, word [env32 + 4]
        expect  "32-bit, status word", eax, top(7)
        movzx   eax, word [env32 + 8]
        expect  "32-bit, tag word", eax, 0x3FFF
        movzx   eax, word [env32 + 12]
        expect  "32-bit, FIP, bits 0 to 15", eax, IMAGE_LINEAR
        mov     eax, [env32 + 16]
        expect  "32-bit, FIP, bits 16 to 31, and opcode", eax, 0x106
        movzx   eax, word [env32 + 20]
        expect  "32-bit, FDP, bits 0 to 15", eax, operand
        mov     eax, [env32 + 24]
        expect  "32-bit, FDP, bits 16 to 31", eax, 0
%endmacro
%macro clear_images 0
        pushad
        mov     edi, env16
        mov     ecx, 42
        xor     eax, eax
        rep     stosb
        popad
%endmacro

real_images:
        case    "FNSTENV in real mode"
        clear_images
        to_real .real
        section .low
        bits    16
.real:  call    image_code
        to_protected .back
        section .text
        bits    32
.back:  lidt    [probe_idtr]
        check_real_images
        ret

v86_images:
        case    "FNSTENV in virtual-8086 mode"
        clear_images
        call    .run
        expect  "vector", [seen.vector], DONE
        check_real_images
        ret
.run:   pushfd
        pushad
        mov     [probe_esp], esp
        push    dword 0                 ; GS
        push    dword 0                 ; FS
        push    dword 0                 ; DS
        push    dword 0                 ; ES
        push    dword 0x7000            ; SS
        push    dword 0xF000            ; SP
        push    dword F_VM | F_IOPL | 2
        push    dword 0                 ; CS
        push    dword .v86
        iretd
        section .low
        bits    16
.v86:   call    image_code
        int     DONE
        section .text
        bits    32

tags:   case    "tags"
        fninit
        fldz
        fld1
        fld1
        fdiv    dword [zero]
        fld     tword [.denormal]
        fnstenv [environment]
        movzx   eax, word [environment + 8]
        expect  "zero, valid, infinity, denormal", eax, 0x4AFF
        ffree   st0
        fnstenv [environment]
        movzx   eax, word [environment + 8]
        expect  "FFREE", eax, 0x4BFF
        fdecstp
        fincstp
        fincstp
        fnstenv [environment]
        movzx   eax, word [environment + 8]
        expect  "FINCSTP and FDECSTP", eax, 0x4BFF
        mov     word [environment + 8], 0xFFFF
        fldenv  [environment]
        fnstenv [environment]
        movzx   eax, word [environment + 8]
        expect  "FLDENV, all empty", eax, 0xFFFF
        mov     word [environment + 8], 0
        fldenv  [environment]
        fnstenv [environment]
        movzx   eax, byte [environment + 9]
        expect  "FLDENV, none empty: by what is in the registers", eax, 0x4A
        fninit
        ret
align 4
.denormal:
        dq      0x0123456789ABCDEF
        dw      0

%macro eight_ones 0
%rep 8
        fld1
%endrep
%endmacro
STACK_BITS      equ     SW_IE | SW_SF | SW_C1 | SW_ES | top(7)
INDEFINITE      equ     0xFFC00000      ; as a single
stack_faults:
        case    "stack overflow, masked"
        fninit
        eight_ones
        status  "before", STACK_BITS, top(0)
        fldpi
        status  "status word", STACK_BITS, SW_IE | SW_SF | SW_C1 | top(7)
        fstp    dword [environment]
        expect  "ST0", [environment], INDEFINITE
        fninit
        eight_ones
        fld     dword [operand]
        status  "FLD m32", STACK_BITS, SW_IE | SW_SF | SW_C1 | top(7)
        case    "stack underflow, masked"
        fninit
        mov     dword [environment], 0
        fstp    dword [environment]
        status  "FSTP, status word", STACK_BITS, SW_IE | SW_SF | top(1)
        expect  "FSTP, what it stores", [environment], INDEFINITE
        fninit
        fist    dword [environment]
        status  "FIST, status word", STACK_BITS, SW_IE | SW_SF | top(0)
        expect  "FIST, what it stores", [environment], 0x80000000
        fninit
        fld1
        fadd    st0, st1
        status  "FADD, status word", STACK_BITS, SW_IE | SW_SF | top(7)
        fstp    dword [environment]
        expect  "FADD, result", [environment], INDEFINITE
        fninit
        fld     st3
        status  "FLD ST3, status word", STACK_BITS, SW_IE | SW_SF | top(7)
        fstp    dword [environment]
        expect  "FLD ST3, result", [environment], INDEFINITE
        fninit
        fld1
        fxch    st2
        status  "FXCH, status word", STACK_BITS, SW_IE | SW_SF | top(7)
        fstp    dword [environment]
        expect  "FXCH, ST0", [environment], INDEFINITE
        fstp    st0
        fstp    dword [environment]
        expect  "FXCH, ST2", [environment], __?float32?__(1.0)
        fninit
        ftst
        status  "FTST, C3, C2 and C0", 0x4500, 0x4500
        cmp     dword [generation], 4
        jb      .end
        mov     eax, [main_cr0]
        or      eax, CR0_NE
        mov     [main_cr0], eax
        case    "stack overflow, unmasked"
        with_cw CW_ALL & ~SW_IE
        eight_ones
        in_ring 3
        fldpi
.a:     fld1
        end_ring
        expect  "vector", [seen.vector], V_MF
        expect  "EIP", [seen.eip], .a
        status  "status word", STACK_BITS, SW_IE | SW_SF | SW_C1 | SW_ES | top(0)
        fnstenv [environment]
        fnclex
        fstp    dword [environment]
        expect  "ST0 is as before", [environment], __?float32?__(1.0)
        case    "stack underflow, unmasked"
        with_cw CW_ALL & ~SW_IE
        mov     dword [environment], 0x12345678
        in_ring 3
        fstp    dword [environment]
.b:     wait
        end_ring
        expect  "vector", [seen.vector], V_MF
        expect  "EIP", [seen.eip], .b
        status  "status word", STACK_BITS, SW_IE | SW_SF | SW_ES | top(0)
        expect  "memory is as before", [environment], 0x12345678
        fninit
.end:   ret

%include "end.inc"
