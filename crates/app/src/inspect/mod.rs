//! `beige inspect`: what an image is, for people and for programs.

mod json;
mod state;
mod text;
mod thumbnail;

use crate::cli::InspectArgs;
use crate::console::{Console, say};
use crate::picture::save_png;
use crate::{HOST_RESOURCE, exit_code};
use beige_host::HostError;
use beige_host::inspect::{Inspected, inspect};
use serde_json::Value;

/// Looks at every file and prints what it is; the exit code is that of the first one that cannot be read.
pub(crate) fn run(args: &InspectArgs) -> u8 {
    let mut code = 0;
    let mut objects = Vec::new();
    let mut console = Console::new(false);
    for (index, path) in args.images.iter().enumerate() {
        let name = path.display().to_string();
        let looked = inspect(path);
        if let Err(error) = &looked {
            say(&error.to_string());
            code = if code == 0 { exit_code(error) } else { code };
        }
        if let (Ok(Inspected::State(file)), Some(into)) = (&looked, &args.thumbnail)
            && let Err(sentence) = save_png(&file.summary().thumbnail.to_frame(), into)
        {
            say(&sentence);
            code = if code == 0 { HOST_RESOURCE } else { code };
        }
        if args.json {
            objects.push(object(&name, looked));
        } else if let Ok(inspected) = looked {
            let blank = if index == 0 { "" } else { "\n" };
            let text = match &inspected {
                Inspected::Image(image) => text::image(&name, image),
                Inspected::State(file) => state::text(&name, file),
            };
            console.print(&format!("{blank}{text}"), true);
        }
        if console.is_closed() {
            return code;
        }
    }
    if args.json {
        console.print(&Value::Array(objects).to_string(), true);
    }
    code
}

fn object(name: &str, looked: Result<Inspected, HostError>) -> Value {
    match looked {
        Ok(Inspected::Image(image)) => json::image(name, &image),
        Ok(Inspected::State(file)) => state::json(name, &file),
        Err(error) => serde_json::json!({ "file": name, "error": error.to_string() }),
    }
}

/// A serial number as DOS shows it.
fn serial(number: u32) -> String {
    format!("{:04X}-{:04X}", number >> 16, number & 0xffff)
}
