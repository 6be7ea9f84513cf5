//! `vestibule settings`.

use super::Setup;
use crate::settings;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print the reference that stands in docs/settings.md instead
    #[arg(long)]
    markdown: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "all commands have one shape")]
pub(super) fn run(setup: &Setup, arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.markdown {
        print!("{}", settings::reference());
    } else {
        print!("{}", settings::report(&setup.settings));
    }
    Ok(())
}
