; The VGA, in 16-colour graphics with the screen dark: registers that can be read back, the palette, the four planes of
; memory, write and read modes. The retrace by the other clocks (pit.asm).

TEXT_SAVED      equ     0x3000                  ; segment: what the screen showed
TEXT_WORDS      equ     80 * 25
LATCHED_AT      equ     0x1000
WRITTEN_AT      equ     0x1234

vga_is_changed: db      0
cursor_place:   dw      0

struc WRITE
.set_reset:     resb    1
.enable:        resb    1
.rotate:        resb    1                       ; and function
.mode:          resb    1
.mask:          resb    1
.value:         resb    1                       ; from the CPU
.latches:       resb    4
.planes:        resb    4                       ; as they are afterwards
endstruc

writes:
        db      0x00, 0x00, 0x00, 0, 0xFF, 0xC3, 0x11, 0x22, 0x44, 0x88, 0xC3, 0xC3, 0xC3, 0xC3
        db      0x00, 0x00, 0x00, 0, 0x0F, 0x3C, 0xFF, 0x00, 0xAA, 0x55, 0xFC, 0x0C, 0xAC, 0x5C
        db      0x05, 0x0F, 0x00, 0, 0xFF, 0x33, 0x00, 0xFF, 0x00, 0xFF, 0xFF, 0x00, 0xFF, 0x00
        db      0x02, 0x06, 0x00, 0, 0xFF, 0xA5, 0x00, 0x00, 0xFF, 0xFF, 0xA5, 0xFF, 0x00, 0xA5
        db      0x00, 0x00, 0x03, 0, 0xFF, 0x0F, 0x00, 0x00, 0x00, 0x00, 0xE1, 0xE1, 0xE1, 0xE1
        db      0x00, 0x00, 0x08, 0, 0xFF, 0x3C, 0xF0, 0x0F, 0xFF, 0x00, 0x30, 0x0C, 0x3C, 0x00
        db      0x00, 0x00, 0x10, 0, 0xFF, 0x3C, 0xF0, 0x0F, 0xFF, 0x00, 0xFC, 0x3F, 0xFF, 0x3C
        db      0x00, 0x00, 0x18, 0, 0xFF, 0x3C, 0xF0, 0x0F, 0xFF, 0x00, 0xCC, 0x33, 0xC3, 0x3C
        db      0x00, 0x00, 0x00, 1, 0xFF, 0x99, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78
        db      0x00, 0x00, 0x00, 2, 0x3C, 0x0A, 0x0F, 0xF0, 0xFF, 0x00, 0x03, 0xFC, 0xC3, 0x3C
        db      0x06, 0x00, 0x00, 3, 0xF0, 0x5A, 0x00, 0x00, 0xFF, 0xFF, 0x00, 0x50, 0xFF, 0xAF
writes_end:

; Indexed registers: port, index, bits that exist.
vga_registers:
        dw      0x3CE
        db      0x00, 0x0F
        dw      0x3CE
        db      0x01, 0x0F
        dw      0x3CE
        db      0x02, 0x0F
        dw      0x3CE
        db      0x03, 0x1F
        dw      0x3CE
        db      0x04, 0x03
        dw      0x3CE
        db      0x07, 0x0F
        dw      0x3CE
        db      0x08, 0xFF
        dw      0x3C4
        db      0x02, 0x0F
        dw      0x3D4
        db      0x0C, 0xFF
        dw      0x3D4
        db      0x0D, 0xFF
        dw      0x3D4
        db      0x0E, 0xFF
        dw      0x3D4
        db      0x0F, 0xFF
vga_registers_end:

test_vga:
        mov     byte [vga_is_changed], 0
        mov     ax, 0x1A00
        int     0x10
        cmp     al, 0x1A
        je      .vga
        SKIP    'no VGA'
.vga:
        call    test_retrace
        call    save_screen
        mov     ax, 0x0012
        int     0x10
        mov     dx, 0x3C4
        mov     al, 0x01
        out     dx, al
        inc     dx
        in      al, dx
        or      al, 0x20                        ; dark
        out     dx, al
        call    test_registers
        call    test_attributes
        call    test_dac
        call    test_planes
        call    test_vga_lines
        call    test_writes
        jmp     test_compare

restore_vga:
        cmp     byte [vga_is_changed], 0
        je      .done
        sti
        mov     ax, 0x0003
        int     0x10
        mov     ax, TEXT_SAVED
        mov     ds, ax
        mov     ax, 0xB800
        mov     es, ax
        xor     si, si
        xor     di, di
        mov     cx, TEXT_WORDS
        rep     movsw
        mov     ds, cx
        mov     es, cx
        mov     dx, [cursor_place]
        mov     bh, 0
        mov     ah, 0x02
        int     0x10
.done:
        ret

save_screen:
        mov     bh, 0
        mov     ah, 0x03
        int     0x10
        mov     [cursor_place], dx
        mov     ax, TEXT_SAVED
        mov     es, ax
        mov     ax, 0xB800
        mov     ds, ax
        xor     si, si
        xor     di, di
        mov     cx, TEXT_WORDS
        rep     movsw
        mov     ds, cx
        mov     es, cx
        mov     byte [vga_is_changed], 1
        ret

test_retrace:
        mov     al, [frame_rate]
        cmp     al, CLOCK_STANDS
        FAIL_UNLESS ne, 'no retrace'
        cmp     al, CLOCK_DIFFERS
        jne     .enable
        cmp     byte [rtc_by_frame], CLOCK_AGREES
        je      .enable                         ; it is the timer that is wrong
        mov     ax, [frame_cycles]
        mov     dx, FRAME_CYCLES
        FAIL    'retrace: % cycles, not %'
; The beam is seen in and out of the picture.
.enable:
        mov     dx, 0x3DA
        in      al, dx
        mov     ah, al
        push    ax
        mov     ax, 30
        call    set_deadline
        pop     ax
.next:
        in      al, dx
        xor     al, ah
        test    al, 0x01
        jnz     .done
        call    is_expired
        jnc     .next
        FAIL    'display enable stands still'
.done:
        ret

; Each register keeps two patterns, and is put back.
test_registers:
        mov     si, vga_registers
.next:
        mov     dx, [si]
        mov     al, [si + 2]
        out     dx, al
        inc     dx
        in      al, dx
        mov     bh, al
        mov     bl, 0x55
.pattern:
        mov     al, bl
        and     al, [si + 3]
        out     dx, al
        in      al, dx
        and     al, [si + 3]
        mov     ah, bl
        and     ah, [si + 3]
        cmp     al, ah
        jne     .bad
        not     bl
        or      bl, bl
        js      .pattern
        mov     al, bh
        out     dx, al
        add     si, 4
        cmp     si, vga_registers_end
        jb      .next
        ret
.bad:
        dec     dx
        mov     al, [si + 2]
        mov     ah, dl
        mov     dx, ax
        mov     al, ah
        FAIL    'register # # is not kept'

; The attribute controller's palette, behind a flip-flop that reading 3DAh resets.
test_attributes:
        mov     bl, 0x15
.pattern:
        mov     bh, 0
.write:
        call    .select
        mov     al, bl
        out     dx, al
        inc     bh
        cmp     bh, 16
        jb      .write
.read:
        dec     bh
        call    .select
        inc     dx
        in      al, dx
        dec     dx
        and     al, 0x3F
        mov     ah, dl
        mov     dl, bl
        cmp     al, dl
        FAIL_UNLESS e, 'attribute palette #, not #'
        or      bh, bh
        jnz     .read
        xor     bl, 0x3F
        cmp     bl, 0x15
        jne     .pattern
        mov     dx, 0x3DA
        in      al, dx
        mov     dx, 0x3C0
        mov     al, 0x20                        ; the palette is the display's again
        out     dx, al
        ret
.select:
        mov     dx, 0x3DA
        in      al, dx
        mov     dx, 0x3C0
        mov     al, bh
        out     dx, al
        ret

; All 256 colours of the DAC.
test_dac:
        mov     dx, 0x3C8
        xor     al, al
        out     dx, al
        inc     dx
        mov     bx, 0x2A15
        mov     cx, 768
.write:
        call    .value
        out     dx, al
        loop    .write
        mov     dx, 0x3C7
        xor     al, al
        out     dx, al
        in      al, dx
        and     al, 0x03
        mov     dl, 0x03
        cmp     al, dl
        FAIL_UNLESS e, 'DAC state #, not #'
        mov     dx, 0x3C9
        mov     bx, 0x2A15
        mov     cx, 768
.read:
        call    .value
        mov     ah, al
        in      al, dx
        cmp     al, ah
        jne     .bad
        loop    .read
        ret
.bad:
        mov     dl, ah
        FAIL    'DAC #, not #'
; AL = the next of a row of values.
.value:
        add     bl, bh
        inc     bh
        mov     al, bl
        and     al, 0x3F
        ret

; Writes go to plane AL, reads come from it.
select_plane:
        push    cx
        push    dx
        push    ax
        mov     cl, al
        mov     ah, 1
        shl     ah, cl
        mov     al, 0x02
        mov     dx, 0x3C4
        out     dx, ax
        pop     ax
        push    ax
        mov     ah, al
        mov     al, 0x04
        mov     dx, 0x3CE
        out     dx, ax
        pop     ax
        pop     dx
        pop     cx
        ret

plane_patterns: dw      0xAAAA, 0x5555, 0xCCCC, 0x3333

; Each plane has a pattern of its own, then its inverse. All are written before the first is read.
test_planes:
        mov     ax, 0xA000
        mov     es, ax
        mov     bp, 0x8000                      ; words
        cmp     byte [is_slow], 0
        je      .patterns
        mov     bp, 0x0200
.patterns:
        xor     dx, dx
.both:
        xor     bx, bx
.write:
        call    .plane
        rep     stosw
        inc     bx
        cmp     bl, 4
        jb      .write
        xor     bx, bx
.read:
        call    .plane
        repe    scasw
        jne     .bad
        inc     bx
        cmp     bl, 4
        jb      .read
        not     dx
        or      dx, dx
        jnz     .both
        ret
.plane:
        mov     al, bl
        call    select_plane
        shl     bx, 1
        mov     ax, [plane_patterns + bx]
        shr     bx, 1
        xor     ax, dx
        xor     di, di
        mov     cx, bp
        ret
.bad:
        xor     ax, [es:di - 2]
        or      al, ah
        mov     dl, bl
        xchg    al, dl
        FAIL    'plane #: bits #'

; The address lines of a plane.
test_vga_lines:
        mov     al, 0
        call    select_plane
        mov     cx, 17
        xor     di, di
        mov     bx, 1
        mov     al, 0x40
.write:
        mov     [es:di], al
        inc     ax
        mov     di, bx
        shl     bx, 1
        loop    .write
        mov     cx, 17
        xor     di, di
        mov     bx, 1
        mov     dl, 0x40
.read:
        mov     al, [es:di]
        cmp     al, dl
        FAIL_UNLESS e, 'address lines: #, not #'
        inc     dx
        mov     di, bx
        shl     bx, 1
        loop    .read
        ret

; Graphics controller register AL = AH.
%macro GRAPHICS 2
        mov     al, %1
        mov     ah, %2
        mov     dx, 0x3CE
        out     dx, ax
%endmacro

; What the planes hold after writes of every kind.
test_writes:
        mov     si, writes
.next:
        mov     bx, WRITE.latches
        call    fill_latches
        GRAPHICS 0, [si + WRITE.set_reset]
        GRAPHICS 1, [si + WRITE.enable]
        GRAPHICS 3, [si + WRITE.rotate]
        GRAPHICS 5, [si + WRITE.mode]
        GRAPHICS 8, [si + WRITE.mask]
        mov     dx, 0x3C4
        mov     ax, 0x0F02
        out     dx, ax
        mov     al, [es:LATCHED_AT]
        mov     al, [si + WRITE.value]
        mov     [es:WRITTEN_AT], al
        call    plain_writes
        xor     bx, bx
.plane:
        mov     al, bl
        call    select_plane
        mov     al, [es:WRITTEN_AT]
        mov     ah, [si + WRITE.planes + bx]
        cmp     al, ah
        jne     .bad
        inc     bx
        cmp     bl, 4
        jb      .plane
        add     si, WRITE_size
        cmp     si, writes_end
        jb      .next
        ret
.bad:
        mov     dl, ah
        cmp     byte [si + WRITE.mode], 0
        jne     .bad_mode
        FAIL    'write mode 0: #, not #'
.bad_mode:
        cmp     byte [si + WRITE.mode], 2
        jb      .bad_1
        ja      .bad_3
        FAIL    'write mode 2: #, not #'
.bad_1:
        FAIL    'write mode 1: #, not #'
.bad_3:
        FAIL    'write mode 3: #, not #'

; Four bytes at SI + BX into the planes at LATCHED_AT.
fill_latches:
        call    plain_writes
        xor     cx, cx
.plane:
        mov     al, cl
        call    select_plane
        mov     al, [si + bx]
        mov     [es:LATCHED_AT], al
        inc     bx
        inc     cx
        cmp     cl, 4
        jb      .plane
        ret

; Writes and reads that change nothing on their way.
plain_writes:
        GRAPHICS 0, 0
        GRAPHICS 1, 0
        GRAPHICS 3, 0
        GRAPHICS 5, 0
        GRAPHICS 8, 0xFF
        ret

; Read mode 1: a bit for each dot of a colour.
test_compare:
        mov     si, .planes
        xor     bx, bx
        call    fill_latches
        GRAPHICS 5, 0x08
        GRAPHICS 2, 0x0F
        GRAPHICS 7, 0x0F
        mov     al, [es:LATCHED_AT]
        mov     dl, 0x01
        cmp     al, dl
        FAIL_UNLESS e, 'read mode 1: #, not #'
        GRAPHICS 2, 0x08
        GRAPHICS 7, 0x09
        mov     al, [es:LATCHED_AT]
        mov     dl, 0xF0
        cmp     al, dl
        FAIL_UNLESS e, 'read mode 1: #, not #'
        ret
.planes:        db      0x0F, 0x33, 0x55, 0xFF
