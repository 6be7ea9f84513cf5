//! Reads settings: defaults, then a file, then the environment.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use toml::{Spanned, de::DeTable};

use super::{DatabaseUrl, Entry, Raw, Settings};

/// Before every setting's name in the environment.
const PREFIX: &str = "VESTIBULE_";
/// After the name of a secret setting: the path of a file that holds the value.
const FILE_SUFFIX: &str = "_FILE";

pub(super) type Sources = BTreeMap<String, Source>;

/// Where the value of a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// A settings file, and the line in it.
    File(String, usize),
    /// A variable of the environment.
    Environment(String),
    /// An argument of the command.
    Argument(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path, line) => write!(formatter, "{path}, line {line}"),
            Self::Environment(name) => write!(formatter, "environment variable {name}"),
            Self::Argument(name) => write!(formatter, "argument {name}"),
        }
    }
}

/// Why settings can't be used. Names the setting, its place and what was expected; never a secret's value.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is not there or can't be read.
    #[error("cannot read the settings file {path}: {cause}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{path} is not valid TOML: {cause}")]
    Syntax {
        /// Which file.
        path: String,
        /// Line, column and what was expected.
        cause: String,
    },
    /// There is no such setting.
    #[error("unknown setting {name} ({place}); expected one of the names that `vestibule settings` prints{hint}")]
    Unknown {
        /// As it was written.
        name: String,
        /// Where.
        place: Source,
        /// A name that looks like it.
        hint: String,
    },
    /// The value does not fit.
    #[error("bad value for {name} ({place}); expected {expected}")]
    Bad {
        /// The setting.
        name: String,
        /// Where.
        place: Source,
        /// What a value looks like.
        expected: String,
    },
}

/// The variables of the environment, as a value, so that tests need not touch their own.
pub type Environment = Vec<(String, String)>;

impl Settings {
    /// Reads the file at `path` (`None` for no file), and `environment` over it.
    pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        if let Some(path) = path {
            settings.read_file(path)?;
        }
        for (variable, text) in environment {
            if let Some(name) = variable.strip_prefix(PREFIX) {
                let place = Source::Environment(variable.clone());
                settings.take(&name.replace("__", "."), &Raw::Text(text.clone()), place)?;
            }
        }
        settings.refuse_what_is_not_here()?;
        Ok(settings)
    }

    /// Sets one value from an argument of a command, over all other places.
    pub fn set_argument(&mut self, name: &str, argument: &'static str, text: &str) -> Result<(), SettingsError> {
        self.take(name, &Raw::Text(text.to_owned()), Source::Argument(argument))
    }

    /// Sets one value that a program found elsewhere.
    pub fn set_value(&mut self, name: &str, value: toml::Value) -> Result<(), SettingsError> {
        self.take(name, &Raw::Toml(value), Source::Argument("found elsewhere"))
    }

    /// Points the settings at another database; for tests and library users.
    #[must_use]
    pub fn with_database(mut self, url: &str) -> Self {
        self.database.url = DatabaseUrl::new(url);
        self
    }

    fn read_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let shown = path.display().to_string();
        let text =
            fs::read_to_string(path).map_err(|cause| SettingsError::Unreadable { path: shown.clone(), cause })?;
        let syntax =
            |error: toml::de::Error| SettingsError::Syntax { path: shown.clone(), cause: syntax_cause(&text, &error) };
        // Parsed twice: once for the values, once for the places at which they stand.
        let values: toml::Table = toml::from_str(&text).map_err(syntax)?;
        let places = DeTable::parse(&text).map_err(syntax)?;
        self.read_table("", &values, &places, &|at| Source::File(shown.clone(), line_of(&text, at)))
    }

    fn read_table(
        &mut self,
        prefix: &str,
        values: &toml::Table,
        places: &Spanned<DeTable<'_>>,
        place: &dyn Fn(usize) -> Source,
    ) -> Result<(), SettingsError> {
        for (key, spanned) in places.get_ref() {
            let name = format!("{prefix}{}", key.get_ref());
            let (Some(value), at) = (values.get(key.get_ref().as_ref()), key.span()) else {
                continue;
            };
            let group = format!("{name}.");
            let is_group = self.entries().any(|entry| entry.name.starts_with(&group));
            match (value, spanned.get_ref()) {
                (toml::Value::Table(inner), toml::de::DeValue::Table(inner_places)) if is_group => {
                    let inner_places = Spanned::new(spanned.span(), inner_places.clone());
                    self.read_table(&group, inner, &inner_places, place)?;
                }
                _ => self.take(&name, &Raw::Toml(value.clone()), place(at.start))?,
            }
        }
        Ok(())
    }

    fn entries(&self) -> std::vec::IntoIter<&'static Entry> {
        self.sections().into_iter().flat_map(super::Section::entries).collect::<Vec<_>>().into_iter()
    }

    fn take(&mut self, name: &str, raw: &Raw, place: Source) -> Result<(), SettingsError> {
        if let Some(secret) = self.entries().find(|entry| entry.secret && is_file_of(name, entry.name)) {
            let held = read_secret_file(name, raw, &place)?;
            return self.take(secret.name, &Raw::Text(held), place);
        }
        let expected = self.entries().find(|entry| entry.name == name).map(|entry| entry.expected);
        let set = self.sections_mut().into_iter().find_map(|section| section.set(name, raw));
        match (set, expected) {
            (Some(Ok(())), _) => {
                self.sources.insert(name.to_owned(), place);
                Ok(())
            }
            (Some(Err(_)), Some(expected)) => {
                Err(SettingsError::Bad { name: name.to_owned(), place, expected: expected.to_owned() })
            }
            _ => Err(SettingsError::Unknown { name: name.to_owned(), place, hint: self.hint(name) }),
        }
    }

    /// A name that differs only in case, hyphens or a letter or two.
    fn hint(&self, name: &str) -> String {
        let wanted = name.to_ascii_uppercase().replace('-', "_");
        let close = self.entries().min_by_key(|entry| distance(entry.name, &wanted));
        match close {
            Some(entry) if distance(entry.name, &wanted) <= 3 => {
                format!("; did you mean {}?", entry.name)
            }
            _ => String::new(),
        }
    }

    /// Django knows more user models and session engines than one; here they are refused by name.
    fn refuse_what_is_not_here(&self) -> Result<(), SettingsError> {
        let only = [
            ("AUTH_USER_MODEL", &self.auth.user_model, super::AuthSettings::USER_MODEL, "custom user models"),
            ("SESSION_ENGINE", &self.sessions.engine, super::SessionSettings::ENGINE, "other session engines"),
        ];
        for (name, value, known, what) in only {
            if value != known {
                let expected = format!("\"{known}\" and found \"{value}\": {what} are not supported");
                return Err(SettingsError::Bad { name: name.to_owned(), place: self.source(name), expected });
            }
        }
        if self.security.secret_key_fallbacks.iter().any(|key| key.expose().contains('\n')) {
            let name = "SECRET_KEY_FALLBACKS";
            let expected = "keys with commas between them, or a list in JSON, and no line breaks".to_owned();
            return Err(SettingsError::Bad { name: name.to_owned(), place: self.source(name), expected });
        }
        if !self.jwt.user_id_claim_is_free() {
            let name = "SIMPLE_JWT.USER_ID_CLAIM";
            let expected = "a name that no other claim of a token has".to_owned();
            return Err(SettingsError::Bad { name: name.to_owned(), place: self.source(name), expected });
        }
        Ok(())
    }
}

fn is_file_of(name: &str, secret: &str) -> bool {
    name.strip_suffix(FILE_SUFFIX) == Some(secret)
}

fn read_secret_file(name: &str, raw: &Raw, place: &Source) -> Result<String, SettingsError> {
    let bad = |expected: &str| SettingsError::Bad {
        name: name.to_owned(),
        place: place.clone(),
        expected: expected.to_owned(),
    };
    let (Raw::Text(path) | Raw::Toml(toml::Value::String(path))) = raw else {
        return Err(bad("a path"));
    };
    let text = fs::read_to_string(path).map_err(|cause| bad(&format!("a readable file ({cause})")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The error without the source line it quotes: that line may hold a secret.
fn syntax_cause(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    format!("line {line}: {}", error.message())
}

/// Levenshtein's distance, for names of some twenty letters.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_text(text: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vestibule.toml");
        fs::write(&path, text).expect("a file");
        let environment = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Settings::load(Some(&path), &environment)
            .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), ""))
    }

    #[test]
    fn the_environment_stands_over_the_file_and_the_file_over_defaults() {
        let text = "SESSION_COOKIE_AGE = \"1h\"\nSESSION_COOKIE_NAME = \"sid\"\n";
        let settings =
            from_text(text, &[("VESTIBULE_SESSION_COOKIE_AGE", "60"), ("HOME", "/x")]).expect("good settings");
        assert_eq!(settings.sessions.cookie_age.whole_seconds(), 60);
        assert_eq!(settings.sessions.cookie_name, "sid");
        assert_eq!(settings.sessions.cookie_path, "/");
        assert!(matches!(settings.source("SESSION_COOKIE_NAME"), Source::File(_, 2)));
        assert!(matches!(settings.source("SESSION_COOKIE_AGE"), Source::Environment(_)));
        assert_eq!(settings.source("SESSION_COOKIE_PATH"), Source::Default);
    }

    #[test]
    fn an_unknown_name_is_refused_with_its_place() {
        let error = from_text("\n\nSESION_COOKIE_AGE = 5\n", &[]).expect_err("unknown");
        assert_eq!(
            error,
            "unknown setting SESION_COOKIE_AGE (/vestibule.toml, line 3); expected one of the names that `vestibule \
             settings` prints; did you mean SESSION_COOKIE_AGE?"
        );
        let error = from_text("", &[("VESTIBULE_NONSENSE", "1")]).expect_err("unknown");
        assert!(error.starts_with("unknown setting NONSENSE (environment variable VESTIBULE_NONSENSE)"), "{error}");
    }

    #[test]
    fn a_bad_value_is_refused_with_what_was_expected_and_without_the_value() {
        let error = from_text("SESSION_COOKIE_SECURE = \"hunter2\"", &[]).expect_err("bad");
        assert_eq!(error, "bad value for SESSION_COOKIE_SECURE (/vestibule.toml, line 1); expected true or false");
    }

    #[test]
    fn a_syntax_error_does_not_quote_the_line() {
        let error = from_text("SECRET_KEY = \"hunter2\nDEBUG = 1", &[]).expect_err("not TOML");
        assert!(error.contains("line 1") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_secret_may_stand_in_a_file_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        fs::write(&path, "from-a-file\n").expect("a file");
        let path = path.display().to_string();
        let settings = from_text("", &[("VESTIBULE_SECRET_KEY_FILE", &path)]).expect("good settings");
        assert_eq!(settings.security.secret_key.expose(), "from-a-file");
        assert!(from_text("", &[("VESTIBULE_SECRET_KEY_FILE", "/does/not/exist")]).is_err());
    }

    #[test]
    fn other_user_models_and_session_engines_are_refused_by_name() {
        let error = from_text("AUTH_USER_MODEL = \"shop.Customer\"", &[]).expect_err("refused");
        assert!(error.contains("AUTH_USER_MODEL") && error.contains("shop.Customer"), "{error}");
        let error = from_text("SESSION_ENGINE = \"django.contrib.sessions.backends.cache\"", &[]).expect_err("refused");
        assert!(error.contains("SESSION_ENGINE") && error.contains("backends.cache"), "{error}");
    }

    #[test]
    fn keys_one_below_the_other_are_not_taken_for_one() {
        let error = from_text("", &[("VESTIBULE_SECRET_KEY_FALLBACKS", "one\ntwo")]).expect_err("a line break");
        assert!(error.contains("SECRET_KEY_FALLBACKS") && error.contains("a list in JSON"), "{error}");
        let settings = from_text("", &[("VESTIBULE_SECRET_KEY_FALLBACKS", r#"["one", "two"]"#)]).expect("a list");
        assert_eq!(settings.security.secret_key_fallbacks.len(), 2);
    }
}
