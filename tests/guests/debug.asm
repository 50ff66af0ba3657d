; Debug registers and exceptions: breakpoints for instructions, data and ports, single step, general detect, the resume
; flag, INT1 and INT3.
%define GUEST "debug"
%include "boot.inc"
%include "protected.inc"
        section .text
        bits    32
        cpu     686
%include "probe.inc"

; DR6
B0              equ     1 << 0
B1              equ     1 << 1
B2              equ     1 << 2
B3              equ     1 << 3
BD              equ     1 << 13
BS              equ     1 << 14
DR6_BITS        equ     0xE00F
; DR7
L0              equ     1 << 0
G0              equ     1 << 1
L1              equ     1 << 2
L2              equ     1 << 4
L3              equ     1 << 6
LE              equ     1 << 8
GE              equ     1 << 9
GD              equ     1 << 13
%define on_execution(n)    0
%define on_write(n, len)   ((1 | ((len) - 1) << 2) << (16 + (n) * 4))
%define on_port(n, len)    ((2 | ((len) - 1) << 2) << (16 + (n) * 4))
%define on_access(n, len)  ((3 | ((len) - 1) << 2) << (16 + (n) * 4))
CR4_DE          equ     1 << 3

SERVICE         equ     0x20            ; a vector of which the handler returns at once
LOG_SIZE        equ     32

                struc   event
.vector         resd    1
.eip            resd    1
.dr6            resd    1
.eflags         resd    1
.ecx            resd    1
                endstruc

align 4
log:            times LOG_SIZE * event_size db 0
events:         dd      0
with_rf:        dd      0               ; whether #DB is left with RF set
watched:        dd      0, 0, 0, 0      ; on a boundary of 16 bytes for what it holds
                align   16
variable:       times 48 db 0

; Every vector but DONE is kept in the log and left again.
keep:   cmp     dword [ebx + frame.vector], DONE
        je      .end
        cmp     dword [events], LOG_SIZE
        jae     .end
        imul    edi, [events], event_size
        add     edi, log
        inc     dword [events]
        mov     eax, [ebx + frame.vector]
        mov     [edi + event.vector], eax
        mov     eax, [ebx + frame.eip]
        mov     [edi + event.eip], eax
        mov     eax, [ebx + frame.eflags]
        mov     [edi + event.eflags], eax
        mov     eax, [ebx + frame.ecx]
        mov     [edi + event.ecx], eax
        mov     eax, dr6
        and     eax, DR6_BITS
        mov     [edi + event.dr6], eax
        xor     eax, eax
        mov     dr6, eax
        cmp     dword [ebx + frame.vector], V_DB
        je      .debug
        cmp     dword [ebx + frame.vector], V_BP
        je      .resume
        cmp     dword [ebx + frame.vector], SERVICE
        je      .resume
.end:   clc
        ret
.debug: cmp     dword [with_rf], 0
        je      .resume
        or      dword [ebx + frame.eflags], F_RF
.resume:
        stc
        ret

; DR7 for the next probe
%macro watch 1
        mov     dword [events], 0
        xor     eax, eax
        mov     dr6, eax
        mov     eax, %1
        mov     dr7, eax
%endmacro
; ... and back. Then what was logged.
%macro watch_end 0
        push    eax
        xor     eax, eax
        mov     dr7, eax
        pop     eax
%endmacro
%macro break_at 2                            ; debug register, linear address
        mov     eax, %2
        mov     dr%1, eax
%endmacro
%macro event_count 1
        expect  "number of events", [events], %1
%endmacro
%macro happened 4                       ; which (from 0), vector, EIP, DR6
%defstr %%n %1
        expect  {"event ", %%n, ", vector"}, [log + %1 * event_size + event.vector], %2
        expect  {"event ", %%n, ", EIP"}, [log + %1 * event_size + event.eip], %3
        expect  {"event ", %%n, ", DR6"}, [log + %1 * event_size + event.dr6], %4
%endmacro
%macro flag_of 3                        ; which, flag, value
%defstr %%n %1
        mov     eax, [log + %1 * event_size + event.eflags]
        and     eax, %2
        expect  {"event ", %%n, ", ", %str(%2), " pushed"}, eax, %3
%endmacro

        section .low
        bits    16
start16:
        enter_protected main
        section .text
        bits    32
main:
        call    probe_init
        mov     dword [hook], keep
        mov     dword [with_rf], 1
        call    registers
        call    execution
        call    data
        call    many
        call    strings
        call    single_step
        call    software
        call    general_detect
        call    extensions
        call    task
        call    virtual
        finish

registers:
        case    "debug registers"
%assign n 0
%rep 4
        mov     eax, 0x12345670 + n
        mov     dr%[n], eax
    %assign n n + 1
%endrep
%assign n 0
%rep 4
        mov     eax, dr%[n]
        expect  {"DR", '0' + n}, eax, 0x12345670 + n
    %assign n n + 1
%endrep
        mov     eax, LE | GE | on_write(0, 4) | on_access(3, 2)
        mov     dr7, eax
        mov     eax, dr7
        and     eax, ~0xFC00
        expect  "DR7", eax, LE | GE | on_write(0, 4) | on_access(3, 2)
        xor     eax, eax
        mov     dr7, eax
        mov     eax, B0 | B3 | BS
        mov     dr6, eax
        mov     eax, dr6
        and     eax, DR6_BITS
        expect  "DR6", eax, B0 | B3 | BS
        cmp     dword [features], 0
        je      .old
        xor     eax, eax
        mov     dr6, eax
        mov     eax, dr6
        expect  "fixed bits of DR6", eax, 0xFFFF0FF0
        xor     eax, eax
        mov     dr7, eax
        mov     eax, dr7
        expect  "fixed bits of DR7", eax, 0x400
.old:   in_ring 3
        mov     eax, dr0
        end_ring
        expect  "MOV from DR0 in ring 3, vector", [seen.vector], V_GP
        expect  "MOV from DR0 in ring 3, error code", [seen.error], 0
        in_ring 3
        mov     dr7, eax
        end_ring
        expect  "MOV to DR7 in ring 3, vector", [seen.vector], V_GP
        ret

execution:
        case    "instruction breakpoint"
        break_at 0, .a
        watch   L0
        in_ring 0
        nop
.a:     inc     eax
        nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .a, B0
        flag_of 0, F_RF, 0
        expect  "EAX at the end", [seen.eax], 0x0A0A0A0B
        mov     eax, [seen.eflags]
        and     eax, F_RF
        expect  "RF at the end", eax, 0
        case    "instruction breakpoint in ring 3, global"
        break_at 0, .b
        watch   G0
        in_ring 3
.b:     inc     eax
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .b, B0
        expect  "EAX at the end", [seen.eax], 0x0A0A0A0B
        expect  "ESP at the end", [seen.esp], RING3_STACK
        case    "instruction breakpoint, not enabled"
        break_at 0, .c
        watch   LE | GE
        in_ring 0
.c:     inc     eax
        end_ring
        watch_end
        event_count 0
        case    "instruction breakpoints one after the other"
        break_at 0, .d0
        break_at 1, .d1
        break_at 2, .d2
        break_at 3, .d3
        watch   L0 | L1 | L2 | L3
        in_ring 3
.d3:    inc     eax
.d2:    inc     ebx
.d0:    add     eax, ebx
.d1:    inc     ecx
        end_ring
        watch_end
        event_count 4
        happened 0, V_DB, .d3, B3
        happened 1, V_DB, .d2, B2
        happened 2, V_DB, .d0, B0
        happened 3, V_DB, .d1, B1
        case    "two instruction breakpoints at one address"
        break_at 1, .e
        break_at 2, .e
        watch   L1 | L2
        in_ring 3
.e:     inc     eax
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .e, B1 | B2
        case    "RF holds for one instruction"
        break_at 0, .f
        watch   L0
        mov     dword [start.ecx], 3
        in_ring 3
.f:     dec     ecx
        jnz     .f
        end_ring
        watch_end
        event_count 3
        happened 2, V_DB, .f, B0
        expect  "ECX at the last", [log + 2 * event_size + event.ecx], 1
        case    "instruction breakpoint left with RF 0"
        mov     dword [with_rf], 0
        break_at 0, .g
        watch   L0
        in_ring 3
.g:     inc     eax
        end_ring
        watch_end
        mov     dword [with_rf], 1
        event_count LOG_SIZE            ; again and again
        expect  "EAX", [seen.eax], 0x0A0A0A0A
        case    "instruction breakpoint behind a prefix"
        break_at 0, .h + 1
        watch   L0
        in_ring 3
.h:     inc     ax                      ; 66h 40h
        end_ring
        watch_end
        event_count 0
        case    "instruction breakpoint on a prefix"
        break_at 0, .i
        watch   L0
        in_ring 3
.i:     inc     ax
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .i, B0
        case    "instruction breakpoint on a jump that is not taken, and behind one that is"
        break_at 0, .j
        break_at 1, .k
        watch   L0 | L1
        in_ring 3
        test    eax, eax
.j:     jz      .k
        jmp     .l
.k:     inc     eax
.l:     nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .j, B0
        case    "instruction breakpoint on REP MOVS"
        break_at 0, .m
        watch   L0
        mov     dword [start.ecx], 3
        mov     dword [start.esi], variable
        mov     dword [start.edi], variable + 8
        in_ring 3
.m:     rep     movsb
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .m, B0
        expect  "ECX at the end", [seen.ecx], 0
        case    "instruction breakpoint on the first instruction of a handler"
        gate_at PROBE_IDT + 0x21 * 8, CODE0, .handler, P | INTERRUPT32 | RING3
        break_at 0, .handler
        watch   L0
        in_ring 3
        int     0x21
.n:     end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .handler, B0
        case    "instruction breakpoint is linear"
        descriptor FREE, .o - 0x10, 0xFFFFF, P | READABLE | BIG | PAGES
        break_at 0, .o
        watch   L0
        in_ring 0
        jmp     FREE:0x10
.o:     jmp     CODE0:.p
.p:     end_ring
        watch_end
        event_count 1
        happened 0, V_DB, 0x10, B0
        case    "MOV SS keeps the breakpoint of the next instruction back"
        break_at 0, .q
        watch   L0
        in_ring 0
        mov     eax, ss
        mov     ss, eax
.q:     inc     ecx
        end_ring
        watch_end
        event_count 0
        case    "instruction breakpoint, then a fault of the instruction"
        break_at 0, .t
        watch   L0
        in_ring 3
.t:     hlt
        end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .t, B0
        happened 1, V_GP, .t, 0
        flag_of 0, F_RF, 0
        flag_of 1, F_RF, F_RF
        case    "RF by IRETD"
        break_at 0, .r
        watch   L0
        mov     dword [start.eflags], F_RF | 2
        in_ring 3
.r:     inc     eax
        end_ring
        watch_end
        event_count 0
        case    "POPFD leaves RF, PUSHFD does not show it"
        break_at 0, .s
        watch   L0
        in_ring 3
        push    dword F_RF | 2
        popfd
.s:     pushfd
        pop     eax
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .s, B0
        and     dword [seen.eax], F_RF
        expect  "RF by PUSHFD", [seen.eax], 0
        case    "RF in the flags that faults push"
        watch   0
        in_ring 3
        ud2
        end_ring
        flag_of 0, F_RF, F_RF
        watch   0
        in_ring 3
        hlt
        end_ring
        flag_of 0, F_RF, F_RF
        watch   0
        in_ring 3
        int3
        end_ring
        flag_of 0, F_RF, 0
        watch   0
        in_ring 3
        int     SERVICE
        end_ring
        flag_of 0, F_RF, 0
        ret
.handler:
        iretd

; Data breakpoints. Each length at each place of `variable`, against each access.
; Turn: bits 0-3 offset of the breakpoint, 4-5 its length - 1, 8-11 offset of the access, 12-13 its length - 1,
; 16: write, 20: breakpoint on writes only.
data:   case    "data breakpoints: lengths and places"
        mov     dword [.turn], 0
.next:  mov     esi, [.turn]
        turn    esi
        mov     edi, esi                ; a length of 3 is none
        shr     edi, 4
        and     edi, 3
        cmp     edi, 2
        je      .skip
        mov     ecx, esi
        shr     ecx, 12
        and     ecx, 3
        cmp     ecx, 2
        je      .skip
        ; the range of the breakpoint: EAX up to EDX
        mov     eax, esi
        and     eax, 7
        mov     edx, edi
        not     edx
        and     eax, edx
        lea     edx, [eax + edi + 1]
        ; of the access: EBX up to ECX
        mov     ebx, esi
        shr     ebx, 8
        and     ebx, 7
        lea     ecx, [ebx + ecx + 1]
        xor     edi, edi                ; EDI: whether they meet
        cmp     ebx, edx
        jae     .apart
        cmp     eax, ecx
        jae     .apart
        inc     edi
.apart: bt      esi, 20
        jnc     .any
        bt      esi, 16
        jc      .any
        xor     edi, edi                ; a read, and writes are watched
.any:   mov     eax, esi
        and     eax, 7
        add     eax, variable
        mov     dr0, eax
        mov     eax, esi
        shr     eax, 4
        and     eax, 3
        shl     eax, 2
        or      eax, 1
        bt      esi, 20
        jc      .type
        or      eax, 3
.type:  shl     eax, 16
        or      eax, L0 | LE
        mov     [.control], eax
        watch   [.control]
        mov     eax, esi
        shr     eax, 8
        and     eax, 7
        add     eax, variable
        mov     [start.ebx], eax
        mov     eax, esi
        shr     eax, 12
        and     eax, 3
        bt      esi, 16
        jnc     .reads
        or      al, 4
.reads: mov     [start.ecx], eax
        in_ring 3
        cmp     ecx, 0
        je      .read1
        cmp     ecx, 1
        je      .read2
        cmp     ecx, 3
        je      .read4
        cmp     ecx, 4
        je      .write1
        cmp     ecx, 5
        je      .write2
        mov     [ebx], eax
        jmp     .accessed
.read1: mov     al, [ebx]
        jmp     .accessed
.read2: mov     ax, [ebx]
        jmp     .accessed
.read4: mov     eax, [ebx]
        jmp     .accessed
.write1:
        mov     [ebx], al
        jmp     .accessed
.write2:
        mov     [ebx], ax
        jmp     .accessed
.accessed:
        end_ring
        watch_end
        expect  "events", [events], edi
        test    edi, edi
        jz      .skip
        expect  "DR6", [log + event.dr6], B0
.skip:  inc     byte [.turn]            ; offsets 0 to 7, lengths, then the access, then the kinds
        mov     eax, [.turn]
        test    al, 8
        jz      .next
        add     al, 8                   ; length of the breakpoint
        mov     [.turn], eax
        test    al, 0x40
        jz      .next
        mov     al, 0
        add     ah, 1
        test    ah, 8
        jz      .again
        add     ah, 8
        test    ah, 0x40
        jz      .again
        mov     ah, 0
        add     eax, 0x10000
        bt      eax, 17
        jnc     .again
        add     eax, 0xE0000
        bt      eax, 21
        jc      .all
.again: mov     [.turn], eax
        jmp     .next
.all:   turns_end

        case    "data breakpoint: EIP and flags"
        break_at 0, variable
        watch   L0 | LE | on_write(0, 4)
        in_ring 3
        mov     [variable], eax
.a:     nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .a, B0
        flag_of 0, F_RF, 0
        case    "data breakpoint: one for a read-modify-write"
        break_at 3, variable
        watch   L3 | LE | on_access(3, 4)
        mov     dword [start.edx], 16 * 8 + 3
        in_ring 3
        add     [variable], eax
.b:     inc     byte [variable + 3]
.c:     xchg    [variable + 1], al
.d:     bts     [variable - 16], edx
.e:     nop
        end_ring
        watch_end
        event_count 4
        happened 0, V_DB, .b, B3
        happened 1, V_DB, .c, B3
        happened 2, V_DB, .d, B3
        happened 3, V_DB, .e, B3
        case    "data breakpoint on writes: reads, LEA and fetches are none"
        mov     dword [variable], 0xC3909090
        break_at 0, variable
        watch   L0 | LE | on_write(0, 4)
        in_ring 3
        mov     eax, [variable]
        cmp     [variable], eax
        test    [variable], al
        bt      dword [variable], 3
        push    dword [variable]
        pop     eax
        lea     eax, [variable]
        call    eax
        end_ring
        watch_end
        event_count 0
        case    "data breakpoint on accesses: fetches are none"
        watch   L0 | LE | on_access(0, 4)
        in_ring 3
        lea     eax, [variable]
        call    eax
        end_ring
        watch_end
        event_count 0
        case    "data breakpoint on the stack"
        break_at 1, variable + 16
        watch   L1 | LE | on_access(1, 4)
        mov     dword [start.esp], variable + 20
        in_ring 3
        push    eax
.f:     pop     ecx
.g:     call    .h
.h1:    jmp     .h2
.h:     ret
.h2:    end_ring
        watch_end
        expect  "vector at the end", [seen.vector], DONE
        event_count 4
        happened 0, V_DB, .f, B1
        happened 1, V_DB, .g, B1
        happened 2, V_DB, .h, B1
        happened 3, V_DB, .h1, B1
        case    "two data breakpoints by one instruction"
        break_at 0, variable
        break_at 2, variable + 8
        watch   L0 | L2 | LE | on_access(0, 4) | on_write(2, 4)
        mov     dword [start.esi], variable
        mov     dword [start.edi], variable + 8
        in_ring 3
        movsd
.i:     nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .i, B0 | B2
        case    "data breakpoint is linear"
        descriptor FREE + 8, variable - 0x100, 0xFFFFF, P | WRITABLE | BIG | PAGES | RING3
        break_at 0, variable + 4
        watch   L0 | LE | on_write(0, 1)
        mov     dword [start.fs], FREE + 8 + 3
        in_ring 3
        mov     [fs:0x104], al
.j:     nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .j, B0
        case    "data breakpoint of MOV SS comes after the next instruction"
        mov     dword [variable], DATA0
        break_at 0, variable
        watch   L0 | LE | on_access(0, 2)
        in_ring 0
        mov     ss, [variable]
        inc     eax
.k:     nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .k, B0
        case    "a fault of the same instruction, no data breakpoint"
        break_at 0, variable
        watch   L0 | LE | on_access(0, 4)
        descriptor FREE + 16, 0, variable + 15, P | WRITABLE | BIG | RING3
        mov     dword [start.es], FREE + 16 + 3
        mov     dword [start.esi], variable
        mov     dword [start.edi], variable + 16
        in_ring 3
        movsd
        end_ring
        watch_end
        event_count 1
        expect  "vector", [log + event.vector], V_GP
        ret
.turn:  dd      0
.control: dd    0

; One of the accesses of an instruction that makes several
%macro one_of 5+                        ; name, address, length, bits 0-1 of R/W, instruction
        case    %1
        break_at 0, %2
        watch   L0 | LE | (%4 | (%3 - 1) << 2) << 16
        mov     dword [start.esp], variable + 32
        mov     dword [start.ebp], variable + 32
        mov     dword [start.eax], 4
        in_ring 3
        %5
%%next: nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, %%next, B0
%endmacro
many:   mov     dword [variable], 0
        mov     dword [variable + 4], 7
        one_of  "data breakpoint: PUSHAD", variable + 12, 1, 1, pushad
        one_of  "data breakpoint: ENTER", variable + 28, 4, 1, enter 4, 0
        one_of  "data breakpoint: POP to memory", variable, 2, 1, pop dword [variable]
        one_of  "data breakpoint: PUSH from memory", variable, 2, 3, push dword [variable]
        mov     dword [variable], 0
        mov     dword [variable + 4], 7
        one_of  "data breakpoint: BOUND", variable + 4, 4, 3, bound eax, [variable]
        mov     dword [variable + 4], DATA3
        one_of  "data breakpoint: LES", variable + 4, 2, 3, les eax, [variable]
        one_of  "data breakpoint: SGDT", variable + 4, 2, 1, sgdt [variable]
        ret

strings:
        case    "data breakpoint within REP MOVS"
        break_at 0, variable + 17
        watch   L0 | LE | GE | on_write(0, 1)
        mov     dword [start.ecx], 4
        mov     dword [start.esi], variable
        mov     dword [start.edi], variable + 16
        in_ring 3
.a:     rep     movsb
.b:     nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .a, B0
        expect  "ECX at the event", [log + event.ecx], 2
        expect  "ECX at the end", [seen.ecx], 0
        case    "data breakpoint at the end of REP STOS"
        break_at 0, variable + 19
        watch   L0 | LE | GE | on_write(0, 1)
        mov     dword [start.ecx], 4
        mov     dword [start.edi], variable + 16
        in_ring 3
        rep     stosb
.c:     nop
        end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .c, B0
        case    "data breakpoint at every turn of REP LODS"
        break_at 0, variable + 16
        watch   L0 | LE | GE | on_access(0, 4)
        mov     dword [start.ecx], 3
        mov     dword [start.esi], variable + 16
        in_ring 3
.d:     rep     lodsb
.e:     nop
        end_ring
        watch_end
        event_count 3
        happened 0, V_DB, .d, B0
        happened 1, V_DB, .d, B0
        happened 2, V_DB, .e, B0
        ret

single_step:
        mov     dword [with_rf], 0
        case    "single step"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        nop
.a0:    inc     eax
.a1:    jmp     .a2
        nop
.a2:    push    eax
.a3:    end_ring
        watch_end
        event_count 4
        happened 0, V_DB, .a0, BS
        happened 1, V_DB, .a1, BS
        happened 2, V_DB, .a2, BS
        happened 3, V_DB, .a3, BS
        flag_of 0, F_TF, F_TF
        flag_of 0, F_RF, 0
        case    "single step: POPFD sets TF"
        watch   0
        in_ring 3
        push    dword F_TF | 2
        popfd
.b0:    nop
.b1:    nop
.b2:    end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .b1, BS
        happened 1, V_DB, .b2, BS
        case    "single step: POPFD clears TF"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        push    dword 2
.c0:    popfd
.c1:    nop
.c2:    end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .c0, BS
        happened 1, V_DB, .c1, BS
        flag_of 1, F_TF, 0
        case    "single step: over INT"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        nop
.d0:    int     SERVICE
.d1:    nop
.d2:    nop
.d3:    end_ring
        watch_end
        event_count 4
        happened 0, V_DB, .d0, BS
        happened 1, SERVICE, .d1, 0
        happened 2, V_DB, .d2, BS
        happened 3, V_DB, .d3, BS
        flag_of 1, F_TF, F_TF
        case    "single step: over INT3"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        int3
.e0:    nop
.e1:    end_ring
        watch_end
        event_count 2
        happened 0, V_BP, .e0, 0
        happened 1, V_DB, .e1, BS
        case    "single step: TF is off in a handler"
        gate_at PROBE_IDT + 0x21 * 8, CODE0, .flags, P | TRAP32 | RING3
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 0
        int     0x21
.f0:    nop
.f1:    end_ring
        watch_end
        event_count 1                   ; IRETD there runs with TF off and leaves with TF on
        happened 0, V_DB, .f1, BS
        and     dword [seen.eax], F_TF
        expect  "TF in the handler", [seen.eax], 0
        case    "single step: MOV SS"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 0
        mov     eax, ss
.g0:    mov     ss, eax
.g1:    nop
.g2:    nop
.g3:    end_ring
        watch_end
        event_count 3
        happened 0, V_DB, .g0, BS
        happened 1, V_DB, .g2, BS
        happened 2, V_DB, .g3, BS
        case    "single step: POP SS"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 0
        push    ss
.h0:    pop     ss
.h1:    nop
.h2:    end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .h0, BS
        happened 1, V_DB, .h2, BS
        case    "single step: LSS keeps nothing back"
        mov     [variable], dword RING0_STACK - 64
        mov     [variable + 4], dword DATA0
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 0
        lss     esp, [variable]
.i0:    nop
.i1:    end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .i0, BS
        happened 1, V_DB, .i1, BS
        case    "single step: STI keeps nothing back"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 0
        sti
.j0:    cli
.j1:    end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .j0, BS
        happened 1, V_DB, .j1, BS
        case    "single step: REP, each turn"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        mov     dword [start.ecx], 3
        mov     dword [start.esi], variable
        mov     dword [start.edi], variable + 16
        in_ring 3
.k0:    rep     movsb
.k1:    nop
.k2:    end_ring
        watch_end
        event_count 4
        happened 0, V_DB, .k0, BS
        happened 1, V_DB, .k0, BS
        happened 2, V_DB, .k1, BS
        happened 3, V_DB, .k2, BS
        expect  "ECX at event 0", [log + 0 * event_size + event.ecx], 2
        expect  "ECX at event 1", [log + 1 * event_size + event.ecx], 1
        expect  "ECX at event 2", [log + 2 * event_size + event.ecx], 0
        case    "single step: REP of nothing"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        mov     dword [start.ecx], 0
        in_ring 3
        rep     movsb
.l0:    end_ring
        watch_end
        event_count 1
        happened 0, V_DB, .l0, BS
        case    "single step: REPNE SCAS ends early"
        mov     dword [variable], 0x0A020100
        watch   0
        mov     dword [start.eflags], F_TF | 2
        mov     dword [start.ecx], 9
        mov     dword [start.edi], variable
        in_ring 3
.m0:    repne   scasb
.m1:    end_ring
        watch_end
        event_count 4
        happened 2, V_DB, .m0, BS
        happened 3, V_DB, .m1, BS
        expect  "ECX at the end", [seen.ecx], 5
        case    "single step: IRETD clears TF"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 0
        push    dword 2
.n0:    push    cs
.n1:    push    dword .n3
.n2:    iretd
.n3:    nop
.n4:    end_ring
        watch_end
        event_count 4
        happened 0, V_DB, .n0, BS
        happened 1, V_DB, .n1, BS
        happened 2, V_DB, .n2, BS
        happened 3, V_DB, .n3, BS
        flag_of 3, F_TF, 0
        case    "single step: PUSHFD shows TF"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        pushfd
        pop     eax
        end_ring
        watch_end
        and     dword [seen.eax], F_TF
        expect  "EAX", [seen.eax], F_TF
        case    "single step: a fault is no step"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        nop
.o0:    ud2
        end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .o0, BS
        happened 1, V_UD, .o0, 0
        flag_of 1, F_TF | F_RF, F_TF | F_RF
        case    "single step and a data breakpoint at once"
        break_at 0, variable
        watch   L0 | LE | on_write(0, 4)
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        mov     [variable], eax
.p0:    nop
.p1:    end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .p0, B0 | BS
        happened 1, V_DB, .p1, BS
        case    "single step: far calls and returns"
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        call    CODE3:.q1
.q0:    jmp     .q2
.q1:    retf
.q2:    end_ring
        watch_end
        event_count 3
        happened 0, V_DB, .q1, BS
        happened 1, V_DB, .q0, BS
        happened 2, V_DB, .q2, BS
        case    "single step: through a call gate"
        gate    FREE + 24, CODE0, .inner, P | CALL32 | RING3
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        call    FREE + 24 + 3:0
.r0:    nop
.r1:    end_ring
        watch_end
        event_count 3
        happened 0, V_DB, .inner, BS
        happened 1, V_DB, .r0, BS
        happened 2, V_DB, .r1, BS
        mov     dword [with_rf], 1
        ret
.flags: pushfd
        pop     eax
        iretd
.inner: retf

software:
        case    "INT3"
        watch   0
        in_ring 3
        int3
.a:     end_ring
        event_count 1
        happened 0, V_BP, .a, 0
        case    "INT3 through a gate of ring 0"
        mov     byte [PROBE_IDT + V_BP * 8 + 5], P | INTERRUPT32
        watch   0
        in_ring 3
.b:     int3
        end_ring
        mov     byte [PROBE_IDT + V_BP * 8 + 5], P | INTERRUPT32 | RING3
        event_count 1
        happened 0, V_GP, .b, 0
        expect  "error code", [seen.error], V_BP * 8 + 2
        case    "INT1 (F1h)"
        watch   0
        in_ring 3
        int1
.c:     end_ring
        event_count 1
        happened 0, V_DB, .c, 0
        case    "INT1 (F1h) does not look at the gate's DPL"
        mov     byte [PROBE_IDT + V_DB * 8 + 5], P | INTERRUPT32
        watch   0
        in_ring 3
        int1
.d:     end_ring
        event_count 1
        happened 0, V_DB, .d, 0
        case    "INT 1 (CDh 01h) does"
        watch   0
        in_ring 3
.e:     int     1
        end_ring
        mov     byte [PROBE_IDT + V_DB * 8 + 5], P | INTERRUPT32 | RING3
        event_count 1
        happened 0, V_GP, .e, 0
        expect  "error code", [seen.error], V_DB * 8 + 2
        case    "single step and breakpoints do not look at the gate's DPL"
        mov     byte [PROBE_IDT + V_DB * 8 + 5], P | INTERRUPT32
        mov     dword [with_rf], 0
        watch   0
        mov     dword [start.eflags], F_TF | 2
        in_ring 3
        nop
.f:     end_ring
        mov     dword [with_rf], 1
        event_count 1
        happened 0, V_DB, .f, BS
        break_at 0, .g
        watch   L0
        in_ring 3
.g:     nop
        end_ring
        watch_end
        mov     byte [PROBE_IDT + V_DB * 8 + 5], P | INTERRUPT32 | RING3
        event_count 1
        happened 0, V_DB, .g, B0
        ret

general_detect:
        case    "general detect: MOV to a debug register"
        mov     dword [with_rf], 0
        mov     dword [hook], .once
        watch   GD
        in_ring 0
.a:     mov     dr0, eax
        nop
        end_ring
        expect  "DR7.GD after it", [.kept], 0
        event_count 1
        happened 0, V_DB, .a, BD
        case    "general detect: MOV from a debug register"
        watch   GD
        in_ring 0
.b:     mov     ecx, dr6
        end_ring
        event_count 1
        happened 0, V_DB, .b, BD
        expect  "ECX", [seen.ecx], 0x0C0C0C0C
        case    "general detect: control registers are none"
        watch   GD
        in_ring 0
        mov     eax, cr0
        mov     cr0, eax
        mov     eax, cr3
.c:     mov     dr3, eax
        end_ring
        event_count 1
        happened 0, V_DB, .c, BD
        mov     dword [hook], keep
        mov     dword [with_rf], 1
        ret
; Ends the probe at #DB, with GD as the handler finds it.
.once:  mov     eax, dr7
        and     eax, GD
        mov     [.kept], eax
        call    keep
        clc
        ret
.kept:  dd      -1

extensions:
        case    "DR4 and DR5 stand for DR6 and DR7"
        watch   0
        mov     eax, GE
        in_ring 0
        mov     eax, B2 | BS
        db      0x0F, 0x23, 0xE0        ; MOV DR4, EAX
        mov     eax, GE
        db      0x0F, 0x23, 0xE8        ; MOV DR5, EAX
        mov     eax, dr6
        mov     ecx, dr7
        db      0x0F, 0x21, 0xE2        ; MOV EDX, DR4
        db      0x0F, 0x21, 0xEB        ; MOV EBX, DR5
        end_ring
        watch_end
        expect  "vector", [seen.vector], DONE
        and     dword [seen.eax], DR6_BITS
        and     dword [seen.edx], DR6_BITS
        and     dword [seen.ecx], GE
        and     dword [seen.ebx], GE
        expect  "written through DR4", [seen.eax], B2 | BS
        expect  "written through DR5", [seen.ecx], GE
        expect  "read through DR4", [seen.edx], B2 | BS
        expect  "read through DR5", [seen.ebx], GE
        test    dword [features], 1 << 2
        jnz     .has
        ret
.has:   case    "MOV to CR4: a reserved bit"
        in_ring 0
        mov     eax, cr4
        or      eax, 1 << 31
        mov     cr4, eax
        end_ring
        expect  "vector", [seen.vector], V_GP
        expect  "error code", [seen.error], 0
        in_ring 3
        mov     eax, cr4
        end_ring
        expect  "in ring 3, vector", [seen.vector], V_GP
        mov     eax, cr4
        or      eax, CR4_DE
        mov     cr4, eax
        case    "CR4.DE: no DR4, no DR5"
        watch   0
        in_ring 0
        db      0x0F, 0x23, 0xE0        ; MOV DR4, EAX
        end_ring
        expect  "MOV to DR4, vector", [seen.vector], V_UD
        in_ring 0
        db      0x0F, 0x21, 0xE8        ; MOV EAX, DR5
        end_ring
        expect  "MOV from DR5, vector", [seen.vector], V_UD
        case    "CR4.DE: port breakpoints"
        break_at 0, 0x80
        watch   L0 | LE | on_port(0, 1)
        in_ring 0
        out     0x80, al
.a:     in      al, 0x80
.b:     in      al, 0x84
        mov     edx, 0x80
        in      al, dx
.c:     mov     [0x80], byte 0
        end_ring
        watch_end
        event_count 3
        happened 0, V_DB, .a, B0
        happened 1, V_DB, .b, B0
        happened 2, V_DB, .c, B0
        case    "CR4.DE: port breakpoints of two and four ports"
        break_at 1, 0x80
        break_at 2, 0x84
        watch   L1 | L2 | LE | on_port(1, 4) | on_port(2, 2)
        in_ring 0
        out     0x83, al
.d:     out     0x85, al
.e:     out     0x86, al
        mov     edx, 0x82
        out     dx, eax
.f:     nop
        end_ring
        watch_end
        event_count 3
        happened 0, V_DB, .d, B1
        happened 1, V_DB, .e, B2
        happened 2, V_DB, .f, B1 | B2
        case    "CR4.DE: port breakpoint of OUTS and INS"
        break_at 0, 0x80
        watch   L0 | LE | on_port(0, 1)
        mov     dword [start.edx], 0x80
        mov     dword [start.esi], variable
        mov     dword [start.edi], variable + 8
        in_ring 0
        outsb
.g:     insb
.h:     nop
        end_ring
        watch_end
        event_count 2
        happened 0, V_DB, .g, B0
        happened 1, V_DB, .h, B0
        case    "CR4.DE: a port breakpoint is none for data and code"
        break_at 0, variable
        watch   L0 | LE | on_port(0, 4)
        in_ring 0
        mov     eax, [variable]
        mov     [variable], eax
        end_ring
        watch_end
        event_count 0
        mov     eax, cr4
        and     eax, ~CR4_DE
        mov     cr4, eax
        ret

; A task switch takes the local enables away, not the global ones.
task:   case    "a task switch clears the local enables"
        pushad
        mov     edi, TEST_TSS
        xor     eax, eax
        mov     ecx, TSS_BYTES / 4
        rep     stosd
        popad
%macro test_tss 2
        mov     dword [TEST_TSS + TSS_%1], %2
%endmacro
        test_tss EIP, .there
        test_tss EFLAGS, 2
        test_tss ESP, STACK2
        test_tss CS, CODE0
        test_tss SS, DATA0
        test_tss DS, DATA0
        test_tss ES, DATA0
        test_tss MAP, 0xFFFF
        descriptor FREE, TEST_TSS, TSS_BYTES - 1, P | TSS32
        break_at 0, variable + 16
        break_at 1, variable + 20
        watch   L0 | LE | GE | G0 << 2 | on_write(0, 4) | on_write(1, 4)
        in_ring 0
        jmp     FREE:0
        end_ring
        mov     edx, dr7
        watch_end
        clts
        mov     byte [GDT + MAIN_TR + 5], P | TSS32
        mov     eax, MAIN_TR
        ltr     ax
        expect  "vector", [seen.vector], DONE
        and     edx, L0 | LE | GE | G0 << 2
        expect  "DR7", edx, GE | G0 << 2
        event_count 1
        and     dword [log + event.dr6], ~B0    ; may be set, also when not enabled
        happened 0, V_DB, .b, B1
        ret
.there: mov     [variable + 16], eax
.a:     mov     [variable + 20], eax
.b:     int     DONE

; The same in virtual-8086 mode. CS is 1: offsets are 10h less than linear addresses.
virtual:
        case    "single step in virtual-8086 mode"
        mov     dword [with_rf], 0
        watch   0
        mov     ecx, F_VM | F_IOPL | F_TF | 2
        call    .run
        watch_end
        mov     dword [with_rf], 1
        event_count 5
        happened 0, V_DB, .b - 0x10, BS
        happened 1, V_DB, .c - 0x10, BS
        happened 2, V_DB, .d - 0x10, BS
        happened 3, SERVICE, .e - 0x10, 0
        happened 4, V_DB, .f - 0x10, BS
        flag_of 0, F_VM | F_TF | F_RF, F_VM | F_TF
        case    "breakpoints in virtual-8086 mode"
        break_at 0, .b
        break_at 1, variable
        watch   L0 | L1 | LE | on_write(1, 2)
        mov     ecx, F_VM | F_IOPL | 2
        call    .run
        watch_end
        event_count 3
        happened 0, V_DB, .b - 0x10, B0
        happened 1, V_DB, .d - 0x10, B1
        happened 2, SERVICE, .e - 0x10, 0
        flag_of 0, F_VM | F_RF, F_VM
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
        push    ecx
        push    dword 1                 ; CS
        push    dword .a - 0x10
        iretd
        section .low
        bits    16
.a:     mov     ax, 0x1234
.b:     inc     ax
.c:     mov     [variable], ax          ; below 64 KB
.d:     int     SERVICE
.e:     nop
.f:     int     DONE
        section .text
        bits    32

%include "end.inc"
