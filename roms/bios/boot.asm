; INT 19h: load a boot sector. INT 18h: there was none.

BOOT_SECTOR     equ 7c00h

; CMOS says in which order: 1 floppy, 2 fixed disk.
int19_body:
        cli
        cld
        xor ax, ax
        mov ss, ax
        mov sp, BOOT_SECTOR
        sti
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
        cmp al, 1
        jne .not_floppy
        call boot_floppy
.not_floppy:
        cmp al, 2
        jne .not_disk
        call boot_disk
.not_disk:
        pop bx
        or bx, bx
        jnz .next
        int 18h
        jmp int19_body

; These return if there is nothing to boot; AL = 0 then.

; A floppy needs no signature.
boot_floppy:
        xor dx, dx
        call read_boot_sector
        jnc boot_sector
boot_no:
        xor al, al
        ret

boot_disk:
        mov dx, 0080h
        call read_boot_sector
        jc boot_no
        cmp word [BOOT_SECTOR + 510], 0aa55h
        jne boot_no
; A disk without a system begins with one byte repeated: zero, or what it was
; formatted with.
boot_sector:
        mov si, BOOT_SECTOR
        mov di, BOOT_SECTOR + 2
        mov cx, 8
        repe cmpsw
        jne .start
        cmp byte [BOOT_SECTOR], 90h     ; NOPs are a program
        jne boot_no
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
.text:  db 13, 10, "No bootable disk. Insert a system disk in drive A and press a key.", 13, 10, 0
