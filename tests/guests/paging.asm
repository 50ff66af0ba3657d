; Paging: rights, error codes, CR2, accessed and dirty bits, implicit accesses, faults within deliveries and task
; switches, large pages, PAE.
%define GUEST "paging"
%include "boot.inc"
%include "protected.inc"
        section .text
        bits    32
        cpu     686
%include "probe.inc"

DIRECTORY       equ     0x40000
TABLE0          equ     0x41000         ; linear 0: the first 4 MiB as they are
TABLE2          equ     0x42000         ; linear 800000h: the pages under test
TABLE3          equ     0x43000         ; linear C00000h: the same frames under another directory entry
FRAMES          equ     0x50000
TESTED          equ     0x800000
OTHER           equ     0xC00000
LARGE           equ     0x1000000       ; linear address for large pages (directory entry 4)

PG_P            equ     1
PG_RW           equ     2
PG_US           equ     4
PG_A            equ     0x20
PG_D            equ     0x40
PG_PS           equ     0x80
PG_G            equ     0x100

CR0_WP          equ     1 << 16
CR0_PG          equ     1 << 31
CR4_PSE         equ     1 << 4
CR4_PAE         equ     1 << 5
CR4_PGE         equ     1 << 7

%define page(n)   (TESTED + (n) * 0x1000)
%define frame_(n) (FRAMES + (n) * 0x1000)
%define pte(n)    (TABLE2 + (n) * 4)
%define pde(l)    (DIRECTORY + ((l) >> 22) * 4)

; page n shows frame n with these rights
%macro map 2
        mov     dword [pte(%1)], frame_(%1) | (%2)
        call    flush
%endmacro
%macro expect_fault 4                   ; name, vector, error code, CR2
        expect  {%1, ", vector"}, [seen.vector], %2
        expect  {%1, ", error code"}, [seen.error], %3
        expect  {%1, ", CR2"}, [seen.cr2], %4
%endmacro

flush:  push    eax
        mov     eax, cr3
        mov     cr3, eax
        pop     eax
        ret

; Once, before paging is on
first_tables:
        pushad
        mov     edi, DIRECTORY
        xor     eax, eax
        mov     ecx, 0x1000
        rep     stosd                   ; the directory and the three tables
        mov     edi, TABLE0
        mov     eax, PG_P | PG_RW | PG_US
        mov     ecx, 1024
.low:   stosd
        add     eax, 0x1000
        loop    .low
        popad
; Everything present, writable and open to ring 3
tables: pushad
        mov     eax, frame_(0) | PG_P | PG_RW | PG_US
        mov     ecx, 16
        xor     ebx, ebx
.page:  mov     [TABLE2 + ebx], eax
        mov     [TABLE3 + ebx], eax
        add     eax, 0x1000
        add     ebx, 4
        loop    .page
        mov     dword [pde(0)], TABLE0 | PG_P | PG_RW | PG_US
        mov     dword [pde(TESTED)], TABLE2 | PG_P | PG_RW | PG_US
        mov     dword [pde(OTHER)], TABLE3 | PG_P | PG_RW | PG_US
        mov     dword [pde(LARGE)], 0
        call    flush
        popad
        ret

        section .low
        bits    16
start16:
        enter_protected main
        section .text
        bits    32
main:
        call    probe_init
        call    first_tables
        mov     eax, DIRECTORY
        mov     cr3, eax
        mov     eax, cr0
        or      eax, CR0_PG
        mov     cr0, eax
        mov     [main_cr0], eax
        jmp     .on
.on:    call    translation
        call    not_present
        call    rights_cases
        call    accessed_and_dirty
        call    strings
        call    straddles
        call    fetches
        call    implicit
        call    ring3_delivery
        call    double_faults
        call    task_switch
        call    invalidation
        call    control_registers
        call    large_pages
        call    global_pages
        call    pae
        finish

translation:
        case    "translation"
        mov     dword [frame_(0) + 0x123], 0x12345678
        expect  "a page shows its frame", [page(0) + 0x123], 0x12345678
        mov     dword [page(1) + 0xFFC], 0x89ABCDEF
        expect  "a write arrives in the frame", [frame_(1) + 0xFFC], 0x89ABCDEF
        mov     dword [pte(1)], frame_(0) | PG_P | PG_RW | PG_US
        call    flush
        expect  "two pages of one frame", [page(1) + 0x123], 0x12345678
        map     1, PG_P | PG_RW | PG_US
        mov     dword [pte(1)], frame_(1) | PG_P | PG_RW | PG_US | 0xE00
        call    flush
        expect  "bits 9 to 11 of a PTE are free", [page(1) + 0xFFC], 0x89ABCDEF
        mov     dword [frame_(0) + 0xFFE], 0x22221111
        mov     word [frame_(1)], 0x3333
        expect  "a doubleword read over two pages", [page(0) + 0xFFE], 0x33331111
        mov     dword [pte(0)], frame_(5) | PG_P | PG_RW | PG_US
        mov     dword [pte(1)], frame_(3) | PG_P | PG_RW | PG_US
        call    flush
        mov     dword [frame_(5) + 0xFFC], 0
        mov     dword [frame_(3)], 0
        mov     dword [page(0) + 0xFFD], 0x44332211
        expect  "a doubleword written over two pages, its first part", [frame_(5) + 0xFFC], 0x33221100
        expect  "a doubleword written over two pages, its last part", [frame_(3)], 0x00000044
        call    tables
        ret

; Every way of not being there, each access by each ring
not_present:
        case    "PTE not present"
        mov     dword [pte(2)], 0xFFFFFFFE      ; no other bit counts
        call    flush
        call    .accesses
        case    "PDE not present"
        map     2, PG_P | PG_RW | PG_US
        mov     dword [pde(TESTED)], 0xFFFFFFFE
        call    flush
        call    .accesses
        case    "PDE zero"
        mov     dword [pde(TESTED)], 0
        call    flush
        call    .accesses
        case    "read-modify-write, PDE not present"
        call    .modifies
        case    "read-modify-write, PTE not present"
        call    tables
        map     2, 0
        call    .modifies
        call    tables
        ret
.accesses:
        in_ring 0
        mov     eax, [page(2) + 0x345]
        end_ring
        expect  "ring 0 reads, vector", [seen.vector], 14
        expect  "ring 0 reads, error code", [seen.error], 0
        expect  "ring 0 reads, CR2", [seen.cr2], page(2) + 0x345
        expect  "ring 0 reads, EAX", [seen.eax], 0x0A0A0A0A
        in_ring 0
        mov     [page(2) + 0x346], al
        end_ring
        expect  "ring 0 writes, vector", [seen.vector], 14
        expect  "ring 0 writes, error code", [seen.error], 2
        expect  "ring 0 writes, CR2", [seen.cr2], page(2) + 0x346
        in_ring 3
        cmp     [page(2) + 0x347], ax
        end_ring
        expect  "ring 3 reads, vector", [seen.vector], 14
        expect  "ring 3 reads, error code", [seen.error], 4
        expect  "ring 3 reads, CR2", [seen.cr2], page(2) + 0x347
        in_ring 3
        mov     [page(2) + 0xFFC], eax
        end_ring
        expect  "ring 3 writes, vector", [seen.vector], 14
        expect  "ring 3 writes, error code", [seen.error], 6
        expect  "ring 3 writes, CR2", [seen.cr2], page(2) + 0xFFC
        ret

.modifies:
        in_ring 3
        add     byte [page(2) + 0xFFF], 1
        end_ring
        expect  "ring 3 modifies, vector", [seen.vector], 14
        expect  "ring 3 modifies, error code", [seen.error], 6
        expect  "ring 3 modifies, CR2", [seen.cr2], page(2) + 0xFFF
        in_ring 0
        xchg    [page(2)], eax
        end_ring
        expect  "ring 0 exchanges, vector", [seen.vector], 14
        expect  "ring 0 exchanges, error code", [seen.error], 2
        expect  "ring 0 exchanges, CR2", [seen.cr2], page(2)
        ret

; All of PDE U/S and R/W, PTE U/S and R/W, ring, access, WP. The turn in a FAIL line: bits 0, 1: R/W and U/S of the
; PTE, bits 2, 3: of the PDE, bit 4: write, bit 5: ring 3, bit 6: WP.
rights_cases:
        case    "rights, WP 0"
        call    rights
        cmp     dword [generation], 4
        jb      .no_wp
        case    "rights, WP 1"
        call    wp_on
        mov     dword [rights.with_wp], 0x40
        call    rights
        mov     dword [rights.with_wp], 0
        call    wp_off
.no_wp: ret

wp_on:  push    eax
        mov     eax, cr0
        or      eax, CR0_WP
        mov     cr0, eax
        pop     eax
        ret
wp_off: push    eax
        mov     eax, cr0
        and     eax, ~CR0_WP
        mov     cr0, eax
        pop     eax
        ret

rights: mov     dword [.case], 0
.next:  mov     eax, [.case]
        or      eax, [.with_wp]
        turn    eax
        mov     ecx, eax
        and     ecx, 3
        lea     ecx, [ecx * 2 + frame_(4) + PG_P]
        mov     edi, [.entry]
        mov     [edi], ecx
        mov     ecx, eax
        shr     ecx, 2
        and     ecx, 3
        lea     ecx, [ecx * 2 + PG_P]
        add     ecx, [.table]
        mov     esi, [.directory_entry]
        mov     [esi], ecx
        call    flush
        mov     dword [frame_(4) + 8], 0x01234567
        call    .expectation            ; EDX = the error code, or -1: none
        test    byte [.case], 0x20
        jnz     .ring3
        test    byte [.case], 0x10
        jnz     .ring0_write
        in_ring 0
        mov     eax, [page(4) + 8]
        end_ring
        jmp     .ran
.ring0_write:
        in_ring 0
        mov     [page(4) + 8], eax
        end_ring
        jmp     .ran
.ring3: test    byte [.case], 0x10
        jnz     .ring3_write
        in_ring 3
        mov     eax, [page(4) + 8]
        end_ring
        jmp     .ran
.ring3_write:
        in_ring 3
        mov     [page(4) + 8], eax
        end_ring
.ran:   test    byte [edi], PG_D
        setnz   al
        movzx   eax, al
        cmp     edx, -1
        je      .allowed
        expect  "vector", [seen.vector], 14
        expect  "error code", [seen.error], edx
        expect  "CR2", [seen.cr2], page(4) + 8
        expect  "memory after a fault", [frame_(4) + 8], 0x01234567
        expect  "D after a fault", eax, 0
        jmp     .ready
.allowed:
        expect  "no fault", [seen.vector], DONE
        mov     ecx, 0x01234567
        test    byte [.case], 0x10
        jz      .read
        mov     ecx, 0x0A0A0A0A
.read:  expect  "memory", [frame_(4) + 8], ecx
        expect  "EAX", [seen.eax], ecx
        mov     ecx, [.case]
        shr     ecx, 4
        and     ecx, 1
        expect  "D", eax, ecx
        test    byte [edi], PG_A
        setnz   al
        movzx   eax, al
        expect  "A of the PTE", eax, 1
        test    byte [esi], PG_A
        setnz   al
        movzx   eax, al
        expect  "A of the PDE", eax, 1
.ready: inc     dword [.case]
        cmp     dword [.case], 0x40
        jb      .next
        turns_end
        jmp     tables
.with_wp:               dd 0
.case:                  dd 0
.entry:                 dd pte(4)
.directory_entry:       dd pde(TESTED)
.table:                 dd TABLE2

; What the manual's table of combined protection says, from the case in EAX
.expectation:
        mov     edx, -1
        mov     ecx, eax
        shr     ecx, 2
        and     ecx, eax                ; bit 0: writable on both levels, bit 1: user on both
        test    al, 0x20
        jnz     .user
        test    al, 0x10
        jz      .fine
        test    al, 0x40
        jz      .fine
        test    cl, 1
        jnz     .fine
        mov     edx, 3
.fine:  ret
.user:  test    cl, 2
        jz      .refused
        test    al, 0x10
        jz      .fine
        test    cl, 1
        jnz     .fine
.refused:
        mov     edx, 5
        test    al, 0x10
        jz      .fine
        mov     edx, 7
        ret

%macro expect_bits 3                    ; name, A and D of the PDE, A and D of the PTE (page 6)
        mov     eax, [pde(TESTED)]
        and     eax, PG_A | PG_D
        expect  {%1, ", PDE"}, eax, %2
        mov     eax, [pte(6)]
        and     eax, PG_A | PG_D
        expect  {%1, ", PTE"}, eax, %3
%endmacro
%macro clear_bits 0
        mov     dword [pde(TESTED)], TABLE2 | PG_P | PG_RW | PG_US
        mov     dword [pte(6)], frame_(6) | PG_P | PG_RW | PG_US
        call    flush
%endmacro
accessed_and_dirty:
        case    "accessed and dirty bits"
        clear_bits
        expect_bits "before", 0, 0
        mov     al, [page(6)]
        expect_bits "read", PG_A, PG_A
        mov     [page(6)], al           ; the read's translation may be remembered
        expect_bits "read, then write", PG_A, PG_A | PG_D
        clear_bits
        mov     [page(6)], al
        expect_bits "write", PG_A, PG_A | PG_D
        mov     al, [page(6)]
        expect_bits "write, then read", PG_A, PG_A | PG_D
        clear_bits
        and     dword [pte(6)], ~PG_A
        call    flush
        or      byte [page(6)], 0
        expect_bits "OR with 0", PG_A, PG_A | PG_D
        clear_bits
        cmp     byte [page(6)], 0
        expect_bits "CMP", PG_A, PG_A
        clear_bits
        test    [page(6)], eax
        expect_bits "TEST", PG_A, PG_A
        clear_bits
        bt      dword [page(6)], 3
        expect_bits "BT", PG_A, PG_A
        clear_bits
        cmp     dword [generation], 4
        jb      .no486
        mov     eax, 1
        mov     dword [frame_(6)], 2
        cmpxchg [page(6)], eax          ; not equal: the chip writes the old value back
        expect_bits "CMPXCHG, not equal", PG_A, PG_A | PG_D
.no486: clear_bits
        mov     esi, page(6)
        mov     edi, page(7)
        mov     dword [pte(7)], frame_(7) | PG_P | PG_RW | PG_US
        call    flush
        movsd
        expect_bits "source of MOVS", PG_A, PG_A
        mov     eax, [pte(7)]
        and     eax, PG_A | PG_D
        expect  "destination of MOVS, PTE", eax, PG_A | PG_D
        clear_bits
        push    dword [page(6)]
        pop     eax
        expect_bits "PUSH from memory", PG_A, PG_A
        clear_bits
        mov     dword [frame_(6)], 0xE58959C3
        in_ring 3                       ; a fetch alone
        mov     eax, page(6)
        call    eax
        end_ring
        expect  "a RET fetched", [seen.vector], DONE
        expect_bits "fetch", PG_A, PG_A
        clear_bits
        mov     ecx, 0
        mov     esi, page(6)
        mov     edi, page(6)
        rep     movsb
        expect_bits "REP MOVS of nothing", 0, 0
        clear_bits
        lea     eax, [page(6)]
        expect_bits "LEA", 0, 0
        clear_bits
        in_ring 3
        verr    [page(6)]
        end_ring
        expect_bits "VERR", PG_A, PG_A
        mov     dword [pde(TESTED)], TABLE2 | PG_P | PG_RW | PG_US
        mov     dword [pte(6)], frame_(6) | PG_P | PG_RW
        call    flush
        in_ring 3
        mov     [page(6)], al
        end_ring
        mov     eax, [pte(6)]
        and     eax, PG_A | PG_D
        expect  "a refused write of ring 3, PTE", eax, 0
        mov     dword [pte(6)], frame_(6) | PG_P | PG_US
        call    flush
        in_ring 3
        mov     [page(6)], al
        end_ring
        mov     eax, [pte(6)]
        and     eax, PG_D
        expect  "a write to a read-only page, D of the PTE", eax, 0
        mov     dword [pte(6)], frame_(6) | PG_RW | PG_US
        call    flush
        in_ring 3
        mov     [page(6)], al
        end_ring
        mov     eax, [pte(6)]
        expect  "a write to an absent page, the PTE", eax, frame_(6) | PG_RW | PG_US
        clear_bits
        mov     dword [pte(7)], frame_(7)
        call    flush
        call    tables
        ret

; Many iterations at once, or so it may seem
WRAPPING        equ     SCRATCH + 0x10  ; base of a segment, not on a page's border
strings:
        case    "REP MOVS over pages: accessed and dirty bits"
        mov     dword [pte(6)], frame_(6) | PG_P | PG_RW | PG_US
        mov     dword [pte(7)], frame_(7) | PG_P | PG_RW | PG_US
        mov     dword [pte(8)], frame_(8) | PG_P | PG_RW | PG_US
        mov     dword [pte(9)], frame_(9) | PG_P | PG_RW | PG_US
        mov     dword [pde(TESTED)], TABLE2 | PG_P | PG_RW | PG_US
        call    flush
        mov     edi, frame_(6)
        mov     eax, 0x600D600D
        mov     ecx, 0x800
        rep     stosd
        mov     dword [start.esi], page(6) + 2
        mov     dword [start.edi], page(8) + 3
        mov     dword [start.ecx], 0x7FF
        in_ring 3
        rep     movsd
        end_ring
        expect  "ECX", [seen.ecx], 0
        expect  "ESI", [seen.esi], page(6) + 2 + 4 * 0x7FF
        expect  "last doubleword", [frame_(9) + 0xFFB], 0x600D600D
%macro expect_pte 2
        mov     eax, [pte(%1)]
        and     eax, PG_A | PG_D
        expect  {"PTE of page ", '0' + %1}, eax, %2
%endmacro
        expect_pte 6, PG_A
        expect_pte 7, PG_A
        expect_pte 8, PG_A | PG_D
        expect_pte 9, PG_A | PG_D
        case    "REP STOS over pages, the second absent"
        mov     dword [pte(8)], frame_(8) | PG_P | PG_RW | PG_US
        map     9, PG_RW | PG_US
        mov     dword [start.edi], page(8) + 2
        mov     dword [start.ecx], 0x500
        in_ring 3
.a:     rep     stosd
        end_ring
        expect_fault "REP STOSD", 14, 6, page(9)
        expect  "EIP", [seen.eip], .a
        expect  "ECX", [seen.ecx], 0x500 - 0x3FF
        expect  "EDI", [seen.edi], page(8) + 2 + 4 * 0x3FF
        expect  "last doubleword", [frame_(8) + 0xFFA], 0x0A0A0A0A
        expect_pte 8, PG_A | PG_D
        case    "REP MOVS, the source's second page a supervisor's, down"
        map     9, PG_P | PG_RW
        mov     dword [start.eflags], F_DF | 2
        mov     dword [start.esi], page(9) + 0x10
        mov     dword [start.edi], page(7) + 0x10
        mov     dword [start.ecx], 0x20
        in_ring 3
        rep     movsd
        end_ring
        expect_fault "REP MOVSD", 14, 5, page(9) + 0x10
        expect  "ECX", [seen.ecx], 0x20
        case    "REP MOVS onto its own tables"
        mov     dword [frame_(0)], 0x01010101
        mov     dword [frame_(1)], 0x02020202
        mov     dword [TABLE3 + 0x20], frame_(0) | PG_P | PG_RW | PG_US
        mov     dword [TABLE3 + 0x24], frame_(1) | PG_P | PG_RW | PG_US
        mov     dword [pte(10)], TABLE2 | PG_P | PG_RW | PG_US  ; page 10 shows the table itself
        call    flush
        mov     esi, TABLE3 + 0x20
        mov     edi, page(10) + 2 * 4
        mov     ecx, 2
        rep     movsd
        call    flush
        expect  "page 2", [page(2)], 0x01010101
        expect  "page 3", [page(3)], 0x02020202
        call    tables
        case    "REP STOS with 16-bit addresses goes round at 64 KB"
        descriptor FREE, WRAPPING, 0xFFFFF, P | WRITABLE | RING3 | BIG | PAGES
        mov     dword [WRAPPING], 0
        mov     dword [WRAPPING + 4], 0
        mov     dword [WRAPPING + 0x10000], 0x11111111
        mov     dword [start.es], FREE + 3
        mov     dword [start.edi], 0x2222FFF8
        mov     dword [start.ecx], 16
        in_ring 3
        a16 rep stosb
        end_ring
        expect  "CX", [seen.ecx], 0
        expect  "EDI", [seen.edi], 0x22220008
        expect  "before the border", [WRAPPING + 0xFFFC], 0x0A0A0A0A
        expect  "at the beginning", [WRAPPING + 4], 0x0A0A0A0A
        expect  "beyond 64 KB", [WRAPPING + 0x10000], 0x11111111
        case    "REP MOVS with 16-bit addresses goes round at 64 KB"
        descriptor FREE, WRAPPING, 0xFFFFF, P | WRITABLE | RING3 | BIG | PAGES
        mov     dword [WRAPPING + 4], 0x12345678
        mov     dword [start.ds], FREE + 3
        mov     dword [start.esi], 0x2222FFF8
        mov     dword [start.ecx], 16
        mov     dword [start.es], FREE + 3
        mov     dword [start.edi], 0x1000
        in_ring 3
        a16 rep movsb
        end_ring
        expect  "ESI", [seen.esi], 0x22220008
        expect  "EDI", [seen.edi], 0x1010
        expect  "from the beginning", [WRAPPING + 0x100C], 0x12345678
        case    "REP STOS up to a limit of 4 GiB"
        mov     dword [start.edi], 0xFFFFFFF8
        descriptor FREE, WRAPPING, 0xFFFFF, P | WRITABLE | RING3 | BIG | PAGES
        mov     dword [WRAPPING - 4], 0
        mov     dword [start.es], FREE + 3
        mov     dword [start.ecx], 16
        in_ring 3
        rep     stosb
        end_ring
        expect  "vector", [seen.vector], DONE
        expect  "EDI", [seen.edi], 8
        expect  "below the base", [WRAPPING - 4], 0x0A0A0A0A
        expect  "above it", [WRAPPING + 4], 0x0A0A0A0A
        ret

straddles:
        case    "accesses over two pages"
        mov     dword [frame_(0) + 0xFFC], 0x11111111
        mov     dword [frame_(1)], 0x22222222
        map     1, PG_RW | PG_US
        in_ring 0
        mov     eax, [page(0) + 0xFFD]
        end_ring
        expect_fault "doubleword read, second page absent", 14, 0, page(1)
        in_ring 3
        mov     eax, [page(0) + 0xFFF]
        end_ring
        expect_fault "doubleword read of ring 3, second page absent", 14, 4, page(1)
        in_ring 3
        mov     [page(0) + 0xFFF], ax
        end_ring
        expect_fault "word written by ring 3, second page absent", 14, 6, page(1)
        expect  "nothing is written to the first page", [frame_(0) + 0xFFC], 0x11111111
        mov     dword [pte(0)], frame_(0) | PG_RW | PG_US
        map     1, PG_P | PG_RW | PG_US
        in_ring 0
        mov     eax, [page(0) + 0xFFD]
        end_ring
        expect_fault "doubleword read, first page absent", 14, 0, page(0) + 0xFFD
        in_ring 3
        mov     [page(0) + 0xFFD], eax
        end_ring
        expect_fault "doubleword written, first page absent", 14, 6, page(0) + 0xFFD
        expect  "nothing is written to the second page", [frame_(1)], 0x22222222
        map     1, PG_RW | PG_US
        in_ring 3
        mov     [page(0) + 0xFFD], eax
        end_ring
        expect_fault "doubleword written, both pages absent", 14, 6, page(0) + 0xFFD
        map     0, PG_P | PG_RW | PG_US
        map     1, PG_P | PG_US
        in_ring 3
        mov     [page(0) + 0xFFD], eax
        end_ring
        expect_fault "doubleword written, second page read-only", 14, 7, page(1)
        expect  "the first page has its bytes still", [frame_(0) + 0xFFC], 0x11111111
        map     1, PG_P | PG_RW
        in_ring 3
        mov     eax, [page(0) + 0xFFD]
        end_ring
        expect_fault "doubleword read, second page a supervisor's", 14, 5, page(1)
        in_ring 0
        mov     eax, [page(0) + 0xFFD]
        end_ring
        expect  "ring 0 reads it", [seen.vector], DONE
        expect  "and gets", [seen.eax], 0x22111111
        ; the first page of one directory entry after the last of another
        mov     dword [TABLE2 + 1023 * 4], frame_(8) | PG_P | PG_RW | PG_US
        mov     dword [TABLE3], frame_(9) | PG_P | PG_RW | PG_US
        mov     dword [pde(OTHER)], 0
        call    flush
        in_ring 3
        mov     eax, [OTHER - 1]
        end_ring
        expect_fault "read over two directory entries, the second absent", 14, 4, OTHER
        call    tables
        case    "read-modify-write over two pages"
        mov     dword [frame_(0) + 0xFFC], 0x11111111
        map     1, PG_RW | PG_US
        in_ring 3
        add     [page(0) + 0xFFE], eax
        end_ring
        expect_fault "second page absent", 14, 6, page(1)
        expect  "the first page", [frame_(0) + 0xFFC], 0x11111111
        map     1, PG_P | PG_US
        in_ring 3
        add     [page(0) + 0xFFE], eax
        end_ring
        expect_fault "second page read-only", 14, 7, page(1)
        expect  "the first page", [frame_(0) + 0xFFC], 0x11111111
        map     1, PG_P | PG_RW | PG_US
        map     0, PG_RW | PG_US
        in_ring 3
        add     [page(0) + 0xFFE], eax
        end_ring
        expect_fault "first page absent", 14, 6, page(0) + 0xFFE
        call    tables
        ret

fetches:
        case    "instruction fetch"
        mov     dword [frame_(0) + 0xFFC], 0xB8909090      ; NOP NOP NOP, MOV EAX, imm32
        mov     dword [frame_(1)], 0x13572468
        mov     word [frame_(1) + 4], 0x30CD              ; INT 30h
        map     1, PG_RW | PG_US
        in_ring 3
        mov     eax, page(0) + 0xFFC
        jmp     eax
        end_ring
        expect_fault "fetch, second page absent", 14, 4, page(1)
        expect  "fetch, second page absent, EIP", [seen.eip], page(0) + 0xFFF
        in_ring 0
        mov     eax, page(0) + 0xFFC
        jmp     eax
        end_ring
        expect_fault "fetch of ring 0, second page absent", 14, 0, page(1)
        map     1, PG_P | PG_RW
        in_ring 3
        mov     eax, page(0) + 0xFFC
        jmp     eax
        end_ring
        expect_fault "fetch, second page a supervisor's", 14, 5, page(1)
        map     1, PG_P | PG_RW | PG_US
        map     0, PG_RW | PG_US
        in_ring 3
        mov     eax, page(0) + 0xFFC
        jmp     eax
        end_ring
        expect_fault "fetch, first page absent", 14, 4, page(0) + 0xFFC
        expect  "fetch, first page absent, EIP", [seen.eip], page(0) + 0xFFC
        map     0, PG_P | PG_RW
        in_ring 3
        mov     eax, page(0) + 0xFFC
        jmp     eax
        end_ring
        expect_fault "fetch, first page a supervisor's", 14, 5, page(0) + 0xFFC
        map     0, PG_P | PG_US
        in_ring 3
        mov     eax, page(0) + 0xFFC
        jmp     eax
        end_ring
        expect  "fetch over two pages", [seen.vector], DONE
        expect  "fetch over two pages, EAX", [seen.eax], 0x13572468
        map     0, PG_P                    ; fetching needs no write
        in_ring 0
        mov     eax, page(0) + 0xFFC
        jmp     eax
        end_ring
        expect  "fetch from a read-only page", [seen.vector], DONE
        ; an instruction that ends with its page touches no more
        map     0, PG_P | PG_RW | PG_US
        mov     word [frame_(0) + 0xFFE], 0x30CD
        map     1, 0
        in_ring 3
        mov     eax, page(0) + 0xFFC
        jmp     eax
        end_ring
        expect  "the last instruction of a page", [seen.vector], DONE
        expect  "EIP behind it", [seen.eip], page(1)
        mov     word [frame_(0) + 0xFFE], 0x9090
        in_ring 3
        mov     eax, page(0) + 0xFFE
        jmp     eax
        end_ring
        expect_fault "running into an absent page", 14, 4, page(1)
        expect  "running into an absent page, EIP", [seen.eip], page(1)
        ; CALL to an absent page: the call is done, the fetch faults
        in_ring 3
        call    page(1) + 0x10 - .there + .there
.there:
        end_ring
        expect_fault "CALL to an absent page", 14, 4, page(1) + 0x10
        expect  "CALL to an absent page, EIP", [seen.eip], page(1) + 0x10
        expect  "CALL to an absent page, ESP", [seen.esp], RING3_STACK - 4
        call    tables
        ret

; Accesses the CPU makes for itself are a supervisor's, also from ring 3
implicit:
        case    "GDT by ring 3"
        pushad
        mov     esi, GDT
        mov     edi, frame_(2)
        mov     ecx, (GDT_LIMIT + 1) / 4
        rep     movsd
        popad
        mov     word [.gdtr], GDT_LIMIT
        mov     dword [.gdtr + 2], page(2)
        lgdt    [.gdtr]
        map     2, PG_P | PG_RW
        mov     byte [frame_(2) + DATA3 - 3 + 5], 0xF2  ; not accessed
        in_ring 3
        mov     eax, DATA3
        mov     es, eax
        end_ring
        expect  "GDT in a supervisor's page", [seen.vector], DONE
        movzx   eax, byte [frame_(2) + DATA3 - 3 + 5]
        expect  "ring 3 sets the accessed bit of a descriptor there", eax, 0xF3
        ; the descriptor of FREE + 8 on stands in another page: the GDT begins at the end of page 2
        pushad
        mov     esi, GDT
        mov     edi, frame_(3) - FREE - 8
        mov     ecx, (GDT_LIMIT + 1) / 4
        rep     movsd
        popad
        mov     dword [frame_(3) + 0], 0x0000FFFF
        mov     dword [frame_(3) + 4], 0x00CFF200       ; data, ring 3, not accessed
        mov     dword [.gdtr + 2], page(3) - FREE - 8
        lgdt    [.gdtr]
        map     3, PG_RW | PG_US
        in_ring 3
        mov     eax, FREE + 8 + 3
        mov     es, eax
        end_ring
        expect_fault "descriptor absent, loaded by ring 3", 14, 0, page(3)
        expect  "descriptor absent, ES stays", [seen.es], DATA3
        in_ring 3
        mov     eax, FREE + 8 + 3
        lar     eax, eax
        end_ring
        expect_fault "descriptor absent, LAR", 14, 0, page(3)
        cmp     dword [generation], 4
        jb      .no_wp
        map     3, PG_P | PG_US
        mov     eax, cr0
        or      eax, CR0_WP
        mov     cr0, eax
        in_ring 3
        mov     eax, FREE + 8 + 3
        mov     es, eax
        end_ring
        mov     eax, cr0
        and     eax, ~CR0_WP
        mov     cr0, eax
        and     dword [seen.cr2], ~3    ; the manuals do not say how wide the access is
        expect_fault "accessed bit in a read-only page with WP", 14, 3, page(3) + 4
        movzx   eax, byte [frame_(3) + 5]
        expect  "accessed bit in a read-only page with WP, the descriptor", eax, 0xF2
.no_wp: map     3, PG_P
        in_ring 3
        mov     eax, FREE + 8 + 3
        mov     es, eax
        end_ring
        expect  "accessed bit in a read-only page without WP", [seen.vector], DONE
        movzx   eax, byte [frame_(3) + 5]
        expect  "accessed bit in a read-only page without WP, the descriptor", eax, 0xF3
        cmp     dword [generation], 4
        jb      .no_ltr
        case    "LTR writes the busy bit: a read-only GDT with WP"
        pushad
        mov     esi, GDT
        mov     edi, frame_(3) - FREE
        mov     ecx, (GDT_LIMIT + 1) / 4
        rep     movsd
        popad
%assign number CODE0
%rep 8                                  ; accessed, all that a probe loads
        or      byte [frame_(3) - FREE + number + 5], 1
    %assign number number + 8
%endrep
        mov     dword [frame_(3)], TSS_BYTES - 1 | (TEST_TSS & 0xFFFF) << 16
        mov     dword [frame_(3) + 4], (P | TSS32) << 8 | TEST_TSS >> 16
        mov     dword [.gdtr + 2], page(3) - FREE
        map     2, PG_P
        map     3, PG_P
        lgdt    [.gdtr]
        call    wp_on
        in_ring 0
        mov     eax, FREE
.ltr:   ltr     ax
        end_ring
        call    wp_off
        str     ecx
        movzx   ecx, cx
        lgdt    [gdt_pointer]
        mov     byte [GDT + MAIN_TR + 5], P | TSS32     ; in any case
        mov     eax, MAIN_TR
        ltr     ax
        expect  "TR", ecx, MAIN_TR
        and     dword [seen.cr2], ~7
        expect_fault "LTR", 14, 3, page(3)
        expect  "EIP", [seen.eip], .ltr
        movzx   eax, byte [frame_(3) + 5]
        expect  "the descriptor", eax, P | TSS32
.no_ltr:
        call    tables
        lgdt    [gdt_pointer]
        case    "IDT by ring 3"
        ; the vectors from 32 on stand in page 3
        pushad
        mov     esi, PROBE_IDT
        mov     edi, frame_(3) - 32 * 8
        mov     ecx, 64 * 2
        rep     movsd
        popad
        mov     word [.gdtr], 64 * 8 - 1
        mov     dword [.gdtr + 2], page(3) - 32 * 8
        lidt    [.gdtr]
        map     3, PG_P
        in_ring 3
        int     0x2F
        end_ring
        expect  "IDT in a supervisor's read-only page", [seen.vector], 0x2F
        map     3, PG_US | PG_RW
        in_ring 3
        int     0x2F
        end_ring
        expect_fault "gate absent, INT of ring 3", 14, 0, page(3) + 8 * 0xF
        expect  "gate absent, CS", [seen.cs], CODE3
        lidt    [probe_idtr]
        case    "I/O permission bitmap by ring 3"
        ; a TSS whose bitmap begins at the last byte of page 2
        pushad
        mov     esi, MAIN_TSS
        mov     edi, frame_(3) - 0x80
        mov     ecx, 0x68 / 4
        rep     movsd
        popad
        mov     word [frame_(3) - 0x80 + 0x66], 0x7F
        mov     dword [frame_(2) + 0xFFC], 0
        mov     dword [frame_(3)], 0x00FF0000
        mov     eax, page(3) - 0x80
        call    .move_tss
        map     3, PG_P
        in_ring 3
        in      al, 0x60                ; bit 0 of byte 12, bits in 0x7F + 12 = frame 3 + 0Bh
        end_ring
        expect  "bitmap in a supervisor's page", [seen.vector], DONE
        map     3, PG_US | PG_RW
        in_ring 3
        in      al, 0x60
        end_ring
        expect_fault "bitmap absent", 14, 0, page(3) + 0xB
        in_ring 3
        in      al, 0                   ; the word read at the page's last byte
        end_ring
        expect_fault "bitmap word over two pages, the second absent", 14, 0, page(3)
        mov     eax, MAIN_TSS
        call    .move_tss
        call    tables
        ret
.gdtr:  dw      0
        dd      0
; TSS at EAX
.move_tss:
        mov     [GDT + MAIN_TR + 2], ax
        push    eax
        shr     eax, 16
        mov     [GDT + MAIN_TR + 4], al
        mov     [GDT + MAIN_TR + 7], ah
        mov     byte [GDT + MAIN_TR + 5], 0x89
        mov     word [GDT + MAIN_TR], 0x1FF
        mov     eax, MAIN_TR
        ltr     ax
        pop     eax
        ret

ring3_delivery:
        case    "stack switch at a page fault in ring 3"
        map     0, PG_RW | PG_US
        mov     dword [MAIN_TSS + TSS_ESP0], STACK0 - 0x100
        mov     dword [start.esp], page(0) + 0x800      ; the outer stack itself is absent
        mov     dword [start.eflags], F_OF | F_DF | F_CF | 2
        in_ring 3
.at:    push    eax
        end_ring
        expect_fault "PUSH on an absent stack", 14, 6, page(0) + 0x7FC
        expect  "EIP pushed", [seen.eip], .at
        expect  "CS pushed", [seen.cs], CODE3
        mov     eax, [seen.eflags]
        and     eax, ~F_RF              ; the debug guest looks at that
        expect  "EFLAGS pushed", eax, F_OF | F_DF | F_CF | 2
        expect  "ESP pushed", [seen.esp], page(0) + 0x800
        expect  "SS pushed", [seen.ss], DATA3
        movzx   eax, word [STACK0 - 0x100 - 4]
        expect  "SS at the top of the inner stack", eax, DATA3
        expect  "error code at its place", [STACK0 - 0x100 - 24], 6
        call    tables
        ret

; An IDT of which the gates from vector %1 on stand in page 3, those before it in page 2
%macro split_idt 1
        pushad
        mov     esi, PROBE_IDT
        mov     edi, frame_(3) - (%1) * 8
        mov     ecx, PROBE_VECTORS * 2
        rep     movsd
        popad
        mov     word [implicit.gdtr], PROBE_VECTORS * 8 - 1
        mov     dword [implicit.gdtr + 2], page(3) - (%1) * 8
        lidt    [implicit.gdtr]
%endmacro
double_faults:
        case    "a page fault while a page fault is delivered"
        split_idt 14                    ; its own gate is absent
        map     3, 0
        in_ring 0
.a:     mov     eax, [page(3) + 0x800]
        end_ring
        lidt    [probe_idtr]
        expect  "vector", [seen.vector], 8
        expect  "error code", [seen.error], 0
        expect  "CR2", [seen.cr2], page(3)
        expect  "EIP", [seen.eip], .a
        case    "a protection fault while a page fault is delivered"
        mov     word [PROBE_IDT + 14 * 8 + 2], 0        ; a null selector
        map     0, 0
        in_ring 3
.b:     mov     eax, [page(0) + 0x10]
        end_ring
        mov     word [PROBE_IDT + 14 * 8 + 2], CODE0
        expect  "vector", [seen.vector], 8
        expect  "error code", [seen.error], 0
        expect  "CR2", [seen.cr2], page(0) + 0x10
        expect  "EIP", [seen.eip], .b
        case    "a page fault while a protection fault is delivered"
        split_idt 14
        map     3, PG_P | PG_RW
        map     2, 0                    ; vector 13's gate is absent, vector 14's is not
        in_ring 3
.c:     hlt
        end_ring
        expect_fault "HLT in ring 3", 14, 0, page(3) - 8
        expect  "EIP", [seen.eip], .c
        case    "a page fault while an invalid opcode is delivered"
        in_ring 3
.d:     ud2
        end_ring
        expect_fault "UD2", 14, 0, page(3) - 8 * 8
        expect  "EIP", [seen.eip], .d
        case    "a page fault while a software interrupt is delivered"
        in_ring 3
.e:     int     0x0B
        end_ring
        expect_fault "INT", 14, 0, page(3) - 3 * 8
        expect  "EIP", [seen.eip], .e
        case    "a page fault on the handler's stack of a page fault"
        lidt    [idt_pointer]           ; with a task gate for the double fault
        map     0, 0
        try
        mov     esp, page(0) + 0x800
.f:     push    eax
        caught  V_DF, 0, .f
        check_rec esp, page(0) + 0x800
        check_rec cr2, page(0) + 0x7FC
        case    "a page fault on the handler's stack of another fault"
        map     0, 0
        try
        mov     esp, page(0) + 0x800
.g:     ud2
        caught  V_DF, 0, .g
        check_rec esp, page(0) + 0x800
        check_rec cr2, page(0) + 0x7FC
        lidt    [probe_idtr]
        mov     eax, [main_cr0]
        mov     cr0, eax
        call    tables
        ret

%macro tss_field 2
        mov     dword [frame_(5) + TSS_%1], %2
%endmacro
; A task in page 5 that begins at EAX
new_task:
        pushad
        mov     edi, frame_(5)
        push    eax
        xor     eax, eax
        mov     ecx, TSS_BYTES / 4
        rep     stosd
        pop     eax
        tss_field EIP, eax
        mov     eax, cr3
        tss_field CR3, eax
        tss_field EFLAGS, 2
        tss_field ESP, STACK2
        tss_field SS, DATA0
        tss_field CS, CODE0
        tss_field DS, DATA0
        tss_field ES, DATA0
        tss_field FS, DATA0
        tss_field GS, DATA0
        tss_field MAP, 0xFFFF
        descriptor FREE, page(5), TSS_BYTES - 1, P | TSS32
        popad
        ret
; Takes the main task back
main_task:
        clts
        mov     byte [GDT + MAIN_TR + 5], P | TSS32
        mov     eax, MAIN_TR
        ltr     ax
        mov     eax, DIRECTORY
        mov     cr3, eax
        ret

task_switch:
        case    "task switch to an absent TSS"
        mov     eax, .task
        call    new_task
        map     5, PG_RW | PG_US
        in_ring 0
.jump:  jmp     FREE:0
        end_ring
        str     eax
        movzx   eax, ax
        expect  "TR", eax, MAIN_TR
        expect  "vector", [seen.vector], 14
        mov     eax, [seen.error]
        and     eax, ~2                 ; a chip may look whether it can write there
        expect  "error code but W/R", eax, 0
        mov     eax, [seen.cr2]
        and     eax, ~0xFFF
        expect  "page of CR2", eax, page(5)
        expect  "EIP", [seen.eip], .jump
        movzx   eax, byte [GDT + FREE + 5]
        expect  "the TSS is not busy", eax, P | TSS32
        movzx   eax, byte [GDT + MAIN_TR + 5]
        expect  "the old TSS is busy", eax, P | TSS32_BUSY
        case    "task switch to a TSS of which the second page is absent"
        pushad
        mov     esi, frame_(5)
        mov     edi, frame_(5) - 0x40
        mov     ecx, TSS_BYTES / 4
        rep     movsd
        popad
        descriptor FREE, page(5) - 0x40, TSS_BYTES - 1, P | TSS32
        in_ring 0
.jump2: jmp     FREE:0
        end_ring
        str     eax
        movzx   eax, ax
        expect  "TR", eax, MAIN_TR
        expect  "vector", [seen.vector], 14
        mov     eax, [seen.cr2]
        and     eax, ~0xFFF
        expect  "page of CR2", eax, page(5)
        expect  "EIP", [seen.eip], .jump2
        case    "task switch to absent code"
        mov     eax, page(6) + 0x10
        call    new_task
        map     5, PG_P | PG_RW
        map     6, PG_RW | PG_US
        in_ring 0
        jmp     FREE:0
        end_ring
        str     edx
        movzx   edx, dx
        call    main_task
        expect  "TR", edx, FREE
        expect_fault "first fetch", 14, 0, page(6) + 0x10
        expect  "EIP", [seen.eip], page(6) + 0x10
        expect  "ESP", [seen.esp], STACK2
        case    "task switch to an absent stack"
        mov     eax, .push
        call    new_task
        tss_field ESP, page(6) + 0x800
        tss_field CS, CODE3
        tss_field SS, DATA3
        tss_field DS, DATA3
        tss_field ES, DATA3
        tss_field FS, DATA3
        tss_field GS, DATA3
        tss_field ESP0, STACK2
        tss_field SS0, DATA0
        map     5, PG_P | PG_RW
        map     6, PG_RW | PG_US
        in_ring 0
        jmp     FREE:0
        end_ring
        call    main_task
        expect_fault "first push", 14, 6, page(6) + 0x7FC
        expect  "EIP", [seen.eip], .push
        expect  "ESP", [seen.esp], page(6) + 0x800
        case    "task switch to other tables"
        pushad
        mov     esi, DIRECTORY
        mov     edi, frame_(10)
        mov     ecx, 1024
        rep     movsd
        mov     dword [frame_(10) + (TESTED >> 22) * 4], TABLE3 | PG_P | PG_RW | PG_US
        mov     dword [TABLE3], frame_(7) | PG_P | PG_RW
        mov     dword [frame_(7)], 0x77777777
        mov     dword [frame_(0)], 0x11111111
        popad
        mov     eax, .task
        call    new_task
        tss_field CR3, frame_(10)
        mov     eax, [page(0)]
        in_ring 0
        jmp     FREE:0
        end_ring
        mov     edx, cr3
        call    main_task
        expect  "vector", [seen.vector], DONE
        expect  "CR3 of the task", edx, frame_(10)
        expect  "what the task reads", [seen.eax], 0x77777777
        mov     eax, [MAIN_TSS + TSS_CR3]
        expect  "CR3 of the old TSS is not written", eax, 0
        expect  "what this task reads", [page(0)], 0x11111111
        call    tables
        ret
.task:  mov     eax, [page(0)]
        int     DONE
.push:  push    eax
        int     DONE

invalidation:
        case    "CR3 written again"
        mov     dword [frame_(0)], 0x10101010
        mov     dword [frame_(1)], 0x21212121
        mov     eax, [page(0)]
        mov     dword [pte(0)], frame_(1) | PG_P | PG_RW | PG_US
        mov     eax, cr3
        mov     cr3, eax
        expect  "another frame", [page(0)], 0x21212121
        mov     dword [pte(0)], 0
        mov     eax, cr3
        mov     cr3, eax
        in_ring 3
        mov     eax, [page(0)]
        end_ring
        expect_fault "no frame", 14, 4, page(0)
        case    "paging off and on"
        mov     dword [pte(0)], frame_(0) | PG_P | PG_RW | PG_US
        call    flush
        mov     eax, [page(0)]
        mov     dword [pte(0)], frame_(1) | PG_P | PG_RW | PG_US
        mov     eax, cr0
        and     eax, ~CR0_PG
        mov     cr0, eax
        jmp     .off
.off:   or      eax, CR0_PG
        mov     cr0, eax
        jmp     .on
.on:    mov     eax, cr3                ; the manuals ask for it; it stands here lest a chip keeps translations
        mov     cr3, eax
        expect  "another frame", [page(0)], 0x21212121
        cmp     dword [generation], 4
        jb      .no_invlpg
        case    "INVLPG"
        mov     dword [pte(0)], frame_(0) | PG_P | PG_RW | PG_US
        invlpg  [page(0) + 0x123]
        expect  "another frame", [page(0)], 0x10101010
        mov     dword [pte(0)], frame_(1) | PG_P | PG_US
        invlpg  [page(0) + 0xFFF]
        in_ring 3
        mov     [page(0)], eax
        end_ring
        expect_fault "rights taken away", 14, 7, page(0)
        mov     dword [pte(0)], 0
        invlpg  [page(0)]
        in_ring 0
        invlpg  [page(0)]               ; an absent page is no fault
        mov     eax, [page(0) + 4]
        end_ring
        expect_fault "no frame", 14, 0, page(0) + 4
        in_ring 3
        invlpg  [page(0)]
        end_ring
        expect  "in ring 3, vector", [seen.vector], 13
        expect  "in ring 3, error code", [seen.error], 0
        in_ring 0
        db      0x0F, 0x01, 0xFA        ; of a register
        end_ring
        expect  "of a register, vector", [seen.vector], 6
.no_invlpg:
        call    tables
        ret

control_registers:
        case    "PG without PE"
        in_ring 0
        mov     eax, cr0
        and     eax, ~1
        mov     cr0, eax                ; PG without PE
        or      al, 1                   ; if it is taken: back
        mov     cr0, eax
        end_ring
        expect  "vector", [seen.vector], 13
        expect  "error code", [seen.error], 0
        case    "encodings of MOV with control registers"
        in_ring 0
        db      0x0F, 0x20, 0xC8        ; MOV EAX, CR1
        end_ring
        expect  "CR1, vector", [seen.vector], V_UD
        in_ring 0
        db      0x0F, 0x22, 0xE8        ; MOV CR5, EAX
        end_ring
        expect  "CR5, vector", [seen.vector], V_UD
        in_ring 0
        db      0x0F, 0x20, 0xF8        ; MOV EAX, CR7
        end_ring
        expect  "CR7, vector", [seen.vector], V_UD
        in_ring 0
        db      0x0F, 0x20, 0x1A        ; MOV EDX, CR3 with mod 0: a register all the same
        end_ring
        expect  "mod 0, vector", [seen.vector], DONE
        expect  "mod 0, EDX", [seen.edx], DIRECTORY
        cmp     dword [generation], 4
        jb      .old
        case    "MOV to CR0: NW without CD"
        in_ring 0
        mov     eax, cr0
        and     eax, ~(1 << 30)
        or      eax, 1 << 29
        mov     cr0, eax
        end_ring
        expect  "vector", [seen.vector], V_GP
        expect  "error code", [seen.error], 0
.old:   case    "CR2, CR3"
        in_ring 3
        mov     eax, cr3
        end_ring
        expect  "MOV from CR3 in ring 3, vector", [seen.vector], 13
        in_ring 3
        mov     cr3, eax
        end_ring
        expect  "MOV to CR3 in ring 3, vector", [seen.vector], 13
        mov     eax, 0x12345678
        mov     cr2, eax
        xor     eax, eax
        mov     eax, cr2
        expect  "CR2 keeps 32 bits", eax, 0x12345678
        in_ring 3
        hlt
        end_ring
        expect  "other faults leave CR2", [seen.cr2], 0x12345678
        cmp     dword [generation], 4
        jb      .end
        mov     eax, DIRECTORY | 0x18
        mov     cr3, eax
        mov     eax, cr3
        expect  "PCD and PWT of CR3", eax, DIRECTORY | 0x18
        mov     eax, DIRECTORY
        mov     cr3, eax
.end:   ret

large_pages:
        test    dword [features], 1 << 3
        jnz     .has
        ret
.has:   case    "PS without CR4.PSE"
        mov     dword [frame_(3)], 0x33333333
        mov     dword [pde(TESTED)], TABLE2 | PG_P | PG_RW | PG_US | PG_PS
        call    flush
        expect  "a page table still", [page(3)], 0x33333333
        case    "4 MiB pages"
        mov     eax, cr4
        or      eax, CR4_PSE
        mov     cr4, eax
        mov     dword [pde(TESTED)], TABLE2 | PG_P | PG_RW | PG_US
        mov     dword [pde(LARGE)], PG_P | PG_RW | PG_US | PG_PS
        call    flush
        expect  "small pages beside them", [page(3)], 0x33333333
        expect  "read", [LARGE + frame_(3)], 0x33333333
        mov     eax, [pde(LARGE)]
        and     eax, PG_A | PG_D
        expect  "A after a read", eax, PG_A
        mov     dword [LARGE + frame_(3) + 4], 0x44444444
        expect  "written", [frame_(3) + 4], 0x44444444
        mov     eax, [pde(LARGE)]
        and     eax, PG_A | PG_D
        expect  "A and D after a write", eax, PG_A | PG_D
        in_ring 3
        mov     [LARGE + frame_(3) + 8], eax
        end_ring
        expect  "ring 3 writes", [frame_(3) + 8], 0x0A0A0A0A
        expect  "a doubleword over two 4 KiB pages", [LARGE + frame_(3) - 2], 0x33330000
        mov     dword [pde(LARGE)], PG_P | PG_US | PG_PS
        call    flush
        in_ring 3
        mov     [LARGE + frame_(3) + 8], ax
        end_ring
        expect_fault "ring 3 writes to a read-only one", 14, 7, LARGE + frame_(3) + 8
        mov     eax, [pde(LARGE)]
        and     eax, PG_D
        expect  "D after that", eax, 0
        in_ring 3
        mov     eax, [LARGE + frame_(3)]
        end_ring
        expect  "ring 3 reads it", [seen.eax], 0x33333333
        in_ring 0
        mov     [LARGE + frame_(3) + 8], esi
        end_ring
        expect  "ring 0 writes to it", [frame_(3) + 8], 0x05151515
        call    wp_on
        in_ring 0
        mov     [LARGE + frame_(3) + 8], edi
        end_ring
        call    wp_off
        expect_fault "ring 0 writes to it with WP", 14, 3, LARGE + frame_(3) + 8
        mov     dword [pde(LARGE)], PG_P | PG_RW | PG_PS
        call    flush
        in_ring 3
        mov     eax, [LARGE + frame_(3)]
        end_ring
        expect_fault "ring 3 reads a supervisor's", 14, 5, LARGE + frame_(3)
        mov     dword [pde(LARGE)], PG_RW | PG_US | PG_PS
        call    flush
        in_ring 3
        mov     eax, [LARGE + frame_(3)]
        end_ring
        expect_fault "absent", 14, 4, LARGE + frame_(3)
        case    "4 MiB pages: reserved bit"
        mov     dword [pde(LARGE)], PG_P | PG_RW | PG_US | PG_PS | 1 << 21
        call    flush
        in_ring 3
        mov     eax, [LARGE + frame_(3)]
        end_ring
        expect_fault "read", 14, 0xD, LARGE + frame_(3)
        in_ring 0
        mov     [LARGE + frame_(3)], eax
        end_ring
        expect_fault "write", 14, 0xB, LARGE + frame_(3)
        case    "4 MiB pages: CR4.PSE off again"
        mov     dword [pde(LARGE)], TABLE2 | PG_P | PG_RW | PG_US | PG_PS
        mov     eax, cr4
        and     eax, ~CR4_PSE
        mov     cr4, eax
        call    flush
        expect  "a page table again", [LARGE + 0x3000], 0x33333333
        mov     dword [pde(LARGE)], 0
        call    tables
        ret

global_pages:
        test    dword [features], 1 << 13
        jnz     .has
        ret
.has:   case    "global pages"
        mov     dword [frame_(0)], 0x10101010
        mov     dword [frame_(1)], 0x21212121
        mov     dword [pte(0)], frame_(0) | PG_P | PG_RW | PG_US | PG_G
        call    flush
        expect  "G without PGE", [page(0)], 0x10101010
        mov     dword [pte(0)], frame_(1) | PG_P | PG_RW | PG_US | PG_G
        call    flush
        expect  "G without PGE, CR3 reloaded", [page(0)], 0x21212121
        mov     eax, cr4
        or      eax, CR4_PGE
        mov     cr4, eax
        mov     dword [pte(0)], frame_(0) | PG_P | PG_RW | PG_US | PG_G
        invlpg  [page(0)]
        expect  "INVLPG", [page(0)], 0x10101010
        mov     dword [pte(0)], frame_(1) | PG_P | PG_RW | PG_US | PG_G
        mov     eax, cr4
        and     eax, ~CR4_PGE
        mov     cr4, eax
        expect  "PGE switched off", [page(0)], 0x21212121
        or      eax, CR4_PGE
        mov     cr4, eax
        mov     ecx, [page(0)]
        mov     dword [pte(0)], frame_(0) | PG_P | PG_RW | PG_US
        and     eax, ~CR4_PGE
        mov     cr4, eax
        expect  "and again", [page(0)], 0x10101010
        call    tables
        ret

PAE_POINTERS    equ     0x44000
PAE_DIRECTORY   equ     0x45000
PAE_TABLE       equ     0x46000         ; linear 800000h
%define pae_pde(l) (PAE_DIRECTORY + ((l) >> 21) * 8)
%define pae_pte(n) (PAE_TABLE + (n) * 8)
pae:    test    dword [features], 1 << 6
        jnz     .has
        ret
.has:   case    "PAE"
        pushad
        mov     edi, PAE_POINTERS
        xor     eax, eax
        mov     ecx, 3 * 1024
        rep     stosd
        popad
        call    .tables
        mov     eax, cr0
        and     eax, ~CR0_PG
        mov     cr0, eax
        mov     eax, cr4
        or      eax, CR4_PAE
        mov     cr4, eax
        mov     eax, PAE_POINTERS
        mov     cr3, eax
        mov     eax, cr0
        or      eax, CR0_PG
        mov     cr0, eax
        jmp     .on
.on:    mov     dword [frame_(2) + 0x10], 0x12121212
        expect  "read by a 4 KiB page", [page(2) + 0x10], 0x12121212
        mov     eax, [pae_pte(2)]
        and     eax, PG_A | PG_D
        expect  "A after a read", eax, PG_A
        mov     dword [page(2) + 0x14], 0x34343434
        expect  "written by a 4 KiB page", [frame_(2) + 0x14], 0x34343434
        mov     eax, [pae_pte(2)]
        and     eax, PG_A | PG_D
        expect  "A and D after a write", eax, PG_A | PG_D
        expect  "read by a 2 MiB page", [LARGE + frame_(2) + 0x10], 0x12121212
        mov     eax, [pae_pde(LARGE)]
        and     eax, PG_A | PG_D
        expect  "A of a 2 MiB page", eax, PG_A
        mov     dword [LARGE + frame_(2) + 0x18], 0x56565656
        mov     eax, [pae_pde(LARGE)]
        and     eax, PG_A | PG_D
        expect  "A and D of a 2 MiB page", eax, PG_A | PG_D
        in_ring 3
        mov     eax, [0x40000000]
        end_ring
        expect_fault "PDPTE not present, ring 3 reads", 14, 4, 0x40000000
        in_ring 0
        mov     [0xFFFFFFFC], eax
        end_ring
        expect_fault "PDPTE not present, ring 0 writes", 14, 2, 0xFFFFFFFC
        mov     dword [pae_pte(3)], 0
        call    flush
        in_ring 3
        mov     eax, [page(3) - 2]
        end_ring
        expect_fault "PTE not present", 14, 4, page(3)
        case    "PAE: reserved bits"
        mov     dword [pae_pte(3)], frame_(3) | PG_P | PG_RW | PG_US
        mov     dword [pae_pte(3) + 4], 1 << 30
        call    flush
        in_ring 3
        mov     eax, [page(3) + 4]
        end_ring
        expect_fault "bit 62 of a PTE", 14, 0xD, page(3) + 4
        mov     dword [pae_pte(3) + 4], 0
        mov     dword [pae_pde(LARGE) + 4], 1 << 29
        call    flush
        in_ring 0
        mov     [LARGE + 4], eax
        end_ring
        expect_fault "bit 61 of a PDE", 14, 0xB, LARGE + 4
        mov     dword [pae_pde(LARGE) + 4], 0
        mov     dword [pae_pde(LARGE)], 0x2000 | PG_P | PG_RW | PG_US | PG_PS
        call    flush
        in_ring 0
        mov     eax, [LARGE + 4]
        end_ring
        expect_fault "bit 13 of the PDE of a 2 MiB page", 14, 9, LARGE + 4
        mov     dword [PAE_POINTERS + 8], PG_P | PG_RW
        in_ring 0
        mov     eax, PAE_POINTERS
        mov     cr3, eax
        end_ring
        expect  "bit 1 of a PDPTE, vector", [seen.vector], 13
        expect  "bit 1 of a PDPTE, error code", [seen.error], 0
        mov     dword [PAE_POINTERS + 8], 0
        case    "PAE: the PDPTEs are taken when CR3 is written"
        mov     dword [PAE_POINTERS + 8], PAE_DIRECTORY | PG_P
        in_ring 3
        mov     eax, [0x40000000 + page(2) + 0x10]
        end_ring
        expect_fault "before", 14, 4, 0x40000000 + page(2) + 0x10
        call    flush
        expect  "after", [0x40000000 + page(2) + 0x10], 0x12121212
        case    "PAE: rights, WP 0"
        mov     dword [rights.entry], pae_pte(4)
        mov     dword [rights.directory_entry], pae_pde(TESTED)
        mov     dword [rights.table], PAE_TABLE
        call    rights
        call    .tables
        case    "PAE: rights, WP 1"
        call    wp_on
        mov     dword [rights.with_wp], 0x40
        call    rights
        call    wp_off
        mov     eax, cr0
        and     eax, ~CR0_PG
        mov     cr0, eax
        mov     eax, cr4
        and     eax, ~CR4_PAE
        mov     cr4, eax
        mov     eax, DIRECTORY
        mov     cr3, eax
        call    tables
        mov     eax, cr0
        or      eax, CR0_PG
        mov     cr0, eax
        ret
.tables:
        pushad
        mov     dword [PAE_POINTERS], PAE_DIRECTORY | PG_P
        mov     dword [pae_pde(0)], PG_P | PG_RW | PG_US | PG_PS
        mov     dword [pae_pde(LARGE)], PG_P | PG_RW | PG_US | PG_PS
        mov     dword [pae_pde(TESTED)], PAE_TABLE | PG_P | PG_RW | PG_US
        mov     eax, frame_(0) | PG_P | PG_RW | PG_US
        xor     ebx, ebx
.entry: mov     [PAE_TABLE + ebx * 8], eax
        add     eax, 0x1000
        inc     ebx
        cmp     ebx, 16
        jb      .entry
        popad
        ret

%include "end.inc"
