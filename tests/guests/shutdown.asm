; Shutdown of the CPU, after a fault that nothing could take: the board resets it. Also the reset that AT software asks
; of the keyboard controller. The CMOS shutdown code brings the guest back; a machine that begins from the disk again
; (its BIOS does not know the code, or forgot) is all right, too: what has been, stands in extended memory.

%define GUEST "shutdown"
%define MAY_RESTART
%include "boot.inc"
%include "protected.inc"

TESTED          equ     FREE
KEPT            equ     0x200000                ; survives a reset: a mark, the stage, whether something failed
MARK            equ     0x5AFEC0DE
RESUME_POINTER  equ     0x467                   ; where the BIOS jumps
CMOS            equ     0x70
SHUTDOWN_CODE   equ     0x0F
JUMP            equ     0x0A                    ; jump through RESUME_POINTER

        section .low
        bits    16
start16:
        enter_protected main

        section .low
        bits    16
; From the BIOS, behind a reset.
restarted16:
        smsw    ax
        mov     [cs:msw], ax
        pushf
        pop     word [cs:flags]
        in      al, 0x92
        or      al, 2
        and     al, 0xFE
        out     0x92, al
        mov     byte [cs:by_code], 1
        mov     ax, 0x8000
        mov     ss, ax
        mov     sp, 0xFFE0
        call    start_com1
        enter_protected main

        section .low
msw:    dw      0
flags:  dw      0
by_code: db     0
        align   4
no_idt: dw      0
        dd      0

        section .text
        bits    32

; The next stage begins with what is shut down, behind a reset.
%macro stage 1
        mov     dword [KEPT + 4], %1
        call    arm
%endmacro

main:
        cmp     dword [KEPT], MARK
        je      .again
        mov     dword [KEPT], MARK
        mov     dword [KEPT + 8], 0
        stage   1                               ; #UD with an empty IDT: the third fault
        lidt    [no_idt]
        ud2
        jmp     never
.again: mov     eax, [KEPT + 8]
        mov     [guest_failed], eax
        mov     dword [case_text], 0
        mov     eax, [KEPT + 4]
        cmp     eax, 1
        je      .first
        cmp     eax, 2
        je      .second
        cmp     eax, 3
        je      .third
        cmp     eax, 4
        je      .fourth
        mov     dword [KEPT], 0
        case    "shutdown and reset"
        check_eq "stage", eax, -1
        finish

.first: case    "an empty IDT: the third fault resets"
        call    check_reset
        call    end_case
        stage   2                               ; a double fault whose gate is absent
        vector  V_GP, CODE0, 0, INTERRUPT32
        vector  V_DF, CODE0, 0, INTERRUPT32
        mov     ax, GDT_LIMIT + 1
        mov     ds, ax
        jmp     never
.second:
        case    "a double fault that cannot be delivered resets"
        call    check_reset
        call    end_case
        stage   3                               ; no stack for any handler
        vector  V_DF, CODE0, stubs + V_DF * STUB_BYTES, P | INTERRUPT32
        mov     dword [MAIN_TSS + TSS_SS0], 0
        to_ring 3
        ud2
        jmp     never
.third: case    "no stack segment for the double fault resets"
        call    check_reset
        call    end_case
        stage   4
.busy:  in      al, 0x64                        ; the keyboard controller pulses the reset line
        test    al, 2
        jnz     .busy
        mov     al, 0xFE
        out     0x64, al
.wait:  hlt
        jmp     .wait
.fourth:
        case    "the keyboard controller resets"
        call    check_reset
        mov     dword [KEPT], 0
        finish

never:  mov     dword [KEPT], 0
        case    "shutdown and reset"
        check_eq "went on behind stage", [KEPT + 4], -1
        finish

; Asks the BIOS to come back behind a reset.
arm:
        mov     eax, [guest_failed]
        mov     [KEPT + 8], eax
        mov     word [RESUME_POINTER], restarted16
        mov     word [RESUME_POINTER + 2], 0
        mov     al, SHUTDOWN_CODE
        out     CMOS, al
        in      al, 0x80
        mov     al, JUMP
        out     CMOS + 1, al
        in      al, 0x80
        ret

; Behind a reset that the BIOS has led here: real mode, interrupts off.
check_reset:
        mov     al, SHUTDOWN_CODE
        out     CMOS, al
        mov     al, 0
        out     CMOS + 1, al
        cmp     byte [by_code], 0
        je      .end
        movzx   eax, word [msw]
        and     eax, 1
        check_eq "PE", eax, 0
        movzx   eax, word [flags]
        and     eax, F_IF | F_NT | F_IOPL | F_TF
        check_eq "FLAGS", eax, 0
.end:
        ret

%include "end.inc"
