//! Making a superuser: by a command, or once in the browser.

use time::Duration;

use super::{
    Auth, AuthError,
    models::{
        NewUser, User, setup_link,
        user::{self, MAX_EMAIL, MAX_USERNAME},
    },
    validators::Person,
};
use crate::{
    crypto::{LOWERCASE_AND_DIGITS, random_string},
    db::Db,
};

/// How long a set-up link opens.
pub const SETUP_LINK_AGE: Duration = Duration::hours(1);

/// What somebody typed to become a superuser.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// The name to log in with.
    pub username: String,
    /// E-mail address, may be empty.
    pub email: String,
    /// The password; `None` for an account without one.
    pub password: Option<crate::settings::Secret>,
}

/// What is wrong with what was typed, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// With the username.
    pub username: Vec<String>,
    /// With the e-mail address.
    pub email: Vec<String>,
    /// With the password.
    pub password: Vec<String>,
}

impl Problems {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.username.is_empty() && self.email.is_empty() && self.password.is_empty()
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.username.iter().chain(&self.email).chain(&self.password)
    }
}

impl Candidate {
    /// The candidate with names as they are stored.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        self.username = user::normalize_username(self.username.trim());
        self.email = user::normalize_email(&self.email);
        self
    }

    /// Looks at everything at once.
    pub fn check(&self, db: &mut Db, auth: &Auth) -> Result<Problems, AuthError> {
        let mut problems = Problems::default();
        problems.username.extend(username_problem(&self.username).map(str::to_owned));
        if problems.username.is_empty() && user::username_is_taken(db, &self.username)? {
            problems.username.push("A user with that username already exists.".to_owned());
        }
        if !self.email.is_empty() && !is_email(&self.email) {
            problems.email.push("Enter a valid email address.".to_owned());
        }
        if let Some(password) = &self.password {
            problems.password = self.password_problems(password.expose(), auth);
        }
        Ok(problems)
    }

    fn password_problems(&self, password: &str, auth: &Auth) -> Vec<String> {
        if password.is_empty() {
            return vec!["This field is required.".to_owned()];
        }
        auth.validators.validate(password, &self.person()).into_iter().map(|objection| objection.message).collect()
    }

    /// Whom the password is for.
    pub fn person(&self) -> Person<'_> {
        Person { username: &self.username, email: &self.email, ..Person::default() }
    }

    /// The row to be; takes a hash's time.
    pub fn hashed(&self, auth: &Auth) -> NewUser {
        NewUser {
            username: self.username.clone(),
            email: self.email.clone(),
            password: match &self.password {
                Some(password) => auth.hashers.make_password(password.expose()),
                None => super::hashers::unusable_password(),
            },
            is_staff: true,
            is_superuser: true,
        }
    }
}

fn username_problem(username: &str) -> Option<&'static str> {
    if username.is_empty() {
        Some("This field is required.")
    } else if username.chars().count() > MAX_USERNAME {
        Some("Ensure this value has at most 150 characters.")
    } else if !user::is_valid_username(username) {
        Some("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.")
    } else {
        None
    }
}

/// Whether `text` could be an address: one `@`, something before it, a dotted or local name behind it, no space and no
/// control character. What it is worth shows when a mail arrives.
fn is_email(text: &str) -> bool {
    let sane = text.chars().count() <= MAX_EMAIL
        && !text.chars().any(|c| c.is_control() || c.is_whitespace() || "<>()[],;:\\\"".contains(c));
    sane && text.split_once('@').is_some_and(|(name, domain)| {
        let labels: Vec<&str> = domain.split('.').collect();
        !name.is_empty()
            && !domain.contains('@')
            && (labels.len() > 1 || domain == "localhost")
            && labels.iter().all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
    })
}

/// A new set-up link's token; `None` if there is a superuser already.
pub fn new_setup_token(auth: &Auth) -> Result<Option<String>, AuthError> {
    let mut db = auth.db()?;
    if user::superuser_exists(&mut db)? {
        return Ok(None);
    }
    let token = random_string(40, LOWERCASE_AND_DIGITS);
    let now = auth.clock.now();
    db.write(|db| setup_link::insert(db, &token, now, now + SETUP_LINK_AGE))?;
    Ok(Some(token))
}

/// Whether a set-up link opens anything.
pub fn is_setup_open(db: &mut Db, auth: &Auth, token: &str) -> Result<bool, AuthError> {
    Ok(!user::superuser_exists(db)? && setup_link::is_valid(db, token, auth.clock.now())?)
}

/// Makes the first superuser and closes the door behind; `None` if somebody else was first.
pub fn set_up(db: &mut Db, auth: &Auth, token: &str, new: &NewUser) -> Result<Option<User>, AuthError> {
    let now = auth.clock.now();
    db.write(|db| {
        if user::superuser_exists(db)? || !setup_link::take(db, token, now)? {
            return Ok(None);
        }
        Ok(Some(user::create(db, new, now)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_looked_at_but_not_judged() {
        for good in ["a@b.org", "a+b@x-y.example.org", "ü@münchen.de", "root@localhost"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["a", "@b.org", "a@", "a@b", "a@b..c", "a b@c.org", "a@b.org\nBcc: x@y.org", "a@b@c.org", "a@-b.org"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn usernames_are_checked_as_django_checks_them() {
        assert_eq!(username_problem("zoë"), None);
        for bad in ["", "a b", "a\0", &"x".repeat(151)] {
            assert!(username_problem(bad).is_some(), "{bad}");
        }
    }
}
