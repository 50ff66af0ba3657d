; The DMA controllers: registers that can be read back through the flip-flop, and a transfer of two sectors of which
; count, address and the memory around it are looked at.

DMA_SEGMENT     equ     0x1000
DMA_OFFSET      equ     0x1A50 + 0x0A          ; many bits set
DMA_BYTES       equ     2 * SECTOR
GUARD           equ     0xCC
FIRST_PATTERN   equ     40 * TRACK_SECTORS * HEADS + 5          ; sectors read: 5 and 6 of cylinder 40, head 0

test_dma:
        call    .registers
        call    .pages
        call    open_floppy
        jc      test_transfer.no_floppy
        jmp     test_transfer

; Address and count of every channel but the cascade, in two patterns.
.registers:
        mov     si, .ports
.next:
        lodsw
        or      ax, ax
        jz      .registers_done
        mov     dx, ax
        lodsw                                   ; port of the flip-flop
        mov     di, ax
        mov     bx, 0x5AA5
.pattern:
        xchg    dx, di
        out     dx, al
        xchg    dx, di
        mov     al, bl
        out     dx, al
        mov     al, bh
        out     dx, al
        xchg    dx, di
        out     dx, al
        xchg    dx, di
        in      al, dx
        mov     ah, al
        in      al, dx
        xchg    al, ah
        cmp     ax, bx
        jne     .bad
        not     bx
        cmp     bx, 0x5AA5
        jne     .pattern
        jmp     short .next
.registers_done:
        ret
.bad:
        mov     dx, bx
        FAIL    'register %, not %'
.ports:
        dw      0x00, 0x0C, 0x01, 0x0C, 0x02, 0x0C, 0x03, 0x0C, 0x04, 0x0C, 0x05, 0x0C, 0x06, 0x0C, 0x07, 0x0C
        dw      0xC4, 0xD8, 0xC6, 0xD8, 0xC8, 0xD8, 0xCA, 0xD8, 0xCC, 0xD8, 0xCE, 0xD8, 0
.pages:
        mov     si, .page_ports
.page:
        lodsb
        or      al, al
        jz      .registers_done
        mov     dl, al
        mov     dh, 0
        mov     bl, 0x5A
.page_pattern:
        mov     al, bl
        out     dx, al
        in      al, dx
        cmp     al, bl
        jne     .bad_page
        not     bl
        cmp     bl, 0x5A
        jne     .page_pattern
        jmp     short .page
.bad_page:
        mov     dl, bl
        FAIL    'page #, not #'
.page_ports:    db      0x81, 0x82, 0x83, 0x87, 0x89, 0x8A, 0x8B, 0

restore_dma:
        cli
        mov     al, 0x06
        out     0x0A, al
        sti
        jmp     close_floppy

test_transfer:
        mov     ch, FIRST_PATTERN / (TRACK_SECTORS * HEADS)
        call    fdc_seek
        jc      .no_floppy
        ; The place and 64 bytes around it.
        mov     ax, DMA_SEGMENT
        mov     es, ax
        mov     di, DMA_OFFSET - 64
        mov     cx, DMA_BYTES + 128
        mov     al, GUARD
        rep     stosb
        mov     ax, (DMA_SEGMENT << 4 & 0xFFFF) + DMA_OFFSET
        mov     dx, DMA_SEGMENT >> 12
        mov     bx, DMA_BYTES - 1
        mov     cl, 0x46
        cli
        call    dma_set
        sti
        in      al, 0x08                        ; clears the terminal counts
        mov     al, FDC_READ
        mov     cx, (FIRST_PATTERN / (TRACK_SECTORS * HEADS)) << 8 | FIRST_PATTERN % TRACK_SECTORS + 1
        mov     dx, TRACK_SECTORS               ; head 0, up to the last sector
        call    fdc_sectors
        jc      .no_floppy
        jz      .read
.no_floppy:
        SKIP    'the floppy does not read'
.read:
        in      al, 0x08
        mov     bl, al
        out     0x0C, al
        in      al, 0x05
        mov     ah, al
        in      al, 0x05
        xchg    al, ah
        mov     dx, 0xFFFF
        cmp     ax, dx
        FAIL_UNLESS e, 'count %, not %'
        mov     al, bl
        test    al, 0x04
        FAIL_UNLESS nz, 'no terminal count, status #'
        in      al, 0x04
        mov     ah, al
        in      al, 0x04
        xchg    al, ah
        mov     dx, (DMA_SEGMENT << 4 & 0xFFFF) + DMA_OFFSET + DMA_BYTES
        cmp     ax, dx
        FAIL_UNLESS e, 'address %, not %'
        mov     di, DMA_OFFSET - 64
        call    .guarded
        FAIL_UNLESS e, 'written before the place'
        mov     di, DMA_OFFSET + DMA_BYTES
        call    .guarded
        FAIL_UNLESS e, 'written behind the place'
        ; The sectors themselves are the business of FLOPPY: here it counts that they arrived to the last byte.
        cmp     word [es:DMA_OFFSET + DMA_BYTES - 2], GUARD << 8 | GUARD
        FAIL_UNLESS ne, 'the last bytes are missing'
        cmp     word [es:DMA_OFFSET], GUARD << 8 | GUARD
        FAIL_UNLESS ne, 'the first bytes are missing'
        ret
.guarded:
        mov     cx, 64
        mov     al, GUARD
        repe    scasb
        ret
