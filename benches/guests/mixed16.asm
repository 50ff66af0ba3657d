; Variables within 128 bytes of the code that runs, some within the same 64.
%define GUEST "mixed16"
%define GAP 0
%include "bench.inc"
%include "mixed.inc"
%include "end.inc"
