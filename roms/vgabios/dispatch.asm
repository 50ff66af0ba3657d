; INT 10h: saves the caller's registers, finds the function, gives the registers back.
;
; A function is entered with the caller's AX, BX, CX, DX, DI and ES, DS = 40h, the direction flag clear
; and BP at the saved registers. It may change every register but BP and SP; results go to the frame.

int10:
        sti
        cld
        push    es
        push    ds
        push    bp
        push    di
        push    si
        push    dx
        push    cx
        push    bx
        push    ax
        mov     bp, sp
        mov     si, BDA_SEG
        mov     ds, si
        cmp     ah, (functions.end - functions) / 2
        jae     .done
        xchg    al, ah
        mov     si, ax
        xchg    al, ah
        and     si, 0xFF
        shl     si, 1
        call    [cs:si + functions]
.done:
        pop     ax
        pop     bx
        pop     cx
        pop     dx
        pop     si
        pop     di
        pop     bp
        pop     ds
        pop     es
        iret

fn_none:
        ret

functions:
        dw      fn_set_mode             ; 00h
        dw      fn_cursor_shape
        dw      fn_set_cursor
        dw      fn_get_cursor
        dw      fn_light_pen            ; 04h
        dw      fn_set_page
        dw      fn_scroll_up
        dw      fn_scroll_down
        dw      fn_read_char            ; 08h
        dw      fn_write_char_attr
        dw      fn_write_char
        dw      fn_cga_palette
        dw      fn_write_dot            ; 0Ch
        dw      fn_read_dot
        dw      fn_teletype
        dw      fn_get_mode
        dw      fn_palette              ; 10h
        dw      fn_font
        dw      fn_select
        dw      fn_write_string
        dw      fn_none                 ; 14h
        dw      fn_none
        dw      fn_none
        dw      fn_none
        dw      fn_none                 ; 18h
        dw      fn_none
        dw      fn_display_code
        dw      fn_state_info
        dw      fn_save_restore         ; 1Ch
.end:

; AH=04h: there is no light pen; AH = 0 says it is not triggered.
fn_light_pen:
        mov     byte [bp + F_AH], 0
        ret

; AH=0Fh: AL = mode with the no-clear bit, AH = columns, BH = page.
fn_get_mode:
        mov     al, [VIDEO_INFO]
        and     al, INFO_NO_CLEAR
        or      al, [VIDEO_MODE]
        mov     ah, [COLUMNS]
        mov     [bp + F_AX], ax
        mov     al, [ACTIVE_PAGE]
        mov     [bp + F_BH], al
        ret

; Zero flag set if the current mode is a text mode. Changes AL.
is_text:
        mov     al, [VIDEO_MODE]
        cmp     al, 7
        je      .yes
        cmp     al, 3
        ja      .no
.yes:
        cmp     al, al
.no:
        ret

; ES = segment of the current mode's memory, in text and CGA graphics modes. Changes no other register.
load_text_seg:
        push    ax
        mov     ax, 0xB800
        cmp     byte [VIDEO_MODE], 7
        jne     .set
        mov     ah, 0xB0
.set:
        mov     es, ax
        pop     ax
        ret
