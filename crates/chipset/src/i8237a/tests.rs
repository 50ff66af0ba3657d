//! Tests of the 8237A and of the page registers.
