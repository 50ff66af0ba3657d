//! The title of the window: image, speed, and what the user should know.

use crate::keys::hot::{HotAction, chord_of};
use beige_host::session::Status;

/// The title.
pub(crate) fn title(image: &str, status: &Status) -> String {
    let mut parts = vec!["Beige".to_owned(), image.to_owned()];
    if status.paused {
        parts.push(format!("paused, {} goes on", chord_of(HotAction::Pause)));
    } else if status.halted {
        parts.push(format!("halted, {} resets", chord_of(HotAction::Reset)));
    } else {
        let (percent, tenths) = (status.speed.percent, status.speed.kips / 100);
        parts.push(format!("{percent} %, {}.{} MIPS", tenths / 10, tenths % 10));
    }
    if status.unsaved {
        parts.push("changes in memory only".to_owned());
    }
    // Hosts take a title as a C string.
    parts.join(" - ").replace('\0', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_host::pacing::Speed;

    #[test]
    fn the_title_tells_image_speed_pause_and_unsaved_changes() {
        let mut status = Status { speed: Speed { percent: 100, kips: 35_260 }, ..Status::default() };
        assert_eq!(title("dos.img", &status), "Beige - dos.img - 100 %, 35.2 MIPS");
        status.unsaved = true;
        assert_eq!(title("dos.img", &status), "Beige - dos.img - 100 %, 35.2 MIPS - changes in memory only");
        status.paused = true;
        assert_eq!(title("dos.img", &status), "Beige - dos.img - paused, F12+P goes on - changes in memory only");
        status = Status { halted: true, ..Status::default() };
        assert_eq!(title("a\0b", &status), "Beige - a b - halted, F12+R resets");
    }
}
