//! The board: chips, ports, memory map, run loop.
