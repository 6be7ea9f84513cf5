//! `vestibule sendtestemail`: as Django's, to see whether the mail settings work.

use anyhow::Context;
use time::macros::format_description;

use super::Setup;
use crate::{
    clock::Clock,
    mail::{self, Message},
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Whom to write to
    #[arg(required = true, value_name = "EMAIL")]
    email: Vec<String>,
}

pub(super) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    let clock = Clock::system();
    let mailer = setup.builder().mailer()?;
    let time = clock.now().format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC"))?;
    let subject = format!("Test email from {} on {time}", mail::host_name());
    for to in &arguments.email {
        let text = "Mail from this site reaches you.\n".to_owned();
        let message = Message { to: to.clone(), subject: subject.clone(), text, html: None };
        mailer.send(&message).with_context(|| format!("no mail to {to}"))?;
    }
    Ok(())
}
