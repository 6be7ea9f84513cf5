//! `cargo run -p team_api`: every command of `vestibule`, with the claims and the routes added.

use std::process::ExitCode;

use team_api::{TeamClaims, urls};
use vestibule::cli::Program;

fn main() -> ExitCode {
    Program::new().site(|site| site.claims(TeamClaims)).urls(urls).run()
}
