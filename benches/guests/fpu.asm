; x87 with 64 bits of precision, as FNINIT leaves it.
%define GUEST "fpu"
%define CONTROL 0x037F
%include "bench.inc"
%include "fpu.inc"
%include "end.inc"
