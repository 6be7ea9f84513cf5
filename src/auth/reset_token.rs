//! Links by which people choose a new password (`django.contrib.auth.tokens`). Nothing is stored: a token is signed with
//! what a new password, a log-in or another address changes, so it opens once. Django takes ours, and we take Django's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::models::User;
use crate::{
    crypto::{SecretKeys, constant_time_eq, hex, salted_hmac, sha256_hex},
    settings::{AccountSettings, Secret},
};

const SALT: &str = "django.contrib.auth.tokens.PasswordResetTokenGenerator";
/// Tokens count from here, on the clock on the wall.
const EPOCH: DateTime = DateTime::constant(2001, 1, 1, 0, 0, 0, 0);
/// The same on the clock in UTC, in seconds since 1970.
const EPOCH_UNIX: i64 = 978_307_200;
/// Digits in base 36 that Django reads.
const MOST_DIGITS: usize = 13;
/// No `i32` needs more in base64, with padding.
const LONGEST_UID: usize = 16;

/// Makes and reads the tokens.
#[derive(Debug, Clone)]
pub struct ResetTokens {
    zone: TimeZone,
    timeout: Duration,
}

impl ResetTokens {
    /// With `PASSWORD_RESET_TIMEOUT`, and the `TIME_ZONE` whose clock Django reads.
    pub fn new(settings: &AccountSettings) -> Self {
        Self { zone: settings.time_zone.clone(), timeout: settings.password_reset_timeout }
    }

    /// A token by which `user` may choose a new password from now on.
    pub fn make(&self, user: &User, keys: &SecretKeys, now: PrimitiveDateTime) -> String {
        token(user, self.on_the_wall(now), keys.current())
    }

    /// Until when the link of which this was kept is open to `user` as they are now; `None` if it is not open any more.
    pub fn open_until(
        &self,
        user: &User,
        kept: &Kept,
        key: &Secret,
        now: PrimitiveDateTime,
    ) -> Option<PrimitiveDateTime> {
        let stamp = u64::from_str_radix(&kept.stamp, 36).ok()?;
        if sha256_hex(&token(user, stamp, key)) != kept.digest || !self.is_fresh(stamp, now) {
            return None;
        }
        // It is open in its last second.
        let end = self.made(stamp)?.checked_add(self.timeout.whole_seconds())?.checked_add(1)?;
        let end = OffsetDateTime::from_unix_timestamp(end).ok()?;
        Some(PrimitiveDateTime::new(end.date(), end.time()))
    }

    /// Whether `token` was made for `user` as they are now, with any of `keys`, and not too long ago.
    pub fn check(&self, user: &User, token: &str, keys: &SecretKeys, now: PrimitiveDateTime) -> bool {
        let Some((stamp, _)) = token.split_once('-').filter(|(stamp, _)| stamp.len() <= MOST_DIGITS) else {
            return false;
        };
        let Ok(stamp) = u64::from_str_radix(stamp, 36) else {
            return false;
        };
        // The whole token is compared, so another spelling of the same number is another token.
        keys.all().any(|key| constant_time_eq(&self::token(user, stamp, key), token)) && self.is_fresh(stamp, now)
    }

    /// Seconds since [`EPOCH`] on the clock on the wall.
    fn on_the_wall(&self, now: PrimitiveDateTime) -> u64 {
        let unix = now.assume_utc().unix_timestamp();
        let offset = Timestamp::from_second(unix).map_or(0, |at| self.zone.to_offset(at).seconds());
        u64::try_from(unix - EPOCH_UNIX + i64::from(offset)).unwrap_or_default()
    }

    /// When clocks are put back, one time on the wall is twice, and the later counts: no token ends before its time. (By
    /// Django's count one ends an hour early when they are put forward.)
    fn is_fresh(&self, stamp: u64, now: PrimitiveDateTime) -> bool {
        let now = now.assume_utc().unix_timestamp();
        self.made(stamp).is_some_and(|made| now - made <= self.timeout.whole_seconds())
    }

    /// When a token with this stamp was made, in seconds since 1970.
    fn made(&self, stamp: u64) -> Option<i64> {
        let wall = EPOCH.checked_add(SignedDuration::from_secs(i64::try_from(stamp).ok()?)).ok()?;
        Some(self.zone.to_ambiguous_timestamp(wall).later().ok()?.as_second())
    }
}

/// What is kept of a link: by it one tells whether the link is still open, and opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// When it was made, as it says itself.
    pub stamp: String,
    /// The digest of its token.
    pub digest: String,
}

impl Kept {
    /// Of the link with this token.
    pub fn of(token: &str) -> Self {
        let stamp = token.split_once('-').map_or("", |(stamp, _)| stamp).to_owned();
        Self { stamp, digest: sha256_hex(token) }
    }
}

fn token(user: &User, stamp: u64, key: &Secret) -> String {
    let last_login = user.last_login.map(seconds_as_python).unwrap_or_default();
    let state = format!("{}{}{last_login}{stamp}{}", user.id, user.password, user.email);
    let every_second_digit: String = hex(&salted_hmac(SALT, &state, key)).chars().step_by(2).collect();
    format!("{}-{every_second_digit}", base36(stamp))
}

/// As Python writes a time without its microseconds.
fn seconds_as_python(at: PrimitiveDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    let (hour, minute, second) = time.as_hms();
    format!("{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}", date.year(), u8::from(date.month()), date.day())
}

fn base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[usize::try_from(number % 36).unwrap_or_default()]));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// How a link names a user.
pub fn uid(user_id: i32) -> String {
    URL_SAFE_NO_PAD.encode(user_id.to_string())
}

/// The user whom a link names; `None` for what [`uid`] would not write, but for padding. Django takes more spellings,
/// which nobody makes.
pub fn read_uid(text: &str) -> Option<i32> {
    if text.len() > LONGEST_UID {
        return None;
    }
    let text = text.trim_end_matches('=');
    let id = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?.parse().ok()?;
    (uid(id) == text).then_some(id)
}
