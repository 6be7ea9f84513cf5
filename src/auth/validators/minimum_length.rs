use super::{Objection, PasswordValidator, Person};
use crate::auth::hashers::Options;

/// At least so many characters (Unicode's code points, as Python counts them).
pub(super) struct MinimumLength(u32);

impl MinimumLength {
    pub(super) fn new(options: &mut Options<'_>) -> Self {
        Self(options.number("min_length", 8, 0..=4096))
    }

    fn characters(&self) -> String {
        let Self(least) = self;
        if *least == 1 { "1 character".to_owned() } else { format!("{least} characters") }
    }
}

impl PasswordValidator for MinimumLength {
    fn validate(&self, password: &str, _person: &Person<'_>) -> Option<Objection> {
        let short = password.chars().count() < usize::try_from(self.0).unwrap_or(usize::MAX);
        short.then(|| Objection {
            code: "password_too_short",
            message: format!("This password is too short. It must contain at least {}.", self.characters()),
        })
    }

    fn help_text(&self) -> String {
        format!("Your password must contain at least {}.", self.characters())
    }
}
