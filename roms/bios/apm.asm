; INT 15h 53h: Advanced Power Management, the real-mode interface.
; SPEC: Advanced Power Management BIOS Interface Specification 1.2 (February
; 1996), "APM Functions" and "Error codes". There is nothing to slow down and no
; battery: it halts when idle, tells that, and switches the power off.

APM_VERSION     equ 0102h       ; what we speak; 1.0 until a driver asks for more
APM_BIOS        equ 0000h       ; device IDs
APM_ALL         equ 0001h
APM_ALL_10      equ 0ffffh      ; the same in version 1.0
APM_OFF         equ 3           ; power state

; In: AL = function. Registers as in int15.asm.
int15_apm:
        mov es, [B_EBDA]
        cmp al, 80h
        je .unsupported
        cmp al, 10h
        ja .unsupported
        mov bl, al
        xor bh, bh
        mov al, [cs:.flags + bx]
        test al, APM_CONNECTED
        jz .connected
        test [es:E_APM], al
        mov ah, 03h             ; not connected
        jz .error
.connected:
        mov dx, [bp + R_BX]
        test al, NEEDS_BIOS
        jz .not_bios
        cmp dx, APM_BIOS
        jne .no_device
.not_bios:
        test al, NEEDS_ALL
        jz .device
        cmp dx, APM_ALL
        je .device
        cmp dx, APM_ALL_10
        jne .no_device
.device:
        mov cx, [bp + R_CX]
        shl bx, 1
        call [cs:.functions + bx]
        jc .error
        ret
.no_device:
        mov ah, 09h
        jmp .error
.unsupported:
        mov ah, 0ch
.error: jmp int15_error

; What each function needs: a connection, the device ID of the BIOS or of all
; devices.
NEEDS_BIOS      equ 40h
NEEDS_ALL       equ 80h
.flags: db NEEDS_BIOS, NEEDS_BIOS, NEEDS_BIOS, NEEDS_BIOS               ; 00h
        db NEEDS_BIOS | APM_CONNECTED, APM_CONNECTED, APM_CONNECTED
        db NEEDS_ALL | APM_CONNECTED
        db NEEDS_ALL | APM_CONNECTED, NEEDS_ALL | APM_CONNECTED         ; 08h
        db NEEDS_ALL, APM_CONNECTED, NEEDS_ALL, NEEDS_ALL | APM_CONNECTED
        db NEEDS_BIOS | APM_CONNECTED, NEEDS_ALL | APM_CONNECTED
        db NEEDS_BIOS                                                   ; 10h
.functions:
        dw apm_check, apm_connect, apm_no_16, apm_no_32                 ; 00h
        dw apm_disconnect, apm_idle, apm_ok, apm_set_state
        dw apm_enable, apm_restore, apm_status, apm_event               ; 08h
        dw apm_state, apm_enable_device, apm_driver, apm_engage
        dw apm_capabilities                                             ; 10h

; Functions: CX = the caller's, ES = EBDA. Out: CF = 1 and AH = error.

; 00h: version, "PM", CX = flags: no protected-mode interface; bit 3 disabled,
; bit 4 disengaged.
apm_check:
        mov word [bp + R_AX], APM_VERSION
        mov word [bp + R_BX], 'MP'
        mov al, [es:E_APM]
        and ax, APM_DISABLED | APM_DISENGAGED
        mov cl, 2
        shl ax, cl
        mov [bp + R_CX], ax
        clc
        ret

apm_connect:
        test byte [es:E_APM], APM_CONNECTED
        mov ah, 02h             ; connected already
        jnz apm_error
        or byte [es:E_APM], APM_CONNECTED
        mov word [es:E_APM_VERSION], 0100h
apm_ok: mov byte [bp + R_AH], 0
        clc
        ret

apm_no_16:
        mov ah, 06h
        jmp apm_error
apm_no_32:
        mov ah, 08h
apm_error:
        stc
        ret

apm_disconnect:
        and byte [es:E_APM], ~APM_CONNECTED & 0ffh
        jmp apm_ok

; 05h: asleep until the next interrupt. The timer's is sure to come; where it is
; masked, nothing might.
apm_idle:
        in al, PIC1_MASK
        test al, 01h
        jnz apm_ok
        sti
        hlt
        jmp apm_ok

; 07h: all devices can only be switched off, and only where the board listens.
apm_set_state:
        mov ah, 0ah             ; parameter out of range
        cmp cx, APM_OFF
        ja apm_error
        jne .refused
        mov dx, APM_POWER
        mov si, .text
        mov cx, 8
.next:  cs lodsb
        out dx, al
        loop .next
.refused:
        mov ah, 60h             ; cannot enter the state
        jmp apm_error
.text:  db "Shutdown"

; 08h: CX = 0 disable, 1 enable. 0Dh the same, in one with it for all devices.
apm_enable:
apm_enable_device:
        mov al, APM_DISABLED
apm_switch:
        mov ah, 0ah
        cmp cx, 1
        ja apm_error
        jb .clear
        not al
        and [es:E_APM], al
        jmp apm_ok
.clear: or [es:E_APM], al
        jmp apm_ok

apm_engage:
        mov al, APM_DISENGAGED
        jmp apm_switch

apm_restore:
        and byte [es:E_APM], ~(APM_DISABLED | APM_DISENGAGED) & 0ffh
        jmp apm_ok

; 0Ah: on the mains, no battery.
apm_status:
        mov word [bp + R_BX], 01ffh
        mov word [bp + R_CX], 80ffh
        mov word [bp + R_DX], 0ffffh
        jmp apm_ok

apm_event:
        mov ah, 80h             ; none pending
        jmp apm_error

apm_state:
        mov word [bp + R_CX], 0 ; enabled
        jmp apm_ok

; 0Eh: CX = version of the driver. Out: AX = version to speak.
apm_driver:
        cmp cx, 0100h
        mov ah, 0ah
        jb apm_error
        cmp cx, APM_VERSION
        jbe .speak
        mov cx, APM_VERSION
.speak: mov [es:E_APM_VERSION], cx
        mov [bp + R_AX], cx
        clc
        ret

; 10h: no batteries, no state to resume from.
apm_capabilities:
        mov byte [bp + R_BL], 0
        mov word [bp + R_CX], 0
        jmp apm_ok
