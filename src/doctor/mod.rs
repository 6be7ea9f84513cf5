//! `vestibule doctor`: whether a database that Django made, and what its project says of itself, agree with the settings here.
//! Told before anything is served; nothing is written.
//!
//! To add a fact: a function in the file it belongs to, and a line in `FACTS`.

mod agreement;
mod model;
mod passwords;
mod place;
mod project;
mod python;
mod sessions;
mod suggestion;
mod tables;

pub use project::Project;
use serde::Serialize;
use time::PrimitiveDateTime;

use self::sessions::Sessions;
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

/// What is asked, and by what it is answered.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Ours, and where the database is.
    pub settings: &'a Settings,
    /// The keys of the settings; `None` where there are none.
    pub keys: Option<&'a SecretKeys>,
    /// The classes of backends that are known here.
    pub backends: &'a [String],
    /// What Django says of its settings.
    pub project: Option<&'a Project>,
    /// A hash that Django has just made, of any password.
    pub hash: Option<&'a str>,
    /// The time.
    pub now: PrimitiveDateTime,
}

/// What is looked at.
struct Examination<'a> {
    db: Db,
    question: Question<'a>,
    /// Once they are read.
    sessions: Option<Sessions>,
    /// The version of SQLite that wrote the file last.
    sqlite: Option<u32>,
}

impl<'a> std::ops::Deref for Examination<'a> {
    type Target = Question<'a>;

    fn deref(&self) -> &Question<'a> {
        &self.question
    }
}

impl Examination<'_> {
    /// What the live sessions tell.
    fn sessions(&mut self) -> Result<&Sessions, MigrateError> {
        let sessions = match self.sessions.take() {
            Some(sessions) => sessions,
            None => Sessions::read(&mut self.db, self.question.keys, self.question.now)?,
        };
        Ok(self.sessions.insert(sessions))
    }
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
    ("vestibule.D011", "TIME_ZONE", |examination| Ok(agreement::time_zone(examination))),
    ("vestibule.D012", "foreign keys to auth_user", tables::foreign_keys),
    ("vestibule.D013", "settings that both have", |examination| Ok(agreement::settings(examination))),
    ("vestibule.D014", "transactions", |examination| Ok(tables::transactions(examination))),
];

/// What is told where only the project knows.
const ASK_DJANGO: &str =
    "Run `python manage.py diffsettings --all` in the Django project and give me its output with --diffsettings.";

/// Looks at the database, and at what a Django project says. Where no Django has made it, at nothing more.
pub fn examine(question: Question<'_>) -> Result<Report, MigrateError> {
    let url = &question.settings.database.url;
    // Before it is opened: SQLite loses its locks when a file of its own is closed elsewhere in the process.
    let sqlite = url.sqlite_path().and_then(tables::sqlite_version);
    let mut examination = Examination { db: db::look(url)?, question, sessions: None, sqlite };
    let silenced = &question.settings.security.silenced_checks;
    let mut findings = Vec::new();
    for (id, fact, look) in FACTS {
        let opinion = look(&mut examination).unwrap_or_else(|error| {
            let cause = match error {
                MigrateError::Statement(cause) => cause.to_string(),
                other => other.to_string(),
            };
            Opinion::unknown(format!("This could not be looked at: {cause}."), "See whether the tables are there.")
        });
        findings.push(Finding { id, fact, opinion, silenced: silenced.iter().any(|known| known == id) });
        if findings.len() == 1 && !db::has_table(&mut examination.db, "django_migrations")? {
            break;
        }
    }
    Ok(Report { findings, settings: suggestion::settings(&mut examination) })
}
