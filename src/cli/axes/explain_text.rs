//! The explanation for people, perhaps at three in the morning: the verdict first, the command that helps last.

use time::{PrimitiveDateTime, macros::format_description};

use super::explain::Answer;
use crate::{
    client::printable,
    devices::Device,
    lockout::{
        Admission,
        explain::{Count, Source},
        models::attempt::Listed,
        policy::{FOR_EVER, Kind},
        standing::Standing,
    },
    web::locked::{in_words, whole_second},
};

/// How much of a name or a browser is shown.
const WIDTH: usize = 120;

pub(super) fn of(answer: &Answer<'_>) -> String {
    let mut paragraphs = vec![[vec![verdict(answer)], policy(answer)].concat(), vec![who(answer)]];
    paragraphs.extend(answer.explanation.sources.iter().map(|source| at(answer, source)));
    paragraphs.extend([devices(answer), remedy(answer)]);
    paragraphs.retain(|lines| !lines.is_empty());
    paragraphs.iter().map(|lines| lines.join("\n") + "\n").collect::<Vec<_>>().join("\n")
}

fn verdict(answer: &Answer<'_>) -> String {
    let (locked, all) = (answer.locked(), answer.explanation.sources.len());
    let until = |source: &Source| {
        if source.admission.is_denied() {
            return "as long as the settings say so".to_owned();
        }
        until(source.until(), answer.explanation.now)
    };
    match locked.as_slice() {
        [] => "Not locked.".to_owned(),
        [source] if all == 1 && answer.question.ip.is_some() => format!("Locked {}.", until(source)),
        [source] => format!("Locked {} {}.", whence(source), until(source)),
        sources => format!("Locked from {} of {all} places.", sources.len()),
    }
}

/// What the settings say of everybody.
fn policy(answer: &Answer<'_>) -> Vec<String> {
    let (lockout, settings) = (answer.lockout, &answer.lockout.settings);
    let says = [
        (!settings.enabled, "AXES_ENABLED is false: nothing is counted, and what is locked locks nobody."),
        (
            !lockout.is_placed(),
            "AUTHENTICATION_BACKENDS has no axes.backends.AxesStandaloneBackend: nothing is counted, and what is locked \
             locks nobody.",
        ),
        (
            !settings.lock_out_at_failure,
            "AXES_LOCK_OUT_AT_FAILURE is false: failures are counted, and none are too many.",
        ),
        (
            settings.only_admin_site,
            "AXES_ONLY_ADMIN_SITE: what follows holds for the log-in to the admin, and only there.",
        ),
        (settings.never_lockout_get, "AXES_NEVER_LOCKOUT_GET: what follows holds for POST requests."),
        (
            settings.only_whitelist,
            "AXES_ONLY_WHITELIST: nobody may log in but from the addresses in AXES_IP_WHITELIST.",
        ),
    ];
    says.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text.to_owned()).collect()
}

fn who(answer: &Answer<'_>) -> String {
    let (typed, account) = (shown(answer.question.typed), shown(&answer.explanation.account));
    match &answer.explanation.user {
        Some(user) if user.is_active => format!("{typed} is the user {}.", shown(&user.username)),
        Some(user) => {
            format!("{typed} is the user {}, who is not active and can't log in anyway.", shown(&user.username))
        }
        None if typed == account => format!("No user has the name {typed}; failures are counted for it all the same."),
        None => format!("No user has the name {typed}; failures are counted for it all the same, as for {account}."),
    }
}

fn at(answer: &Answer<'_>, source: &Source) -> Vec<String> {
    let mut lines = vec![capital(&whence(source)) + ":"];
    match source.admission {
        Admission::Blacklisted => {
            lines.push("  Nobody may log in from there: it is in AXES_IP_BLACKLIST.".to_owned());
        }
        Admission::NotWhitelisted => {
            lines.push("  Nobody may log in from there: it is not in AXES_IP_WHITELIST.".to_owned());
        }
        Admission::Spared => {
            lines.push("  It is in AXES_IP_WHITELIST: failures don't count, locks don't hold.".to_owned());
        }
        Admission::Passes => lines.push("  Failures count, and locks don't hold.".to_owned()),
        Admission::Off | Admission::Weighed => {}
    }
    lines.extend(source.counts.iter().map(|count| format!("  {}", of_count(answer, count))));
    lines.extend(source.attempts.iter().map(|row| format!("  {}", of_row(row))));
    if source.more {
        lines.push("  There are more such rows; axes_list_attempts prints all.".to_owned());
    }
    lines
}

fn of_count(answer: &Answer<'_>, count: &Count) -> String {
    let rule = &count.subject.rule;
    let by = match &rule.kind {
        Kind::Axes(_) => format!("By {}: ", rule.name),
        Kind::Address => format!("By {}, whoever is tried: ", rule.name),
        Kind::Device => String::new(),
    };
    let row = match count.row {
        Some(_) => format!(" (row {}… of vestibule_lockout)", &count.subject.key[..12]),
        None => String::new(),
    };
    let tier = match count.row.map_or(0, |row| row.counter.locks) {
        tier @ 2.. if count.standing == Standing::Locked => format!(", lock number {tier} in a row"),
        _ => String::new(),
    };
    format!("{by}{}; {}{tier}{row}.", failures(answer, count), standing(answer, count))
}

fn standing(answer: &Answer<'_>, count: &Count) -> String {
    let now = answer.explanation.now;
    let expires = count.row.map(|row| row.counter.expires_at).filter(|_| count.failures(now) > 0);
    match (count.standing, expires) {
        _ if count.is_locked() => format!("locked {}", until(count.until, now)),
        (Standing::Pending, _) => "nobody else may try until that is done, within a minute".to_owned(),
        (_, Some(expires)) if expires == FOR_EVER => "not locked; they are never forgotten".to_owned(),
        (_, Some(expires)) => format!("not locked; they are forgotten at {}", moment(expires)),
        (_, None) => "not locked".to_owned(),
    }
}

fn failures(answer: &Answer<'_>, count: &Count) -> String {
    let failures = match (answer.failures(count), count.subject.rule.limit) {
        (failures, i32::MAX) => format!("{} count", number(failures, "failure")),
        (failures, limit) => format!("{failures} of {limit} failures count"),
    };
    let elsewhere = match count.elsewhere {
        Some(elsewhere) => format!(", {} of them counted by Django", elsewhere.failures),
        None => String::new(),
    };
    let pending = match count.row.map_or(0, |row| row.places.taken()) {
        0 => String::new(),
        1 => ", and 1 password is being checked".to_owned(),
        pending => format!(", and {pending} passwords are being checked"),
    };
    failures + &elsewhere + &pending
}

fn of_row(row: &Listed) -> String {
    let name = row.username.as_deref().map_or("no name".to_owned(), shown);
    let address = row.ip_address.as_deref().unwrap_or("no address");
    let who = match row.ours {
        ours if ours == row.failures => "counted here",
        0 => "counted by Django",
        _ => "counted here and by Django",
    };
    let (id, browser, last) = (row.id, browser(&row.user_agent), moment(row.attempt_time));
    let failures = number(row.failures, "failure");
    format!(
        "Row {id} of axes_accessattempt: {name} from {address} in {browser}: {failures}, {who}, the last at {last}."
    )
}

fn devices(answer: &Answer<'_>) -> Vec<String> {
    let of_device = |(device, count): &(Device, Count)| {
        let address = device.ip_address.as_deref().unwrap_or("no address");
        let (browser, seen) = (browser(&device.user_agent), moment(device.last_seen_at));
        format!("  {browser}, which last logged in at {seen} from {address}: {}", of_count(answer, count))
    };
    match answer.explanation.devices.as_slice() {
        [] if answer.explanation.user.is_none() => Vec::new(),
        [] => vec!["No device is known from which they have logged in.".to_owned()],
        devices => {
            let head = "Known devices are counted apart; the counts above do not lock them:".to_owned();
            [head].into_iter().chain(devices.iter().map(of_device)).collect()
        }
    }
}

fn remedy(answer: &Answer<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (admission, setting) in
        [(Admission::Blacklisted, "AXES_IP_BLACKLIST"), (Admission::NotWhitelisted, "AXES_IP_WHITELIST")]
    {
        if answer.explanation.sources.iter().any(|source| source.admission == admission) {
            lines.push(format!("What {setting} refuses, no command opens: change the setting and start again."));
        }
    }
    lines.extend(answer.commands().iter().map(|command| format!("To open it: {command}")));
    lines
}

fn whence(source: &Source) -> String {
    let from = source.ip.map_or("from anywhere".to_owned(), |ip| format!("from {ip}"));
    match &source.user_agent {
        Some(user_agent) => format!("{from} in {}", browser(user_agent)),
        None => from,
    }
}

fn until(until: Option<PrimitiveDateTime>, now: PrimitiveDateTime) -> String {
    match until.filter(|until| *until < FOR_EVER) {
        None => "until it is opened by a command".to_owned(),
        Some(until) => format!("until {} ({})", moment(until), in_words(until - now)),
    }
}

fn moment(at: PrimitiveDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    whole_second(at).format(format).unwrap_or_default()
}

fn shown(text: &str) -> String {
    format!("“{}”", printable(text, WIDTH))
}

fn browser(user_agent: &str) -> String {
    if user_agent.is_empty() { "no browser".to_owned() } else { shown(user_agent) }
}

fn number(number: i32, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
