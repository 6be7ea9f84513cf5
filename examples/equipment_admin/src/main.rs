//! `cargo run -p equipment_admin`: every command of `vestibule`, with the tables made and shown.

use std::process::ExitCode;

use equipment_admin::{ItemAdmin, MIGRATIONS, TagAdmin};
use vestibule::cli::Program;

fn main() -> ExitCode {
    Program::new().migrations(MIGRATIONS).site(|site| site.admin(ItemAdmin).admin(TagAdmin)).run()
}
