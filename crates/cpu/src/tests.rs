//! Tests of the CPU through its public interface.
