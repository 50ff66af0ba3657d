; Memory, from behind the program to the end of what the BIOS gives to programs. What it holds is put back.

RAM_FIRST       equ     0x1000          ; segment
KIB             equ     0x40            ; a kibibyte in paragraphs
RAM_SAVED       equ     0x0600          ; a kibibyte is kept here while it is under test
SLOW            equ     1193            ; cycles of the timer for one kibibyte: it would take a second for all
SLOW_STEP       equ     15 * KIB        ; not a power of two: every address line moves

ram_end:        dw      0               ; segment
ram_step:       dw      0
is_slow:        db      0               ; a CPU that does less than a million instructions a second or two

test_ram:
        mov     ax, [0x413]                     ; BIOS data area: KiB of memory
        mov     cl, 6
        shl     ax, cl
        mov     [ram_end], ax
        call    test_lines
        call    test_banks
        ; All bits of all bytes; of one KiB in fifteen where that takes too long.
        mov     ax, 1
        call    set_deadline
        mov     ax, RAM_FIRST
        mov     word [ram_step], KIB
        mov     byte [is_slow], 0
        call    test_kib
        call    elapsed
        or      dx, dx
        jnz     .slow
        cmp     ax, SLOW
        jb      .rest
.slow:
        mov     word [ram_step], SLOW_STEP
        mov     byte [is_slow], 1
.rest:
        mov     ax, RAM_FIRST
.next:
        add     ax, [ram_step]
        cmp     ax, [ram_end]
        jae     restore_ram
        call    test_kib
        jmp     short .next
restore_ram:
        ret

; The KiB at segment AX, which is kept.
test_kib:
        mov     [.segment], ax
        cli
        call    .save
        mov     ax, 0x5555
        call    .holds
        jne     .bad
        mov     ax, 0xAAAA
        call    .holds
        jne     .bad
        call    .load
        sti
        mov     ax, [.segment]
        ret
; AX was stored, and not found at DI - 2.
.bad:
        dec     di
        dec     di
        mov     bx, ax
        mov     dx, di
        mov     cl, 4
        shr     dx, cl
        add     dx, [.segment]                  ; the paragraph
        mov     ax, [es:di]
        xor     ax, bx                          ; the bits
        push    ax
        push    dx
        call    .load
        pop     dx
        pop     ax
        FAIL    'bits % at %0'
.save:
        mov     ds, ax
        xor     si, si
        xor     di, di
        mov     es, di
        mov     di, RAM_SAVED
        mov     cx, 512
        rep     movsw
        mov     ds, cx
        mov     es, ax
        ret
.load:
        mov     es, [.segment]
        mov     si, RAM_SAVED
        xor     di, di
        mov     cx, 512
        rep     movsw
        mov     es, cx
        ret
; Zero flag set when all of ES takes AX.
.holds:
        xor     di, di
        mov     cx, 512
        rep     stosw
        xor     di, di
        mov     cx, 512
        repe    scasw
        ret
.segment:       dw      0

; The address lines within 64 KiB: each power of two has a word of its own.
test_lines:
        cli
        mov     ax, RAM_FIRST
        mov     es, ax
        mov     si, RAM_SAVED
        xor     di, di
        mov     bx, 2
        mov     cx, 16
.store:
        mov     ax, [es:di]
        mov     [si], ax
        mov     [es:di], di
        inc     si
        inc     si
        mov     di, bx
        shl     bx, 1
        loop    .store
        ; In the order in which they were stored, so that a later one may have overwritten an earlier one.
        mov     si, RAM_SAVED
        xor     di, di
        xor     dx, dx                          ; lines found wrong
        mov     bx, 2
        mov     cx, 16
.compare:
        cmp     [es:di], di
        je      .well
        mov     dx, [es:di]
        xor     dx, di
.well:
        mov     di, bx
        shl     bx, 1
        loop    .compare
        mov     si, RAM_SAVED + 2 * 16
        mov     cx, 16
        mov     bx, 0x8000
.load:
        dec     si
        dec     si
        mov     di, bx
        cmp     cx, 1
        jne     .place
        xor     di, di
.place:
        mov     ax, [si]
        mov     [es:di], ax
        shr     bx, 1
        loop    .load
        sti
        mov     ax, dx
        or      ax, ax
        FAIL_UNLESS z, 'address lines %'
        ret

; The address lines above: each 16 KiB has a word of its own.
test_banks:
        cli
        mov     si, RAM_SAVED
        mov     bx, RAM_FIRST
.store:
        mov     es, bx
        mov     ax, [es:0]
        mov     [si], ax
        inc     si
        inc     si
        mov     [es:0], bx
        add     bx, 16 * KIB
        cmp     bx, [ram_end]
        jb      .store
        mov     di, RAM_FIRST
        xor     dx, dx
.compare:
        mov     es, di
        mov     ax, [es:0]
        cmp     ax, di
        je      .well
        mov     dx, di
        mov     bp, ax
.well:
        add     di, 16 * KIB
        cmp     di, [ram_end]
        jb      .compare
.load:
        sub     di, 16 * KIB
        mov     es, di
        dec     si
        dec     si
        mov     ax, [si]
        mov     [es:0], ax
        cmp     di, RAM_FIRST
        ja      .load
        sti
        mov     ax, bp
        or      dx, dx
        FAIL_UNLESS z, 'segment % is segment %'
        ret
