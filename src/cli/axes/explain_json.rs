//! The explanation for programs.

use serde_json::{Value, json};
use time::{PrimitiveDateTime, format_description::well_known::Rfc3339};

use super::explain::Answer;
use crate::lockout::{
    Admission,
    explain::{Count, Source},
    models::attempt::Listed,
    standing::Standing,
};

pub(super) fn of(answer: &Answer<'_>) -> anyhow::Result<String> {
    let explanation = &answer.explanation;
    let devices = explanation.devices.iter().map(|(device, count)| {
        json!({
            "digest": device.digest,
            "last_seen_at": time(device.last_seen_at),
            "ip_address": device.ip_address,
            "user_agent": device.user_agent,
            "count": of_count(answer, count),
        })
    });
    let value = json!({
        "locked": !answer.locked().is_empty(),
        "at": time(explanation.now),
        "username": answer.question.typed,
        "account": explanation.account,
        "user": explanation.user.as_ref().map(|user| &user.username),
        "enabled": answer.lockout.settings.enabled,
        "backend_placed": answer.lockout.is_placed(),
        "sources": explanation.sources.iter().map(|source| of_source(answer, source)).collect::<Vec<_>>(),
        "devices": devices.collect::<Vec<_>>(),
        "commands": answer.commands(),
    });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

fn of_source(answer: &Answer<'_>, source: &Source) -> Value {
    json!({
        "ip_address": source.ip,
        "user_agent": source.user_agent,
        "admission": match source.admission {
            Admission::Off => "off",
            Admission::Blacklisted => "blacklisted",
            Admission::NotWhitelisted => "not_whitelisted",
            Admission::Spared => "spared",
            Admission::Passes => "passes",
            Admission::Weighed => "weighed",
        },
        "locked": source.is_locked(),
        "locked_until": source.until().filter(|_| source.is_locked()).map(time),
        "counts": source.counts.iter().map(|count| of_count(answer, count)).collect::<Vec<_>>(),
        "attempts": source.attempts.iter().map(of_row).collect::<Vec<_>>(),
        "more_attempts": source.more,
    })
}

fn of_count(answer: &Answer<'_>, count: &Count) -> Value {
    let row = count.row;
    json!({
        "rule": count.subject.rule.name,
        "subject": row.map(|_| &count.subject.key),
        "standing": match count.standing {
            Standing::Open => "open",
            Standing::Locked => "locked",
            Standing::Elsewhere(_) => "locked_elsewhere",
            Standing::Pending => "pending",
        },
        "locked_until": count.until.filter(|_| count.is_locked()).map(time),
        "tier": row.map_or(0, |row| row.counter.locks),
        "failures": answer.failures(count),
        "failures_elsewhere": count.elsewhere.map_or(0, |elsewhere| elsewhere.failures),
        "limit": count.subject.rule.limit,
        "pending": row.map_or(0, |row| row.places.taken()),
    })
}

fn of_row(row: &Listed) -> Value {
    json!({
        "id": row.id,
        "username": row.username,
        "ip_address": row.ip_address,
        "user_agent": row.user_agent,
        "failures": row.failures,
        "failures_elsewhere": row.failures - row.ours,
        "attempt_time": time(row.attempt_time),
    })
}

fn time(at: PrimitiveDateTime) -> String {
    at.assume_utc().format(&Rfc3339).unwrap_or_default()
}
