; Option ROMs: the VGA BIOS, then whatever else stands at C8000h-DFFFFh. At E0000h,
; where boards have a socket for one more, this image itself stands.

; Where C0000h is empty RAM, the VGA BIOS in this image is copied there first.
; DS = BDA is kept.
video_rom:
        mov ax, 0c000h
        mov es, ax
        cmp word [es:0], 0aa55h
        je .present
        mov bx, 0c0000h / 1024
        call is_ram
        jne .none
        push ds
        mov ax, 0e000h
        mov ds, ax
        cmp word [0], 0aa55h
        jne .no_image
        mov ch, [2]             ; length in units of 512 bytes
        xor cl, cl              ; so CX = words
        xor si, si
        xor di, di
        rep movsw
.no_image:
        pop ds
        cmp word [es:0], 0aa55h
        jne .none
.present:
        mov ax, 0c000h
        call call_rom
.none:  ret

; SPEC: IBM PC AT Technical Reference, "ROM scan": 55h AAh, length in units of
; 512 bytes, entry at offset 3, all bytes sum to zero; every 2 KiB.
scan_option_roms:
        mov ax, 0c000h
        mov es, ax
        xor dx, dx
        cmp word [es:0], 0aa55h
        jne .from
        mov dl, [es:2]          ; a VGA BIOS longer than 32 KiB
        mov cl, 5
        shl dx, cl
        add dx, 7fh
        and dl, 80h
.from:  add ax, dx
        cmp ax, 0c800h
        jae .next
        mov ax, 0c800h
.next:  mov es, ax
        mov bx, 80h             ; paragraphs to the next place
        cmp word [es:0], 0aa55h
        jne .advance
        call rom_checksum
        jnz .advance
        mov bl, [es:2]
        xor bh, bh
        mov cl, 5
        shl bx, cl
        add bx, 7fh
        and bl, 80h
        push ax
        push bx
        call call_rom
        pop bx
        pop ax
        or bx, bx
        jz .done                ; a ROM that says it is empty would hold us here
.advance:
        add ax, bx
        jc .done
        cmp ax, 0e000h
        jb .next
.done:  ret

; In: ES = segment. Out: ZF = 1 if the bytes sum to zero. AX, ES, BX are kept.
rom_checksum:
        push ax
        push bx
        push es
        mov dl, [es:2]          ; units of 512 bytes
        xor al, al
.unit:  or dl, dl
        jz .done
        xor bx, bx
        mov cx, 512
.byte:  add al, [es:bx]
        inc bx
        loop .byte
        mov bx, es
        add bx, 32
        mov es, bx
        dec dl
        jmp .unit
.done:  or al, al
        pop es
        pop bx
        pop ax
        ret

; In: AX = segment of a ROM. Calls its entry; DS = BDA afterwards.
call_rom:
        push bp
        push cs
        mov bx, .back
        push bx
        push ax
        mov bx, 3
        push bx
        retf
.back:  cld
        sti
        LOAD_BDA ds
        pop bp
        ret
