//! The DMA pump: moves bytes between memory and the peers of the two controllers, one at a time, never recursively.

use crate::board::Board;
use crate::wiring;
use beige_chipset::i8237a::TransferKind;
use beige_core::{DmaPeer, SECTOR_BYTES, Tick};
use beige_cpu::Memory;

/// Transfers made in one go at most: a whole count of 64 KiB. A request that is still up waits for the next access.
const TRANSFERS_MAX: u32 = 0x1_0000;
/// The channel of the word controller through which the byte controller reaches the CPU: DMA channel 4.
const CASCADE_CHANNEL: u8 = 0;
/// A transfer that no peer asked for holds the CPU for five cycles of the 4 MHz at which the controllers run.
/// UNVERIFIED: the figures are those of the 8 MHz AT, from memory.
const CYCLE_TICKS: Tick = 5 * 250;
/// The page registers that answer when no channel is acknowledged, as in a copy: those of channels 0 and 4. UNVERIFIED:
/// the DACK lines of the others select theirs, so that both cycles of a copy get the same page.
const COPY_PAGES: [u8; 2] = [0, 4];

impl Board {
    /// Serves DMA requests while there are any; whether it moved anything.
    ///
    /// What peers ask for takes no time. What software asks for runs to its end at once and holds the CPU as long as it
    /// would, so that a guest cannot hold up the host with it. A channel that nobody asks for, because a guest has
    /// inverted the sense of the request lines, makes one transfer an access.
    pub(crate) fn pump_dma(&mut self, now: Tick, mem: &mut Memory) -> bool {
        let mut moved = 0;
        while moved < TRANSFERS_MAX {
            let [bytes, words] = &self.chips.dma;
            let cascaded = words.passes_cascade(CASCADE_CHANNEL);
            let (controller, channel) = if let Some(channel) = bytes.pending().filter(|_| cascaded) {
                (0, channel)
            } else if let Some(channel) = words.pending() {
                (1, channel)
            } else {
                break;
            };
            let asked_for = controller == 0 && self.lines.wires.level(wiring::dreq(channel));
            let dma = &self.chips.dma[controller];
            let (is_copy, by_software) = (dma.copies(channel), dma.asked_by_software(channel));
            if asked_for {
                let run = self.transfer_run(channel, TRANSFERS_MAX - moved, now, mem);
                moved += run;
                if run > 0 {
                    continue;
                }
            }
            match controller {
                _ if is_copy => self.copy(controller, mem),
                0 => self.transfer_byte(channel, now, mem),
                _ => self.transfer_word(channel, mem),
            }
            if !asked_for {
                self.cpu_held += if is_copy { 2 * CYCLE_TICKS } else { CYCLE_TICKS };
            }
            moved += if asked_for || by_software { 1 } else { TRANSFERS_MAX };
            if self.lines.wires.moved() {
                self.route_wires(now, mem);
            }
        }
        moved > 0 && moved < TRANSFERS_MAX
    }

    /// Makes up to `most` transfers that the floppy controller asks for at once, where that is the same as one by one;
    /// how many.
    fn transfer_run(&mut self, channel: u8, most: u32, now: Tick, mem: &mut Memory) -> u32 {
        let length = u32::from(self.chips.dma[0].run_length(channel)).min(most);
        if channel != wiring::FLOPPY_CHANNEL || length == 0 {
            return 0;
        }
        let mut block = [0; SECTOR_BYTES];
        let room = block.len().min(length as usize);
        let given = self.chips.fdc.dma_read_block(&mut block[..room], &mut self.lines.io(now, wiring::FLOPPY));
        if given > 0 {
            let first = self.chips.dma[0].begin_run(channel, given as u16);
            mem.write_phys(u32::from(self.chips.dma_pages.page(channel)) << 16 | u32::from(first), &block[..given]);
        }
        given as u32
    }

    fn transfer_byte(&mut self, channel: u8, now: Tick, mem: &mut Memory) {
        let transfer = self.chips.dma[0].begin(channel);
        let address = u32::from(self.chips.dma_pages.page(channel)) << 16 | u32::from(transfer.address);
        let last = transfer.terminal_count;
        let is_floppy = channel == wiring::FLOPPY_CHANNEL;
        let (fdc, io) = (&mut self.chips.fdc, &mut self.lines.io(now, wiring::FLOPPY));
        match transfer.kind {
            TransferKind::WriteMemory => {
                let byte = if is_floppy { fdc.dma_read(last, io) } else { 0xff };
                mem.write_phys(address, &[byte]);
            }
            TransferKind::ReadMemory => {
                let mut byte = [0];
                mem.read_phys(address, &mut byte);
                if is_floppy {
                    fdc.dma_write(byte[0], last, io);
                }
            }
            // A verify cycle generates addresses and acknowledges, but moves nothing into memory.
            TransferKind::Verify => {
                if is_floppy {
                    let _ = fdc.dma_read(last, io);
                }
            }
        }
    }

    /// No device of this board asks for a word channel; a software request moves words of the empty bus.
    fn transfer_word(&mut self, channel: u8, mem: &mut Memory) {
        let transfer = self.chips.dma[1].begin(channel);
        if transfer.kind == TransferKind::WriteMemory {
            mem.write_phys(self.word_address(channel + 4, transfer.address), &[0xff, 0xff]);
        }
    }

    // QUIRK: words shift the address by one, and bit 0 of the page is not connected (IBM AT Technical Reference
    // 1502494, "DMA controller").
    fn word_address(&self, channel: u8, address: u16) -> u32 {
        u32::from(self.chips.dma_pages.page(channel) & 0xfe) << 16 | u32::from(address) << 1
    }

    /// From memory to memory. The temporary register has eight bits: of a word, the upper half is that of the empty bus.
    fn copy(&mut self, controller: usize, mem: &mut Memory) {
        let copy = self.chips.dma[controller].begin_copy();
        let page = COPY_PAGES[controller];
        let [source, destination] = [copy.source, copy.destination].map(|address| match controller {
            0 => u32::from(self.chips.dma_pages.page(page)) << 16 | u32::from(address),
            _ => self.word_address(page, address),
        });
        let mut byte = [0];
        mem.read_phys(source, &mut byte);
        self.chips.dma[controller].hold(byte[0]);
        match controller {
            0 => mem.write_phys(destination, &byte),
            _ => mem.write_phys(destination, &[byte[0], 0xff]),
        }
    }
}
