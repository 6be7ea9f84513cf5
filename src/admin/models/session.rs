//! `django_session`: who is logged in where. A session's key is all that a thief needs, so it is named by its sealed key
//! ([`opaque`]), and nobody can look, search or sort by the key.

use std::sync::Arc;

use time::PrimitiveDateTime;

use crate::{
    admin::{
        Context, ModelAdmin,
        cell::Cell,
        deletion::Deleted,
        filters::{CustomFilter, ListFilter},
        log, opaque,
        options::{Field, Fieldset, Index, Kind, Options},
        record::Record,
    },
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value},
    },
    devices,
    events::{self, Event, Kind as What},
    sessions::{codec, exchange::USER_ID, model},
    users::{User, model as user},
};

/// Sessions.
pub struct SessionAdmin;

const HELP: &str = "By username, IP address or browser. Sessions that only Django has seen are not found: \
                    what they say of their owner can’t be searched.";

impl ModelAdmin for SessionAdmin {
    fn options(&self) -> Options {
        let text = |name, label, sql| Field::new(name, label, Kind::Text(255), sql).blank();
        let moment = |name, label, sql| Field::new(name, label, Kind::DateTime, sql).blank();
        let fields = vec![
            Field::new("session_key", "Session", Kind::TextKey, "t.session_key"),
            text("user", "User", "u.username"),
            text("ip_address", "IP Address", "v.ip_address"),
            text("device", "Device", "v.user_agent"),
            text("user_agent", "User Agent", "v.user_agent"),
            moment("created_at", "First seen", "v.created_at"),
            moment("last_seen_at", "Last seen", "v.last_seen_at"),
            moment("expire_date", "Expires", "t.expire_date").indexed(Index::Values),
            text("current", "Yours", "CAST(NULL AS text)"),
            text("session_data", "Session data", "t.session_data"),
            text("public_id", "Public id", "v.public_id"),
            Field::new("noted_user", "Noted user", Kind::Integer, "v.user_id").blank(),
        ];
        Options {
            about: "Who is logged in, and where. Deleting a session logs its owner out there.",
            joins: "LEFT JOIN vestibule_session v ON v.session_key = t.session_key \
                    LEFT JOIN auth_user u ON u.id = v.user_id",
            repr: "user",
            list_display: vec!["user", "ip_address", "device", "created_at", "last_seen_at", "expire_date", "current"],
            search_fields: vec!["user", "ip_address", "user_agent"],
            search_help_text: HELP,
            list_filter: vec![ListFilter::Custom(state()), ListFilter::Custom(seen())],
            // The key comes last, as in every list: that orders only what ends in the same microsecond.
            ordering: vec!["-expire_date"],
            export: vec!["user_agent"],
            fieldsets: vec![
                Fieldset::new("", ["user", "current"]),
                Fieldset::new("Device", ["device", "user_agent", "ip_address"]),
                Fieldset::new("Dates", ["created_at", "last_seen_at", "expire_date"]),
            ],
            secrets: &["session_key", "pk", "session_data", "public_id"],
            ..Options::new(("sessions", "Sessions"), "session", ("session", "sessions"), "django_session", fields)
        }
        .read_only()
    }

    fn repr(&self, _: &Options, record: &Record) -> String {
        called(record.text("user"))
    }

    fn name_of(&self, context: &mut Context<'_>, _: &Options, record: &Record) -> Result<String, AuthError> {
        Ok(called(owner(context, record)?.as_ref().map_or("", |owner| &owner.username)))
    }

    fn cell(&self, context: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Cell>, AuthError> {
        Ok(Some(match name {
            "user" => match owner(context, record)? {
                Some(owner) => Cell::Link(owner.username, format!("auth/user/{}/change/", owner.id)),
                None => Cell::Empty,
            },
            "device" if record.is_null("device") => Cell::Empty,
            "device" => Cell::text(devices::describe(record.text("device"))),
            "current" if context.own_key == Some(record.key.as_str()) => Cell::Badge("This session".to_owned()),
            "current" | "session_data" | "session_key" | "public_id" => Cell::Empty,
            _ => return Ok(None),
        }))
    }

    fn needs(&self) -> Vec<&'static str> {
        vec!["session_data", "noted_user"]
    }

    fn public_id(&self, context: &Context<'_>, key: &str) -> String {
        opaque::seal(&context.auth.keys, key)
    }

    fn key_of(&self, context: &Context<'_>, public_id: &str) -> Option<String> {
        opaque::open(&context.auth.keys, public_id)
    }

    fn delete(&self, context: &mut Context<'_>, options: &Options, records: &[Record]) -> Result<Deleted, AuthError> {
        let mut owners = Vec::with_capacity(records.len());
        for record in records {
            owners.push(owner(context, record)?);
        }
        let by = format!("by {} in the admin", context.editor.user.username);
        let ended = context.write(|context| -> Result<usize, AuthError> {
            let mut ended = 0;
            for (record, owner) in records.iter().zip(&owners) {
                if !end(context.db, record)? {
                    continue;
                }
                ended += 1;
                let id = self.public_id(context, &record.key);
                let name = called(owner.as_ref().map_or("", |owner| &owner.username));
                let act = log::deletion(context, options, record, (&id, &name))?;
                act.about(owner.as_ref().map(|owner| owner.id)).log(context, options)?;
                if let Some(owner) = owner {
                    let event = Event::new(What::SessionEnded, context.client).of(owner.id, &owner.username);
                    let now = context.now();
                    events::record(context.db, &event.detail(&by), now)?;
                }
            }
            Ok(ended)
        });
        ended.map(Deleted::Gone)
    }
}

fn state() -> CustomFilter {
    CustomFilter {
        title: "state",
        parameter: "state",
        lookups: &[("live", "Live"), ("expired", "Expired")],
        condition: Arc::new(of_state),
    }
}

fn seen() -> CustomFilter {
    CustomFilter {
        title: "used here",
        parameter: "seen",
        lookups: &[("yes", "Yes"), ("no", "No, only by Django")],
        condition: Arc::new(if_seen),
    }
}

fn of_state(value: &str, now: PrimitiveDateTime) -> Option<Statement> {
    let operator = match value {
        "live" => ">",
        "expired" => "<=",
        _ => return None,
    };
    Some(Statement::new(format!("t.expire_date {operator} ")).bind(Value::Time(now)))
}

fn if_seen(value: &str, _: PrimitiveDateTime) -> Option<Statement> {
    match value {
        "yes" => Some(Statement::new("v.session_key IS NOT NULL")),
        "no" => Some(Statement::new("v.session_key IS NULL")),
        _ => None,
    }
}

fn called(username: &str) -> String {
    if username.is_empty() { "Session of nobody".to_owned() } else { format!("Session of {username}") }
}

/// Somebody whose session it is.
struct Owner {
    id: i32,
    username: String,
}

/// Whose session it is: what it says itself counts, and only what is signed with our key says anything.
fn owner(context: &mut Context<'_>, record: &Record) -> Result<Option<Owner>, AuthError> {
    let Some(payload) = codec::decode(record.text("session_data"), &context.auth.keys) else { return Ok(None) };
    let id = payload.get(USER_ID).and_then(|id| id.trim_matches('"').parse::<i32>().ok());
    let Some(id) = id else { return Ok(None) };
    if record.number("noted_user") == Some(i64::from(id)) && !record.is_null("user") {
        return Ok(Some(Owner { id, username: record.text("user").to_owned() }));
    }
    let found = user::find(context.db, id)?;
    Ok(found.map(|User { id, username, .. }| Owner { id, username }))
}

/// Ends a session; whether it was there. One that was given a new key just now is found under that.
fn end(db: &mut Db, record: &Record) -> Result<bool, AuthError> {
    if model::delete(db, &record.key)? {
        return Ok(true);
    }
    let Some(noted) = record.number("noted_user").and_then(|id| i32::try_from(id).ok()) else { return Ok(false) };
    while let Some((key, _)) = model::by_public_id(db, noted, record.text("public_id"))? {
        if model::delete(db, &key)? {
            return Ok(true);
        }
    }
    Ok(false)
}
