//! Save, load and hash of a whole machine.

use crate::board::{Board, Chips, Lines};
use crate::config::Config;
use crate::rack::DISK_SLOTS;
use crate::run::Machine;
use beige_core::{Coded, Device, Disk, StateError, StateHasher, StateReader, StateWriter, Visitor, VisitorExt};

impl Machine {
    /// The hash of the configuration, the whole state and what is on the disks: two machines with the same hash go on
    /// alike.
    pub fn hash(&mut self) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        let mut visitor = StateHasher::new(|bytes: &[u8]| {
            hash.update(bytes);
        });
        self.config.visit(&mut visitor);
        self.visit(&mut visitor);
        *hash.finalize().as_bytes()
    }

    /// A machine in a saved state, with the configuration and the disks that it was saved with.
    ///
    /// # Errors
    /// When the configuration makes no machine, or the state is damaged or that of another machine.
    pub fn resume(
        config: Config,
        disks: [Option<Box<dyn Disk>>; DISK_SLOTS],
        state: &[u8],
    ) -> Result<Machine, StateError> {
        let new = Machine::new(config, disks);
        let mut machine = new.map_err(|error| StateError::invalid("config", &error.to_string()))?;
        machine.load(state)?;
        Ok(machine)
    }

    /// The whole state, unsaved disk sectors included.
    pub fn save(&mut self) -> Vec<u8> {
        let mut writer = StateWriter::default();
        self.visit(&mut writer);
        writer.finish()
    }

    /// Puts the machine into a saved state. A state that is refused leaves the machine as it was.
    ///
    /// # Errors
    /// When the state is damaged or that of another machine.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        let before = self.save();
        let loaded = self.load(state);
        if loaded.is_err() {
            // What this machine has just written it can also read.
            let _ = self.load(&before);
        }
        loaded
    }

    pub(crate) fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.idle.begin_anew();
        let mut reader = StateReader::new(state);
        self.visit(&mut reader);
        reader.finish()?;
        self.check()?;
        if self.board.listener.is_some() {
            self.board.listen(self.now());
        }
        Ok(())
    }

    /// Saves, loads or hashes the state. [`Machine::check`] is to follow a load.
    pub fn visit(&mut self, v: &mut dyn Visitor) {
        // The configuration is what the machine was built with, the log is history, and what was seen is the host's, as
        // is who looks on.
        let Machine {
            config,
            cpu,
            mem,
            board,
            inputs: _,
            seen: _,
            idle: _, // finds the same again
            probe: _,
            #[cfg(test)]
                breakage: _,
        } = self;
        v.section("machine", 1);
        let (mut model, mut memory_kib) = (config.model.to_code(), config.memory_kib);
        v.u8(1, &mut model);
        v.u32(2, &mut memory_kib);
        if (model, memory_kib) != (config.model.to_code(), config.memory_kib) {
            v.fail("it is of a machine with another CPU or another amount of memory");
            return;
        }
        let ports = config.port_flags();
        let mut stored = ports;
        v.u8(3, &mut stored);
        if stored != ports {
            v.fail("it is of a machine with other serial or parallel ports");
            return;
        }
        cpu.visit(v);
        mem.visit(v);
        board.visit(v);
        if v.is_loading() {
            board.follow_video(mem);
        }
    }

    /// # Errors
    /// When a part is in a state that it cannot be in.
    pub fn check(&self) -> Result<(), StateError> {
        self.cpu.check()?;
        self.mem.check()?;
        self.board.clock.check(self.cpu.instructions())?;
        self.board.lines.timeline.check(self.now())?;
        self.board.check()
    }
}

impl Board {
    fn visit(&mut self, v: &mut dyn Visitor) {
        let Board {
            chips,
            lines,
            clock,
            intr_known: _, // set anew at the start of each slice, as is the next one
            slice_end: _,
            cpu_reset,
            coprocessor_reset,
            cpu_held: _, // let pass before a run comes back
            exit_code,
            exit_port: _, // of the configuration
            post_port: _,
            awaited_post: _, // of the observers
            post_came: _,
            is_off,
            serial_ports: _,
            has_fw_cfg: _,
            video_pages: _,
            plain_video: _, // of the VGA's registers
            listener: _,    // of the observers
            port_log: _,
            calls: _,
        } = self;
        clock.visit(v);
        v.section("board", 2);
        let chips_stored = if v.version() < 2 { Chips::OF_VERSION_1 } else { usize::MAX };
        v.bool(1, cpu_reset);
        let mut exit = exit_code.map(u64::from);
        v.option_u64(2, &mut exit);
        match exit.map(u8::try_from).transpose() {
            Ok(code) => *exit_code = code,
            Err(_) => v.fail("the exit code is no byte"),
        }
        v.bool(3, is_off);
        v.bool(4, coprocessor_reset);
        let Lines { wires, timeline, rack, outputs: _ } = lines;
        v.section("wires", 1);
        wires.visit(v);
        v.section("timeline", 1);
        timeline.visit(v);
        v.section("post", 1);
        v.u8(1, &mut chips.post_code);
        for (_, device) in chips.devices().into_iter().take(chips_stored) {
            device.visit(v);
        }
        rack.visit(v);
    }

    fn check(&self) -> Result<(), StateError> {
        let Chips {
            pics,
            pit,
            dma,
            dma_pages,
            rtc,
            keyboard,
            sysctl,
            com,
            lpt,
            debugcon,
            power,
            vga,
            fdc,
            ata,
            coprocessor,
            fw_cfg,
            post_code: _,
        } = &self.chips;
        let [master, slave] = pics;
        let [bytes, words] = dma;
        let [com1, com2, com3, com4] = com;
        let [primary, secondary] = ata;
        let devices: [&dyn Device; 22] = [
            master,
            slave,
            pit,
            bytes,
            words,
            dma_pages,
            rtc,
            keyboard,
            sysctl,
            com1,
            com2,
            com3,
            com4,
            lpt,
            debugcon,
            power,
            vga,
            fdc,
            primary,
            secondary,
            coprocessor,
            fw_cfg,
        ];
        devices.into_iter().try_for_each(|device| device.check())?;
        self.lines.wires.check()?;
        self.lines.rack.check()
    }
}
