; Time measured with counter 0 of the timer. The counter is read often, so that
; any reload value a program has set will do: a reading above the one before
; means that it wrapped, and counts as no time.

; Out: AX = count.
read_pit:
        pushf
        cli
        xor al, al              ; latch counter 0
        out PIT_CONTROL, al
        in al, PIT0
        mov ah, al
        in al, PIT0
        xchg al, ah
        popf
        ret

; A time-out for a polling loop: load CX with its length in units of 27.5 ms (55
; ms where a program has put the counter in mode 2), call deadline_start, then
; deadline_passed at each turn: CF = 1 when it has passed.
; CX, DI and SI belong to the deadline; AX is lost.
SECOND          equ 36          ; units
deadline_start:
        xor di, di
        call read_pit
        mov si, ax
        ret

deadline_passed:
        call read_pit
        xchg ax, si             ; AX = earlier, SI = now
        sub ax, si
        jnc .forward
        xor ax, ax
.forward:
        sub di, ax
        sbb cx, 0
        ret

; In: AX = microseconds, up to 20000. Everything is kept.
; Polling, for times too short for an interrupt.
spin_us:
        push ax
        push bx
        push cx
        push dx
        push si
        mov cx, ax
        mov dx, 25321           ; 2.386364 counts a microsecond, less 2, times 65536
        mul dx
        add dx, cx
        add dx, cx
        mov bx, dx
        pushf
        cli
        mov al, 0e2h            ; read back the status of counter 0
        out PIT_CONTROL, al
        in al, PIT0
        popf
        and al, 06h
        cmp al, 06h
        je .square_wave         ; mode 3 counts by two
        shr bx, 1
.square_wave:
        call read_pit
        mov si, ax
.loop:  call read_pit
        xchg ax, si
        sub ax, si
        jb .loop
        sub bx, ax
        ja .loop
        pop si
        pop dx
        pop cx
        pop bx
        pop ax
        ret

; Wait with interrupts on. In: AX = milliseconds. AX is lost.
; What is longer than two ticks is slept, and takes up to a tick longer. A program
; may keep the tick count from moving: it ends with the AXth interrupt then. What
; is shorter is slept by the clock chip's interrupts, unless they are in use.
wait_ms:
        push bx
        push cx
        push dx
        push ds
        push ax
        LOAD_BDA ds
        in al, PIC1_MASK
        test al, 01h
        pop ax
        jnz .poll               ; nothing would wake the CPU
        cmp ax, 3
        jb .poll
        mov bx, ax
        cmp ax, 110
        jae .ticks
        mov dx, 1000
        mul dx
        mov cx, dx
        mov dx, ax
        mov ah, 86h
        int 15h
        jnc .done
        mov ax, bx
        jmp .poll
.ticks: mov cx, ax
        xor dx, dx
        mov bx, 55
        div bx
        inc ax
        mov dx, ax              ; ticks
        mov bx, [B_TICKS]
.sleep: sti
        hlt
        mov ax, [B_TICKS]
        sub ax, bx
        cmp ax, dx
        jae .done
        loop .sleep
        jmp .done
.poll:  or ax, ax
        jz .done
        push ax
        mov ax, 1000
        call spin_us
        pop ax
        dec ax
        jmp .poll
.done:  pop ds
        pop dx
        pop cx
        pop bx
        ret
