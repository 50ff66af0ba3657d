; Nothing but the marks: what a guest costs without its work.
%define GUEST "empty"
%include "bench.inc"
work:
        mov     eax, ROUNDS
        ret
%include "end.inc"
