use super::{Objection, PasswordValidator, Person, python};

/// Not digits alone.
pub(super) struct Numeric;

impl PasswordValidator for Numeric {
    fn validate(&self, password: &str, _person: &Person<'_>) -> Option<Objection> {
        let digits = !password.is_empty() && password.chars().all(python::is_digit);
        digits.then(|| Objection {
            code: "password_entirely_numeric",
            message: "This password is entirely numeric.".to_owned(),
        })
    }

    fn help_text(&self) -> String {
        "Your password can’t be entirely numeric.".to_owned()
    }
}
