//! System tests: the program as its users run it. One binary, so that it links once.

mod bootmenu;
mod cpu;
mod determinism;
mod disks;
mod firmware;
mod guests;
mod hangs;
mod idle;
mod ports;
mod protected;
mod screens;
mod selftest;
mod sound;
mod speed;
mod states;
mod test_rom;
mod vga_bios;
mod window;
