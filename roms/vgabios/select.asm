; Function 12h: alternate select, by BL.

SELECT_DONE     equ     0x12            ; AL, if the sub-function exists

fn_select:
        mov     ah, al
        and     ah, 1
        cmp     bl, 0x10
        je      select_info
        cmp     bl, 0x20
        je      .done                           ; print screen: the system BIOS prints all rows there are
        sub     bl, 0x30
        jb      .done
        cmp     bl, 6
        ja      .done
        mov     bh, 0
        shl     bx, 1
        jmp     [cs:bx + select_functions]
.done:
        ret

select_functions:
        dw      select_lines            ; 30h
        dw      select_default_palette
        dw      select_video
        dw      select_grey
        dw      select_emulation        ; 34h
        dw      fn_none                 ; there is one display
        dw      select_refresh

; BL=10h: BH = 0: colour, BL = 3: 256 KiB, CH = feature bits, CL = switches.
select_info:
        mov     al, [VIDEO_INFO]
        shr     al, 1
        and     al, 1
        mov     [bp + F_BH], al
        mov     byte [bp + F_BL], 3
        mov     al, [VIDEO_SWITCHES]
        and     al, 0x0F
        mov     byte [bp + F_CH], 0             ; SPEC: the feature connector has nothing on it
        mov     [bp + F_CL], al
        ret

; BL=30h: AL = 0: 200, 1: 350, 2: 400 lines from the next text mode on.
select_lines:
        mov     ah, [VIDEO_FLAGS]
        and     ah, ~(FLAG_200 | FLAG_400) & 0xFF
        mov     bl, 0xF9
        cmp     al, 1
        ja      .high
        je      .store
        or      ah, FLAG_200
        mov     bl, 0xF8
        jmp     short .store
.high:
        cmp     al, 2
        ja      fn_select.done
        or      ah, FLAG_400
.store:
        mov     [VIDEO_FLAGS], ah
        mov     [VIDEO_SWITCHES], bl
        jmp     short select_ok

; BL=31h: AL = 0: a mode set loads the palette, 1: it does not.
select_default_palette:
        mov     al, FLAG_NO_DAC
.flag:
        or      ah, ah
        jz      .clear
        or      [VIDEO_FLAGS], al
        jmp     short select_ok
.clear:
        not     al
        and     [VIDEO_FLAGS], al
        jmp     short select_ok

; BL=32h: AL = 0: the adapter answers, 1: it does not.
select_video:
        xor     ah, 1
        mov     dx, VIDEO_ENABLE
        mov     al, ah
        out     dx, al
        mov     dx, MISC_READ
        in      al, dx
        and     al, ~0x02
        shl     ah, 1
        or      al, ah
        mov     dx, MISC_WRITE
        out     dx, al
        jmp     short select_ok

; BL=33h: AL = 0: a mode set sums colours to grey, 1: it does not.
select_grey:
        xor     ah, 1
        mov     al, FLAG_GREY
        jmp     short select_default_palette.flag

; BL=34h: AL = 0: the cursor's shape is scaled, 1: it is not.
select_emulation:
        and     byte [VIDEO_INFO], ~INFO_NO_EMULATION
        or      [VIDEO_INFO], ah
        jmp     short select_ok

; BL=36h: AL = 0: the picture is on, 1: off.
select_refresh:
        call    set_refresh
select_ok:
        mov     byte [bp + F_AL], SELECT_DONE
        ret
