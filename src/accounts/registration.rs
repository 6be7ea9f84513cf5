//! Sign-up. Who registers can't log in until they have opened the link that was sent to their address.

use serde_json::Value;

use super::{Accounts, address::is_of_another, letters::post, limits::MailKind, model as unconfirmed};
use crate::{
    audit::Changes,
    auth::{
        AuthError,
        models::{NewUser, user},
        superuser::Problems,
    },
    client::Client,
    db::Db,
    events::Kind,
};

/// What somebody typed to get an account.
#[derive(Debug, Clone, Default)]
pub struct Applicant {
    /// The name to log in with, normalised.
    pub username: String,
    /// The address, normalised.
    pub email: String,
}

const TAKEN: &str = "A user with that username already exists.";
const NOT_OWN: &str = "A username that is an e-mail address must be your own address.";

impl Applicant {
    /// With names as they are stored.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        self.username = user::normalize_username(self.username.trim());
        self.email = user::normalize_email(&self.email);
        self
    }
}

impl Accounts {
    /// What is wrong with name and address. Whether the address is somebody's is not said.
    pub fn examine(&self, db: &mut Db, applicant: &Applicant) -> Result<Problems, AuthError> {
        let mut found = Problems::default();
        found.username.extend(user::username_problem(&applicant.username).map(str::to_owned));
        if found.username.is_empty() && !is_own(applicant) {
            found.username.push(NOT_OWN.to_owned());
        } else if found.username.is_empty() && user::username_is_taken(db, &applicant.username)? {
            found.username.push(TAKEN.to_owned());
        }
        found.email.extend(user::email_problem(&applicant.email).map(str::to_owned));
        Ok(found)
    }

    /// Makes the account, to which nobody is let in yet, and asks for the letter with the link. What is wrong with the name
    /// if somebody took it meanwhile.
    ///
    /// If the address is somebody's already, the same is done but for the letter, which tells its owner: what can be seen of
    /// the account, such as that its name is taken, must not tell a stranger whose address it is.
    pub fn register(
        &self,
        db: &mut Db,
        client: &Client,
        applicant: &Applicant,
        encoded: &str,
    ) -> Result<Problems, AuthError> {
        let now = self.auth.clock.now();
        db.write(|db| {
            unconfirmed::one_at_a_time(db)?;
            if user::username_is_taken(db, &applicant.username)? {
                return Ok(Problems { username: vec![TAKEN.to_owned()], ..Problems::default() });
            }
            let belongs_to_another = is_of_another(db, 0, &applicant.email)?;
            let email = if belongs_to_another { String::new() } else { applicant.email.clone() };
            let (username, password) = (applicant.username.clone(), encoded.to_owned());
            let person = user::create(db, &NewUser { username, email, password, ..NewUser::default() }, now)?;
            unconfirmed::deactivate(db, person.id)?;
            let wish = self.wish(person.id, &applicant.email, true);
            let letter = self.letter_about(db, client, &wish)?;
            unconfirmed::replace(db, &unconfirmed::Unconfirmed { email: person.email.clone(), ..wish })?;
            self.record(db, Kind::Registered, client, &person)?;
            if !self.is_flooded(db, MailKind::Asked, &applicant.email)? {
                post(db, &letter, now)?;
            }
            let changes = Changes::new().with("username", Value::Null, person.username.as_str());
            let email = Some(&*person.email).filter(|email| !email.is_empty());
            let changes = email.iter().fold(changes, |changes, email| changes.with("email", Value::Null, *email));
            self.audit(db, "registered", client, &person, changes)?;
            Ok(Problems::default())
        })
    }
}

/// Whether a name that is an address is the applicant's own, of which they show that it is. Else a stranger could log in
/// by the address of somebody, or find out whether it is known here.
fn is_own(applicant: &Applicant) -> bool {
    !user::is_email(&applicant.username) || applicant.username.to_lowercase() == applicant.email.to_lowercase()
}
