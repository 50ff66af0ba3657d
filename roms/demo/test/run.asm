; The self-test: every chip through its ports, one line a part on the screen and on COM1.
;
; A part is a routine that returns when all is well and leaves by FAIL_UNLESS or SKIP otherwise, from any depth of
; calls. Its second routine puts back what it changed, however it ended. Parts run with DS = ES = 0, may change every
; register, and find channel 2 of the timer running for them (time.asm). Interrupts are on at their beginning.

PASSED          equ     0
FAILED          equ     1
SKIPPED         equ     2

GLANCE_TICKS    equ     6               ; how long the lines of a passed test stand, in ticks of the timer
FIRST_STEP      equ     0x20            ; on port 80h, a part after the other from here on

; The part fails with this text unless the condition holds. In the text, # is AL in hexadecimal and % is AX; the second
; one of them is DL or DX.
%macro FAIL_UNLESS 2
        j%1     %%well
        call    part_fails
        db      %2, 0
%%well:
%endmacro

%macro FAIL 1
        call    part_fails
        db      %1, 0
%endmacro

; The part ends here, skipped for this reason.
%macro SKIP 1
        call    part_skipped
        db      %1, 0
%endmacro

struc PART
.name:          resw    1
.test:          resw    1
.restore:       resw    1
.tries:         resw    1               ; a host that holds up the program may fail a test of time
endstruc

parts:
        dw      .cpu, test_cpu, restore_cpu, 1
        dw      .ram, test_ram, restore_ram, 1
        dw      .pit, test_pit, restore_pit, 3
        dw      .pic, test_pic, restore_pic, 3
        dw      .kbc, test_kbc, restore_kbc, 1
        dw      .vga, test_vga, restore_vga, 1
        dw      .com, test_com, restore_com, 1
        dw      .dma, test_dma, restore_dma, 1
        dw      .floppy, test_floppy, restore_floppy, 1
        dw      .ata, test_ata, restore_ata, 1
        dw      .rtc, test_rtc, restore_rtc, 3     ; last, as it waits for a second to end
        dw      0
.cpu:           db      'CPU', 0
.ram:           db      'RAM', 0
.pit:           db      'PIT', 0
.pic:           db      'PIC', 0
.kbc:           db      'KBC', 0
.vga:           db      'VGA', 0
.com:           db      'COM1', 0
.dma:           db      'DMA', 0
.floppy:        db      'FLOPPY', 0
.ata:           db      'ATA', 0
.rtc:           db      'RTC', 0

part:           dw      0               ; the present entry of the table
part_sp:        dw      0
part_vectors:   times   32 * 2 dw 0     ; vectors 00h-1Fh as they were
part_vectors2:  times   8 * 2 dw 0      ; vectors 70h-77h
verdict:        db      0
note:           dw      0               ; text behind the verdict, or 0
prefix:         dw      0               ; text before the note, or 0
values:         dw      0, 0            ; AX and DX for its # and %
step:           db      0
tries:          db      0
masks:          db      0, 0            ; of both interrupt controllers, as they were
port_b:         db      0
skip_wanted:    db      0               ; a key came while the keyboard was under test
failed:         times   12 dw 0         ; names of the parts that failed, then 0
result:         db      0, 0            ; how it all ended: a verdict, or FFh before the end

; Runs all parts, or up to the one at which a key is pressed.
self_test:
        mov     byte [result], 0xFF
        mov     byte [skip_wanted], 0
        in      al, 0x21
        mov     [masks], al
        in      al, 0xA1
        mov     [masks + 1], al
        in      al, 0x61
        mov     [port_b], al
        call    open_serial
        call    note_second
        mov     si, .begin
        call    print
        mov     word [failed], 0
        mov     byte [step], FIRST_STEP
        mov     word [part], parts
.next:
        mov     si, [part]
        cmp     word [si + PART.name], 0
        je      .end
        call    is_key_pressed
        jnz     .skip
        call    run_part
        call    print_part
        cmp     byte [skip_wanted], 0
        jne     .skip
        add     word [part], PART_size
        inc     byte [step]
        jmp     short .next
.skip:
        mov     byte [result], SKIPPED
        mov     si, .skipped
        call    print
        jmp     short .close
.end:
        mov     byte [result], PASSED
        mov     si, .passed
        cmp     word [failed], 0
        je      .say
        mov     byte [result], FAILED
        mov     si, .failed
.say:
        call    print
        call    print_failed
.close:
        call    print_end
        call    close_serial
        ; The timer as the BIOS had it.
        mov     al, 0xB6
        out     0x43, al
        mov     al, 0x33
        out     0x42, al
        mov     al, 0x05
        out     0x42, al
        mov     al, [port_b]
        and     al, 0x0F
        out     0x61, al
        cmp     byte [result], FAILED
        ja      .done
        jb      .glance
        mov     ax, 10000                       ; to be read; a key goes on
        jmp     wait_for_key
.glance:
        mov     cx, GLANCE_TICKS
.tick:
        mov     ah, 0x01                        ; a key goes on and stays for the screen that follows
        int     0x16
        jnz     .done
        hlt
        loop    .tick
.done:
        ret
.begin:         db      'Testing this machine, any key skips.', 13, 10, 0
.passed:        db      'SELF-TEST PASS', 0
.failed:        db      'SELF-TEST FAIL:', 0
.skipped:       db      'SELF-TEST SKIPPED', 0

; Zero flag clear when a key was pressed, which is taken away.
is_key_pressed:
        cmp     byte [skip_wanted], 0
        jne     .done
        mov     ah, 0x01
        int     0x16
        jz      .done
        mov     ah, 0x00
        int     0x16
        cmp     sp, 0                           ; zero flag clear
.done:
        ret

; Until a key comes, AX milliseconds at most.
wait_for_key:
        call    start_timer
.second:
        push    ax
        mov     ax, 100
        call    set_deadline
.again:
        call    is_key_pressed
        jnz     .key
        call    is_expired
        jnc     .again
        pop     ax
        sub     ax, 100
        ja      .second
        ret
.key:
        pop     ax
        ret

run_part:
        mov     al, [step]
        out     0x80, al
        mov     si, [part]
        mov     al, [si + PART.tries]
        mov     [tries], al
.try:
        call    try_part
        cmp     byte [verdict], FAILED
        jne     .done
        dec     byte [tries]
        jnz     .try
.done:
        ret

try_part:
        mov     byte [verdict], PASSED
        mov     word [note], 0
        mov     word [prefix], 0
        mov     [part_sp], sp
        call    save_vectors
        call    start_timer
        mov     si, [part]
        call    [si + PART.test]
; Parts that do not pass come here, whatever their stack was.
end_part:
        cli
        cld
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, [part_sp]
        call    start_timer
        mov     si, [part]
        call    [si + PART.restore]
        cli
        call    load_vectors
        mov     al, [masks]
        out     0x21, al
        mov     al, [masks + 1]
        out     0xA1, al
        sti
        ret

part_fails:
        mov     byte [cs:verdict], FAILED
        jmp     short part_skipped.note
part_skipped:
        mov     byte [cs:verdict], SKIPPED
.note:
        pop     word [cs:note]
        mov     [cs:values], ax
        mov     [cs:values + 2], dx
        jmp     short end_part

save_vectors:
        xor     si, si
        mov     di, part_vectors
        mov     cx, 32 * 2
        rep     movsw
        mov     si, 0x70 * 4
        mov     cx, 8 * 2
        rep     movsw
        ret

load_vectors:
        mov     si, part_vectors
        xor     di, di
        mov     cx, 32 * 2
        rep     movsw
        mov     di, 0x70 * 4
        mov     cx, 8 * 2
        rep     movsw
        ret
