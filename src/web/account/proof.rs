//! The password, given again before something that a stranger at an open browser must not do. It counts as a try to log in:
//! who guesses here is locked out as at the log-in page.

use actix_web::{HttpRequest, web};

use super::REQUIRED;
use crate::{
    auth::{AuthError, Credentials, Outcome, session},
    client::Client,
    sessions,
    settings::Secret,
    site::Site,
    users::User,
    web::{PageError, page::Field},
};

const WRONG: &str = "Your password was entered incorrectly. Please enter it again.";

/// The person as they are in the database now if `password` is theirs.
pub(in crate::web) async fn check(
    site: &Site,
    client: &Client,
    user: &User,
    password: &Secret,
) -> Result<Option<User>, PageError> {
    let credentials = Credentials::password(&user.username, password.expose());
    Ok(match site.authenticate(client, credentials).await? {
        Outcome::User(known) if known.user.id == user.id => Some(known.user),
        _ => None,
    })
}

/// Whether the password was given in this session within `SUDO_TIMEOUT`.
pub(in crate::web) fn is_fresh(request: &HttpRequest, site: &Site) -> bool {
    let (now, lasts) = (site.auth.clock.now(), site.settings.account.sudo_timeout);
    session::password_given_at(request).is_some_and(|at| at <= now && now < at.saturating_add(lasts))
}

/// The field in which the password is asked for, if it must be given.
pub(in crate::web) fn field(is_needed: bool) -> Option<Field> {
    is_needed.then(|| Field::new("password", "Your password").help("To be sure that it is you."))
}

/// What is wrong with the password that was typed to prove who is there; nothing if it need not be given. A right one counts
/// for `SUDO_TIMEOUT`.
pub(in crate::web) async fn demand(
    request: &HttpRequest,
    site: &web::Data<Site>,
    client: &Client,
    user: &User,
    password: &Secret,
) -> Result<Vec<String>, PageError> {
    if is_fresh(request, site) {
        return Ok(Vec::new());
    }
    let wrong = refuse(site, client, user, password).await?;
    if wrong.is_empty()
        && let Some(key) = session::session_key(request)
    {
        site.run(move |db, auth| {
            db.write(|db| Ok::<_, AuthError>(sessions::model::set_password_at(db, &key, auth.clock.now())?))
        })
        .await?;
    }
    Ok(wrong)
}

/// What is wrong with the password, however lately it was given.
pub(in crate::web) async fn refuse(
    site: &Site,
    client: &Client,
    user: &User,
    password: &Secret,
) -> Result<Vec<String>, PageError> {
    if password.is_empty() {
        return Ok(vec![REQUIRED.to_owned()]);
    }
    Ok(if check(site, client, user, password).await?.is_some() { Vec::new() } else { vec![WRONG.to_owned()] })
}
