; The boot menu: shown when Esc was pressed before or during the power-on self
; test, or when CMOS asks for it. It asks for the drive that INT 19h tries first.
;
; DEVIATION: the test is over too soon for a hand, so a wait of half a second
; follows, in a warm boot too: Ctrl-Alt-Del and then Esc is how one comes to the
; menu from a running system. Any key ends the wait, and the system finds it in the
; buffer; a shift key alone does not.

E_MENU          equ E_SECTOR    ; code of the drive on each line
MENU_TICKS      equ 10          ; 494 to 549 ms

; In: DS = BDA. Everything else is lost.
boot_menu:
        call ebda_to_es
        mov al, CM_BOOT3
        call cmos_read
        test al, BOOT3_MENU
        jnz .show
        cmp byte [es:E_BOOT], BOOT_MENU
        je .show
        call boot_menu_wait
        mov bx, [B_KBHEAD]
.look:  cmp bx, [B_KBTAIL]
        je .done
        cmp byte [bx], 1bh
        je .show
        inc bx
        inc bx
        cmp bx, [B_KBEND]
        jb .look
        mov bx, [B_KBSTART]
        jmp .look

.show:  mov byte [es:E_BOOT], 0
        mov ax, [B_KBTAIL]      ; what was typed ahead was not meant for a system
        mov [B_KBHEAD], ax
        mov si, .title
        call print
        xor di, di              ; DI = line chosen
        call boot_menu_draw     ; CX = lines
        jcxz .done
.key:   xor ah, ah
        int 16h
        cmp al, 1bh
        je .end
        cmp al, 0dh
        je .pick
        cmp ah, 48h
        je .up
        cmp ah, 50h
        je .down
        sub al, '1'
        cmp al, cl
        jae .key
        xor ah, ah
        mov di, ax
        call boot_menu_redraw
.pick:  mov al, [es:E_MENU + di]
        mov [es:E_BOOT], al
.end:   mov si, .new_line
        jmp print
.up:    or di, di
        jz .key
        dec di
        jmp .move
.down:  inc di
        cmp di, cx
        jb .move
        dec di
.move:  call boot_menu_redraw
        jmp .key
.done:  ret
.title: db 13, 10, "Boot which drive? Its number, or arrows and Enter; Esc: the usual order."
.new_line:
        db 13, 10, 0

; Sleep until a key has come or half a second is over. In: DS = BDA. AX, CX and DX
; are lost.
; An option ROM may keep the tick count from moving: the last of so many
; interrupts ends the wait then.
boot_menu_wait:
        in al, PIC1_MASK
        test al, 01h
        jnz .done               ; nothing would wake the CPU
        mov cx, 4 * MENU_TICKS
        mov dx, [B_TICKS]
.sleep: cli                     ; a key between the look and HLT still wakes it
        mov ax, [B_KBHEAD]
        cmp ax, [B_KBTAIL]
        jne .end
        mov ax, [B_TICKS]
        sub ax, dx
        cmp ax, MENU_TICKS
        jae .end
        sti
        hlt
        loop .sleep
.end:   sti
.done:  ret

; Draw the lines again where they stand, above the cursor. In: CX = lines.
boot_menu_redraw:
        push cx
        mov ah, 03h
        xor bh, bh
        int 10h
        pop cx
        sub dh, cl
        xor dl, dl
        mov ah, 02h
        int 10h

; A line for each drive. In: DI = line chosen. Out: CX = lines. AX, BX, DX, SI are
; lost.
boot_menu_draw:
        xor cx, cx
        mov si, boot_drives
.drive: mov bl, [cs:si + 1]
        call boot_drive_present
        jnc .skip
        mov al, [cs:si]
        mov bx, cx
        mov [es:E_MENU + bx], al
        push si
        mov al, ' '
        cmp di, cx
        jne .unmarked
        mov al, '>'
.unmarked:
        call print_char
        mov al, cl
        add al, '1'
        call print_char
        mov al, ' '
        call print_char
        mov si, [cs:si + 2]
        call print
        mov si, boot_menu.new_line
        call print
        pop si
        inc cx
.skip:  add si, 4
        cmp si, boot_drives_end
        jb .drive
        ret

; In: BL = drive as INT 13h counts, DS = BDA. Out: CF = 1 if there is one. AX and
; BX are lost.
boot_drive_present:
        test bl, 80h
        jnz .disk
        push cx
        call fd_type
        pop cx
        neg al                  ; CF = 1 unless zero
        ret
.disk:  and bl, 7fh
        cmp bl, [B_HD_COUNT]
        ret
