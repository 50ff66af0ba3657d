; What each key types: words of scan code and character, 0 for nothing.
; SPEC: IBM PC AT BIOS (November 1985) tables K8-K15 and "Keyboard usage" of the
; Technical Reference. A character F0h marks codes that only the enhanced
; functions of INT 16h return, E0h the grey keys.

%macro letter 2                 ; code, letter
        dw %1 << 8 | %2, %1 << 8 | (%2 - 20h), %1 << 8 | (%2 - 60h), %1 << 8
%endmacro
%macro fkey 1                   ; F1-F10
        dw %1 << 8, (%1 + 19h) << 8, (%1 + 23h) << 8, (%1 + 2dh) << 8
%endmacro

KEYS_LAST       equ 58h
; From code 01h: plain, with Shift, with Ctrl, with Alt.
key_table:
        dw 011bh, 011bh, 011bh, 01f0h   ; Esc
        dw 0231h, 0221h, 0,     7800h   ; 1
        dw 0332h, 0340h, 0300h, 7900h
        dw 0433h, 0423h, 0,     7a00h
        dw 0534h, 0524h, 0,     7b00h
        dw 0635h, 0625h, 0,     7c00h
        dw 0736h, 075eh, 071eh, 7d00h
        dw 0837h, 0826h, 0,     7e00h
        dw 0938h, 092ah, 0,     7f00h
        dw 0a39h, 0a28h, 0,     8000h
        dw 0b30h, 0b29h, 0,     8100h   ; 0
        dw 0c2dh, 0c5fh, 0c1fh, 8200h   ; -
        dw 0d3dh, 0d2bh, 0,     8300h   ; =
        dw 0e08h, 0e08h, 0e7fh, 0ef0h   ; Backspace
        dw 0f09h, 0f00h, 9400h, 0a500h  ; Tab
        letter 10h, 'q'
        letter 11h, 'w'
        letter 12h, 'e'
        letter 13h, 'r'
        letter 14h, 't'
        letter 15h, 'y'
        letter 16h, 'u'
        letter 17h, 'i'
        letter 18h, 'o'
        letter 19h, 'p'
        dw 1a5bh, 1a7bh, 1a1bh, 1af0h   ; [
        dw 1b5dh, 1b7dh, 1b1dh, 1bf0h   ; ]
        dw 1c0dh, 1c0dh, 1c0ah, 1cf0h   ; Enter
        dw 0, 0, 0, 0                   ; Ctrl
        letter 1eh, 'a'
        letter 1fh, 's'
        letter 20h, 'd'
        letter 21h, 'f'
        letter 22h, 'g'
        letter 23h, 'h'
        letter 24h, 'j'
        letter 25h, 'k'
        letter 26h, 'l'
        dw 273bh, 273ah, 0,     27f0h   ; ;
        dw 2827h, 2822h, 0,     28f0h   ; '
        dw 2960h, 297eh, 0,     29f0h   ; `
        dw 0, 0, 0, 0                   ; left Shift
        dw 2b5ch, 2b7ch, 2b1ch, 2bf0h   ; \ .
        letter 2ch, 'z'
        letter 2dh, 'x'
        letter 2eh, 'c'
        letter 2fh, 'v'
        letter 30h, 'b'
        letter 31h, 'n'
        letter 32h, 'm'
        dw 332ch, 333ch, 0,     33f0h   ; ,
        dw 342eh, 343eh, 0,     34f0h   ; .
        dw 352fh, 353fh, 0,     35f0h   ; /
        dw 0, 0, 0, 0                   ; right Shift
        dw 372ah, 372ah, 9600h, 37f0h   ; keypad *
        dw 0, 0, 0, 0                   ; Alt
        dw 3920h, 3920h, 3920h, 3920h   ; space
        dw 0, 0, 0, 0                   ; CapsLock
        fkey 3bh
        fkey 3ch
        fkey 3dh
        fkey 3eh
        fkey 3fh
        fkey 40h
        fkey 41h
        fkey 42h
        fkey 43h
        fkey 44h
        dw 0, 0, 0, 0                   ; NumLock
        dw 0, 0, 0, 0                   ; ScrollLock
        dw 4700h, 4737h, 7700h, 0       ; keypad 7, Home
        dw 4800h, 4838h, 8d00h, 0
        dw 4900h, 4939h, 8400h, 0
        dw 4a2dh, 4a2dh, 8e00h, 4af0h   ; keypad -
        dw 4b00h, 4b34h, 7300h, 0
        dw 4cf0h, 4c35h, 8f00h, 0       ; keypad 5
        dw 4d00h, 4d36h, 7400h, 0
        dw 4e2bh, 4e2bh, 9000h, 4ef0h   ; keypad +
        dw 4f00h, 4f31h, 7500h, 0
        dw 5000h, 5032h, 9100h, 0
        dw 5100h, 5133h, 7600h, 0
        dw 5200h, 5230h, 9200h, 0
        dw 5300h, 532eh, 9300h, 0       ; keypad ., Del
        dw 0, 0, 0, 0                   ; SysRq
        dw 0, 0, 0, 0
        dw 565ch, 567ch, 0,     0       ; the key beside the left Shift
        dw 8500h, 8700h, 8900h, 8b00h   ; F11
        dw 8600h, 8800h, 8a00h, 8c00h   ; F12

; Keys after E0h: code, plain or with Shift, with Ctrl, with Alt.
grey_table:
        db 1ch
        dw 0e00dh, 0e00ah, 0a600h       ; keypad Enter
        db 35h
        dw 0e02fh, 9500h, 0a400h        ; keypad /
        db 37h
        dw 0, 7200h, 0                  ; Print Screen
        db 47h
        dw 47e0h, 77e0h, 9700h          ; Home
        db 48h
        dw 48e0h, 8de0h, 9800h
        db 49h
        dw 49e0h, 84e0h, 9900h
        db 4bh
        dw 4be0h, 73e0h, 9b00h
        db 4dh
        dw 4de0h, 74e0h, 9d00h
        db 4fh
        dw 4fe0h, 75e0h, 9f00h
        db 50h
        dw 50e0h, 91e0h, 0a000h
        db 51h
        dw 51e0h, 76e0h, 0a100h
        db 52h
        dw 52e0h, 92e0h, 0a200h
        db 53h
        dw 53e0h, 93e0h, 0a300h         ; Del
        db 0

; From code 01h: the lock that shifts the key.
key_locks:
        times 0fh db 0
        times 0ah db KF_CAPS            ; 10h-19h Q-P
        times 4 db 0
        times 9 db KF_CAPS              ; 1Eh-26h A-L
        times 5 db 0
        times 7 db KF_CAPS              ; 2Ch-32h Z-M
        times 14h db 0
        times 3 db KF_NUM               ; 47h-49h
        db 0
        times 3 db KF_NUM               ; 4Bh-4Dh
        db 0
        times 5 db KF_NUM               ; 4Fh-53h
        times 5 db 0
%if $ - key_locks != KEYS_LAST
%error "key_locks has the wrong length"
%endif

; From code 47h: the digit that Alt with the keypad types.
alt_digits:
        db 7, 8, 9, 0ffh, 4, 5, 6, 0ffh, 1, 2, 3, 0
