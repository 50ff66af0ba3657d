; INT 08h: the timer tick. INT 11h and 12h: what the BDA says.

TICKS_A_DAY     equ 1800b0h     ; SPEC: 1193182 Hz / 65536, rounded as IBM did

; SPEC: IBM PC AT BIOS: INT 1Ch runs before the end-of-interrupt command.
int08_body:
        sti
        push ds
        push dx
        push ax
        LOAD_BDA ds
        inc word [B_TICKS]
        jnz .counted
        inc word [B_TICKS + 2]
.counted:
        cmp word [B_TICKS + 2], TICKS_A_DAY >> 16
        jb .same_day
        cmp word [B_TICKS], TICKS_A_DAY & 0ffffh
        jb .same_day
        xor ax, ax
        mov [B_TICKS], ax
        mov [B_TICKS + 2], ax
        inc byte [B_MIDNIGHT]
.same_day:
        cmp byte [B_FD_COUNT], 0
        je .motors_done         ; never started by us: leave the controller alone
        dec byte [B_FD_COUNT]
        jnz .motors_done
        and byte [B_FD_MOTOR], 0f0h
        mov al, 0ch
        mov dx, FDC_DOR
        out dx, al
.motors_done:
        int 1ch
        cli
        mov al, EOI
        out PIC1, al
        pop ax
        pop dx
        pop ds
        iret

int11_body:
        push ds
        LOAD_BDA ds
        mov ax, [B_EQUIP]
        pop ds
        iret

int12_body:
        push ds
        LOAD_BDA ds
        mov ax, [B_MEMSIZE]
        pop ds
        iret
