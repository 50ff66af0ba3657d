; Which CPU this is.

; Out: AL = CPU_8086 .. CPU_P6.
; SPEC: Intel SDM vol. 3 "Architecture compatibility": shift counts are taken
; modulo 32 from the 80186 on; PUSH SP stores the old value from the 286 on;
; flags 12-14 stay clear in a 286's real mode; AC (bit 18) exists from the 486 on;
; ID (bit 21) can be toggled where there is CPUID, which tells the family.
detect_cpu:
        push bx
        push cx
        push dx
        push si
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
        mov esi, 40000h
        call .toggle
        jz .done
        inc bx
        mov esi, 200000h
        call .toggle
        jz .done
        push ebx
        push edx
        mov eax, 1
        db 0fh, 0a2h            ; CPUID
        mov cl, ah
        and cl, 0fh             ; the family
        shr edx, 23             ; bit 0: MMX
        mov ch, dl
        pop edx
        pop ebx
        cpu 8086
        cmp cl, 5
        jb .done
        mov bl, CPU_P6
        ja .done
        mov bl, CPU_PENTIUM
        test ch, 1
        jz .done
        mov bl, CPU_MMX
.done:  mov al, bl
        pop si
        pop dx
        pop cx
        pop bx
        ret

        cpu 386
; Whether the bit ESI of EFLAGS can be changed: then not zero. Changes EAX, ECX.
.toggle:
        pushfd
        pop eax
        mov ecx, eax
        xor eax, esi
        push eax
        popfd
        pushfd
        pop eax
        push ecx
        popfd
        xor eax, ecx
        test eax, esi
        cpu 8086
        ret
