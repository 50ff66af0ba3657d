; Which CPU this is.

; Out: AL = CPU_8086 .. CPU_486.
; SPEC: Intel SDM vol. 3 "Architecture compatibility": shift counts are taken
; modulo 32 from the 80186 on; PUSH SP stores the old value from the 286 on;
; flags 12-14 stay clear in a 286's real mode; AC (bit 18) exists from the 486 on.
detect_cpu:
        push bx
        push cx
        push dx
        mov bl, CPU_8086
        mov cl, 33
        mov ax, 1
        shl ax, cl
        jz .done
        inc bx
        push sp
        pop ax
        cmp ax, sp
        jne .done
        inc bx
        pushf
        pop cx
        mov ax, cx
        or ah, 70h
        push ax
        popf
        pushf
        pop ax
        push cx
        popf
        test ah, 70h
        jz .done
        inc bx
        cpu 386
        pushfd
        pop eax
        mov ecx, eax
        xor eax, 40000h
        push eax
        popfd
        pushfd
        pop eax
        push ecx
        popfd
        xor eax, ecx
        test eax, 40000h
        cpu 8086
        jz .done
        inc bx
.done:  mov al, bl
        pop dx
        pop cx
        pop bx
        ret
