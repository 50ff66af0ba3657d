//! Which registers are possible: what a state from a file is checked against, and what no instruction may break.

use beige_core::StateError;

use crate::Model;
use crate::regs::{Registers, cr0};
use crate::segment::{Segment, rights};

impl Registers {
    /// # Errors
    /// When a register holds what this model cannot hold.
    pub(crate) fn check(&self, model: Model) -> Result<(), StateError> {
        let reason = self
            .flags_reason(model)
            .or_else(|| self.control_reason(model))
            .or_else(|| self.segments_reason(model))
            .or_else(|| self.width_reason(model));
        reason.map_or(Ok(()), |reason| Err(StateError::invalid("cpu", reason)))
    }

    fn flags_reason(&self, model: Model) -> Option<&'static str> {
        let allowed = model.flags_possible();
        let set = model.traits().flags_set;
        (self.eflags & set != set || self.eflags & !allowed != 0)
            .then_some("reserved flags have values that this model does not have")
    }

    fn control_reason(&self, model: Model) -> Option<&'static str> {
        let traits = model.traits();
        let paging_alone = self.cr0 & (cr0::PE | cr0::PG) == cr0::PG;
        if paging_alone || self.cr0 & !(traits.cr0_reset | traits.cr0_writable) != 0 {
            return Some("CR0 has a value that is not possible here");
        }
        if self.cr4 & !model.cr4_writable() != 0 {
            return Some("CR4 has a value that is not possible here");
        }
        if self.is_virtual() && self.cr0 & cr0::PE == 0 {
            return Some("virtual-8086 mode without protected mode");
        }
        let level = match (self.cr0 & cr0::PE != 0, self.is_virtual()) {
            (false, _) => self.cpl == 0,
            (true, true) => self.cpl == 3,
            (true, false) => self.cpl <= 3,
        };
        (!level).then_some("the privilege level is not one of this mode")
    }

    fn segments_reason(&self, model: Model) -> Option<&'static str> {
        let all = self.segments.iter().chain([&self.ldtr, &self.tr]);
        if all.clone().any(|segment| segment.rights & !rights::ALL != 0) {
            return Some("a segment has rights that do not exist");
        }
        let is_small = |segment: &Segment| segment.limit <= 0xffff && segment.rights & !0xff == 0;
        if model < Model::I80386 && !all.clone().all(is_small) {
            return Some("a segment is larger than this model can address");
        }
        if model < Model::I80286 && self.segments.iter().any(|segment| segment.limit != 0xffff) {
            return Some("a segment limit is not that of real mode");
        }
        let is_virtual = |segment: &Segment| {
            let expected = Segment::new(segment.selector, u32::from(segment.selector) << 4, 0xffff, rights::VIRTUAL);
            *segment == expected
        };
        (self.is_virtual() && !self.segments[..6].iter().all(is_virtual))
            .then_some("a segment is not one of virtual-8086 mode")
    }

    fn width_reason(&self, model: Model) -> Option<&'static str> {
        let wide = self.general.iter().any(|register| *register > 0xffff) || self.eip > 0xffff;
        (model < Model::I80386 && wide).then_some("a 16-bit register holds more than 16 bits")
    }
}
