//! A new password, typed twice: the two fields of Django's `SetPasswordForm`.

use super::REQUIRED;
use crate::{
    auth::{Auth, validators::Person},
    settings::Secret,
    web::{extract::FormData, page::Field},
};

const MISMATCH: &str = "The two password fields didn’t match.";

/// The names and labels of the two fields.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct Names {
    first: (&'static str, &'static str),
    second: (&'static str, &'static str),
}

/// Of `SetPasswordForm`.
pub(in crate::web) const NEW: Names =
    Names { first: ("new_password1", "New password"), second: ("new_password2", "New password, again") };
/// Of `UserCreationForm`.
pub(in crate::web) const FIRST: Names =
    Names { first: ("password1", "Password"), second: ("password2", "Password, again") };

/// What was typed.
#[derive(Debug, Clone)]
pub(in crate::web) struct NewPassword {
    names: Names,
    first: Secret,
    second: Secret,
}

impl NewPassword {
    /// Takes it out of a form, exactly as it was typed.
    pub(in crate::web) fn bind(data: &FormData, names: Names) -> Self {
        let secret = |(name, _): (&'static str, &'static str)| Secret::new(data.text(name));
        Self { names, first: secret(names.first), second: secret(names.second) }
    }

    /// The password.
    pub(in crate::web) fn secret(&self) -> &Secret {
        &self.second
    }

    /// The fields, with all that is wrong: what the rules say stands at the second, as in Django. Takes a few milliseconds.
    pub(in crate::web) fn fields(&self, auth: &Auth, person: &Person<'_>) -> (Field, Field) {
        let (first, mut second) = empty_fields(self.names, auth);
        if !self.first.is_empty() && !self.second.is_empty() && self.first.expose() != self.second.expose() {
            second.errors.push(MISMATCH.to_owned());
        }
        let missing = |field: Field, typed: &Secret| {
            if typed.is_empty() { field.errors(vec![REQUIRED.to_owned()]) } else { field }
        };
        let (first, mut second) = (missing(first, &self.first), missing(second, &self.second));
        if !self.second.is_empty() {
            let objections = auth.validators.validate(self.second.expose(), person);
            second.errors.extend(objections.into_iter().map(|objection| objection.message));
        }
        (first, second)
    }
}

/// The fields before anything was typed.
pub(in crate::web) fn empty_fields(names: Names, auth: &Auth) -> (Field, Field) {
    let first = Field::new(names.first.0, names.first.1).help(auth.validators.help_texts().join("\n"));
    (first, Field::new(names.second.0, names.second.1))
}
