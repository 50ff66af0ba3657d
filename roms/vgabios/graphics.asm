; Functions 0Ch and 0Dh: single dots. What differs between the graphics modes is in one table.

KIND_CGA4       equ     0               ; 2 bits a dot, odd lines 2000h above the even ones
KIND_CGA2       equ     1               ; 1 bit a dot, the same two banks
KIND_PLANAR     equ     2
KIND_256        equ     3

; AL = kind of the current mode, zero flag set if it is KIND_PLANAR. Changes no other register.
mode_kind:
        push    bx
        mov     bl, [VIDEO_MODE]
        cmp     bl, 0x13
        jbe     .known
        mov     bl, 0x13                        ; a program put there what this ROM never does
.known:
        mov     bh, 0
        mov     al, [cs:bx + kinds]
        pop     bx
        cmp     al, KIND_PLANAR
        ret

; ES = segment of the memory of kind AL. Changes no other register.
load_kind_seg:
        push    bx
        mov     bx, 0xA000
        cmp     al, KIND_PLANAR
        jae     .set
        mov     bh, 0xB8
.set:
        mov     es, bx
        pop     bx
        ret

; CX = dot, DX = line, BH = page. Sets ES:DI = its byte, CL = dots to the right of it there, CH = the mask of
; the rightmost dot, AL = kind. Changes AH, BX, DX.
dot_address:
        call    mode_kind
        call    load_kind_seg
        cmp     al, KIND_256
        je      .linear
        push    ax
        push    cx
        cmp     al, KIND_PLANAR
        je      .planar
        mov     ax, dx                          ; line / 2 * 80 + odd * 2000h
        shr     ax, 1
        mov     dx, 80
        sbb     di, di
        and     di, 0x2000
        mul     dx
        jmp     short .row
.planar:
        mov     ax, [PAGE_BYTES]
        mov     bl, bh
        and     bx, 7
        xchg    ax, dx
        mov     di, ax                          ; line
        mov     ax, dx
        mul     bx
        xchg    ax, di
        mul     word [COLUMNS]
.row:
        add     di, ax
        pop     ax                              ; dot
        pop     dx                              ; DL = kind
        mov     cx, 0x0103
        mov     bx, 7
        cmp     dl, KIND_CGA4
        jne     .bits
        mov     ch, 0x03
        dec     cx
        mov     bl, 3
.bits:
        and     bx, ax                          ; dot within its byte
        shr     ax, cl
        add     di, ax
        xor     bl, 7
        cmp     dl, KIND_CGA4
        jne     .place
        xor     bl, 7 ^ 3
        shl     bl, 1
.place:
        mov     cl, bl
        mov     al, dl
        ret
.linear:
        push    ax
        mov     ax, 320
        mul     dx
        add     ax, cx
        mov     di, ax
        pop     ax
        ret

; AH=0Ch: AL = colour (bit 7: exclusive or, where a dot has less than 8 bits), BH = page, CX = dot, DX = line.
fn_write_dot:
        call    is_text_keep
        je      .done
        push    ax
        call    dot_address
        mov     ah, al
        pop     bx                              ; BL = colour
        cmp     ah, KIND_256
        je      .byte
        mov     bh, ch
        shl     bh, cl                          ; BH = mask
        cmp     ah, KIND_PLANAR
        je      .planar
        mov     al, bl
        and     al, ch
        shl     al, cl
        test    bl, 0x80
        jnz     .xor
        not     bh
        and     bh, [es:di]
        or      al, bh
        stosb
        ret
.xor:
        xor     [es:di], al
        ret
.byte:
        mov     [es:di], bl
.done:
        ret
.planar:
        mov     dx, SEQ
        mov     ax, 0x0F02
        out     dx, ax
        mov     dx, GFX
        mov     al, 0x08
        mov     ah, bh
        out     dx, ax
        mov     ax, 0x0205                      ; write mode 2: the byte is a colour
        out     dx, ax
        mov     ax, 0x0003
        test    bl, 0x80
        jz      .function
        mov     ah, 0x18                        ; exclusive or
.function:
        out     dx, ax
        mov     al, [es:di]                     ; loads the latches
        mov     [es:di], bl
        jmp     gfx_defaults

; The graphics controller as a mode set leaves it in planar modes. Changes AX, DX.
gfx_defaults:
        mov     dx, GFX
        mov     ax, 0xFF08
        out     dx, ax
        mov     ax, 0x0005
        out     dx, ax
        mov     ax, 0x0003
        out     dx, ax
        mov     ax, 0x0001
        out     dx, ax
        mov     dx, SEQ
        mov     ax, 0x0F02
        out     dx, ax
        ret

; AH=0Dh: BH = page, CX = dot, DX = line. AL = colour.
fn_read_dot:
        call    is_text
        je      .done
        call    dot_address
        cmp     al, KIND_PLANAR
        je      .planar
        mov     bl, [es:di]
        ja      .store
        shr     bl, cl
        and     bl, ch
.store:
        mov     [bp + F_AL], bl
.done:
        ret
.planar:
        mov     dx, GFX
        mov     ax, 0x0304                      ; planes 3 to 0
        mov     bl, 0
.plane:
        out     dx, ax
        mov     bh, [es:di]
        shr     bh, cl
        shr     bh, 1
        rcl     bl, 1
        dec     ah
        jns     .plane
        jmp     short .store
