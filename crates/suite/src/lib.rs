//! Readers and runner of instruction suites.
