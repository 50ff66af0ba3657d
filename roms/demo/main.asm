; The screen, drawn once, and the loop that waits for keys and seconds.

; Rows and columns of the panels.
LEFT            equ     1
LEFT_WIDTH      equ     41
RIGHT           equ     43
RIGHT_WIDTH     equ     36
MACHINE_ROW     equ     2
COLOURS_ROW     equ     10
KEYS_ROW        equ     16
LAST_ROW        equ     20

; Attributes.
BAR             equ     0x60            ; black on brown, the nearest to beige there is
BAR_BRIGHT      equ     0x6F
FRAME           equ     0x06
TITLE           equ     0x0E
LABEL           equ     0x03
TEXT            equ     0x07
STRONG          equ     0x0F
DIM             equ     0x08

main:
        call    self_test
        mov     ax, 0x0003
        int     0x10
        call    find_screen
        call    draw_bars
        mov     si, panels
        call    draw_panels
        call    draw_machine
        call    draw_disks
        call    draw_colours
        call    draw_characters
        mov     si, labels
        call    draw_labels
        call    draw_result
        call    start_keys

.wait:
        call    draw_clock
        call    draw_shifts
        call    next_key                        ; zero flag: there is none
        jz      .idle
        call    draw_key
        jmp     short .wait
.idle:
        hlt                                     ; until the timer or a key
        jmp     short .wait

; How the self-test ended, unless it was skipped.
draw_result:
        mov     di, 21 * 160 + 2 * 2
        mov     ah, LABEL
        mov     si, self_test.passed
        cmp     byte [result], PASSED
        je      put_text
        mov     si, self_test.failed
        cmp     byte [result], FAILED
        jne     .done
        call    put_text
        mov     si, failed
.name:
        mov     bx, [si]
        or      bx, bx
        jz      .done
        inc     si
        inc     si
        push    si
        mov     si, bx
        mov     ax, STRONG << 8 | ' '
        stosw
        call    put_text
        pop     si
        jmp     short .name
.done:
        ret

; The bars at the top and the bottom.
draw_bars:
        mov     ax, BAR << 8 | ' '
        xor     di, di
        mov     cx, 80
        rep     stosw
        mov     di, 24 * 160
        mov     cx, 80
        rep     stosw
        ret

; The 256 characters, with their codes.
draw_characters:
        mov     di, (MACHINE_ROW + 1) * 160 + (RIGHT + 3) * 2
        mov     ah, LABEL
        xor     bx, bx
.head:
        mov     al, [digits + bx]
        stosw
        inc     di
        inc     di
        inc     bx
        cmp     bl, 16
        jb      .head
        mov     di, (MACHINE_ROW + 2) * 160 + (RIGHT + 1) * 2
        mov     dl, 0
.row:
        push    di
        mov     bl, dl
        mov     cl, 4
        shr     bl, cl
        mov     al, [digits + bx]
        mov     ah, LABEL
        stosw
        inc     di
        inc     di
        mov     ah, STRONG
.char:
        mov     al, dl
        stosw
        inc     di
        inc     di
        inc     dl
        test    dl, 0x0F
        jnz     .char
        pop     di
        add     di, 160
        or      dl, dl
        jnz     .row
        ret

; Panels: row, column, height, width, title.
panels:
        db      MACHINE_ROW, LEFT, COLOURS_ROW - MACHINE_ROW, LEFT_WIDTH, 'This machine', 0
        db      COLOURS_ROW, LEFT, KEYS_ROW - COLOURS_ROW, LEFT_WIDTH, 'Colours', 0
        db      KEYS_ROW, LEFT, LAST_ROW + 1 - KEYS_ROW, LEFT_WIDTH, 'Keyboard', 0
        db      MACHINE_ROW, RIGHT, LAST_ROW + 1 - MACHINE_ROW, RIGHT_WIDTH, 'Characters', 0
        db      0xFF

; Fixed text: row, column, attribute, text.
labels:
        db      0, 1, BAR_BRIGHT, 0xDB, 0xB2, 0xB1, 0xB0, ' Beige', 0
        db      0, 13, BAR, 'a whole PC in one program', 0
        db      MACHINE_ROW + 1, LEFT + 2, LABEL, 'Processor', 0
        db      MACHINE_ROW + 2, LEFT + 2, LABEL, 'Memory', 0
        db      MACHINE_ROW + 3, LEFT + 2, LABEL, 'Display', 0
        db      MACHINE_ROW + 4, LEFT + 2, LABEL, 'Floppies', 0
        db      MACHINE_ROW + 5, LEFT + 2, LABEL, 'Hard disks', 0
        db      COLOURS_ROW + 1, LEFT + 2, LABEL, 'Text', 0
        db      COLOURS_ROW + 2, LEFT + 2, LABEL, 'Solid', 0
        db      COLOURS_ROW + 3, LEFT + 2, LABEL, 'Ground', 0
        db      COLOURS_ROW + 4, LEFT + 2, LABEL, 'Blink', 0
        db      KEYS_ROW + 1, LEFT + 2, DIM, 'Press any key.', 0
        db      22, 2, TEXT, 'This is the built-in disk. To start your own:', 0
        db      22, 49, STRONG, 'beige disk.img', 0
        db      23, 2, TEXT, 'All that beige can do:', 0
        db      23, 49, STRONG, 'beige --help', 0
        db      24, 2, BAR, 'Type to see your keys arrive', 0
        db      24, 70, BAR, 'restarts', 0
        db      24, 57, BAR_BRIGHT, 'Ctrl-Alt-Del', 0
        db      0xFF

digits:
        db      '0123456789ABCDEF'
