//! `vestibule doctor`.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::Setup;
use crate::{
    clock::Clock,
    crypto::SecretKeys,
    doctor::{self, Finding, Project, Report, Verdict},
    secret_key,
    settings::SecuritySettings,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What `manage.py diffsettings --all` of the Django project printed; - for standard input
    #[arg(long, value_name = "FILE")]
    diffsettings: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print nothing but the settings to use, and end with 0
    #[arg(long, conflicts_with = "json")]
    toml: bool,
}

pub(super) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    let project = arguments.diffsettings.as_deref().map(read).transpose()?;
    let settings = setup.settings.clone();
    if let Some(path) = settings.database.url.sqlite_path()
        && !Path::new(path).exists()
    {
        bail!("there is no database {path}");
    }
    let (keys, backends) = (keys(&settings.security)?, setup.builder().backend_names());
    let report = doctor::examine(&settings, keys.as_ref(), &backends, project.as_ref(), Clock::system().now())?;
    if arguments.toml {
        print!("{}", report.settings);
        return Ok(());
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    let count =
        |verdict| report.findings.iter().filter(|found| !found.is_fine() && found.opinion.verdict == verdict).count();
    match (count(Verdict::Differs), count(Verdict::Unknown)) {
        (0, 0) => Ok(()),
        (differing, unknown) => {
            bail!("of {} facts {differing} differ and {unknown} cannot be told", report.findings.len())
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Project> {
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().read_to_string(&mut text).context("standard input can't be read")?;
    } else {
        text = fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    }
    Project::parse(&text)
        .with_context(|| format!("{} is not what `manage.py diffsettings --all` prints", path.display()))
}

/// The keys of the settings. Unlike a start, makes none.
fn keys(settings: &SecuritySettings) -> anyhow::Result<Option<SecretKeys>> {
    if settings.secret_key.is_empty() && !settings.secret_key_path.exists() {
        return Ok(None);
    }
    Ok(Some(secret_key::keys(settings)?))
}

fn print(report: &Report) {
    for finding in &report.findings {
        println!("{}", line(finding));
        for detail in &finding.opinion.details {
            println!("           - {detail}");
        }
        if !finding.is_fine() && !finding.opinion.hint.is_empty() {
            println!("           HINT: {}", finding.opinion.hint);
        }
    }
    println!("\nThe settings to use:\n\n{}", report.settings);
}

fn line(Finding { id, fact, opinion, silenced }: &Finding) -> String {
    let word = match opinion.verdict {
        _ if *silenced => "silenced",
        Verdict::Agrees => "agrees",
        Verdict::Differs => "DIFFERS",
        Verdict::Unknown => "UNKNOWN",
    };
    format!("{word:<10} {fact} ({id}): {}", opinion.message)
}
