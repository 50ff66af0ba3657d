//! The display and the input by minifb; on X with a connection of our own besides.

use super::keymap::key_of;
use super::scale::Picture;
#[cfg(target_os = "linux")]
use super::x11::{self, Painter};
use super::{Display, Input, UserEvent, Wake};
use crossbeam_channel::Receiver;
use minifb::{InputCallback, Key as HostKey, ScaleMode, Window, WindowOptions};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// Size of the window at the start: 4:3, and room for each of 720 by 400 pixels.
const SIZE: (usize, usize) = (960, 720);

/// Keys in the order the host reported them.
type Keys = Rc<RefCell<Vec<(HostKey, bool)>>>;

/// A window of minifb.
pub(crate) struct MinifbWindow {
    window: Window,
    keys: Keys,
    had_focus: bool,
    wakes: Option<Receiver<Wake>>,
    #[cfg(target_os = "linux")]
    painter: Option<Painter>,
}

/// Takes keys as they are reported: between two looks at the state of the keyboard a fast tap would be lost.
struct KeyCallback(Keys);

impl InputCallback for KeyCallback {
    fn add_char(&mut self, _character: u32) {}

    fn set_key_state(&mut self, key: HostKey, down: bool) {
        self.0.borrow_mut().push((key, down));
    }
}

impl MinifbWindow {
    /// Opens a window. The error is the library's.
    pub(crate) fn open(title: &str) -> Result<MinifbWindow, minifb::Error> {
        let options = WindowOptions { resize: true, scale_mode: ScaleMode::UpperLeft, ..WindowOptions::default() };
        let mut window = Window::new(title, SIZE.0, SIZE.1, options)?;
        // The loop that polls does its own waiting.
        window.set_target_fps(0);
        let keys = Keys::default();
        window.set_input_callback(Box::new(KeyCallback(Rc::clone(&keys))));
        // Asks the server something, so that it has made the window when this comes back.
        window.update();
        #[cfg(target_os = "linux")]
        let (painter, wakes) = x11_window(&window).and_then(x11::join).unzip();
        #[cfg(not(target_os = "linux"))]
        let wakes = None;
        Ok(MinifbWindow {
            window,
            keys,
            had_focus: false,
            wakes,
            #[cfg(target_os = "linux")]
            painter,
        })
    }
}

/// The number of a window of X.
#[cfg(target_os = "linux")]
fn x11_window(window: &Window) -> Option<u32> {
    use raw_window_handle::{HasWindowHandle as _, RawWindowHandle};
    match window.window_handle().ok()?.as_raw() {
        RawWindowHandle::Xlib(handle) => u32::try_from(handle.window).ok(),
        _ => None,
    }
}

impl Display for MinifbWindow {
    fn size(&self) -> (usize, usize) {
        self.window.get_size()
    }

    fn present(&mut self, picture: &Picture, rows: Range<usize>) -> Result<(), String> {
        #[cfg(target_os = "linux")]
        if let Some(painter) = &mut self.painter {
            return painter.paint(picture, rows).map_err(|error| error.to_string());
        }
        // The whole is drawn, whatever changed.
        let _ = rows;
        let Picture { width, height, pixels } = picture;
        self.window.update_with_buffer(pixels, *width, *height).map_err(|error| error.to_string())
    }

    fn set_title(&mut self, title: &str) {
        self.window.set_title(title);
    }
}

impl Input for MinifbWindow {
    fn wakes(&self) -> Option<&Receiver<Wake>> {
        self.wakes.as_ref()
    }

    fn no_more_wakes(&mut self) {
        self.wakes = None;
    }

    fn poll(&mut self, events: &mut Vec<UserEvent>) {
        self.window.update();
        let keys = std::mem::take(&mut *self.keys.borrow_mut());
        events.extend(keys.into_iter().filter_map(|(key, down)| Some(UserEvent::Key { key: key_of(key)?, down })));
        let has_focus = self.window.is_active();
        if has_focus != self.had_focus {
            self.had_focus = has_focus;
            events.push(if has_focus { UserEvent::FocusGained } else { UserEvent::FocusLost });
        }
        if !self.window.is_open() {
            events.push(UserEvent::Closed);
        }
    }
}
