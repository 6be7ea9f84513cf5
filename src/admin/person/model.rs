//! Where the entries come from: a statement for each source, whose rows all have the same columns.

use diesel::QueryResult;
use time::PrimitiveDateTime;

use super::{Entry, Names, Object, Place, Sort, What};
use crate::{
    accounts::letters::Letter,
    admin::{log, zone::stored},
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
    events::Kind,
    users::User,
};

/// How a row becomes an entry.
type Read = fn(Row) -> Option<What>;

/// One source of entries.
pub(super) struct Source {
    rank: u8,
    rows: Statement,
    what: Read,
    in_words: fn(&str) -> String,
}

/// A source's rows.
struct Rows {
    /// The time and the key by which they are ordered.
    at: &'static str,
    key: &'static str,
    is_number: bool,
    /// What happened, to what (model and name), who did it, from where, with what, and what else is known.
    columns: [&'static str; 7],
    /// The tables and the condition.
    from: Statement,
}

/// A source: whether it is asked, what its rows say, how their details read, and where they are.
type Asked = (bool, Read, fn(&str) -> String, Rows);

/// What stands in the columns.
struct Row {
    what: String,
    object: Object,
}

impl Source {
    /// Asks for the entries.
    pub(super) fn load(&self, db: &mut Db) -> QueryResult<Vec<Entry>> {
        let read = |row: Vec<Option<String>>| {
            let [key, at, what, model, repr, who, ip_address, user_agent, detail] =
                <[Option<String>; 9]>::try_from(row).ok()?.map(Option::unwrap_or_default);
            let at = stored(&at)?;
            Some(Entry {
                place: Place::new(at, self.rank, key),
                at,
                what: (self.what)(Row { what, object: Object { model, repr } })?,
                who,
                ip_address,
                user_agent,
                detail: (self.in_words)(&detail),
            })
        };
        Ok(self.rows.rows(db)?.into_iter().filter_map(read).collect())
    }
}

/// The sources of all sorts, in the order of their ranks; each asks for `limit` entries after `after`.
pub(super) fn sources(person: &User, sorts: &[Sort], names: Names, after: Option<&Place>, limit: usize) -> Vec<Source> {
    let has = |sort| sorts.contains(&sort);
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| has(Sort::of(*kind))).collect();
    let plain: fn(&str) -> String = str::to_owned;
    let refused: Read = |row| Some(What::Refused(Kind::read(&row.what)?, row.object.repr));
    let sources: [Asked; 8] = [
        (!kinds.is_empty(), |row| Some(What::Event(Kind::read(&row.what)?)), plain, events(person, &kinds)),
        (has(Sort::Refusals) && names.username, refused, plain, refusals(person, false)),
        (has(Sort::Refusals) && names.email, refused, plain, refusals(person, true)),
        (has(Sort::Sessions), |_| Some(What::Session), plain, sessions(person)),
        (has(Sort::Programs), |_| Some(What::Program), plain, programs(person)),
        (has(Sort::AdminLog), |row| Some(What::Administered(row.what.parse().ok()?)), log::in_words, about(person)),
        (
            has(Sort::AdminLog),
            |row| Some(What::Administers(row.what.parse().ok()?, row.object)),
            log::in_words,
            by(person),
        ),
        (has(Sort::Audit), |row| Some(What::Audited(row.what, row.object)), changes, audited(person)),
    ];
    let asked = |(rank, (is_asked, what, in_words, rows)): (u8, Asked)| {
        is_asked.then(|| Source { rank, rows: ask(rows, rank, after, limit), what, in_words })
    };
    (0..).zip(sources).filter_map(asked).collect()
}

fn ask(rows: Rows, rank: u8, after: Option<&Place>, limit: usize) -> Statement {
    let Rows { at, key, is_number, columns, from } = rows;
    let texts: Vec<String> = [key, at].iter().chain(&columns).map(|column| text_of(column)).collect();
    let bound = after.map(|place| place.and_after(rank, at, key, is_number)).unwrap_or_default();
    Statement::new(format!("SELECT {} FROM ", texts.join(", ")))
        .then(from)
        .then(bound)
        .sql(format!(" ORDER BY {at} DESC, {key} DESC LIMIT {limit}"))
}

const EVENT: [&str; 7] = ["e.kind", "NULL", "e.username", "NULL", "e.ip_address", "e.user_agent", "e.detail"];

fn is_one_of(kinds: &[Kind]) -> Statement {
    Statement::new(" AND e.kind IN ").bind_all(kinds.iter().map(|kind| Value::from(kind.as_str())))
}

fn events(person: &User, kinds: &[Kind]) -> Rows {
    let rows = Statement::new("vestibule_event e WHERE e.user_id = ").bind(Value::Int(person.id.into()));
    Rows { at: "e.created_at", key: "e.id", is_number: true, columns: EVENT, from: rows.then(is_one_of(kinds)) }
}

/// Under their name as it is, or under their address in whatever case. Of both there is an index. What was refused before
/// they had the account was somebody else's.
fn refusals(person: &User, by_email: bool) -> Rows {
    let name = if by_email { &person.email } else { &person.username };
    let rows = Statement::new("vestibule_event e WHERE e.user_id IS NULL AND lower(e.username) = lower(")
        .bind(Value::from(name.as_str()))
        .sql(if by_email { ") AND e.username <> " } else { ") AND e.username = " })
        .bind(Value::from(person.username.as_str()))
        .sql(" AND e.created_at >= ")
        .bind(Value::Time(person.date_joined))
        .then(is_one_of(&[Kind::LoginFailed, Kind::LockedOut, Kind::TriedWhileLocked]));
    Rows { at: "e.created_at", key: "e.id", is_number: true, columns: EVENT, from: rows }
}

fn sessions(person: &User) -> Rows {
    let rows = Statement::new("vestibule_session s WHERE s.user_id = ").bind(Value::Int(person.id.into()));
    let columns = ["NULL", "NULL", "NULL", "NULL", "s.ip_address", "s.user_agent", "NULL"];
    Rows { at: "s.created_at", key: "s.public_id", is_number: false, columns, from: rows }
}

/// One of each family. Its oldest tokens may be gone, but each says when it began.
fn programs(person: &User) -> Rows {
    let rows = Statement::new(
        "(SELECT family, min(started_at) AS began, max(ip_address) AS ip_address, max(user_agent) AS user_agent \
         FROM vestibule_token WHERE user_id = ",
    )
    .bind(Value::Int(person.id.into()))
    .sql(" GROUP BY family) f WHERE 1 = 1");
    let columns = ["NULL", "NULL", "NULL", "NULL", "f.ip_address", "f.user_agent", "NULL"];
    Rows { at: "f.began", key: "f.family", is_number: false, columns, from: rows }
}

const LOG: &str = "django_admin_log l LEFT JOIN auth_user u ON u.id = l.user_id \
                   LEFT JOIN django_content_type c ON c.id = l.content_type_id WHERE ";
const LOGGED: [&str; 7] = [
    "l.action_flag",
    "c.app_label || '.' || c.model",
    "l.object_repr",
    "u.username",
    "NULL",
    "NULL",
    "l.change_message",
];
const OF_USERS: &str = "(SELECT id FROM django_content_type WHERE app_label = 'auth' AND model = 'user')";

fn about(person: &User) -> Rows {
    let rows = Statement::new(format!("{LOG}l.content_type_id = {OF_USERS} AND l.object_id = "))
        .bind(Value::Text(person.id.to_string()));
    Rows { at: "l.action_time", key: "l.id", is_number: true, columns: LOGGED, from: rows }
}

/// What they did to others, and to other things.
fn by(person: &User) -> Rows {
    let rows = Statement::new(format!("{LOG}l.user_id = "))
        .bind(Value::Int(person.id.into()))
        .sql(format!(
            " AND NOT (coalesce(l.content_type_id, 0) = coalesce({OF_USERS}, 0) AND coalesce(l.object_id, '') = "
        ))
        .bind(Value::Text(person.id.to_string()))
        .sql(")");
    Rows { at: "l.action_time", key: "l.id", is_number: true, columns: LOGGED, from: rows }
}

fn audited(person: &User) -> Rows {
    let rows = Statement::new("vestibule_audit a WHERE a.subject_id = ").bind(Value::Int(person.id.into()));
    let known = "CASE WHEN a.changes IN ('', '{}') THEN a.detail ELSE a.changes END";
    let columns = ["a.action", "a.model", "a.object_repr", "a.actor", "a.ip_address", "a.user_agent", known];
    Rows { at: "a.created_at", key: "a.id", is_number: true, columns, from: rows }
}

/// A letter that waits to be sent to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What it is: see [`Letter::name`].
    pub name: &'static str,
    /// Since when.
    pub since: PrimitiveDateTime,
}

/// How many of all letters that wait are looked at.
const LETTERS: i64 = 1_000;

/// The letters that wait to be sent to somebody, of all that wait the latest.
pub fn waiting(db: &mut Db, person: &User) -> QueryResult<Vec<Waiting>> {
    let (letter, since) = ("letter", text_of("created_at"));
    let rows = Statement::new(format!(
        "SELECT {letter}, {since} FROM vestibule_outbox WHERE destination = 'mail' ORDER BY id DESC LIMIT {LETTERS}"
    ));
    let read = |row: Vec<Option<String>>| {
        let [letter, since] = <[Option<String>; 2]>::try_from(row).ok()?;
        // What waits for others than people is no letter.
        let letter = serde_json::from_str::<Letter>(&letter?).ok()?;
        letter.is_for(person).then_some(Waiting { name: letter.name(), since: stored(&since?)? })
    };
    Ok(rows.rows(db)?.into_iter().filter_map(read).collect())
}

/// Old and new values in words: `email: “a@example.org” → “b@example.org”`.
fn changes(text: &str) -> String {
    use serde_json::Value as Json;
    let Ok(Json::Object(fields)) = serde_json::from_str::<Json>(text) else { return text.to_owned() };
    let value = |value: Option<&Json>| match value {
        None | Some(Json::Null) => "nothing".to_owned(),
        Some(Json::String(text)) => format!("“{text}”"),
        Some(other) => other.to_string(),
    };
    let change = |(field, pair): (&String, &Json)| format!("{field}: {} → {}", value(pair.get(0)), value(pair.get(1)));
    fields.iter().map(change).collect::<Vec<_>>().join("; ")
}
