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
    doctor::{self, Finding, Project, Question, Report, Verdict},
    secret_key,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What `manage.py diffsettings --all` of the Django project printed; - for standard input
    #[arg(long, value_name = "FILE")]
    diffsettings: Option<PathBuf>,
    /// A password hash that Django has just made, of any password, to know exactly how it makes them
    #[arg(long)]
    hash: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print nothing but the settings to use, to be written into a file
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
    let (keys, backends) = (secret_key::existing(&settings.security)?, setup.builder().backend_names());
    let (project, hash) = (project.as_ref(), arguments.hash.as_deref());
    let (keys, now) = (keys.as_ref(), Clock::system().now());
    let question = Question { settings: &settings, keys, backends: &backends, project, hash, now };
    let report = doctor::examine(question)?;
    if arguments.toml {
        return print_settings(&report);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    match (count(&report, Verdict::Differs), count(&report, Verdict::Unknown)) {
        (0, 0) => Ok(()),
        (differing, unknown) => {
            bail!("of {} facts {differing} differ and {unknown} cannot be told", report.findings.len())
        }
    }
}

fn count(report: &Report, verdict: Verdict) -> usize {
    report.findings.iter().filter(|found| !found.is_fine() && found.opinion.verdict == verdict).count()
}

/// They are good for a database of Django's only.
fn print_settings(report: &Report) -> anyhow::Result<()> {
    if let [only] = report.findings.as_slice() {
        bail!("{}", only.opinion.message);
    }
    print!("{}", report.settings);
    Ok(())
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
