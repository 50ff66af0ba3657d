; INT 15h AH=89h: switch to protected mode and stay there.
; SPEC: IBM PC AT Technical Reference, BIOS listing (November 1985), "INT 15h,
; AH=89h": ES:SI = table of eight descriptors: none, the table, the interrupt
; table, DS, ES, SS, CS, and one for this BIOS, which fills it. BH and BL become
; the first vectors of the interrupt controllers, whose lines are all masked. It
; returns to the caller's offset in the new CS. CF = 1, AH = FFh: not done.

P_TABLE         equ 08h
P_INTERRUPTS    equ 10h
P_DS            equ 18h
P_ES            equ 20h
P_SS            equ 28h
P_CS            equ 30h
P_BIOS          equ 38h

int15_protected_mode:
        mov es, [B_EBDA]
        cmp byte [es:E_CPU], CPU_286
        jae .has_mode
        jmp int15_unsupported
        cpu 286
.has_mode:
        smsw ax
        test al, 01h
        jnz .failed
        mov al, 1
        call a20_gate
        jc .failed
        cli
        mov bx, [bp + R_BX]
        call pic_vectors
        mov al, 0ffh
        out PIC1_MASK, al
        out PIC2_MASK, al
        mov ds, [bp + R_ES]
        mov si, [bp + R_SI]
        lea di, [si + P_BIOS]
        call descriptor_of_bios
        mov sp, bp              ; there is no way back
        mov byte [bp + R_AH], 0
        mov word [bp + R_FLAGS - 2], P_CS
        lgdt [si + P_TABLE]
        lidt [si + P_INTERRUPTS]
        smsw ax
        or al, 01h
        lmsw ax
        jmp P_BIOS:.protected
.protected:
        mov ax, P_DS
        mov ds, ax
        mov ax, P_ES
        mov es, ax
        mov ax, P_SS
        mov ss, ax
        pop ax
        pop bx
        pop cx
        pop dx
        pop bp
        pop si
        pop di
        add sp, 4               ; segments of real mode; CF = 0
        clc
        retf 2
.failed:
        mov ah, 0ffh
        jmp int15_error
        cpu 8086
