; Text on the screen through INT 10h.

; In: CS:SI = text, ending in a zero byte. AX, BX and SI are lost.
print:  cs lodsb
        or al, al
        jz .done
        call print_char
        jmp print
.done:  ret

; In: AL = character. AX and BX are lost.
print_char:
        mov ah, 0eh
        mov bx, 0007h
        int 10h
        ret

; In: AX = number. AX, BX, CX and DX are lost.
print_number:
        mov bx, 10
        xor cx, cx
.digit: xor dx, dx
        div bx
        push dx
        inc cx
        or ax, ax
        jnz .digit
.out:   pop ax
        add al, '0'
        call print_char
        loop .out
        ret

; One line: name, CPU, base memory, the key for the boot menu. In: DS = BDA
sign_on:
        mov si, .name
        call print
        mov es, [B_EBDA]
        mov bl, [es:E_CPU]
        xor bh, bh
        shl bx, 1
        mov si, [cs:.cpus + bx]
        call print
        mov si, .comma
        call print
        mov ax, [B_MEMSIZE]
        inc ax                  ; the EBDA's KiB is there too
        call print_number
        mov si, .memory
        jmp print

.name:   db "Beige BIOS 11/20/26, CPU ", 0
.comma:  db ", ", 0
.memory: db " KB base memory. Esc: boot menu", 13, 10, 0
.cpus:   dw .c86, .c186, .c286, .c386, .c486, .c586, .mmx, .c686
.c86:    db "8086", 0
.c186:   db "80186", 0
.c286:   db "80286", 0
.c386:   db "80386", 0
.c486:   db "80486", 0
.c586:   db "Pentium", 0
.mmx:    db "Pentium MMX", 0
.c686:   db "Pentium II", 0
