//! Intel 8237A DMA controller: the PC/AT has two, of byte channels 0 to 3 and of word channels 4 to 7 (channel 4 is the
//! cascade input of the other). The page registers beside them are in [`pages`].
//!
//! Sources: Intel 8237A data sheet (231466-005): "Register description", "DMA operation", "Software commands".
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0, 2, 4, 6 | current address of channel 0 to 3, low then high byte | base and current address |
//! | 1, 3, 5, 7 | current count of channel 0 to 3, low then high byte | base and current count |
//! | 8 | status; the terminal count bits end with the read | command |
//! | 9 | nothing drives the bus | request: set or reset one channel |
//! | A | nothing drives the bus | mask: set or reset one channel |
//! | B | nothing drives the bus | mode of one channel |
//! | C | nothing drives the bus | clear the byte pointer flip-flop |
//! | D | temporary register | master clear |
//! | E | nothing drives the bus | clear all masks |
//! | F | nothing drives the bus | write all masks |
//!
//! | command bit | |
//! |---|---|
//! | 0, 1 | memory to memory with channels 0 and 1; channel 0 holds its address |
//! | 2 | controller disabled |
//! | 3, 5 | compressed timing, extended write: not observable |
//! | 4 | rotating priority |
//! | 6, 7 | DREQ active low; DACK active high: not observable |
//!
//! The controller moves no bytes: the board's pump asks [`Dma::pending`], calls [`Dma::begin`] for each transfer and
//! moves the byte or word between memory and the peer. Where [`Dma::copies`] says so, it calls [`Dma::begin_copy`] in
//! its place, and moves a byte from memory to memory.
//!
//! Not modelled: EOP as an input, which a PC does not connect.

pub mod pages;
#[cfg(test)]
mod tests;

use beige_core::{Device, Io, PortDevice, StateError, Visitor, VisitorExt};
pub use pages::DmaPages;

const CHANNELS: usize = 4;
const COMMAND_MEMORY_TO_MEMORY: u8 = 0x01;
const COMMAND_ADDRESS_HOLD: u8 = 0x02;
const COMMAND_DISABLE: u8 = 0x04;
const COMMAND_ROTATING: u8 = 0x10;
const COMMAND_DREQ_ACTIVE_LOW: u8 = 0x40;
const REQUEST_SET: u8 = 0x04;
const MODE_AUTOINITIALIZE: u8 = 0x10;
const MODE_DECREMENT: u8 = 0x20;
const MODE_TRANSFER: u8 = 0x0c;
const MODE_TRANSFER_WRITE: u8 = 0x04;
const MODE_TRANSFER_READ: u8 = 0x08;
const MODE_SERVICE: u8 = 0xc0;
const MODE_DEMAND: u8 = 0x00;
const MODE_BLOCK: u8 = 0x80;
const MODE_CASCADE: u8 = 0xc0;
/// What a read finds when no register drives the bus.
const FLOATING_BUS: u8 = 0xff;

/// Which way a transfer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferKind {
    /// Addresses are counted, no byte moves.
    Verify,
    /// From memory to the peer.
    ReadMemory,
    /// From the peer to memory.
    WriteMemory,
}

/// One transfer of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The address in the page: of a byte, or of a word where the board wires it so.
    pub address: u16,
    /// Which way.
    pub kind: TransferKind,
    /// The last transfer of the programmed count.
    pub terminal_count: bool,
}

/// One transfer from memory to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The address in the page to read from, that of channel 0.
    pub source: u16,
    /// The address in the page to write to, that of channel 1.
    pub destination: u16,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Channel {
    /// 0.
    base_address: u16,
    /// 0.
    base_count: u16,
    /// 0.
    address: u16,
    /// Transfers left, minus one; 0.
    count: u16,
    /// The mode register without its channel bits; 0.
    mode: u8,
}

/// One 8237A. Channels are numbered 0 to 3 within the chip; higher numbers are taken modulo 4.
#[derive(Clone, Debug, PartialEq)]
pub struct Dma {
    // wired
    /// Levels of DREQ0 to DREQ3.
    lines: u8,

    // registers
    channels: [Channel; CHANNELS],
    /// 0.
    command: u8,
    /// Requests by software; 0.
    requests: u8,
    /// All set.
    mask: u8,
    /// Channels that reached their terminal count since the last read of the status; 0.
    reached: u8,
    /// The temporary register; 0.
    temporary: u8,

    // internal
    /// The byte pointer flip-flop: the next access of a 16-bit register is to its high byte; cleared.
    flip_flop: bool,
    /// The channel of lowest priority; 3.
    lowest: u8,
    /// The channel (one bit) that keeps the bus until its demand ends or its block is done; none.
    serving: u8,
}

impl Default for Dma {
    fn default() -> Dma {
        Dma::new()
    }
}

impl Dma {
    /// A controller at its power-on values, no channel requested.
    #[must_use]
    pub fn new() -> Dma {
        Dma {
            lines: 0,
            channels: [Channel::default(); CHANNELS],
            command: 0,
            requests: 0,
            mask: 0x0f,
            reached: 0,
            temporary: 0,
            flip_flop: false,
            lowest: 3,
            serving: 0,
        }
    }

    /// The level of the DREQ line of `channel`.
    pub fn set_request(&mut self, channel: u8, level: bool) {
        let bit = bit(channel);
        self.lines = if level { self.lines | bit } else { self.lines & !bit };
        if self.channel(channel).service() == MODE_DEMAND {
            self.serving &= self.wanted() | !bit;
        }
    }

    /// The channel that is to make the next transfer. Cascade channels never do.
    #[must_use]
    #[inline]
    pub fn pending(&self) -> Option<u8> {
        // The board asks after every access: nearly always nobody wants anything.
        let wanted = self.wanted();
        if wanted | self.serving == 0 { None } else { self.choose(wanted) }
    }

    /// The channel of highest priority among those that are wanted, or keep the bus, and can have it.
    fn choose(&self, wanted: u8) -> Option<u8> {
        if self.command & COMMAND_DISABLE != 0 {
            return None;
        }
        let mut ready = wanted;
        for (number, channel) in (0..).zip(&self.channels) {
            let is_block = channel.service() == MODE_BLOCK || self.copies(number);
            if is_block && self.serving & bit(number) != 0 {
                ready |= bit(number);
            }
        }
        // SPEC: 231466-005 "Request register": requests by software cannot be masked.
        ready &= !self.mask | self.requests | if self.copies(0) { self.serving & bit(0) } else { 0 };
        for (number, channel) in (0..).zip(&self.channels) {
            if channel.service() == MODE_CASCADE {
                ready &= !bit(number);
            }
        }
        // SPEC: 231466-005 "Transfer types": block and demand are not interrupted by a higher channel.
        if ready & self.serving != 0 {
            ready &= self.serving;
        }
        (1..=4).map(|step| self.lowest.wrapping_add(step) & 3).find(|channel| ready & bit(*channel) != 0)
    }

    /// Whether the requests of another controller pass through `channel`: it is enabled, in cascade mode, not masked.
    #[must_use]
    pub fn passes_cascade(&self, channel: u8) -> bool {
        self.command & COMMAND_DISABLE == 0
            && self.mask & bit(channel) == 0
            && self.channel(channel).service() == MODE_CASCADE
    }

    /// Makes one transfer of `channel`: gives its address and moves the channel on.
    pub fn begin(&mut self, channel: u8) -> Transfer {
        let bit = bit(channel);
        if self.command & COMMAND_ROTATING != 0 {
            self.lowest = channel & 3;
        }
        let registers = &mut self.channels[usize::from(channel & 3)];
        let transfer = registers.transfer();
        self.serving = match registers.service() {
            MODE_DEMAND | MODE_BLOCK => bit,
            _ => 0,
        };
        if transfer.terminal_count {
            self.end_of_process(channel);
            self.requests &= !bit;
            self.serving = 0;
        }
        transfer
    }

    /// How many transfers `channel` is about to make in a row, to addresses that go up in memory without a wrap, the one
    /// that reaches the terminal count left out. None when another channel could come between.
    #[must_use]
    pub fn run_length(&self, channel: u8) -> u16 {
        let registers = self.channel(channel);
        let alone = self.pending() == Some(channel) && self.wanted() | self.serving == bit(channel);
        let upwards = registers.mode & (MODE_TRANSFER | MODE_DECREMENT) == MODE_TRANSFER_WRITE;
        if alone && upwards && !self.copies(channel) { registers.count.min(!registers.address) } else { 0 }
    }

    /// Makes `count` transfers of `channel`, at most [`Dma::run_length`]: gives the address of the first and moves the
    /// channel on, as so many calls of [`Dma::begin`] would.
    pub fn begin_run(&mut self, channel: u8, count: u16) -> u16 {
        let Some(more) = count.checked_sub(1) else { return self.channel(channel).address };
        let first = self.begin(channel).address;
        let registers = &mut self.channels[usize::from(channel & 3)];
        registers.address = registers.address.wrapping_add(more);
        registers.count = registers.count.wrapping_sub(more);
        first
    }

    /// Whether a transfer of `channel` is one from memory to memory.
    #[must_use]
    pub fn copies(&self, channel: u8) -> bool {
        channel & 3 == 0 && self.command & COMMAND_MEMORY_TO_MEMORY != 0
    }

    /// Whether software asks for `channel`, which it does until the terminal count.
    #[must_use]
    pub fn asked_by_software(&self, channel: u8) -> bool {
        self.requests & bit(channel) != 0
    }

    /// Makes one transfer from memory to memory: gives both addresses and moves channels 0 and 1 on. The byte between
    /// is told to [`Dma::hold`].
    ///
    /// SPEC: 231466-005 "Memory-to-memory": a block that ends with the count of channel 1; each channel reloads itself
    /// with its own count, so that both have to be the same for that.
    pub fn begin_copy(&mut self) -> Copy {
        if self.command & COMMAND_ROTATING != 0 {
            self.lowest = 0;
        }
        let [from, to, ..] = &mut self.channels;
        let source = from.address;
        let (read, written) = (from.transfer(), to.transfer());
        if self.command & COMMAND_ADDRESS_HOLD != 0 {
            from.address = source;
        }
        self.serving = bit(0);
        if read.terminal_count {
            self.end_of_process(0);
        }
        if written.terminal_count {
            self.end_of_process(1);
            self.requests &= !bit(0);
            self.serving = 0;
        }
        Copy { source, destination: written.address }
    }

    /// The temporary register takes the byte on its way from memory to memory.
    pub fn hold(&mut self, byte: u8) {
        self.temporary = byte;
    }

    /// SPEC: 231466-005 "Autoinitialize": the mask bit is set at EOP unless the channel reloads itself.
    fn end_of_process(&mut self, channel: u8) {
        let registers = &mut self.channels[usize::from(channel & 3)];
        if registers.mode & MODE_AUTOINITIALIZE == 0 {
            self.mask |= bit(channel);
        } else {
            registers.address = registers.base_address;
            registers.count = registers.base_count;
        }
        self.reached |= bit(channel);
    }

    fn channel(&self, channel: u8) -> &Channel {
        &self.channels[usize::from(channel & 3)]
    }

    /// Channels with a request by line or by software.
    #[inline]
    fn wanted(&self) -> u8 {
        let active_low = self.command & COMMAND_DREQ_ACTIVE_LOW != 0;
        let lines = if active_low { !self.lines & 0x0f } else { self.lines };
        lines | self.requests
    }

    fn read_status(&mut self) -> u8 {
        let status = self.wanted() << 4 | self.reached;
        self.reached = 0;
        status
    }

    fn read_word(&mut self, offset: u16) -> u8 {
        let channel = &self.channels[usize::from(offset >> 1 & 3)];
        let register = if offset & 1 == 0 { channel.address } else { channel.count };
        let [low, high] = register.to_le_bytes();
        if self.flip() { high } else { low }
    }

    /// Moves the flip-flop on and says whether this access is to the high byte.
    fn flip(&mut self) -> bool {
        self.flip_flop = !self.flip_flop;
        !self.flip_flop
    }

    fn write_word(&mut self, offset: u16, value: u8) {
        let half = usize::from(self.flip());
        let Channel { base_address, base_count, address, count, mode: _ } =
            &mut self.channels[usize::from(offset >> 1 & 3)];
        let (base, current) = if offset & 1 == 0 { (base_address, address) } else { (base_count, count) };
        for register in [base, current] {
            let mut bytes = register.to_le_bytes();
            bytes[half] = value;
            *register = u16::from_le_bytes(bytes);
        }
    }

    fn write_command(&mut self, value: u8) {
        self.command = value;
        // SPEC: 231466-005 "Priority": fixed priority means by number, channel 0 first, whatever rotated before.
        if value & COMMAND_ROTATING == 0 {
            self.lowest = 3;
        }
    }

    fn write_request(&mut self, value: u8) {
        self.requests = with_bit(self.requests, value, value & REQUEST_SET != 0);
    }

    fn write_mode(&mut self, value: u8) {
        self.channels[usize::from(value & 3)].mode = value & 0xfc;
        self.serving &= !bit(value);
    }

    /// SPEC: 231466-005 "Software commands": master clear does what the reset line does.
    fn master_clear(&mut self) {
        self.command = 0;
        self.reached = 0;
        self.requests = 0;
        self.temporary = 0;
        self.flip_flop = false;
        self.mask = 0x0f;
        self.lowest = 3;
        self.serving = 0;
    }
}

impl Channel {
    fn service(&self) -> u8 {
        self.mode & MODE_SERVICE
    }

    /// One transfer; at the terminal count the count goes from 0 to FFFFh.
    fn transfer(&mut self) -> Transfer {
        let kind = match self.mode & MODE_TRANSFER {
            MODE_TRANSFER_WRITE => TransferKind::WriteMemory,
            MODE_TRANSFER_READ => TransferKind::ReadMemory,
            // The fourth code is illegal.
            _ => TransferKind::Verify,
        };
        let transfer = Transfer { address: self.address, kind, terminal_count: self.count == 0 };
        let step = if self.mode & MODE_DECREMENT != 0 { 0xffff } else { 1 };
        self.address = self.address.wrapping_add(step);
        self.count = self.count.wrapping_sub(1);
        transfer
    }
}

const fn bit(channel: u8) -> u8 {
    1 << (channel & 3)
}

const fn with_bit(bits: u8, channel: u8, set: bool) -> u8 {
    if set { bits | bit(channel) } else { bits & !bit(channel) }
}

impl PortDevice for Dma {
    fn read(&mut self, offset: u16, _io: &mut Io<'_>) -> u8 {
        match offset & 15 {
            word @ 0..=7 => self.read_word(word),
            8 => self.read_status(),
            0xd => self.temporary,
            _ => FLOATING_BUS,
        }
    }

    fn write(&mut self, offset: u16, value: u8, _io: &mut Io<'_>) {
        match offset & 15 {
            word @ 0..=7 => self.write_word(word, value),
            8 => self.write_command(value),
            9 => self.write_request(value),
            0xa => self.mask = with_bit(self.mask, value, value & REQUEST_SET != 0),
            0xb => self.write_mode(value),
            0xc => self.flip_flop = false,
            0xd => self.master_clear(),
            0xe => self.mask = 0,
            _ => self.mask = value & 0x0f,
        }
    }
}

impl Device for Dma {
    fn power_on(&mut self, _io: &mut Io<'_>) {
        let lines = self.lines;
        *self = Dma::new();
        self.lines = lines;
    }

    fn reset(&mut self, _io: &mut Io<'_>) {
        self.master_clear();
    }

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Dma { lines, channels, command, requests, mask, reached, temporary, flip_flop, lowest, serving } = self;
        v.section("i8237a", 1);
        v.u8(1, lines);
        v.u8(2, command);
        v.u8(3, requests);
        v.u8(4, mask);
        v.u8(5, reached);
        v.u8(6, temporary);
        v.bool(7, flip_flop);
        v.u8(8, lowest);
        v.u8(9, serving);
        for (number, channel) in (1..).zip(channels) {
            let Channel { base_address, base_count, address, count, mode } = channel;
            let first = number * 10;
            v.u16(first, base_address);
            v.u16(first + 1, base_count);
            v.u16(first + 2, address);
            v.u16(first + 3, count);
            v.u8(first + 4, mode);
        }
    }

    fn check(&self) -> Result<(), StateError> {
        let wrong = |reason| Err(StateError::invalid("i8237a", reason));
        let four_bits = self.lines | self.requests | self.mask | self.reached | self.serving;
        if four_bits > 0x0f {
            return wrong("a channel above 3 is named");
        }
        if self.lowest > 3 || self.serving.count_ones() > 1 {
            return wrong("the priority is not one of four channels");
        }
        if self.channels.iter().any(|channel| channel.mode & 3 != 0) {
            return wrong("a mode register names a channel");
        }
        Ok(())
    }
}
