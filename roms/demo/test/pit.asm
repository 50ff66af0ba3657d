; The timer: latches, read-back, modes 0, 2 and 3, and its speed by two other clocks, the real-time clock's and the
; display's. Two clocks that agree against a third are taken to be right.

RTC_PERIODS     equ     3               ; of 1/128 s: long enough for a host that is late by a millisecond
RTC_CYCLES      equ     RTC_PERIODS * 1193182 / 128
FRAMES          equ     1               ; of 449 lines of 900 dots at 28.322 MHz: 70.09 Hz in text modes
FRAME_CYCLES    equ     FRAMES * 17024
CLOCK_TRIES     equ     8               ; a host that is busy delays the program now and then

; What was measured: the timer by the real-time clock, by the display, and those two by each other.
CLOCK_UNKNOWN   equ     0               ; not measured
CLOCK_AGREES    equ     1
CLOCK_DIFFERS   equ     2
CLOCK_STANDS    equ     3               ; no period was seen at all
CLOCK_UNTIMED   equ     4               ; the display's status changes with every read, not with time

rtc_rate:       db      0
frame_rate:     db      0
rtc_cycles:     dw      0               ; for RTC_PERIODS
frame_cycles:   dw      0               ; for FRAMES
rtc_by_frame:   db      0

test_pit:
        mov     byte [rtc_rate], CLOCK_UNKNOWN
        mov     byte [frame_rate], CLOCK_UNKNOWN
        call    test_latch
        call    test_read_back
        call    test_mode_0
        call    test_mode_2
        call    test_mode_3
        call    test_channels
        call    start_timer
        call    measure_clocks
        ; Too slow or too fast by every other clock that goes.
        mov     al, [rtc_rate]
        mov     ah, [frame_rate]
        cmp     al, CLOCK_AGREES
        je      .done
        cmp     ah, CLOCK_AGREES
        je      .done
        cmp     al, CLOCK_DIFFERS
        jne     .by_frame
.by_rtc:
        mov     ax, [rtc_cycles]
        mov     dx, RTC_CYCLES
        FAIL    'speed: %, not %'
.by_frame:
        cmp     ah, CLOCK_DIFFERS
        jne     .done
        mov     ax, [frame_cycles]
        mov     dx, FRAME_CYCLES
        FAIL    'speed: %, not %'
.done:
        ret

; The BIOS's tick: channel 0 in mode 3, count 65536.
restore_pit:
        cli
        mov     al, 0x36
        out     0x43, al
        xor     al, al
        out     0x40, al
        out     0x40, al
        mov     al, 0x0A                        ; register A: divider on, 1024 Hz, as the BIOS has it
        mov     ah, 0x26
        call    write_cmos
        mov     al, 0x0B
        call    read_cmos
        and     al, 0x8F                        ; no interrupts
        mov     ah, al
        mov     al, 0x0B
        call    write_cmos
        mov     al, 0x0C
        call    read_cmos
        sti
        ret

; Channel 2 in mode DL (its number in bits 1-3), count AX.
set_timer:
        push    ax
        mov     al, 0xB0
        or      al, dl
        out     0x43, al
        pop     ax
        out     0x42, al
        mov     al, ah
        out     0x42, al
        jmp     await_load

; A latched count stays until it is read, though the channel counts on.
test_latch:
        cli
        mov     al, 0x34                        ; channel 0: mode 2, count 65536
        out     0x43, al
        xor     al, al
        out     0x40, al
        out     0x40, al
        call    await_load_0
        call    read_timer
        mov     bx, ax
        mov     al, 0x80
        out     0x43, al
        call    .pass
        mov     al, 0x80                        ; a second latch before the read is ignored
        out     0x43, al
        in      al, 0x42
        mov     ah, al
        in      al, 0x42
        xchg    al, ah
        mov     cx, ax
        call    read_timer
        mov     dx, ax
        sti
        mov     ax, cx
        sub     ax, dx                          ; cycles since it was latched
        mov     dx, 900
        cmp     ax, dx
        FAIL_UNLESS ae, 'latch: % cycles after %'
        sub     bx, cx
        mov     ax, bx
        cmp     ax, 500                         ; from one read to the next latch
        FAIL_UNLESS b, 'latch: off by %'
        ret
; A thousand cycles by channel 0.
.pass:
        call    .read_0
        mov     si, ax
.again:
        call    .read_0
        mov     di, si
        sub     di, ax
        cmp     di, 1000
        jb      .again
        ret
.read_0:
        mov     al, 0x00
        out     0x43, al
        in      al, 0x40
        mov     ah, al
        in      al, 0x40
        xchg    al, ah
        ret

; The status byte names the mode, the access, and OUT.
test_read_back:
        mov     si, .modes
.next:
        lodsb
        cmp     al, 0xFF
        je      .done
        mov     dl, al
        mov     ax, 1000
        call    set_timer
        mov     al, 0xE8                        ; status of channel 2
        out     0x43, al
        in      al, 0x42
        and     al, 0x3F
        or      dl, 0x30
        cmp     al, dl
        FAIL_UNLESS e, 'status #, not #'
        jmp     short .next
.done:
        ret
.modes:         db      0x00, 0x04, 0x06, 0x08, 0xFF

; OUT goes up when the count is over, and the counter goes on below zero.
test_mode_0:
        cli
        mov     dl, 0
        mov     ax, 10000
        call    set_timer
        call    test_latch.read_0
        mov     si, ax
        in      al, 0x61
        sti
        test    al, 0x20
        FAIL_UNLESS z, 'mode 0: OUT is high before its time'
        call    read_timer
        mov     dx, 10000
        cmp     ax, dx
        FAIL_UNLESS be, 'mode 0: counts % of %'
.wait:
        call    since
        mov     bx, ax
        in      al, 0x61
        test    al, 0x20
        jnz     .up
        cmp     bx, 20000
        jb      .wait
        FAIL    'mode 0: OUT stays low'
.up:
        call    read_timer
        dec     ax
        cmp     ax, 0xE000
        FAIL_UNLESS ae, 'mode 0: OUT is high one above count %'
        call    since
        mov     dx, 9950
        cmp     ax, dx
        FAIL_UNLESS ae, 'mode 0: OUT is high after % of %'
        ret

; AX = cycles since channel 0 was at SI. Changes DI.
since:
        call    test_latch.read_0
        mov     di, si
        sub     di, ax
        mov     ax, di
        ret

; The count is loaded again and again, and goes down by one.
test_mode_2:
        mov     dl, 0x04
        call    .watch
        cmp     cl, 3
        FAIL_UNLESS ae, 'mode 2: the count is not loaded again'
        or      ch, ch
        FAIL_UNLESS nz, 'mode 2: no odd count'
        ret
; Channel 2 in mode DL with count 600, for 4800 cycles of channel 0. CL = how often it was loaded again, CH = whether a
; count was odd.
.watch:
        mov     ax, 600
        call    set_timer
        call    test_latch.read_0
        mov     si, ax
        xor     cx, cx
        mov     bx, 600                         ; the count before
.next:
        call    read_timer
        cmp     ax, 600
        FAIL_UNLESS be, 'mode 2 or 3: counts %'
        test    al, 1
        jz      .even
        mov     ch, 1
.even:
        cmp     ax, bx
        jbe     .down
        inc     cl
.down:
        mov     bx, ax
        call    since
        cmp     ax, 4800
        jb      .next
        ret

; The count goes down by two, OUT is high half of the time.
test_mode_3:
        mov     dl, 0x06
        call    test_mode_2.watch
        cmp     cl, 6                           ; it is counted twice in 600 cycles
        FAIL_UNLESS ae, 'mode 3: the count is not loaded again'
        or      ch, ch
        FAIL_UNLESS z, 'mode 3: odd counts'
        call    test_latch.read_0
        mov     si, ax
        xor     bx, bx                          ; times OUT was high
        xor     dx, dx                          ; and low
.next:
        in      al, 0x61
        test    al, 0x20
        jz      .low
        inc     bx
        jmp     short .counted
.low:
        inc     dx
.counted:
        call    since
        cmp     ax, 4800
        jb      .next
        mov     ax, bx
        shl     bx, 1
        cmp     bx, dx
        jb      .uneven
        mov     bx, dx
        shl     bx, 1
        cmp     bx, ax
        jb      .uneven
        ret
.uneven:
        FAIL    'mode 3: OUT high % times, low %'

; Channels 0 and 2 count the same cycles, the refresh goes on.
test_channels:
        call    start_timer
        cli
        call    .both
        mov     si, cx
        mov     di, dx
        mov     ax, 3000
        call    pass_cycles
        call    .both
        sti
        sub     si, cx
        sub     di, dx
        mov     ax, si
        mov     dx, di
        sub     si, di
        inc     si
        inc     si
        cmp     si, 4
        FAIL_UNLESS be, 'channel 0: % cycles of %'
        mov     ax, 3000
        call    set_cycles
        in      al, 0x61
        mov     ah, al
.refresh:
        in      al, 0x61
        xor     al, ah
        test    al, 0x10
        jnz     .done
        call    is_expired
        jnc     .refresh
        FAIL    'channel 1: no refresh'
.done:
        ret
; CX, DX = counts of channels 0 and 2 at the same moment.
.both:
        mov     al, 0xDA                        ; read-back: counts of 0 and 2
        out     0x43, al
        in      al, 0x40
        mov     cl, al
        in      al, 0x40
        mov     ch, al
        in      al, 0x42
        mov     dl, al
        in      al, 0x42
        mov     dh, al
        ret

; The three clocks against each other. An attempt that agrees counts.
measure_clocks:
        mov     bp, CLOCK_TRIES
.rtc:
        call    time_rtc
        mov     [rtc_cycles], ax
        mov     dx, RTC_CYCLES
        call    .compare
        mov     [rtc_rate], al
        cmp     al, CLOCK_DIFFERS
        jne     .frames
        dec     bp
        jnz     .rtc
.frames:
        call    is_untimed
        mov     al, CLOCK_UNTIMED
        jc      .frame_rate
        mov     bp, CLOCK_TRIES
.frame:
        call    time_frames
        mov     [frame_cycles], ax
        mov     dx, FRAME_CYCLES
        call    .compare
        cmp     al, CLOCK_DIFFERS
        jne     .frame_rate
        dec     bp
        jnz     .frame
.frame_rate:
        mov     [frame_rate], al
        mov     byte [rtc_by_frame], CLOCK_DIFFERS
        mov     ax, [rtc_cycles]
        or      ax, ax
        jz      .done
        cmp     byte [frame_rate], CLOCK_DIFFERS
        jne     .done
        ; frame_cycles * RTC_CYCLES / rtc_cycles is FRAME_CYCLES when those two agree. Less than twice the cycles: a
        ; timer that is twice as fast or slow still fits in a word.
        mov     bx, ax
        mov     ax, [frame_cycles]
        mov     dx, RTC_CYCLES
        mul     dx
        cmp     dx, bx
        jae     .done
        div     bx
        mov     dx, FRAME_CYCLES
        call    .compare
        mov     [rtc_by_frame], al
.done:
        ret
; AL = what AX cycles say where DX are due: 4 in 100 are forgiven.
.compare:
        or      ax, ax
        jz      .stands
        push    dx
        sub     ax, dx
        jae     .positive
        neg     ax
.positive:
        xchg    ax, dx
        mov     cx, 25
        push    dx
        xor     dx, dx
        div     cx
        pop     dx
        cmp     dx, ax
        pop     dx
        mov     al, CLOCK_AGREES
        jbe     .compared
        mov     al, CLOCK_DIFFERS
.compared:
        ret
.stands:
        mov     al, CLOCK_STANDS
        ret

; AX = cycles for RTC_PERIODS of the real-time clock's periodic interrupt, which is masked; 0 when it does not come.
time_rtc:
        cli
        mov     al, 0xFF
        out     0xA1, al
        mov     ax, 0x290A                      ; 128 Hz
        call    write_cmos
        mov     al, 0x0B
        call    read_cmos
        or      al, 0x40                        ; PIE
        mov     ah, al
        mov     al, 0x0B
        call    write_cmos
        mov     al, 0x0C
        call    read_cmos
        call    .await
        jc      .none
        mov     ax, 54
        call    set_deadline
        mov     cx, RTC_PERIODS
.next:
        call    .await_running
        jc      .none
        loop    .next
        call    elapsed
        sti
        or      dx, dx
        jz      .done
        mov     ax, 0xFFFF
.done:
        ret
.none:
        xor     ax, ax
        sti
        ret
.await:
        mov     ax, 54
        call    set_deadline
.await_running:
        mov     al, 0x0C
        call    read_cmos
        test    al, 0x40
        jnz     .came
        call    elapsed
        cmp     dx, 4                           ; 220 ms
        jb      .await_running
        stc
        ret
.came:
        push    ax
        call    is_expired                      ; so that no cycle is lost between two of them
        pop     ax
        clc
        ret

; AX = cycles for FRAMES of the display; 0 when there is no retrace.
time_frames:
        cli
        mov     ax, 54
        call    set_deadline
        call    .await
        jc      .none
        mov     ax, 54
        call    set_deadline
        mov     cx, FRAMES
.next:
        call    .await
        jc      .none
        loop    .next
        call    elapsed
        sti
        or      dx, dx
        jz      .done
        mov     ax, 0xFFFF
.done:
        ret
.none:
        xor     ax, ax
        sti
        ret
; The beginning of the next retrace.
.await:
        mov     ah, 0
        call    .await_level
        jc      .gone
        mov     ah, 0x08
.await_level:
        push    cx
        mov     dx, 0x3DA
        mov     cx, 200                         ; a retrace lasts 64 us
.poll:
        in      al, dx
        and     al, 0x08
        cmp     al, ah
        loopne  .poll
        pop     cx
        je      .level
        push    ax
        call    elapsed
        cmp     dx, 4
        pop     ax
        jb      .await_level
        stc
.gone:
        ret
.level:
        clc
        ret

; Carry flag set when the retrace changes at each of 64 reads: then it says nothing about time.
is_untimed:
        mov     dx, 0x3DA
        mov     cx, 64
        in      al, dx
.next:
        mov     ah, al
        in      al, dx
        xor     ah, al
        test    ah, 0x08
        jz      .timed
        loop    .next
        stc
        ret
.timed:
        clc
        ret
