; INT 15h AH=87h: move a block anywhere in memory, through protected mode. The
; 80286 comes back by a reset with shutdown code 09h, later CPUs by CR0.
; SPEC: IBM PC AT Technical Reference, BIOS listing (November 1985), "INT 15h,
; AH=87h": CX words, ES:SI = table of six descriptors, of which the caller fills
; the third (source) and the fourth (target). Status: 0, 01h parity error, 02h
; another exception, 03h gate A20 failed; ZF = 1 if it is 0, CF = 1 if not.
; Gate A20 is afterwards as it was; the AT closed it.

MOVE_TABLE      equ 08h         ; the table itself
MOVE_SOURCE     equ 10h
MOVE_TARGET     equ 18h
MOVE_CODE       equ 20h         ; this BIOS
MOVE_STACK      equ 28h         ; the caller's stack
MOVE_TABLE_LAST equ 2fh
MOVE_PARITY     equ 01h
MOVE_EXCEPTION  equ 02h
MOVE_A20        equ 03h

ACCESS_CODE     equ 9bh         ; present, level 0, readable, accessed
ACCESS_DATA     equ 93h         ; present, level 0, writable, accessed
GATE_INTERRUPT  equ 86h         ; present, level 0, 286 interrupt gate

; What stands at 40:67 during a move. UNVERIFIED: programs that use shutdown code
; 9 on their own leave the same, as the AT BIOS did.
M_ES            equ 0
M_SI            equ 6
M_CX            equ 16
M_AH            equ 19
M_FLAGS         equ 24

int15_block_move:
        push ax                 ; as PUSHA, which an 8086 has not
        push cx
        push dx
        push bx
        push bx
        push bp
        push si
        push di
        push ds
        push es
        mov bp, sp
        cld
        cli
        LOAD_BDA ds
        mov [B_SHUTDOWN], sp
        mov [B_SHUTDOWN + 2], ss
        mov es, [B_EBDA]
        mov bl, [es:E_CPU]
        cmp bl, CPU_286
        jae .has_mode
        mov byte [bp + M_AH], 86h
        or byte [bp + M_FLAGS], FLAG_CF
        jmp move_return

        cpu 286
.has_mode:
        mov byte [es:E_MOVE], MOVE_ACTIVE
        smsw ax
        test al, 01h            ; a V86 monitor should have moved it
        mov al, MOVE_EXCEPTION
        jnz .failed
        call a20_state
        or [es:E_MOVE], al
        mov al, 1
        call a20_gate
        mov al, MOVE_A20
        jc .failed
        cmp bl, CPU_286
        ja .fill
        mov ax, 0900h | CM_SHUTDOWN
        call cmos_write
        call kbc_wait_write
.fill:  mov ds, [bp + M_ES]
        mov si, [bp + M_SI]
        mov ax, ds
        lea di, [si + MOVE_TABLE]
        mov cx, MOVE_TABLE_LAST
        call descriptor_of_data
        mov ax, ss
        push si
        xor si, si
        lea di, [di + MOVE_STACK - MOVE_TABLE]
        mov cx, 0ffffh
        call descriptor_of_data
        pop si
        lea di, [si + MOVE_CODE]
        call descriptor_of_bios
        mov cx, [bp + M_CX]
        lgdt [si + MOVE_TABLE]
        lidt [cs:move_idt_pointer]
        smsw ax
        or al, 01h
        lmsw ax
        jmp MOVE_CODE:.protected
.failed:
        mov [bp + M_AH], al
        jmp block_move_done

.protected:
        mov ax, MOVE_STACK
        mov ss, ax
        mov ax, MOVE_SOURCE
        mov ds, ax
        mov ax, MOVE_TARGET
        mov es, ax
        xor si, si
        xor di, di
        rep movsw
        xor al, al

; In: AL = status, BL = CPU, SS:BP = frame.
move_leave:
        mov [bp + M_AH], al
        cmp bl, CPU_286
        ja .by_cr0
        mov al, 0feh            ; the keyboard controller resets the CPU
        out KBC_COMMAND, al
.wait:  hlt
        jmp .wait

        cpu 386
.by_cr0:
        mov ax, MOVE_STACK      ; limits and rights of real mode
        mov ds, ax
        mov es, ax
        mov eax, cr0
        and al, 0feh
        mov cr0, eax
        jmp 0f000h:.real
.real:  lidt [cs:real_idt_pointer]
        cpu 8086

; Shutdown code 9 comes here, after any move on its own or a program's.
block_move_done:
        LOAD_BDA ds
        mov ss, [B_SHUTDOWN + 2]
        mov sp, [B_SHUTDOWN]
        mov bp, sp
        mov es, [B_EBDA]
        xor bx, bx
        xchg bl, [es:E_MOVE]
        test bl, MOVE_A20_OPEN
        jnz .status
        cmp byte [es:E_CPU], CPU_286
        jb .status
        xor al, al
        call a20_gate
        jnc .status
        test bl, MOVE_ACTIVE
        jz .status              ; a program's frame is its own
        cmp byte [bp + M_AH], 0
        jne .status
        mov byte [bp + M_AH], MOVE_A20
.status:
        test bl, MOVE_ACTIVE
        jz move_return
        and byte [bp + M_FLAGS], ~(FLAG_CF | FLAG_ZF) & 0ffh
        mov al, FLAG_ZF
        cmp byte [bp + M_AH], 0
        je .flag
        mov al, FLAG_CF
.flag:  or [bp + M_FLAGS], al
move_return:
        pop es
        pop ds
        pop di
        pop si
        pop bp
        pop bx
        pop bx
        pop dx
        pop cx
        pop ax
        iret

        cpu 286
move_exception:
        mov al, MOVE_EXCEPTION
        jmp move_leave
move_nmi:
        mov al, MOVE_PARITY
        jmp move_leave

; A descriptor of writable data at DS:DI. In: AX:SI = where it begins, CX = limit.
; AX and DX are lost.
descriptor_of_data:
        mov dl, ACCESS_DATA
        jmp descriptor
; The descriptor of this BIOS as code, at DS:DI. AX, CX and DX are lost.
descriptor_of_bios:
        mov ax, cs
        mov cx, 0ffffh
        mov dl, ACCESS_CODE
        push si
        xor si, si
        call descriptor
        pop si
        ret
; In: AX:SI = where it begins, CX = limit, DL = access byte.
descriptor:
        mov [di], cx
        mov dh, ah
        shr dh, 4
        shl ax, 4
        add ax, si
        adc dh, 0
        mov [di + 2], ax
        mov [di + 4], dh
        mov [di + 5], dl
        mov word [di + 6], 0
        ret

; Every exception of the CPU ends the move.
move_idt:
        %assign vector 0
        %rep 32
        %if vector = 2
        dw move_nmi
        %else
        dw move_exception
        %endif
        dw MOVE_CODE
        db 0, GATE_INTERRUPT
        dw 0
        %assign vector vector + 1
        %endrep
move_idt_pointer:
        dw 32 * 8 - 1
        dw move_idt, 0fh
real_idt_pointer:
        dw 3ffh
        dw 0, 0
        cpu 8086
