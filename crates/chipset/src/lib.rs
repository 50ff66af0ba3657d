//! The chips of a PC's main board.
