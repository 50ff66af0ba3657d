//! The DMA pump: moves bytes between memory and the peers of the two controllers, one at a time, never recursively.

use crate::board::Board;
use crate::wiring;
use beige_chipset::i8237a::TransferKind;
use beige_core::{DmaPeer, Tick};
use beige_cpu::Memory;

/// Transfers made in one go at most: a whole count of 64 KiB. A request that is still up waits for the next access.
const TRANSFERS_MAX: u32 = 0x1_0000;
/// The channel of the word controller through which the byte controller reaches the CPU: DMA channel 4.
const CASCADE_CHANNEL: u8 = 0;

impl Board {
    /// Serves DMA requests while there are any; whether it moved anything.
    ///
    /// A channel makes one transfer an access when no device asks for it. Only a guest that requests by software, or
    /// inverts the sense of the request lines, gets there; it must not be able to hold up the host.
    pub(crate) fn pump_dma(&mut self, now: Tick, mem: &mut Memory) -> bool {
        let mut moved = 0;
        while moved < TRANSFERS_MAX {
            let [bytes, words] = &self.chips.dma;
            let cascaded = words.passes_cascade(CASCADE_CHANNEL);
            if let Some(channel) = bytes.pending().filter(|_| cascaded) {
                let asked_for = self.lines.wires.level(wiring::dreq(channel));
                self.transfer_byte(channel, now, mem);
                moved += if asked_for { 1 } else { TRANSFERS_MAX };
            } else if let Some(channel) = words.pending() {
                self.transfer_word(channel, mem);
                moved = TRANSFERS_MAX;
            } else {
                break;
            }
            if self.lines.wires.moved() {
                self.route_wires(now, mem);
            }
        }
        moved > 0 && moved < TRANSFERS_MAX
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
        // QUIRK: words shift the address by one, and bit 0 of the page is not connected (IBM AT Technical Reference
        // 1502494, "DMA controller").
        let page = u32::from(self.chips.dma_pages.page(channel + 4) & 0xfe);
        let address = page << 16 | u32::from(transfer.address) << 1;
        if transfer.kind == TransferKind::WriteMemory {
            mem.write_phys(address, &[0xff, 0xff]);
        }
    }
}
