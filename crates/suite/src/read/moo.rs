//! MOO files: the binary form of the suites. Chunks of a 4-letter type, a length and a payload, little-endian; unknown
//! chunks are skipped. The form is that of version 1.1 of its specification, with two more chunks of our own: `EXC2`
//! (error code and CR2 of an exception) and `FSAV` (an FNSAVE image in `INIT` and `FINA`).

use crate::case::{Exception, FPU_IMAGE_BYTES, Registers, State, Test, TestFile, register};

/// Parses the bytes of a file.
///
/// # Errors
/// A sentence that says where it is cut short or wrong.
pub fn parse(bytes: &[u8]) -> Result<TestFile, String> {
    let mut file = TestFile::default();
    let mut rest = Cursor(bytes);
    let (kind, mut header) = rest.chunk()?;
    if &kind != b"MOO " {
        return Err("this is no MOO file".to_owned());
    }
    let major = header.u8()?;
    if major != 1 {
        return Err(format!("it is MOO version {major}, and only version 1 is known"));
    }
    header.take(3)?;
    let count = header.u32()?;
    file.cpu = text(header.take(4)?);
    while !rest.0.is_empty() {
        let (kind, mut payload) = rest.chunk().map_err(|damage| after(file.tests.len(), damage))?;
        match &kind {
            b"META" => meta(&mut file, &mut payload)?,
            b"RMSK" | b"RM32" => file.masks = payload.registers(&kind == b"RM32")?,
            b"TEST" => {
                let read = test(payload, &mut file.wide).map_err(|damage| after(file.tests.len(), damage))?;
                file.tests.push(read);
            }
            _ => {}
        }
    }
    if file.tests.len() as u64 != u64::from(count) {
        return Err(format!("it promises {count} tests and holds {}: it is cut or damaged", file.tests.len()));
    }
    Ok(file)
}

fn after(tests: usize, damage: impl Into<String>) -> String {
    format!("{} (after {tests} whole tests)", damage.into())
}

fn meta(file: &mut TestFile, payload: &mut Cursor<'_>) -> Result<(), Damage> {
    // Versions of the set, CPU, opcode.
    payload.take(1 + 1 + 1 + 4)?;
    file.mnemonic = text(payload.take(8)?);
    // Count of tests, seed.
    payload.take(4 + 8)?;
    file.mode = Some(payload.u8()?);
    Ok(())
}

fn test(mut payload: Cursor<'_>, wide: &mut bool) -> Result<Test, String> {
    let mut test = Test { index: payload.u32()?, ..Test::default() };
    let mut seen = [false; 3];
    while !payload.0.is_empty() {
        let (kind, mut chunk) = payload.chunk()?;
        match &kind {
            b"NAME" => test.name = text(chunk.counted()?),
            b"BYTS" => {
                test.bytes = chunk.counted()?.to_vec();
                seen[0] = true;
            }
            b"INIT" => {
                let mut masks = Registers::default();
                (test.before, *wide) = state(chunk, &mut masks)?;
                seen[1] = true;
            }
            b"FINA" => {
                (test.after, _) = state(chunk, &mut test.masks)?;
                seen[2] = true;
            }
            b"EXCP" => exception(&mut test).number = chunk.u8()?,
            b"EXC2" => exception(&mut test).error_code = Some(chunk.u32()?),
            b"HASH" => test.hash = chunk.0.iter().map(|byte| format!("{byte:02x}")).collect(),
            _ => {}
        }
    }
    match seen.iter().position(|seen| !seen) {
        Some(missing) => Err(format!("a test has no chunk {}", ["BYTS", "INIT", "FINA"][missing])),
        None => super::complete(&test.before.registers, *wide).map(|()| test),
    }
}

fn exception(test: &mut Test) -> &mut Exception {
    test.exception.get_or_insert(Exception { number: 0, error_code: None })
}

/// Reads `INIT` or `FINA`; whether its registers have 32 bits comes with it.
fn state(mut payload: Cursor<'_>, masks: &mut Registers) -> Result<(State, bool), Damage> {
    let mut state = State::default();
    let mut wide = false;
    while !payload.0.is_empty() {
        let (kind, mut chunk) = payload.chunk()?;
        match &kind {
            b"REGS" => state.registers = chunk.registers(false)?,
            b"RG32" => {
                state.registers = chunk.registers(true)?;
                wide = true;
            }
            b"RMSK" | b"RM32" => *masks = chunk.registers(&kind == b"RM32")?,
            b"RAM " => {
                for _ in 0..chunk.u32()? {
                    state.memory.push((chunk.u32()?, chunk.u8()?));
                }
            }
            b"FSAV" => state.fpu = Some(Box::new(*chunk.take(FPU_IMAGE_BYTES)?.first_chunk().ok_or(Damage)?)),
            _ => {}
        }
    }
    Ok((state, wide))
}

/// Text of a field that is padded with spaces.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\0', ' ']).to_owned()
}

/// A chunk ends before what it should hold.
#[derive(Debug, PartialEq, Eq)]
struct Damage;

impl From<Damage> for String {
    fn from(_: Damage) -> String {
        "a chunk ends before what it should hold: it is cut or damaged".to_owned()
    }
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Damage)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        self.take(N)?.try_into().map_err(|_| Damage)
    }

    fn u8(&mut self) -> Result<u8, Damage> {
        self.array().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, Damage> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Damage> {
        self.array().map(u32::from_le_bytes)
    }

    fn counted(&mut self) -> Result<&'a [u8], Damage> {
        let count = self.u32()?;
        self.take(count as usize)
    }

    fn chunk(&mut self) -> Result<([u8; 4], Cursor<'a>), Damage> {
        let kind = self.array()?;
        self.counted().map(|payload| (kind, Cursor(payload)))
    }

    /// The payload of `REGS` and `RMSK`, or of `RG32` and `RM32`. A mask of 16 bits says nothing of the bits above.
    fn registers(&mut self, wide: bool) -> Result<Registers, Damage> {
        let mut registers = Registers::default();
        if wide {
            let present = self.u32()?;
            for number in (0..register::COUNT).filter(|number| present >> number & 1 != 0) {
                registers.set(number, self.u32()?);
            }
        } else {
            let present = self.u16()?;
            for (bit, number) in register::SMALL.into_iter().enumerate() {
                if present >> bit & 1 != 0 {
                    registers.set(number, u32::from(self.u16()?));
                }
            }
        }
        Ok(registers)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_vec();
        bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }

    fn header(cpu: &[u8; 4], count: u32) -> Vec<u8> {
        let mut payload = vec![1, 1, 0, 0];
        payload.extend(count.to_le_bytes());
        payload.extend(cpu);
        chunk(b"MOO ", &payload)
    }

    fn all_small(values: impl Fn(usize) -> u16) -> Vec<u8> {
        let mut payload = vec![0xff, 0x3f];
        payload.extend((0..14).flat_map(|number| values(number).to_le_bytes()));
        chunk(b"REGS", &payload)
    }

    fn all_wide(values: impl Fn(u32) -> u32) -> Vec<u8> {
        let mut payload = 0xf_ffff_u32.to_le_bytes().to_vec();
        payload.extend((0..20).flat_map(|number| values(number).to_le_bytes()));
        chunk(b"RG32", &payload)
    }

    fn counted(bytes: &[u8]) -> Vec<u8> {
        let mut payload = (bytes.len() as u32).to_le_bytes().to_vec();
        payload.extend_from_slice(bytes);
        payload
    }

    fn test_chunk(init: &[u8], fina: &[u8], more: &[u8]) -> Vec<u8> {
        let mut test = vec![7, 0, 0, 0];
        test.extend(chunk(b"NAME", &counted(b"nop")));
        test.extend(chunk(b"BYTS", &counted(&[0x90])));
        test.extend(chunk(b"INIT", init));
        test.extend(chunk(b"WHAT", &[1, 2, 3]));
        test.extend(chunk(b"FINA", fina));
        test.extend_from_slice(more);
        chunk(b"TEST", &test)
    }

    fn sample() -> Vec<u8> {
        let mut init = all_small(|number| if number == 12 { 0x100 } else { 0x1000 + number as u16 });
        init.extend(chunk(b"RAM ", &[1, 0, 0, 0, 0x00, 0x01, 0, 0, 0x90]));
        let mut bytes = header(b"8086", 1);
        bytes.extend(test_chunk(&init, &chunk(b"REGS", &[0x00, 0x10, 0x01, 0x01]), &chunk(b"HASH", &[0xab, 0x01])));
        bytes
    }

    #[test]
    fn a_test_has_its_name_registers_memory_and_changes() {
        let file = parse(&sample()).unwrap();
        let test = &file.tests[0];
        assert_eq!((file.cpu.as_str(), test.name.as_str(), test.index, file.wide), ("8086", "nop", 7, false));
        assert_eq!(test.before.registers.get(register::EAX), Some(0x1000));
        assert_eq!(test.before.registers.get(register::SS), Some(0x1005));
        assert_eq!(test.before.registers.get(register::EIP), Some(0x100));
        assert_eq!(test.before.memory, [(0x100, 0x90)]);
        assert_eq!(test.after.registers.get(register::EIP), Some(0x101));
        assert_eq!(test.after.registers.get(register::EAX), None);
        assert_eq!(test.hash, "ab01");
    }

    #[test]
    fn masks_stand_at_the_top_and_in_a_test_and_an_exception_has_its_code() {
        let mut bytes = header(b"HW32", 1);
        let mut meta = vec![1, 0, 0xff, 0xff, 0xff, 0xff, 0xff];
        meta.extend(b"add     \x01\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0");
        bytes.extend(chunk(b"META", &meta));
        bytes.extend(chunk(b"RM32", &[0, 0, 2, 0, 0x10, 0, 0, 0]));
        let mut fina = chunk(b"RG32", &[0, 0, 1, 0, 5, 0, 0, 0]);
        fina.extend(chunk(b"RM32", &[4, 0, 0, 0, 0xff, 0, 0, 0]));
        fina.extend(chunk(b"FSAV", &[9; 108]));
        let mut more = chunk(b"EXCP", &[13, 0, 0, 0, 0]);
        more.extend(chunk(b"EXC2", &[0x9a, 5, 0, 0, 0, 0, 0, 0]));
        bytes.extend(test_chunk(&all_wide(|number| number), &fina, &more));
        let file = parse(&bytes).unwrap();
        let test = &file.tests[0];
        assert_eq!((file.mnemonic.as_str(), file.mode, file.wide), ("add", Some(2), true));
        assert_eq!((file.masks.get(register::EFLAGS), test.masks.get(register::EAX)), (Some(0x10), Some(0xff)));
        assert_eq!(test.before.registers.get(register::DR7), Some(19));
        assert_eq!(test.after.registers.get(register::EIP), Some(5));
        assert_eq!(test.after.fpu.as_deref(), Some(&[9; 108]));
        assert_eq!(test.exception, Some(Exception { number: 13, error_code: Some(0x59a) }));
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let bytes = sample();
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_byte_changed_anywhere_never_panics() {
        let bytes = sample();
        for at in 0..bytes.len() {
            for value in [0, 0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                let _ = parse(&damaged);
            }
        }
    }

    #[test]
    fn counts_that_no_file_can_hold_are_refused() {
        let mut bytes = header(b"8086", 1);
        let mut init = all_small(|_| 0);
        init.extend(chunk(b"RAM ", &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0]));
        bytes.extend(test_chunk(&init, &[], &[]));
        assert!(parse(&bytes).is_err());
        assert!(parse(&header(b"8086", u32::MAX)).unwrap_err().contains("promises 4294967295 tests and holds 0"));
    }

    #[test]
    fn a_test_without_a_state_or_a_register_is_refused() {
        let mut bytes = header(b"8086", 1);
        bytes.extend(chunk(b"TEST", &[0, 0, 0, 0]));
        assert!(parse(&bytes).unwrap_err().contains("no chunk BYTS"));
        let mut bytes = header(b"8086", 1);
        bytes.extend(test_chunk(&chunk(b"REGS", &[1, 0, 0, 0]), &[], &[]));
        assert!(parse(&bytes).unwrap_err().contains("no initial value of bx"));
    }
}
