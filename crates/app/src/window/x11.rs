//! A connection of our own to the X server, beside minifb's: it tells at once when there is something to look at, so that
//! nobody need ask all the time, and draws single rows, where minifb draws the whole window each time.

use super::Wake;
use super::scale::Picture;
use crossbeam_channel::{Receiver, unbounded};
use std::ops::Range;
use std::sync::Arc;
use x11rb::connection::Connection as _;
use x11rb::errors::{ConnectionError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, CreateGCAux, EventMask, ImageFormat, ImageOrder, Visualid, Window,
};
use x11rb::rust_connection::RustConnection;

/// The most bytes of pixels in one request; any server takes more.
const REQUEST_BYTES: usize = 200 << 10;
/// Bits of a pixel, and of its red, green and blue.
const PIXEL_BITS: u8 = 32;
const COLOUR_BITS: [u32; 3] = [0x00ff_0000, 0x0000_ff00, 0x0000_00ff];

/// Draws into a window of this program that somebody else opened.
pub(super) struct Painter {
    connection: Arc<RustConnection>,
    window: Window,
    gc: u32,
    depth: u8,
    order: ImageOrder,
    bytes: Vec<u8>,
}

/// What draws, and where it is told that there is something to do.
type Joined = (Painter, Receiver<Wake>);

/// Joins those who hear of a window. `None` when that cannot be, or when its pixels are not 00RRGGBB.
pub(super) fn join(window: Window) -> Option<Joined> {
    match try_join(window) {
        Ok(joined) => joined,
        Err(error) => {
            log::debug!("no connection of our own to the X server: {error}");
            None
        }
    }
}

fn try_join(window: Window) -> Result<Option<Joined>, Box<dyn std::error::Error>> {
    let (connection, _) = x11rb::connect(None)?;
    let (setup, depth) = (connection.setup(), connection.get_geometry(window)?.reply()?.depth);
    let visual = connection.get_window_attributes(window)?.reply()?.visual;
    let has_format =
        setup.pixmap_formats.iter().any(|format| format.depth == depth && format.bits_per_pixel == PIXEL_BITS);
    if !has_format || colours(&connection, visual) != Some(COLOUR_BITS) {
        return Ok(None);
    }
    let order = setup.image_byte_order;
    let connection = Arc::new(connection);
    let gc = prepare(&connection, window)?;
    let painter = Painter { connection: Arc::clone(&connection), window, gc, depth, order, bytes: Vec::new() };
    let (wakes, receiver) = unbounded();
    std::thread::Builder::new().name("x11".to_owned()).spawn(move || {
        while let Ok(event) = connection.wait_for_event() {
            let wake = if matches!(event, Event::Expose(_)) { Wake::Lost } else { Wake::Input };
            if wakes.send(wake).is_err() {
                break;
            }
        }
    })?;
    Ok(Some((painter, receiver)))
}

/// The bits of red, green and blue of a visual.
fn colours(connection: &RustConnection, visual: Visualid) -> Option<[u32; 3]> {
    let depths = connection.setup().roots.iter().flat_map(|screen| &screen.allowed_depths);
    let found = depths.flat_map(|depth| &depth.visuals).find(|known| known.visual_id == visual)?;
    Some([found.red_mask, found.green_mask, found.blue_mask])
}

/// Asks to be told of the window, and makes what drawing takes.
fn prepare(connection: &RustConnection, window: Window) -> Result<u32, ReplyOrIdError> {
    let events = EventMask::KEY_PRESS
        | EventMask::KEY_RELEASE
        | EventMask::FOCUS_CHANGE
        | EventMask::EXPOSURE
        | EventMask::STRUCTURE_NOTIFY;
    connection.change_window_attributes(window, &ChangeWindowAttributesAux::new().event_mask(events))?.check()?;
    let gc = connection.generate_id()?;
    connection.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?.check()?;
    Ok(gc)
}

impl Painter {
    /// Shows rows of a picture of the window's size.
    pub(super) fn paint(&mut self, picture: &Picture, rows: Range<usize>) -> Result<(), ConnectionError> {
        let Picture { width, pixels, .. } = picture;
        let step = (REQUEST_BYTES / (4 * width.max(&1))).max(1);
        for first in rows.clone().step_by(step) {
            let count = step.min(rows.end - first);
            let pixels = &pixels[first * width..(first + count) * width];
            self.bytes.clear();
            match self.order {
                ImageOrder::MSB_FIRST => self.bytes.extend(pixels.iter().flat_map(|pixel| pixel.to_be_bytes())),
                _ => self.bytes.extend(pixels.iter().flat_map(|pixel| pixel.to_le_bytes())),
            }
            let (format, size) = (ImageFormat::Z_PIXMAP, (*width as u16, count as u16));
            self.connection.put_image(
                format,
                self.window,
                self.gc,
                size.0,
                size.1,
                0,
                first as i16,
                0,
                self.depth,
                &self.bytes,
            )?;
        }
        self.connection.flush()
    }
}
