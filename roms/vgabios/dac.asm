; The DAC: functions 10h 10h-1Bh, and the palettes that a mode set loads.

; AL=10h: register BX = DH, CH, CL (red, green, blue).
dac_set:
        mov     al, dh
        mov     dx, DAC_INDEX
        xchg    ax, bx
        cli                                     ; nothing may come between the index and the three bytes
        out     dx, al
        inc     dx
        mov     al, bl
        out     dx, al
        mov     al, ch
        out     dx, al
        mov     al, cl
        out     dx, al
        sti
        ret

; AL=12h: CX registers from BX on = the bytes at ES:DX.
dac_set_block:
        jcxz    .done
        mov     si, dx
        mov     dx, DAC_INDEX
        mov     al, bl
        out     dx, al
        inc     dx
.next:
        mov     al, [es:si]
        out     dx, al
        mov     al, [es:si + 1]
        out     dx, al
        mov     al, [es:si + 2]
        out     dx, al
        add     si, 3
        loop    .next
.done:
        ret

; AL=13h: BL = 0: BH bit 0 chooses 4 pages of 64 or 16 pages of 16 colours; BL = 1: BH = page.
dac_select_page:
        mov     ah, bh
        mov     cl, bl
        mov     bl, 0x10
        call    read_attr
        cmp     cl, 1
        je      .page
        ja      .done
        and     bh, 0x7F
        shr     ah, 1
        jnc     .write
        or      bh, 0x80
        jmp     short .write
.page:
        rol     bh, 1
        mov     bh, ah
        jc      .sixteen
        shl     bh, 1
        shl     bh, 1
.sixteen:
        and     bh, 0x0F
        mov     bl, 0x14
.write:
        jmp     write_attr
.done:
        ret

; AL=15h: DH, CH, CL = register BL.
dac_get:
        mov     al, bl
        call    read_dac
        mov     [bp + F_DH], bl
        mov     [bp + F_CX], cx
        ret

; BL, CH, CL = red, green, blue of register AL. Changes AL, DX.
read_dac:
        mov     dx, DAC_READ_INDEX
        cli
        out     dx, al
        inc     dx
        inc     dx
        in      al, dx
        mov     bl, al
        in      al, dx
        mov     ch, al
        in      al, dx
        mov     cl, al
        sti
        ret

; AL=17h: the bytes at ES:DX = CX registers from BX on.
dac_get_block:
        jcxz    .done
        mov     di, dx
        mov     dx, DAC_READ_INDEX
        mov     al, bl
        out     dx, al
        inc     dx
        inc     dx
        mov     ax, cx
        shl     cx, 1
        add     cx, ax
.next:
        in      al, dx
        stosb
        loop    .next
.done:
        ret

; AL=18h: PEL mask = BL. AL=19h: BL = PEL mask.
dac_set_mask:
        mov     dx, PEL_MASK
        mov     al, bl
        out     dx, al
        ret

dac_get_mask:
        mov     dx, PEL_MASK
        in      al, dx
        mov     [bp + F_BL], al
        ret

; AL=1Ah: BL = 1 for 16 pages of 16 colours, BH = page.
dac_get_page:
        mov     bl, 0x10
        call    read_attr
        mov     ah, bh
        mov     bl, 0x14
        call    read_attr
        and     bh, 0x0F
        rol     ah, 1
        jc      .sixteen
        shr     bh, 1
        shr     bh, 1
.sixteen:
        and     ah, 1
        mov     bl, ah
        mov     [bp + F_BX], bx
        ret

; AL=1Bh: sums CX registers from BX on to grey.
dac_sum_grey:
        jcxz    .done
.next:
        push    cx
        mov     al, bl
        push    bx
        call    read_dac
        call    grey
        pop     bx
        push    bx
        mov     dx, DAC_INDEX
        cli
        xchg    ax, bx
        out     dx, al
        inc     dx
        mov     al, bl
        out     dx, al
        out     dx, al
        out     dx, al
        sti
        pop     bx
        inc     bx
        pop     cx
        loop    .next
.done:
        ret

; AL = grey of red BL, green CH, blue CL. SPEC: 30 % red, 59 % green, 11 % blue. Changes AX, DX.
grey:
        mov     al, 77
        mul     bl
        mov     dx, ax
        mov     al, 151
        mul     ch
        add     dx, ax
        mov     al, 28
        mul     cl
        add     ax, dx
        add     ax, 0x80
        mov     al, ah
        ret

; Sends red BL, green CH, blue CL to the next DAC register, summed if that is chosen. Changes AX, DX.
send_dac:
        test    byte [VIDEO_FLAGS], FLAG_GREY
        jnz     .grey
        mov     dx, DAC_DATA
        mov     al, bl
        out     dx, al
        mov     al, ch
        out     dx, al
        mov     al, cl
        out     dx, al
        ret
.grey:
        call    grey
        mov     dx, DAC_DATA
        out     dx, al
        out     dx, al
        out     dx, al
        ret

; Loads the DAC of the current mode, unless default palettes are off. Changes AX, BX, CX, DX, DI.
load_mode_dac:
        mov     dx, PEL_MASK
        mov     al, 0xFF
        out     dx, al
        test    byte [VIDEO_FLAGS], FLAG_NO_DAC
        jnz     .done
        mov     dx, DAC_INDEX
        xor     al, al
        out     dx, al
        mov     bl, [VIDEO_MODE]
        mov     bh, 0
        cmp     bl, 0x13
        je      dac_256
        mov     di, dac_cga
        mov     al, [cs:bx + mode_dacs]
        cmp     al, DAC_MONO
        jb      .fill
        mov     di, dac_mono
        je      .fill
        mov     di, dac_ega
        cmp     bl, 3
        ja      .fill
        mov     al, [VIDEO_FLAGS]
        test    al, FLAG_400
        jnz     .fill
        test    al, FLAG_200
        jz      .fill
        mov     di, dac_cga
.fill:
        xor     bx, bx
.next:
        push    bx
        call    di                              ; BL, CH, CL = colour of register BL
        call    send_dac
        pop     bx
        inc     bx
        cmp     bl, 64
        jb      .next
.done:
        ret

; The EGA's 64 colours: bits 0-2 of BL are two thirds of blue, green, red, bits 3-5 one third.
dac_ega:
        xor     cx, cx
        mov     bh, 0
        test    bl, 0x01
        jz      .no_blue
        add     cl, 0x2A
.no_blue:
        test    bl, 0x08
        jz      .no_dim_blue
        add     cl, 0x15
.no_dim_blue:
        test    bl, 0x02
        jz      .no_green
        add     ch, 0x2A
.no_green:
        test    bl, 0x10
        jz      .no_dim_green
        add     ch, 0x15
.no_dim_green:
        test    bl, 0x04
        jz      .no_red
        add     bh, 0x2A
.no_red:
        test    bl, 0x20
        jz      .no_dim_red
        add     bh, 0x15
.no_dim_red:
        mov     bl, bh
        ret

; The CGA's 16 colours: bits 0-2 of BL are blue, green, red, bit 4 brightens; colour 6 is brown, not dark yellow.
dac_cga:
        mov     al, bl
        and     al, 0x07
        test    bl, 0x10
        jnz     .bright
        mov     bl, al
        cmp     bl, 6
        jne     dac_ega
        mov     bl, 0x14                        ; red with dim green
        jmp     short dac_ega
.bright:
        mov     bl, al
        or      bl, 0x38
        jmp     short dac_ega

; Monochrome: bits 3-4 of BL: black, normal, black, bright.
dac_mono:
        test    bl, 0x08
        jz      .black
        mov     al, 0x2A
        test    bl, 0x10
        jz      .set
        mov     al, 0x3F
.set:
        mov     bl, al
        mov     ch, al
        mov     cl, al
        ret
.black:
        mov     al, 0
        jmp     short .set

; Mode 13h: the CGA's colours, 16 greys, then 9 wheels of 24 hues: 3 brightnesses of 3 saturations; then black.
dac_256:
        xor     bx, bx
.cga:
        push    bx
        test    bl, 0x08
        jz      .dark
        xor     bl, 0x18                        ; bit 3 to bit 4
.dark:
        call    dac_cga
        call    send_dac
        pop     bx
        inc     bx
        cmp     bl, 16
        jb      .cga

        mov     si, greys
.greys:
        mov     al, [cs:si]
        call    dac_mono.set
        call    send_dac
        inc     si
        cmp     si, greys + 16
        jb      .greys

        mov     si, wheels                      ; 5 levels each
.wheel:
        xor     bx, bx
.hue:
        push    bx
        call    wheel_level                     ; red rises at hue 0, green 8 later, blue 8 earlier
        mov     ah, al
        add     bl, 8
        call    wheel_level
        mov     cl, al
        add     bl, 8
        call    wheel_level
        mov     ch, al
        mov     bl, ah
        call    send_dac
        pop     bx
        inc     bx
        cmp     bl, 24
        jb      .hue
        add     si, 5
        cmp     si, wheels.end
        jb      .wheel

        mov     di, 8
.black:
        mov     al, 0
        call    dac_mono.set
        call    send_dac
        dec     di
        jnz     .black
        ret

; AL = one of the 5 levels at CS:SI, for hue BL (made less than 24; BH = 0).
wheel_level:
        cmp     bl, 24
        jb      .in
        sub     bl, 24
.in:
        push    bx
        mov     bl, [cs:bx + wheel]
        mov     al, [cs:bx + si]
        pop     bx
        ret
