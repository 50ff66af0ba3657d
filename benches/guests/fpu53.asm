; x87 with 53 bits of precision, as some compilers set it.
%define GUEST "fpu53"
%define CONTROL 0x027F
%include "bench.inc"
%include "fpu.inc"
%include "end.inc"
