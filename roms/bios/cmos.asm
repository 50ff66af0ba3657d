; Access to the clock chip's RAM. The index port also holds the NMI mask: NMI
; is off during an access and on afterwards.

; In: AL = index. Out: AL = value.
cmos_read:
        pushf
        cli
        or al, CM_NMI_OFF
        out CMOS_INDEX, al
        in al, CMOS_DATA
        push ax
        jmp cmos_leave

; In: AL = index, AH = value.
cmos_write:
        pushf
        cli
        push ax
        or al, CM_NMI_OFF
        out CMOS_INDEX, al
        mov al, ah
        out CMOS_DATA, al
cmos_leave:
        mov al, CM_D            ; a register that a stray write cannot harm
        out CMOS_INDEX, al
        in al, CMOS_DATA
        pop ax
        popf
        ret
