; Entry at power-on: vectors, data area, first mode.

init:
        pushf
        push    ax
        push    bx
        push    cx
        push    dx
        push    si
        push    di
        push    bp
        push    ds
        push    es
        cld
        mov     dx, VIDEO_ENABLE
        mov     al, 1
        out     dx, al

        xor     ax, ax
        mov     es, ax
        ; The service found at power-on moves to INT 42h, once: a second run must not make a circle.
        mov     ax, cs
        cmp     [es:VEC_INT10 + 2], ax
        je      .hooked
        mov     ax, [es:VEC_INT10]
        mov     [es:VEC_INT42], ax
        mov     ax, [es:VEC_INT10 + 2]
        mov     [es:VEC_INT42 + 2], ax
.hooked:
        mov     si, vectors
        mov     cx, (vectors.end - vectors) / 4
.vector:
        mov     di, [cs:si]
        mov     ax, [cs:si + 2]
        mov     [es:di], ax
        mov     [es:di + 2], cs
        add     si, 4
        loop    .vector

        mov     ax, BDA_SEG
        mov     ds, ax
        and     byte [EQUIPMENT], ~0x30
        or      byte [EQUIPMENT], 0x20
        mov     byte [VIDEO_INFO], INFO_MEMORY
        mov     byte [VIDEO_SWITCHES], 0xF9     ; SPEC: switches 1001b: colour, 80 columns, enhanced
        mov     byte [VIDEO_FLAGS], FLAG_VGA | FLAG_400
        mov     byte [DCC_INDEX], DCC_VGA_COLOUR
        mov     word [SAVE_POINTER], save_pointers
        mov     [SAVE_POINTER + 2], cs
        mov     ax, 0x0003
        int     0x10

        pop     es
        pop     ds
        pop     bp
        pop     di
        pop     si
        pop     dx
        pop     cx
        pop     bx
        pop     ax
        popf
        retf

; Vector, handler or table in this ROM.
vectors:
        dw      VEC_INT10, int10
        dw      VEC_INT6D, int10
        dw      VEC_INT1D, crtc_6845
        dw      VEC_INT1F, font_8x8 + 128 * 8
        dw      VEC_INT43, font_8x8
.end:
