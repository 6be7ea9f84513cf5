//! What somebody is told who may not try now: when it opens, as a page or, for programs, as axes' JSON.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{self, HeaderMap},
    web,
};
use askama::Template;
use serde::Serialize;
use time::{Duration, PrimitiveDateTime, format_description::well_known::Rfc3339, macros::format_description};

use super::{
    middleware::log::RequestId,
    page::{self, Page, shown},
};
use crate::{auth::Lock, client::Client, site::Site};

/// What somebody is told who may not log in now.
#[derive(Debug, Template)]
#[template(path = "locked.html")]
pub struct LockedPage {
    /// The frame.
    pub page: Page,
    /// The status.
    pub status: u16,
    /// When it opens, if it does by itself.
    pub opening: Option<Opening>,
    /// Where to try again.
    pub login_url: String,
    /// From where they are calling.
    pub address: Option<String>,
    /// Under which the log tells more.
    pub request_id: String,
}

shown!(LockedPage);

/// When it opens.
#[derive(Debug)]
pub struct Opening {
    /// How long that is from now, in words.
    pub wait: String,
    /// The time, for people.
    pub clock: String,
    /// The time, for machines.
    pub machine: String,
}

/// axes' answer, and when it opens.
#[derive(Serialize)]
struct LockedAnswer<'a> {
    failure_limit: u32,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cooloff_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cooloff_timedelta: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<String>,
}

/// Its content type and its text.
pub fn answer(request: &HttpRequest, lock: &Lock) -> (&'static str, String) {
    if wants_json(request.headers()) {
        return ("application/json", serde_json::to_string(&json(lock)).unwrap_or_default());
    }
    let opening = lock.until.zip(lock.retry_after).map(|(until, wait)| Opening::new(until, wait));
    let extensions = request.extensions();
    let shown = LockedPage {
        page: Page::new(request, None),
        status: lock.status,
        opening,
        login_url: request.app_data::<web::Data<Site>>().map(|site| site.login_url()).unwrap_or_default(),
        address: extensions.get::<Client>().and_then(Client::ip_address),
        request_id: extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
    };
    ("text/html; charset=utf-8", page::text(&shown).unwrap_or_else(|_| "Too many attempts".to_owned()))
}

/// For the API: axes' answer, with what DRF's clients look for.
pub fn detail(lock: &Lock) -> serde_json::Value {
    let mut body = serde_json::json!({"detail": "Account locked: too many login attempts. Please try again later."});
    if let (Some(body), Ok(serde_json::Value::Object(answer))) =
        (body.as_object_mut(), serde_json::to_value(json(lock)))
    {
        body.extend(answer);
    }
    body
}

/// Whole seconds until it opens; for `Retry-After`.
pub fn seconds(wait: Duration) -> i64 {
    let begun = i64::from(wait.subsec_nanoseconds() > 0);
    (wait.whole_seconds() + begun).max(1)
}

fn json(lock: &Lock) -> LockedAnswer<'_> {
    LockedAnswer {
        failure_limit: lock.failure_limit,
        username: &lock.username,
        cooloff_time: lock.cool_off.map(iso_8601),
        cooloff_timedelta: lock.cool_off.map(timedelta),
        retry_after: lock.retry_after.map(seconds),
        locked_until: lock.until.map(|until| machine(whole_second(until))),
    }
}

/// What axes looks for, and what programs say that know nothing of axes.
fn wants_json(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accept = text(header::ACCEPT.as_str());
    text("x-requested-with") == "XMLHttpRequest"
        || (accept.contains("application/json") && !accept.contains("text/html"))
}

impl Opening {
    fn new(until: PrimitiveDateTime, wait: Duration) -> Self {
        let shown = whole_second(until);
        let same_day = wait < Duration::hours(12);
        let format = if same_day {
            format_description!("[hour]:[minute]:[second] UTC")
        } else {
            format_description!("[hour]:[minute] UTC on [day padding:none] [month repr:long] [year]")
        };
        Self { wait: in_words(wait), clock: shown.format(format).unwrap_or_default(), machine: machine(shown) }
    }
}

/// Rounded up: who comes then finds it open.
pub fn whole_second(until: PrimitiveDateTime) -> PrimitiveDateTime {
    let later = until.saturating_add(Duration::SECOND - Duration::NANOSECOND);
    later.replace_nanosecond(0).unwrap_or(later)
}

fn machine(at: PrimitiveDateTime) -> String {
    at.assume_utc().format(&Rfc3339).unwrap_or_default()
}

/// A length as people say it, never shorter than it is.
pub fn in_words(length: Duration) -> String {
    let seconds = seconds(length);
    let (unit, name) = match seconds {
        ..=90 => (1, "second"),
        91..=5_400 => (60, "minute"),
        5_401..=172_800 => (3_600, "hour"),
        _ => (86_400, "day"),
    };
    let number = (seconds + unit - 1) / unit;
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}

/// The parts of a length: days, hours, minutes, seconds.
fn parts(length: Duration) -> (i64, i64, i64, i64) {
    let seconds = length.whole_seconds();
    (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
}

/// As axes writes `cooloff_time`: `PT1H`, `P1DT12H`.
fn iso_8601(length: Duration) -> String {
    let (days, hours, minutes, seconds) = parts(length);
    let part = |number: i64, unit: char| if number == 0 { String::new() } else { format!("{number}{unit}") };
    let time = [part(hours, 'H'), part(minutes, 'M'), part(seconds, 'S')].concat();
    format!("P{}{}{time}", part(days, 'D'), if time.is_empty() { "" } else { "T" })
}

/// As Django writes a `timedelta` into JSON: `P0DT01H00M00S`.
fn timedelta(length: Duration) -> String {
    let (days, hours, minutes, seconds) = parts(length);
    format!("P{days}DT{hours:02}H{minutes:02}M{seconds:02}S")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn who_comes_at_the_time_that_is_told_finds_it_open() {
        let noon = datetime!(2026-11-24 12:00:00);
        assert_eq!(whole_second(noon), noon);
        assert_eq!(whole_second(noon + Duration::MICROSECOND), noon + Duration::SECOND);
    }

    #[test]
    fn lengths_are_written_as_axes_writes_them() {
        for (seconds, iso, delta) in [
            (3_600, "PT1H", "P0DT01H00M00S"),
            (1_800, "PT30M", "P0DT00H30M00S"),
            (131_436, "P1DT12H30M36S", "P1DT12H30M36S"),
            (172_800, "P2D", "P2DT00H00M00S"),
        ] {
            let length = Duration::seconds(seconds);
            assert_eq!((iso_8601(length).as_str(), timedelta(length).as_str()), (iso, delta));
        }
    }

    #[test]
    fn waits_are_said_in_words_and_never_too_short() {
        for (seconds, words) in [
            (0.2, "1 second"),
            (59.0, "59 seconds"),
            (61.0, "61 seconds"),
            (3_541.0, "60 minutes"),
            (3_540.0, "59 minutes"),
            (86_400.0, "24 hours"),
            (200_000.0, "3 days"),
        ] {
            assert_eq!(in_words(Duration::seconds_f64(seconds)), words);
        }
    }
}
