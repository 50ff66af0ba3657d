//! Tests of the 8259A through its ports, lines and pin.
