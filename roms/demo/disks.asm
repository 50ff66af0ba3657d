; The panel "This machine": floppy drives and hard disks, as the BIOS knows them.

DISKS_SHOWN     equ     4
DISK_ROWS       equ     2                       ; as many as the panel has left

draw_disks:
        mov     di, (MACHINE_ROW + 4) * 160 + VALUE
        call    draw_floppies
        mov     di, (MACHINE_ROW + 5) * 160 + VALUE
        jmp     draw_hard_disks

draw_floppies:
        int     0x11
        test    al, 0x01
        jnz     .some
        mov     ah, TEXT
        call    put_inline
        db      'none', 0
        ret
.some:
        mov     cl, 6
        shr     al, cl
        and     al, 0x03
        mov     [.last], al
        mov     byte [.drive], 0
.next:
        mov     al, [.drive]
        add     al, 'A'
        mov     ah, STRONG
        stosw
        mov     al, ':'
        stosw
        mov     al, ' '
        stosw
        push    di
        push    es
        mov     ah, 0x08
        mov     dl, [.drive]
        mov     bl, 0
        int     0x13
        pop     es
        pop     di
        jnc     .type
        mov     bl, 0
.type:
        mov     bh, 0
        cmp     bl, 6
        jbe     .known
        mov     bl, 0
.known:
        shl     bx, 1
        mov     si, [.types + bx]
        mov     ah, TEXT
        call    put_text
        mov     al, ' '
        stosw
        stosw
        inc     byte [.drive]
        mov     al, [.drive]
        cmp     al, 2                           ; two fit
        jae     .done
        cmp     al, [.last]
        jbe     .next
.done:
        ret

.drive:         db      0
.count:         db      0
.origin:        dw      0
.last:          db      0
.types:         dw      .t0, .t360, .t1200, .t720, .t1440, .t2880, .t2880
.t0:            db      'yes', 0
.t360:          db      '360 KB', 0
.t1200:         db      '1.2 MB', 0
.t720:          db      '720 KB', 0
.t1440:         db      '1.44 MB', 0
.t2880:         db      '2.88 MB', 0

; One row a disk: its size, cylinders x heads x sectors. More disks than rows: two sizes a row.
draw_hard_disks:
        mov     byte [.drive], 0x80
        mov     [.origin], di
.next:
        push    di
        push    es
        mov     ah, 0x08
        mov     dl, [.drive]
        int     0x13
        pop     es
        pop     di
        jc      .end
        mov     al, [.drive]
        and     al, 0x7F
        cmp     al, dl                          ; DL = how many there are
        jae     .end
        mov     [.count], dl
        mov     al, dh
        mov     ah, 0
        inc     ax
        mov     [.heads], ax
        mov     al, cl
        and     ax, 0x3F
        mov     [.sectors], ax
        mov     al, ch
        mov     ah, cl
        mov     cl, 6
        shr     ah, cl
        inc     ax
        mov     [.cylinders], ax
        call    .place
        call    .row
        inc     byte [.drive]
        cmp     byte [.drive], 0x80 + DISKS_SHOWN
        jb      .next
        ret
.end:
        cmp     byte [.drive], 0x80
        jne     .done
        mov     ah, TEXT
        call    put_inline
        db      'none', 0
.done:
        ret
; Out: DI = where the disk stands.
.place:
        mov     bl, [.drive]
        and     bx, 0x7F
        mov     di, [.origin]
        cmp     byte [.count], DISK_ROWS
        jbe     .down
        shr     bx, 1
        jnc     .down
        add     di, 13 * 2                      ; the right one of the row
.down:
        mov     ax, 160
        mul     bx
        add     di, ax
        ret
.row:
        ; Sectors / 2048 = MiB.
        mov     ax, [.heads]
        mul     word [.sectors]
        mul     word [.cylinders]
        mov     cl, 11
        call    put_shifted
        call    put_inline
        db      ' MB', 0
        cmp     byte [.count], DISK_ROWS
        ja      .done
        mov     si, .open
        mov     ax, [.cylinders]
        call    .number
        mov     si, .by
        mov     ax, [.heads]
        call    .number
        mov     si, .by
        mov     ax, [.sectors]
        call    .number
        mov     al, ')'
        stosw
        ret
.number:
        push    ax
        mov     ah, TEXT
        call    put_text
        pop     ax
        xor     dx, dx
        mov     ch, TEXT
        jmp     put_decimal

.drive:         db      0
.count:         db      0
.origin:        dw      0
.heads:         dw      0
.sectors:       dw      0
.cylinders:     dw      0
.open:          db      ' (', 0
.by:            db      ' x ', 0
