; The keyboard controller and the keyboard: their own tests, the command byte, the way of a key to interrupt 1, and
; gate A20.

A20_LOW         equ     0x0500                  ; and FFFFh:0510h, where it is seen while the gate is shut

kbc_command:    db      0
kbc_saved:      db      0                       ; whether it is
kbc_port:       db      0                       ; the output port
port_92:        db      0

test_kbc:
        cli
        mov     byte [kbc_saved], 0
        in      al, 0x92
        mov     [port_92], al
        mov     al, 0xFF
        out     0x21, al
        mov     al, 0xAD                        ; no keys meanwhile
        call    command_kbc
        call    drain_kbc
        mov     al, 0x20
        call    ask_kbc
        FAIL_UNLESS nc, 'no answer'
        mov     [kbc_command], al
        mov     al, 0xD0
        call    ask_kbc
        FAIL_UNLESS nc, 'no answer to D0'
        mov     [kbc_port], al
        mov     byte [kbc_saved], 1
        mov     al, 0xAA
        call    ask_kbc
        mov     dl, 0x55
        cmp     al, dl
        FAIL_UNLESS e, 'self-test #, not #'
        mov     al, 0xAB
        call    ask_kbc
        mov     dl, 0x00
        cmp     al, dl
        FAIL_UNLESS e, 'keyboard line #, not #'
        mov     bl, 0x74                        ; neither interrupts nor keyboard
        call    .command_byte
        mov     bl, 0x35                        ; interrupts, codes as they come, keyboard off
        call    .command_byte
        call    test_key_path
        call    test_keyboard
        jmp     test_a20
; The command byte BL reads as it was written.
.command_byte:
        mov     al, 0x60
        mov     ah, bl
        call    tell_kbc
        mov     al, 0x20
        call    ask_kbc
        mov     dl, bl
        cmp     al, dl
        FAIL_UNLESS e, 'command byte #, not #'
        ret

restore_kbc:
        cli
        mov     al, [port_92]
        cmp     al, 0xFF
        je      .command
        and     al, 0xFE                        ; bit 0 would reset the CPU
        out     0x92, al
.command:
        cmp     byte [kbc_saved], 0
        je      .enable
        mov     al, 0xD1
        mov     ah, [kbc_port]
        or      ah, 0x01
        call    tell_kbc
        call    drain_kbc
        mov     al, 0x60
        mov     ah, [kbc_command]
        and     ah, 0xEF
        call    tell_kbc
.enable:
        mov     al, 0xAE
        jmp     command_kbc

; Until the controller has taken what was written, 100 ms at most. Keeps all registers.
await_kbc:
        push    ax
        mov     ax, 50
        call    set_deadline
.again:
        in      al, 0x64
        test    al, 0x02
        jz      .done
        call    is_expired
        jnc     .again
.done:
        pop     ax
        ret

command_kbc:
        call    await_kbc
        out     0x64, al
        jmp     short await_kbc

; Command AL with data AH.
tell_kbc:
        call    command_kbc
        mov     al, ah
; A byte for the keyboard, or for the command before.
send_kbc:
        call    await_kbc
        out     0x60, al
        jmp     short await_kbc

; AL = answer to command AL, or carry flag.
ask_kbc:
        call    command_kbc
; AL = the next byte of the output buffer; carry flag set if none comes in 50 ms.
receive_kbc:
        push    dx
        mov     ax, 50
        call    set_deadline
.again:
        in      al, 0x64
        test    al, 0x01
        jnz     .came
        call    is_expired
        jnc     .again
        pop     dx
        ret
.came:
        in      al, 0x60
        pop     dx
        clc
        ret

; What is in the output buffer, a key as a rule, is lost; it counts as the one that skips.
drain_kbc:
        mov     cx, 16
.next:
        in      al, 0x64
        test    al, 0x01
        jz      .done
        in      al, 0x60
        test    al, 0x80
        jnz     .more
        mov     byte [skip_wanted], 1
.more:
        loop    .next
.done:
        ret

; A byte put into the output buffer arrives as if the keyboard had sent it, with interrupt 1.
test_key_path:
        mov     bl, 0x5A
.next:
        mov     al, 0xD2
        mov     ah, bl
        call    tell_kbc
        call    receive_kbc
        FAIL_UNLESS nc, 'D2: nothing arrives'
        mov     dl, bl
        cmp     al, dl
        FAIL_UNLESS e, 'D2: #, not #'
        not     bl
        cmp     bl, 0x5A
        jne     .next
        mov     bl, 0x25                        ; the keyboard on: it need not interrupt while it is off
        call    test_kbc.command_byte
        mov     al, 0xD2
        mov     ah, 0xFA
        call    tell_kbc
        mov     ax, 10
        call    set_deadline
.wait:
        call    read_irr
        test    al, 0x02
        jnz     .came
        call    is_expired
        jnc     .wait
        FAIL    'IRQ 1 is not requested'
.came:
        in      al, 0x60
        ret

; The keyboard echoes, and tells what it is. A byte for it enables it, so that keys may come between.
test_keyboard:
        mov     al, 0xEE
        call    send_kbc
        mov     bl, 0xEE
        call    .receive
        FAIL_UNLESS nc, 'no echo'
        mov     al, 0xF2
        call    send_kbc
        mov     bl, 0xFA
        call    .receive
        FAIL_UNLESS nc, 'no acknowledge'
        mov     bl, 0xAB
        call    .receive
        FAIL_UNLESS nc, 'no identification'
        call    receive_kbc
        FAIL_UNLESS nc, 'half an identification'
        mov     dl, 0x83
        cmp     al, 0x41                        ; the same, translated
        je      .known
        cmp     al, dl
        FAIL_UNLESS e, 'keyboard #, not #'
.known:
        mov     al, 0xAD
        jmp     command_kbc
; The byte BL, within eight others. Carry flag set if it does not come.
.receive:
        mov     cx, 8
.next:
        call    receive_kbc
        jc      .done
        cmp     al, bl
        je      .done
        test    al, 0x80
        jnz     .other
        mov     byte [skip_wanted], 1
.other:
        loop    .next
        stc
.done:
        ret

; Gate A20 by the output port, then by port 92h where there is one. Where addresses end at 1 MiB there is no gate.
test_a20:
        cmp     byte [has_new_push], 0
        je      .done
        in      al, 0x92
        cmp     al, 0xFF
        je      .by_port
        and     al, 0xFC
        out     0x92, al
.by_port:
        mov     ah, 0xDD
        call    .output_port
        call    .is_shut
        FAIL_UNLESS e, 'A20 is open with the output port at DD'
        mov     ah, 0xDF
        call    .output_port
        call    .is_shut
        FAIL_UNLESS ne, 'A20 is shut with the output port at DF'
        mov     ah, 0xDD
        call    .output_port
        call    .is_shut
        FAIL_UNLESS e, 'A20 stays open'
        in      al, 0x92
        cmp     al, 0xFF
        je      .done
        or      al, 0x02
        and     al, 0xFE
        out     0x92, al
        call    .is_shut
        FAIL_UNLESS ne, 'A20 is shut with port 92h open'
        in      al, 0x92
        and     al, 0xFC
        out     0x92, al
        call    .is_shut
        FAIL_UNLESS e, 'A20 stays open by port 92h'
.done:
        ret
.output_port:
        mov     al, 0xD1
        jmp     tell_kbc
; Zero flag set when the word is seen 1 MiB above as well.
.is_shut:
        mov     ax, 0xFFFF
        mov     es, ax
        mov     word [A20_LOW], 0x55AA
        mov     ax, [es:A20_LOW + 0x10]
        cmp     ax, 0x55AA
        jne     .told
        mov     word [A20_LOW], 0xAA55
        mov     ax, [es:A20_LOW + 0x10]
        cmp     ax, 0xAA55
.told:
        push    ds
        pop     es
        ret
