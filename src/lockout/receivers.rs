//! What is written when somebody has failed, logged in or logged out.

use time::PrimitiveDateTime;

use super::{
    Lockout,
    backend::{announce, lock},
    models::{
        access::Access,
        attempt::{self, Search},
        counter::{self, Row},
        log,
    },
    policy::{Counter, Kind},
    reservation::Reservation,
    standing,
    subject::{Subject, UNKNOWN, fold, user_agent},
};
use crate::{
    auth::{
        Attempt, AuthError,
        signals::{Occasion, UserLoggedIn, UserLoggedOut, UserLoginFailed},
    },
    client::{Client, printable},
    crypto::sha256_hex,
    settings::Parameter,
};

/// The width of axes' columns, in characters.
const WIDTH: usize = 255;

/// Counts the failure of an attempt that had a place.
pub(super) fn login_failed(
    lockout: &Lockout,
    occasion: &mut Occasion<'_>,
    _: &UserLoginFailed,
) -> Result<(), AuthError> {
    let Some(attempt) = occasion.attempt else { return Ok(()) };
    let Some(reservation) = attempt.release::<Reservation>() else { return Ok(()) };
    let now = occasion.auth.clock.now();
    let (access, account) = (tried(attempt), reservation.meant.account.as_deref().unwrap_or_default());
    let forgotten = lockout.settings.cooloff_time.0.map(|cool_off| now.saturating_sub(cool_off));
    let attempt_id = attempt::record(occasion.db, &access, account, now, forgotten)?;
    let mut closed: Option<(&Subject, PrimitiveDateTime)> = None;
    for subject in &reservation.subjects {
        let until = count(occasion, &reservation, subject, attempt_id)?;
        let is_own = reservation.place(subject).is_some() || reservation.taken.is_empty();
        if let (Some(until), true) = (until, is_own) {
            closed = closed.filter(|(_, known)| *known >= until).or(Some((subject, until)));
        }
    }
    let settings = &lockout.settings;
    if settings.enable_failure_log {
        log::failed(occasion.db, &access, closed.is_some(), settings.failure_log_per_user_limit.get(), now)?;
    }
    occasion.lock = closed.map(|by| crate::auth::Lock { after_a_try: true, ..lock(lockout, attempt, Some(by)) });
    Ok(())
}

/// Counts a failure of one subject; until when it is locked, if it is.
fn count(
    occasion: &mut Occasion<'_>,
    reservation: &Reservation,
    subject: &Subject,
    attempt_id: i32,
) -> Result<Option<PrimitiveDateTime>, AuthError> {
    let now = occasion.auth.clock.now();
    let mut row = counter::select_for_update(occasion.db, subject, now)?;
    if let Some(epoch) = reservation.place(subject) {
        row.places.give_back(epoch);
    }
    let elsewhere = standing::elsewhere(occasion.db, subject, &row, &reservation.meant.names, occasion.client, now)?;
    let begins = row.counter.fail(&subject.rule, elsewhere.map_or(0, |elsewhere| elsewhere.failures), now);
    if begins {
        row.refused = 0;
    }
    if subject.rule.kind != Kind::Address {
        // Whoever deletes axes' row while it counts means to open what it locked.
        (row.attempt_id, row.watched_until) = (Some(attempt_id), subject.rule.forgotten_at(now));
    }
    counter::save(occasion.db, &subject.key, &row)?;
    if begins {
        announce(occasion, subject, &row, true)?;
    }
    Ok(row.counter.is_locked(now).then_some(row.counter.locked_until))
}

/// Records a log-in, and forgets the failures of whoever logged in if the settings say so.
pub(super) fn logged_in(lockout: &Lockout, occasion: &mut Occasion<'_>, event: &UserLoggedIn) -> Result<(), AuthError> {
    let now = occasion.auth.clock.now();
    if !lockout.settings.disable_access_log {
        let access = access(&event.user.username, occasion.client);
        let session_hash = event.session_key.as_deref().map(sha256_hex).unwrap_or_default();
        log::logged_in(occasion.db, &access, &session_hash, now)?;
    }
    if !lockout.settings.reset_on_success {
        return Ok(());
    }
    forget(lockout, occasion, &event.user.username)
}

/// Forgets the failures that name `username` and fit this client.
fn forget(lockout: &Lockout, occasion: &mut Occasion<'_>, username: &str) -> Result<(), AuthError> {
    let account = fold(username);
    let (mut subjects, mut ids) = (Vec::new(), Vec::new());
    for rule in lockout.of_account() {
        if let Kind::Axes(parts) = &rule.kind {
            let mut search = Search { usernames: Some(vec![username.to_owned()]), ..Search::default() };
            if parts.contains(&Parameter::IpAddress) {
                search.ip_address = Some(occasion.client.ip_address());
            }
            if parts.contains(&Parameter::UserAgent) {
                search.user_agent = Some(user_agent(occasion.client).to_owned());
            }
            let rows = attempt::list(occasion.db, &search, Some(&account), 0, i64::MAX)?;
            ids.extend(rows.iter().map(|row| row.id));
        }
        subjects.extend(Subject::of(rule, Some(&account), occasion.client));
    }
    subjects.sort_by(|left, right| left.key.cmp(&right.key));
    // Rows are locked as a failure locks them: first axes', then ours in the order of their keys.
    let ids = attempt::select_for_update(occasion.db, &ids)?;
    let keys: Vec<String> = subjects.iter().map(|subject| subject.key.clone()).collect();
    counter::lock_rows(occasion.db, &ids, &keys)?;
    // Other subjects, as the address, keep what they counted.
    counter::stop_watching(occasion.db, &ids)?;
    for subject in &subjects {
        let row = counter::select_for_update(occasion.db, subject, occasion.auth.clock.now())?;
        counter::save(occasion.db, &subject.key, &Row { counter: Counter::NEW, ..row })?;
    }
    attempt::delete(occasion.db, &ids)?;
    Ok(())
}

/// Records a log-out.
pub(super) fn logged_out(
    lockout: &Lockout,
    occasion: &mut Occasion<'_>,
    event: &UserLoggedOut,
) -> Result<(), AuthError> {
    if let (Some(user), Some(key), false) = (&event.user, &event.session_key, lockout.settings.disable_access_log) {
        log::logged_out(occasion.db, &user.username, &sha256_hex(key), occasion.auth.clock.now())?;
    }
    Ok(())
}

/// An attempt as axes writes it.
pub(super) fn tried(attempt: &Attempt<'_>) -> Access {
    access(attempt.credential("username").unwrap_or_default(), attempt.client())
}

fn access(username: &str, client: &Client) -> Access {
    Access {
        username: username.chars().filter(|c| *c != '\0').take(WIDTH).collect(),
        ip_address: client.ip_address(),
        user_agent: user_agent(client).to_owned(),
        http_accept: if client.accept.is_empty() { UNKNOWN.to_owned() } else { client.accept.clone() },
        path_info: printable(&client.path, WIDTH),
    }
}
