//! Making a superuser: by a command, or once in the browser.

use time::Duration;

use super::{
    Auth, AuthError,
    models::{NewUser, User, setup_link, user},
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
        problems.username.extend(user::username_problem(&self.username).map(str::to_owned));
        if problems.username.is_empty() && user::username_is_taken(db, &self.username)? {
            problems.username.push("A user with that username already exists.".to_owned());
        }
        if !self.email.is_empty() && !user::is_email(&self.email) {
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
