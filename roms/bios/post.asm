; Power-on self test: from the reset vector to INT 19h.
;
; It sets the machine up and looks for what is there; it tests next to
; nothing, so that it stays short on a 4.77 MHz 8086. Each step shows its
; number on port 80h. Nothing waits for ever for a chip that is absent.

post:
        cli
        cld
        mov al, CM_SHUTDOWN | CM_NMI_OFF
        out CMOS_INDEX, al
        in al, CMOS_DATA
        mov ah, al
        mov al, CM_SHUTDOWN | CM_NMI_OFF
        out CMOS_INDEX, al
        xor al, al
        out CMOS_DATA, al
        or ah, ah
        jnz shutdown            ; back here if the code asks for a start
post_start:

        POST_STEP 01h
        LOAD_BDA ds
        mov bp, [B_RESETFLAG]   ; survives the clearing below
        xor ax, ax
        mov ss, ax
        mov sp, 7c00h
        call dma_init
        call pit_init
        call pic_init

        POST_STEP 02h
        call memory_size        ; AX = KiB
        push ax
        call clear_data_areas
        call vectors_init
        pop ax
        call bda_init           ; from here on DS = BDA
        mov [B_RESETFLAG], bp
        call detect_cpu
        call ebda_to_es
        mov [es:E_CPU], al
        sti

        POST_STEP 03h
        call kbc_init           ; its test opens the gate
        xor al, al
        call a20_gate
        POST_STEP 04h
        call rtc_init
        POST_STEP 05h
        call video_rom
        call kbc_glance
        call sign_on
        POST_STEP 06h
        call ports_init
        call kbc_glance
        POST_STEP 07h
        call floppy_init
        call kbc_glance
        POST_STEP 08h
        call disk_init
        POST_STEP 09h
        call keyboard_init
        POST_STEP 0ah
        call scan_option_roms
        POST_STEP 0bh
        call boot_menu
        POST_STEP 0ch
        int 19h
.stop:  hlt
        jmp .stop

; Base memory in KiB from CMOS; sought by writing where CMOS says nonsense.
; Out: AX
memory_size:
        mov al, CM_BASE_HI
        call cmos_read
        mov ah, al
        mov al, CM_BASE_LO
        call cmos_read
        cmp ax, 64
        jb .probe
        cmp ax, 640
        ja .probe
        mov bx, ax
        dec bx
        call is_ram
        je .done
.probe: mov ax, 64
.next:  mov bx, ax
        call is_ram
        jne .done
        add ax, 16
        cmp ax, 640
        jb .next
.done:  ret

; In: BX = KiB. Out: ZF = 1 if the word at that address keeps what is written.
is_ram: push ax
        push bx
        push cx
        push ds
        mov cl, 6
        shl bx, cl
        mov ds, bx
        mov bx, [0]
        mov word [0], 55aah
        mov cx, [4]             ; so that no bus capacitance answers for RAM
        cmp word [0], 55aah
        mov [0], bx
        pop ds
        pop cx
        pop bx
        pop ax
        ret

; In: AX = base memory in KiB. Clears vectors, BDA and EBDA.
clear_data_areas:
        dec ax
        mov cl, 6
        shl ax, cl
        mov es, ax
        xor di, di
        xor ax, ax
        mov cx, 512
        rep stosw
        mov es, ax
        xor di, di
        mov cx, 300h
        rep stosw
        ret

; In: AX = base memory in KiB. Out: DS = BDA.
bda_init:
        mov bx, BDA
        mov ds, bx
        dec ax                  ; the last KiB is the EBDA
        mov [B_MEMSIZE], ax
        mov bx, ax
        mov cl, 6
        shl ax, cl
        mov [B_EBDA], ax
        mov es, ax
        mov byte [es:E_SIZE], 1
        mov [es:E_BASE_KIB], bx
        mov ax, B_KBBUF
        mov [B_KBHEAD], ax
        mov [B_KBTAIL], ax
        mov [B_KBSTART], ax
        mov word [B_KBEND], B_KBBUF + 32
        mov ax, 1414h
        mov [B_LPT_TIMEOUT], ax
        mov [B_LPT_TIMEOUT + 2], ax
        mov ax, 0101h
        mov [B_COM_TIMEOUT], ax
        mov [B_COM_TIMEOUT + 2], ax
        mov byte [B_KBFLAG3], KF3_ENHANCED
        mov al, CM_EQUIP
        call cmos_read
        and al, 0c9h            ; no INT 15h mouse services: no mouse bit
        or al, 20h              ; a VGA starts in 80 columns, colour
        mov [B_EQUIP], al
        cpu 8086
        fninit
        mov word [B_SHUTDOWN], 5a5ah
        fnstsw [B_SHUTDOWN]     ; a coprocessor that is there clears it
        cpu 8086
        cmp word [B_SHUTDOWN], 0
        mov word [B_SHUTDOWN], 0
        jne .no_coprocessor
        or byte [B_EQUIP], 02h
.no_coprocessor:
        ret

; Out: ES = EBDA. Everything else is kept. In: DS = BDA
ebda_to_es:
        mov es, [B_EBDA]
        ret
