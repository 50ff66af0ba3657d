//! Tests of the 8254 through its ports, gates and outputs.
