; Writing into text memory: ES = its segment throughout, DI = where, AH = attribute.

; ES = text memory of the adapter there is.
find_screen:
        mov     ah, 0x0F
        int     0x10
        mov     bx, 0xB800
        cmp     al, 7
        jne     .colour
        mov     bh, 0xB0
.colour:
        mov     es, bx
        ret

; DI = place of row DH, column DL. Changes no other register.
locate:
        push    ax
        mov     al, 80
        mul     dh
        add     al, dl
        adc     ah, 0
        shl     ax, 1
        mov     di, ax
        pop     ax
        ret

; The text at SI up to a zero. Changes AL, SI.
put_text:
        lodsb
        or      al, al
        jz      .done
        stosw
        jmp     short put_text
.done:
        ret

; A text that follows the call. Changes AL, SI.
put_inline:
        pop     si
        call    put_text
        jmp     si

; AL in two hexadecimal digits. Changes AL, BX, CL.
put_hex:
        mov     bl, al
        mov     bh, 0
        push    bx
        mov     cl, 4
        shr     bl, cl
        mov     al, [digits + bx]
        stosw
        pop     bx
        and     bl, 0x0F
        mov     al, [digits + bx]
        stosw
        ret

; DX:AX / 2^CL in decimal, in attribute STRONG. Changes AX, BX, CX, DX, BP.
put_shifted:
        mov     ch, 0
.halve:
        shr     dx, 1
        rcr     ax, 1
        loop    .halve
        mov     ch, STRONG
; DX:AX in decimal, in attribute CH. Changes AX, BX, CX, DX, BP; AH = CH.
put_decimal:
        mov     bx, 10
        mov     cl, 0                           ; digits, which come last first
.divide:
        push    ax
        mov     ax, dx
        xor     dx, dx
        div     bx
        pop     bp
        xchg    ax, bp
        div     bx                              ; BP:AX = quotient, DX = digit
        push    dx
        inc     cx
        mov     dx, bp
        mov     bp, ax
        or      bp, dx
        jnz     .divide
.digit:
        pop     ax
        add     al, '0'
        mov     ah, ch
        stosw
        dec     cl
        jnz     .digit
        ret

; AL as two decimal digits of a BCD byte. Changes AL, BL, CL.
put_bcd:
        mov     bl, al
        mov     cl, 4
        shr     al, cl
        add     al, '0'
        stosw
        mov     al, bl
        and     al, 0x0F
        add     al, '0'
        stosw
        ret

; The list at SI: row, column, attribute, text, ends with FFh.
draw_labels:
        lodsw
        cmp     al, 0xFF
        je      .done
        mov     dh, al
        mov     dl, ah
        call    locate
        lodsb
        mov     ah, al
        call    put_text
        jmp     short draw_labels
.done:
        ret

; The list at SI: row, column, height, width, title, ends with FFh.
draw_panels:
        cmp     byte [si], 0xFF
        je      .done
        lodsw
        mov     dh, al
        mov     dl, ah
        call    locate
        lodsw
        mov     bl, al                          ; height
        mov     dl, ah
        mov     dh, 0
        sub     dx, 2                           ; inner width
        push    di
        mov     ah, FRAME
        mov     al, 0xDA
        mov     bh, 0xC4
        call    .line
        mov     al, 0xBF
        stosw
        pop     di
        push    di
        add     di, 4
        mov     ax, TITLE << 8 | ' '
        stosw
        call    put_text
        mov     al, ' '
        stosw
        pop     di
        sub     bl, 2
.row:
        add     di, 160
        push    di
        mov     ah, FRAME
        mov     al, 0xB3
        mov     bh, ' '
        call    .line
        mov     al, 0xB3
        stosw
        pop     di
        dec     bl
        jnz     .row
        add     di, 160
        mov     al, 0xC0
        mov     bh, 0xC4
        call    .line
        mov     al, 0xD9
        stosw
        jmp     short draw_panels
.line:
        stosw
        mov     al, bh
        mov     cx, dx
        rep     stosw
        ret
.done:
        ret
