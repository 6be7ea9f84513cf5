//! `vestibule axes_list_attempts`, as axes prints it.

use std::io::{Write, stdout};

use crate::{
    cli::{self, Setup},
    client::printable,
    lockout::models::attempt::{self, Listed, Search},
};

pub(in crate::cli) fn run(setup: Setup) -> anyhow::Result<()> {
    cli::refuse_outdated(&setup.settings.database.url)?;
    let auth = setup.site()?.auth;
    let mut db = auth.db()?;
    let mut out = stdout().lock();
    for page in attempt::pages(&mut db, &Search::default(), None) {
        let lines: String = page?.iter().map(line).collect();
        out.write_all(lines.as_bytes())?;
    }
    Ok(())
}

/// Strangers chose the name: it must not do more on a terminal than show.
fn line(row: &Listed) -> String {
    let text = |value: &Option<String>| value.as_deref().map_or("None".to_owned(), |text| printable(text, usize::MAX));
    format!("{}\t{}\t{}\n", text(&row.ip_address), text(&row.username), row.failures)
}
