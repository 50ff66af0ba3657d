//! Real-time pacing, threads, opening files.
