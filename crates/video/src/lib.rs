//! VGA registers, memory and rendering.
