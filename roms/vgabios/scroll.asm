; Functions 06h and 07h: scroll or blank a window of the page that is shown.

; AH=06h: AL = lines (0: blank), BH = attribute of the new lines, CH,CL = top left, DH,DL = bottom right.
fn_scroll_up:
; Also for callers inside, with the registers of the function. Changes AX, BX, CX, DX, SI, DI, ES.
scroll_up:
        xor     si, si
        jmp     short scroll

; AH=07h: the same downwards.
fn_scroll_down:
        mov     si, 1

; SI = 0: up, 1: down.
scroll:
        call    clip_window
        jc      .done
        push    ax
        call    is_text
        pop     ax
        je      .text
        jmp     gfx_scroll
.text:
        call    load_text_seg
        push    bx                              ; the attribute, high
        mov     bl, dl
        sub     bl, cl
        inc     bx                              ; BL = columns of the window; at most 255: no carry
        mov     ah, dh
        sub     ah, ch
        inc     ah
        sub     ah, al                          ; AH = rows that move, AL = rows to blank
        or      si, si
        jz      .first
        mov     ch, dh                          ; a scroll down begins with the bottom row
.first:
        mov     dx, [COLUMNS]
        shl     dx, 1                           ; DX = bytes from a row to the next, the way the work goes
        push    ax
        mov     al, [COLUMNS]
        mul     ch
        add     al, cl
        adc     ah, 0
        shl     ax, 1
        add     ax, [PAGE_START]
        mov     di, ax
        pop     ax
        or      si, si
        jz      .source
        neg     dx
.source:
        push    ax
        push    dx
        mov     ah, 0
        imul    dx
        add     ax, di
        mov     si, ax                          ; SI = the row that comes to DI
        pop     dx
        pop     ax
        mov     bh, 0
        sub     dx, bx
        sub     dx, bx                          ; DX = from the end of a row to the start of the next
        push    es
        pop     ds
        mov     ch, 0
        or      ah, ah
        jz      .blank
.move:
        mov     cl, bl
        rep     movsw
        add     si, dx
        add     di, dx
        dec     ah
        jnz     .move
.blank:
        mov     ah, 0
        mov     si, ax                          ; rows
        pop     ax
        mov     al, ' '
.blank_row:
        mov     cl, bl
        rep     stosw
        add     di, dx
        dec     si
        jnz     .blank_row
        mov     ax, BDA_SEG
        mov     ds, ax
.done:
        ret

; Keeps a window on the screen and its lines within its height; 0 lines become all of them. Carry: there is no
; such window.
clip_window:
        cmp     dh, [ROWS]
        jbe     .rows
        mov     dh, [ROWS]
.rows:
        cmp     dl, [COLUMNS]
        jb      .columns
        mov     dl, [COLUMNS]
        dec     dl
.columns:
        cmp     dl, cl
        jb      .none                           ; carry is set
        mov     ah, dh
        sub     ah, ch
        jb      .none
        inc     ah
        cmp     al, ah
        ja      .all
        or      al, al                          ; clears carry
        jnz     .none
.all:
        mov     al, ah
        clc
.none:
        ret
