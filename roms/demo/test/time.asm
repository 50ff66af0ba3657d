; Time for the self-test: channel 2 of the timer counts 65536 cycles down, over and over, at 1.193182 MHz. Whoever asks
; at least every 50 ms misses nothing. A timer that stands still ends every wait in the end.

POLLS_MAX       equ     0x0200          ; times 65536

timer_last:     dw      0
timer_sum:      dd      0               ; cycles since the deadline was set
timer_polls:    dd      0
deadline:       dd      0

; Mode 2, count 65536, gate on, speaker off.
start_timer:
        push    ax
        in      al, 0x61
        and     al, 0x0C
        or      al, 0x01
        out     0x61, al
        mov     al, 0xB4
        out     0x43, al
        xor     al, al
        out     0x42, al
        out     0x42, al
        call    await_load
        pop     ax
        ret

; Until channel 2 has taken its count over, which it does with its next cycle: its status says so. Changes AX.
await_load:
        push    dx
        mov     ah, 0xE8                        ; read-back: status of channel 2
        mov     dx, 0x42
        jmp     short await_load_0.poll
; The same for channel 0.
await_load_0:
        push    dx
        mov     ah, 0xE2
        mov     dx, 0x40
.poll:
        push    cx
        mov     cx, 1000
.again:
        mov     al, ah
        out     0x43, al
        in      al, dx
        test    al, 0x40                        ; null count
        loopnz  .again
        pop     cx
        pop     dx
        ret

; AX = the count of channel 2.
read_timer:
        mov     al, 0x80
        out     0x43, al
        in      al, 0x42
        mov     ah, al
        in      al, 0x42
        xchg    al, ah
        ret

; A time of AX milliseconds begins. Keeps all registers.
set_deadline:
        push    ax
        push    dx
        mov     dx, 1193
        mul     dx
        jmp     short set_cycles.set
; A time of AX cycles begins.
set_cycles:
        push    ax
        push    dx
        xor     dx, dx
.set:
        mov     [deadline], ax
        mov     [deadline + 2], dx
        call    read_timer
        mov     [timer_last], ax
        xor     ax, ax
        mov     [timer_sum], ax
        mov     [timer_sum + 2], ax
        mov     [timer_polls], ax
        mov     [timer_polls + 2], ax
        pop     dx
        pop     ax
        ret

; Carry flag set when the time is over. Keeps all registers.
is_expired:
        push    ax
        push    bx
        call    read_timer
        mov     bx, [timer_last]
        sub     bx, ax
        cmp     bx, 0xF000
        jae     .counted                        ; backwards: a timer that does not latch
        mov     [timer_last], ax
        add     [timer_sum], bx
        adc     word [timer_sum + 2], 0
.counted:
        add     word [timer_polls], 1
        adc     word [timer_polls + 2], 0
        cmp     word [timer_polls + 2], POLLS_MAX
        jae     .over
        mov     ax, [timer_sum]
        mov     bx, [timer_sum + 2]
        cmp     bx, [deadline + 2]
        jb      .running
        ja      .over
        cmp     ax, [deadline]
        jb      .running
.over:
        stc
        jmp     short .done
.running:
        clc
.done:
        pop     bx
        pop     ax
        ret

; Lets AX cycles pass. Keeps all registers.
pass_cycles:
        call    set_cycles
.again:
        call    is_expired
        jnc     .again
        ret

; DX:AX = cycles since the deadline was set.
elapsed:
        call    is_expired
        mov     ax, [timer_sum]
        mov     dx, [timer_sum + 2]
        ret
