; The interrupt controllers: mask registers, requests that are masked or not, in-service bits, end of interrupt,
; priority, cascade, poll. The requests are those of timer channel 0 (IRQ 0) and of the real-time clock (IRQ 8).

irq_log:        times   16 db 0         ; lines in the order in which they came
irq_count:      dw      0
irq_isr:        db      0               ; in-service register of the first controller during the last one
irq_ends:       db      0               ; whether handlers give the end of interrupt
interrupts_work: db     0               ; the BIOS waits for some

test_pic:
        mov     byte [interrupts_work], 0
        call    test_masks
        call    hook_irqs
        call    init_pics
        call    test_masked
        call    test_in_service
        call    test_cascade
        call    test_priority
        call    test_vanished
        call    test_poll
        mov     byte [interrupts_work], 1
        ret

restore_pic:
        cli
        call    init_pics
        call    restore_pit
        cli
        ; A key that came meanwhile holds its line, of which the controller has forgotten the edge.
        in      al, 0x64
        test    al, 0x01
        jz      .done
        in      al, 0x60
        test    al, 0x80
        jnz     .done
        mov     byte [skip_wanted], 1
.done:
        ret

; Both controllers as the BIOS sets them up, all lines masked. Interrupts are off.
init_pics:
        cli
        mov     al, 0x11
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
        ret

; AL = requests of the first controller.
read_irr:
        mov     al, 0x0A
        out     0x20, al
        in      al, 0x20
        ret

read_irr2:
        mov     al, 0x0A
        out     0xA0, al
        in      al, 0xA0
        ret

; AL = interrupts in service of the first controller.
read_isr:
        mov     al, 0x0B
        out     0x20, al
        in      al, 0x20
        ret

test_masks:
        cli
        mov     bx, 0x0055
.next:
        mov     al, bl
        out     0x21, al
        not     al
        out     0xA1, al
        in      al, 0x21
        mov     dl, bl
        cmp     al, dl
        FAIL_UNLESS e, 'mask #, not #'
        in      al, 0xA1
        not     dl
        cmp     al, dl
        FAIL_UNLESS e, 'second mask #, not #'
        not     bl
        inc     bh
        cmp     bh, 2
        jb      .next
        ret

; Vectors 08h-0Fh and 70h-77h to a handler each.
hook_irqs:
        cli
        mov     ax, irq_handlers
        mov     di, 0x08 * 4
        call    .eight
        mov     di, 0x70 * 4
.eight:
        mov     cx, 8
.next:
        stosw
        mov     word [di], 0
        inc     di
        inc     di
        add     ax, irq_handlers.second - irq_handlers
        loop    .next
        ret

%assign line 0
irq_handlers:
%rep 16
%if line == 1
.second:
%endif
        call    irq_came
        db      line
%assign line line + 1
%endrep

; The byte behind the call is the line.
irq_came:
        push    bp
        mov     bp, sp
        push    ax
        push    bx
        mov     bx, [bp + 2]
        mov     al, [bx]
        mov     bx, [irq_count]
        inc     word [irq_count]
        and     bx, 15
        mov     [irq_log + bx], al
        mov     ah, al
        call    read_isr
        mov     [irq_isr], al
        cmp     byte [irq_ends], 0
        je      .done
        mov     al, 0x20
        cmp     ah, 8
        jb      .first
        out     0xA0, al
.first:
        out     0x20, al
.done:
        pop     bx
        pop     ax
        pop     bp
        add     sp, 2
        iret

; Timer channel 0 requests IRQ 0 anew: OUT goes low at once, high after 100 cycles. Interrupts are off after it. A host
; may be late with it.
request_irq0:
        cli
        mov     al, 0x30
        out     0x43, al
        mov     al, 100
        out     0x40, al
        xor     al, al
        out     0x40, al
        mov     ax, 300
        call    pass_cycles
        mov     ax, 40
        call    set_deadline
.wait:
        call    read_irr
        test    al, 0x01
        jnz     .done
        call    is_expired
        jnc     .wait
.done:
        ret

; The real-time clock requests IRQ 8 anew; carry flag set if it does not. Interrupts are off after it.
request_irq8:
        cli
        mov     ax, 0x260A
        call    write_cmos
        mov     al, 0x0B
        call    read_cmos
        or      al, 0x40
        mov     ah, al
        mov     al, 0x0B
        call    write_cmos
        mov     al, 0x0C
        call    read_cmos
        mov     ax, 40
        call    set_deadline
.wait:
        call    read_irr2
        test    al, 0x01
        jnz     .done
        call    is_expired
        jnc     .wait
        ret
.done:
        clc
        ret

; Interrupts may come for a while.
let_come:
        push    ax
        mov     ax, 200
        sti
        call    pass_cycles
        cli
        pop     ax
        ret

; AX interrupts came since the last time.
%macro CAME 2
        mov     ax, [irq_count]
        mov     dx, %1
        mov     word [irq_count], 0
        cmp     ax, dx
        FAIL_UNLESS e, %2
%endmacro

test_masked:
        call    request_irq0
        call    read_irr
        test    al, 0x01
        FAIL_UNLESS nz, 'IRQ 0 is not requested'
        call    let_come
        CAME    0, 'masked: % interrupts, not %'
        ret

test_in_service:
        mov     byte [irq_ends], 0
        mov     al, 0xFE
        out     0x21, al
        call    let_come
        CAME    1, 'unmasked: % interrupts, not %'
        mov     al, [irq_log]
        mov     dl, 0
        cmp     al, dl
        FAIL_UNLESS e, 'IRQ # came, not #'
        mov     al, [irq_isr]
        mov     dl, 0x01
        cmp     al, dl
        FAIL_UNLESS e, 'in service #, not #'
        call    read_irr
        test    al, 0x01
        FAIL_UNLESS z, 'still requested: #'
        ; The next one waits for the end of this one.
        call    request_irq0
        call    let_come
        CAME    0, 'without end of interrupt: %, not %'
        mov     byte [irq_ends], 1
        mov     al, 0x20
        out     0x20, al
        call    let_come
        CAME    1, 'after end of interrupt: %, not %'
        call    read_isr
        mov     dl, 0
        cmp     al, dl
        FAIL_UNLESS e, 'in service # at the end, not #'
        ret

test_cascade:
        call    request_irq8
        jc      .done                           ; the clock's fault
        mov     al, 0xFE
        out     0xA1, al
        mov     al, 0xFF
        out     0x21, al
        call    let_come
        CAME    0, 'masked cascade: % interrupts, not %'
        mov     al, 0xFB
        out     0x21, al
        call    let_come
        CAME    1, 'cascade: % interrupts, not %'
        mov     al, [irq_log]
        mov     dl, 8
        cmp     al, dl
        FAIL_UNLESS e, 'cascade: IRQ #, not #'
        mov     al, [irq_isr]
        mov     dl, 0x04
        cmp     al, dl
        FAIL_UNLESS e, 'cascade: in service #, not #'
.done:
        ret

; IRQ 0 comes before IRQ 8, though it was requested after it.
test_priority:
        mov     al, 0xFF
        out     0x21, al
        call    request_irq8
        jc      test_cascade.done
        call    request_irq0
        mov     byte [irq_ends], 1
        mov     al, 0xFA
        out     0x21, al
        call    let_come
        CAME    2, 'both: % interrupts, not %'
        mov     ax, [irq_log]
        mov     dx, 0x0800
        cmp     ax, dx
        FAIL_UNLESS e, 'priority: %, not %'
        ret

; A request that goes away: none comes, or one of line 7 that is not in service. There are controllers that have kept
; it, and deliver it.
test_vanished:
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        call    request_irq0
        mov     al, 0x7E
        out     0x21, al
        mov     al, 0x30                        ; mode 0, without a count: OUT is low
        out     0x43, al
        mov     byte [irq_ends], 0
        call    let_come
        call    read_isr
        mov     dl, 0x80
        test    al, dl
        FAIL_UNLESS z, 'spurious interrupt in service: #'
        mov     ax, [irq_count]
        cmp     ax, 2
        FAIL_UNLESS b, 'spurious interrupts: %'
        mov     word [irq_count], 0
        jmp     init_pics

; The poll command answers in place of an acknowledge cycle.
test_poll:
        mov     al, 0xFE
        out     0x21, al
        mov     al, 0x0C
        out     0x20, al
        in      al, 0x20
        test    al, 0x80
        FAIL_UNLESS z, 'poll: # without a request'
        call    request_irq0
        mov     al, 0x0C
        out     0x20, al
        in      al, 0x20
        mov     dl, 0x80
        cmp     al, dl
        FAIL_UNLESS e, 'poll: #, not #'
        call    read_isr
        mov     dl, 0x01
        cmp     al, dl
        FAIL_UNLESS e, 'poll: in service #, not #'
        mov     al, 0x60                        ; specific end of interrupt
        out     0x20, al
        call    read_isr
        mov     dl, 0
        cmp     al, dl
        FAIL_UNLESS e, 'specific end: # in service, not #'
        ret
