; INT 17h: parallel ports. INT 05h: print the screen.
; SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, interrupts 17h and 05h.

LPT_STATUS_FLIP equ 48h         ; acknowledge and error are low-active

int17_body:
        sti
        SAVE_FRAME
        LOAD_BDA ds
        mov si, [bp + R_DX]
        cmp si, 3
        jae .done
        shl si, 1
        mov dx, [si + B_LPT]
        or dx, dx
        jz .done                ; no such port: everything stays as it is
        shr si, 1
        mov al, [bp + R_AH]
        cmp al, 1
        jb .print
        je .initialize
        cmp al, 2
        je .status
.done:  IRET_FRAME

.print: mov al, [bp + R_AL]
        out dx, al
        inc dx
        in al, dx
        test al, 80h
        jnz .ready
        mov ax, 90feh           ; another task may run meanwhile
        clc
        int 15h
        mov al, [si + B_LPT_TIMEOUT]
        mov ah, SECOND / 4      ; a time-out's unit: a quarter of a second
        mul ah
        mov cx, ax
        call deadline_start
.poll:  in al, dx
        test al, 80h            ; not busy
        jnz .ready
        call deadline_passed
        jnc .poll
        in al, dx
        and al, 0f8h
        or al, 01h              ; time-out
        jmp .result
.ready: inc dx
        mov al, 0dh             ; strobe
        cli
        out dx, al
        mov ax, 2
        call spin_us
        mov al, 0ch
        out dx, al
        sti
        dec dx
        jmp .read

.initialize:
        inc dx
        inc dx
        mov al, 08h             ; INIT low for more than 50 us
        out dx, al
        mov ax, 60
        call spin_us
        mov al, 0ch
        out dx, al
        dec dx
        jmp .read
.status:
        inc dx
.read:  in al, dx
        and al, 0f8h
.result:
        xor al, LPT_STATUS_FLIP
        mov [bp + R_AH], al
        IRET_FRAME

int05_body:
        sti
        SAVE_FRAME
        LOAD_BDA ds
        cmp byte [B_PRTSC], 1
        je .done                ; already at it
        mov byte [B_PRTSC], 1
        mov ah, 0fh
        int 10h
        mov ch, [84h]           ; rows less one; zero where no EGA set it
        or ch, ch
        jnz .rows
        mov ch, 24
.rows:  inc ch
        mov cl, ah              ; CL = columns, CH = rows, BH = page
        push cx
        mov ah, 03h
        int 10h
        pop cx
        push dx                 ; cursor
        xor dx, dx
        call .new_line
        jc .failed
.next:  mov ah, 02h
        int 10h
        mov ah, 08h
        int 10h
        or al, al
        jnz .character
        mov al, ' '
.character:
        call .print
        jc .failed
        inc dl
        cmp dl, cl
        jb .next
        call .new_line
        jc .failed
        xor dl, dl
        inc dh
        cmp dh, ch
        jb .next
        mov byte [B_PRTSC], 0
        jmp .cursor
.failed:
        mov byte [B_PRTSC], 0ffh
.cursor:
        pop dx
        mov ah, 02h
        int 10h
.done:  IRET_FRAME
.new_line:
        mov al, 13
        call .print
        jc .printed
        mov al, 10
; In: AL = character. Out: CF = 1 if the printer is not there or does not take it.
.print: push dx
        xor dx, dx
        mov ah, 80h             ; what an absent port leaves
        cmp word [B_LPT], 0
        stc
        je .absent
        mov ah, 0
        int 17h
        test ah, 29h            ; time-out, error, no paper
        jz .absent              ; CF = 0
        stc
.absent:
        pop dx
.printed:
        ret
