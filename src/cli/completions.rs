//! `vestibule completions`.

use std::io::{Write, stdout};

use clap::CommandFactory;
use clap_complete::Shell;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell that is to read the script
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut command = super::Arguments::command();
    let name = command.get_name().to_owned();
    // clap_complete panics where a pipe is closed early.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    Ok(stdout().write_all(&script)?)
}
