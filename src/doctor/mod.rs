//! `vestibule doctor`: whether a database that Django made, and what its project says of itself, agree with the settings here.
//! Told before anything is served; nothing is written.
//!
//! To add a fact: a function in the file it belongs to, and a line in `FACTS`.

mod agreement;
mod passwords;
mod project;
mod python;
mod sessions;
mod suggestion;
mod tables;

pub use project::Project;
use serde::Serialize;
use time::PrimitiveDateTime;

use crate::{
    crypto::SecretKeys,
    db::{self, Db, MigrateError},
    settings::Settings,
};

/// What is said of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Both programs see it alike.
    Agrees,
    /// They don't.
    Differs,
    /// What there is to look at does not tell.
    Unknown,
}

/// What was found of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opinion {
    /// Whether it agrees.
    pub verdict: Verdict,
    /// In a sentence.
    pub message: String,
    /// One line each.
    pub details: Vec<String>,
    /// What to do; empty if there is nothing to do.
    pub hint: String,
}

impl Opinion {
    fn agrees(message: impl Into<String>) -> Self {
        Self { verdict: Verdict::Agrees, message: message.into(), details: Vec::new(), hint: String::new() }
    }

    fn differs(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { verdict: Verdict::Differs, hint: hint.into(), ..Self::agrees(message) }
    }

    fn unknown(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unknown, hint: hint.into(), ..Self::agrees(message) }
    }

    fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

/// A fact, and what was found of it.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// As `SILENCED_SYSTEM_CHECKS` names it.
    pub id: &'static str,
    /// What it is about.
    pub fact: &'static str,
    /// What was found.
    #[serde(flatten)]
    pub opinion: Opinion,
    /// Whether the operator takes it as it is.
    pub silenced: bool,
}

impl Finding {
    /// Whether the two programs can run with it.
    pub fn is_fine(&self) -> bool {
        self.silenced || self.opinion.verdict == Verdict::Agrees
    }
}

/// All that was found, and the settings by which both programs agree.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// In the order in which they are looked at.
    pub findings: Vec<Finding>,
    /// A settings file.
    pub settings: String,
}

/// What is looked at.
struct Examination<'a> {
    db: Db,
    settings: &'a Settings,
    /// `None` where no key was given.
    keys: Option<&'a SecretKeys>,
    /// The classes of backends that are known here.
    backends: &'a [String],
    project: Option<&'a Project>,
    now: PrimitiveDateTime,
    sessions: Vec<sessions::Sample>,
    /// The version of SQLite that wrote the file last.
    sqlite: Option<u32>,
}

type Found = Result<Opinion, MigrateError>;
type Fact = fn(&mut Examination<'_>) -> Found;

const FACTS: &[(&str, &str, Fact)] = &[
    ("vestibule.D001", "database", tables::database),
    ("vestibule.D002", "Django's version", tables::version),
    ("vestibule.D003", "AUTH_USER_MODEL", tables::user_model),
    ("vestibule.D004", "SESSION_ENGINE", tables::session_engine),
    ("vestibule.D005", "columns", tables::columns),
    ("vestibule.D006", "tables of axes", tables::axes),
    ("vestibule.D007", "tables of token_blacklist", tables::token_blacklist),
    ("vestibule.D008", "SECRET_KEY", sessions::secret_key),
    ("vestibule.D009", "AUTHENTICATION_BACKENDS", sessions::backends),
    ("vestibule.D010", "PASSWORD_HASHERS", passwords::hashers),
    ("vestibule.D011", "TIME_ZONE", agreement::time_zone),
    ("vestibule.D012", "foreign keys to auth_user", tables::foreign_keys),
    ("vestibule.D013", "settings that both have", agreement::settings),
    ("vestibule.D014", "transactions", tables::transactions),
];

/// What is told where only the project knows.
const ASK_DJANGO: &str =
    "Run `python manage.py diffsettings --all` in the Django project and give me its output with --diffsettings.";

/// Looks at the database of `settings`, and at what a Django project says. `backends` are the classes that are known here;
/// `keys` are those of the settings, if there are any.
pub fn examine(
    settings: &Settings,
    keys: Option<&SecretKeys>,
    backends: &[String],
    project: Option<&Project>,
    now: PrimitiveDateTime,
) -> Result<Report, MigrateError> {
    let url = &settings.database.url;
    // Before it is opened: SQLite loses its locks when a file of its own is closed elsewhere in the process.
    let sqlite = url.sqlite_path().and_then(tables::sqlite_version);
    let db = db::look(url)?;
    let mut examination = Examination { db, settings, keys, backends, project, now, sessions: Vec::new(), sqlite };
    examination.sessions = sessions::sample(&mut examination);
    let silenced = &settings.security.silenced_checks;
    let findings = FACTS.iter().map(|(id, fact, look)| Finding {
        id,
        fact,
        opinion: look(&mut examination).unwrap_or_else(|error| {
            Opinion::unknown(format!("This could not be looked at: {error}."), "See whether the tables are there.")
        }),
        silenced: silenced.iter().any(|known| known == id),
    });
    let findings = findings.collect();
    Ok(Report { findings, settings: suggestion::settings(&mut examination) })
}
