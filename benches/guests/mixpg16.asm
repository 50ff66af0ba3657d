; Variables in the page of the code that runs, 1 KiB from it.
%define GUEST "mixpg16"
%define GAP 1024
%include "bench.inc"
        align   4096
%include "mixed.inc"
%include "end.inc"
