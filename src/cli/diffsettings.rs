//! `vestibule diffsettings`, with Django's arguments and output.

use clap::ValueEnum;

use super::Setup;
use crate::settings::{DiffStyle, differences};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print all settings, those at their default after ###
    #[arg(long)]
    all: bool,
    /// `unified` prints the default of a setting before its value
    #[arg(long, value_enum, default_value_t = Output::Hash)]
    output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    Hash,
    Unified,
}

#[expect(clippy::unnecessary_wraps, reason = "all commands have one shape")]
pub(super) fn run(setup: &Setup, arguments: &Arguments) -> anyhow::Result<()> {
    let style = match arguments.output {
        Output::Hash => DiffStyle::Hash,
        Output::Unified => DiffStyle::Unified,
    };
    print!("{}", differences(&setup.settings, arguments.all, style));
    Ok(())
}
