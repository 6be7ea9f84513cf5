//! `vestibule check`, with Django's arguments and output. What the settings alone show is checked in `settings`; here is
//! what needs the database, the file system or a hash.

mod files;
mod proxies;
mod strength;

use std::fmt::Write;

use anyhow::bail;
use clap::ValueEnum;

use super::Setup;
use crate::{
    auth::hashers::Hashers,
    events, secret_key,
    settings::{self, DatabaseUrl, Finding, Level, Secret, SecuritySettings},
    site::Site,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Look also for what is unsafe where others can reach the site
    #[arg(long)]
    deploy: bool,
    /// Exit with 1 if anything of this level or a higher one is found
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailLevel::Error)]
    fail_level: FailLevel,
}

/// Django's levels. Findings here are errors or warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
enum FailLevel {
    Critical,
    Error,
    Warning,
    Info,
    Debug,
}

impl FailLevel {
    fn is_reached(self, finding: &Finding) -> bool {
        match self {
            Self::Critical => false,
            Self::Error => finding.level() == Level::Error,
            Self::Warning | Self::Info | Self::Debug => true,
        }
    }
}

pub(super) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    let silenced = setup.settings.security.silenced_checks.clone();
    let is_silenced = |finding: &Finding| silenced.iter().any(|id| id == finding.id);
    let (silent, findings): (Vec<_>, Vec<_>) = look(setup, arguments.deploy).into_iter().partition(is_silenced);
    if findings.is_empty() {
        println!("System check identified no issues ({} silenced).", silent.len());
        return Ok(());
    }
    eprint!("{}", report(&findings, silent.len()));
    match findings.iter().filter(|finding| arguments.fail_level.is_reached(finding)).count() {
        0 => Ok(()),
        1 => bail!("the system check failed by 1 issue"),
        failed => bail!("the system check failed by {failed} issues"),
    }
}

fn look(mut setup: Setup, deploy: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if deploy {
        // Before the key is taken out of its file.
        findings.extend(files::readable_by_others(&setup.settings));
    }
    findings.extend(use_key_of_file(&mut setup.settings.security));
    if deploy {
        findings.extend(settings::check(&setup.settings));
    }
    let database = database(&setup.settings.database.url);
    let usable = database.is_none();
    findings.extend(database);
    findings.extend(parts(setup, usable, deploy));
    findings
}

/// Makes the key in `SECRET_KEY_PATH` the one that is checked, if it is in use and there. The first start makes it; a check
/// does not.
fn use_key_of_file(security: &mut SecuritySettings) -> Option<Finding> {
    if !security.secret_key.is_empty() {
        return None;
    }
    match secret_key::existing(security) {
        Ok(None) => None,
        Ok(Some(keys)) => {
            security.secret_key = keys.current().clone();
            None
        }
        Err(error) => {
            let hint = "Give the file a key of 50 or more random characters that this user may read.";
            Some(Finding::new("vestibule.E003", error.to_string(), hint))
        }
    }
}

/// What keeps the database from being used.
fn database(url: &DatabaseUrl) -> Option<Finding> {
    match super::pending(url) {
        Ok(steps) if steps.is_empty() => None,
        Ok(steps) => {
            let message = format!("The database is not up to date; it lacks {}.", steps.join(", "));
            Some(Finding::new("vestibule.E002", message, "Run `vestibule migrate`."))
        }
        Err(error) => {
            let hint = "Mend DATABASE_URL, start its server, or run `vestibule migrate` if the database is to be made.";
            Some(Finding::new("vestibule.E001", format!("The database cannot be used: {error:#}."), hint))
        }
    }
}

/// What can't be made of the settings: validators, hashers and, on a database that can be used, the backends and all the
/// rest of a site. There its rows may say which hashers are in force.
fn parts(mut setup: Setup, usable_database: bool, deploy: bool) -> Vec<Finding> {
    let settings = &mut setup.settings;
    let hashers = Hashers::new(&settings.auth);
    if settings.security.secret_key.is_empty() {
        // Nothing is signed here, and no file shall be made for it.
        settings.security.secret_key = Secret::new("none");
    }
    let site = setup.builder();
    let validators = site.validators();
    let broken = [validators.err().map(|error| error.to_string()), hashers.as_ref().err().map(ToString::to_string)];
    let broken: Vec<Finding> = broken.into_iter().flatten().map(unusable).collect();
    let (Ok(hashers), true) = (hashers, broken.is_empty()) else {
        return broken;
    };
    let strength = |hashers: &Hashers| if deploy { strength::weak(hashers).into_iter().collect() } else { Vec::new() };
    if !usable_database {
        return strength(&hashers);
    }
    match site.build() {
        Ok(site) => {
            strength(&site.auth.hashers).into_iter().chain(deploy.then(|| addresses(&site)).flatten()).collect()
        }
        Err(error) => vec![unusable(error.to_string())],
    }
}

/// What the addresses that were recorded show. A database that fails just now shows nothing.
fn addresses(site: &Site) -> Option<Finding> {
    let seen = events::addresses(&mut *site.auth.db().ok()?).ok()?;
    let seen: Vec<_> = seen.iter().filter_map(|ip| ip.parse().ok()).collect();
    proxies::unnamed(&seen, &site.settings.server.trusted_proxies)
}

fn unusable(error: String) -> Finding {
    Finding::new("vestibule.E004", error, "Mend the setting that is named.")
}

/// As Django prints it: the worst first, each level in the order of its texts.
fn report(findings: &[Finding], silenced: usize) -> String {
    let mut out = String::from("System check identified some issues:\n");
    for (level, title) in [(Level::Error, "ERRORS"), (Level::Warning, "WARNINGS")] {
        let found = findings.iter().filter(|finding| finding.level() == level);
        let mut texts: Vec<String> = found.map(ToString::to_string).collect();
        texts.sort();
        if !texts.is_empty() {
            let _ = writeln!(out, "\n{title}:\n{}", texts.join("\n"));
        }
    }
    let issues = if findings.len() == 1 { "issue" } else { "issues" };
    let _ = writeln!(out, "\nSystem check identified {} {issues} ({silenced} silenced).", findings.len());
    out
}
