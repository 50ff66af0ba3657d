; INT 19h: load a boot sector. INT 18h: there was none.

BOOT_SECTOR     equ 7c00h

; The codes of CMOS, the drives they mean to INT 13h, and their names. Bochs and
; QEMU number 1 floppy, 2 fixed disk, 3 CD-ROM and 4 network; 5 and 6 are ours.
boot_drives:
        db 1, 00h
        dw boot_drives.a
        db 5, 01h
        dw boot_drives.b
        db 2, 80h
        dw boot_drives.c
        db 6, 81h
        dw boot_drives.d
boot_drives_end:
boot_drives.a: db "Floppy A", 0
boot_drives.b: db "Floppy B", 0
boot_drives.c: db "Hard disk C", 0
boot_drives.d: db "Hard disk D", 0

; First what the boot menu chose, then what CMOS lists.
int19_body:
        cli
        cld
        xor ax, ax
        mov ss, ax
        mov sp, BOOT_SECTOR
        sti
        LOAD_BDA ds
        call ebda_to_es
        xor al, al
        xchg al, [es:E_BOOT]
        call boot_try
        mov al, CM_BOOT3
        call cmos_read
        mov bh, al
        mov cl, 4
        shr bh, cl
        mov al, CM_BOOT12
        call cmos_read
        mov bl, al              ; BX = order, first in the lowest nibble
        or bx, bx
        jz .default
        inc ax
        jnz .next
.default:
        mov bx, 0021h
.next:  mov al, bl
        and al, 0fh
        mov cl, 4
        shr bx, cl
        push bx
        call boot_try
        pop bx
        or bx, bx
        jnz .next
        int 18h
        jmp int19_body

; Boot the drive with the code AL. It returns if there is nothing to boot.
boot_try:
        mov si, boot_drives
.seek:  cmp al, [cs:si]
        je .found
        add si, 4
        cmp si, boot_drives_end
        jb .seek
        ret
.found: mov dl, [cs:si + 1]
        xor dh, dh
        call read_boot_sector
        jc .no
        test dl, 80h            ; a floppy needs no signature
        jz .sector
        cmp word [BOOT_SECTOR + 510], 0aa55h
        jne .no
; A disk without a system begins with one byte repeated: zero, or what it was
; formatted with.
.sector:
        mov si, BOOT_SECTOR
        mov di, BOOT_SECTOR + 2
        mov cx, 8
        repe cmpsw
        jne .start
        cmp byte [BOOT_SECTOR], 90h     ; NOPs are a program
        je .start
.no:    ret
.start: mov sp, BOOT_SECTOR
        xor ax, ax
        xor bp, bp
        jmp 0:BOOT_SECTOR

; In: DL = drive. Out: CF = 1 if it cannot be read; DS = ES = 0.
read_boot_sector:
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov di, 4               ; a changed disk is reported once, a motor starts slowly
.again: mov ax, 0201h
        mov cx, 0001h
        mov bx, BOOT_SECTOR
        push di
        int 13h
        pop di
        jnc .done
        cmp ah, 80h             ; nothing there
        je .failed
        cmp ah, 01h
        je .failed
        cmp ah, 06h
        je .retry
        xor ah, ah
        int 13h
.retry: dec di
        jnz .again
.failed:
        stc
.done:  ret

int18:  sti
        mov si, .text
        call print
        xor ah, ah
        int 16h
        int 19h
.text:  db 13, 10, "No drive has a bootable disk: insert one and press a key to try again.", 13, 10, 0
