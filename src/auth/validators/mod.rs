//! Rules for new passwords (`django.contrib.auth.password_validation`). All objections are made at once.
//!
//! To add one: a type that implements [`PasswordValidator`], and a line in `REGISTRY`.

use super::{
    hashers::{BadOptions, Options},
    models::User,
};
use crate::settings::Component;

/// What is wrong with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Django's code, for machines.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// A rule.
pub trait PasswordValidator: Send + Sync {
    /// What is wrong with `password`, if anything. `user` is whom it is for, as far as known.
    fn validate(&self, password: &str, user: Option<&User>) -> Option<Objection>;
    /// The rule in words, for the form.
    fn help_text(&self) -> String;
}

type Make = fn(&mut Options<'_>) -> Box<dyn PasswordValidator>;

const REGISTRY: &[(&str, Make)] = &[
    ("MinimumLengthValidator", |options| Box::new(MinimumLength(options.number("min_length", 8, 0..=4096)))),
    ("NumericPasswordValidator", |_| Box::new(Numeric)),
];

/// The rules in force.
pub struct Validators(Vec<Box<dyn PasswordValidator>>);

impl Validators {
    /// The rules that `components` name.
    pub fn new(components: &[Component]) -> Result<Self, BadOptions> {
        components.iter().map(make).collect::<Result<_, _>>().map(Self)
    }

    /// Everything that is wrong with `password`.
    pub fn validate(&self, password: &str, user: Option<&User>) -> Vec<Objection> {
        self.0.iter().filter_map(|validator| validator.validate(password, user)).collect()
    }

    /// All rules in words.
    pub fn help_texts(&self) -> Vec<String> {
        self.0.iter().map(|validator| validator.help_text()).collect()
    }
}

fn make(component: &Component) -> Result<Box<dyn PasswordValidator>, BadOptions> {
    const SETTING: &str = "AUTH_PASSWORD_VALIDATORS";
    let Some((_, make)) = REGISTRY.iter().find(|(class, _)| *class == component.class()) else {
        let known = REGISTRY.iter().map(|(class, _)| *class).collect::<Vec<_>>().join(", ");
        return Err(BadOptions::unknown(SETTING, &component.name, &known));
    };
    let mut options = Options::new(SETTING, component);
    let validator = make(&mut options);
    options.finish().map(|()| validator)
}

/// At least so many characters.
struct MinimumLength(u32);

impl PasswordValidator for MinimumLength {
    fn validate(&self, password: &str, _user: Option<&User>) -> Option<Objection> {
        let Self(least) = self;
        let short = password.chars().count() < usize::try_from(*least).unwrap_or(usize::MAX);
        short.then(|| Objection {
            code: "password_too_short",
            message: format!("This password is too short. It must contain at least {least} characters."),
        })
    }

    fn help_text(&self) -> String {
        format!("Your password must contain at least {} characters.", self.0)
    }
}

/// Not digits alone.
struct Numeric;

impl PasswordValidator for Numeric {
    fn validate(&self, password: &str, _user: Option<&User>) -> Option<Objection> {
        let digits = !password.is_empty() && password.chars().all(char::is_numeric);
        digits.then(|| Objection {
            code: "password_entirely_numeric",
            message: "This password is entirely numeric.".to_owned(),
        })
    }

    fn help_text(&self) -> String {
        "Your password can’t be entirely numeric.".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_objections_are_made_at_once() {
        let validators = Validators::new(&["a.MinimumLengthValidator".into(), "a.NumericPasswordValidator".into()]);
        let validators = validators.expect("known validators");
        let codes = |password| validators.validate(password, None).iter().map(|o| o.code).collect::<Vec<_>>();
        assert_eq!(codes("１２３"), ["password_too_short", "password_entirely_numeric"]);
        assert_eq!(codes("héllo wörld"), [] as [&str; 0]);
        assert_eq!(codes(""), ["password_too_short"]);
    }
}
