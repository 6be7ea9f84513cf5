//! What a row was when a form of it was shown: so that of two who change it at once the second hears what the first did,
//! instead of undoing it. Django's admin keeps what is saved last.
//!
//! A form has a hidden field that holds, for each of the fields, a keyed digest of what stood there. It comes back with what
//! was typed, and is compared with the row as it is then. What the editor left as it was is taken over from the row; what
//! both changed is theirs to decide. A form that is sent without it, as by a script made for Django, is not compared.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use time::{OffsetDateTime, PrimitiveDateTime};

use super::{
    Context, Registered,
    form::Submitted,
    options::{Field, Fieldset, Kind, Options},
    record::{self, Record},
};
use crate::{
    auth::AuthError,
    crypto::{constant_time_eq, salted_hmac},
    db::{
        Db,
        statement::{Statement, text_of},
    },
    settings::Secret,
};

/// The hidden field. Django's forms have none of that name.
pub const FIELD: &str = "_version";

const SALT: &str = "vestibule.admin.version";
/// How many bytes of a digest are kept.
const DIGEST: usize = 9;

/// A row as its form shows it.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// What stands in the form before anybody types.
    pub submitted: Submitted,
    /// What stands in each field, in one way of writing it.
    values: Vec<(&'static str, String)>,
    /// What names the row.
    row: String,
}

/// What others did to a row since its form was shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meanwhile {
    /// The fields in which there is something else now.
    pub changes: Vec<Change>,
    /// Since when.
    pub since: Option<PrimitiveDateTime>,
    /// Whether that can't be told: what came back was not made here.
    pub is_unknown: bool,
}

/// A field that another changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub name: &'static str,
    /// Whether the editor changed it too: then the form keeps what they typed.
    pub is_conflict: bool,
}

impl Meanwhile {
    /// Whether there is anything that the editor must hear of before it is saved.
    pub fn is_news(&self) -> bool {
        self.is_unknown || !self.changes.is_empty()
    }
}

impl Shown {
    /// The row as it is now. It counts what anybody may change in the form, whether or not this editor may.
    pub fn of(
        context: &mut Context<'_>,
        model: &Registered,
        fieldsets: &[Fieldset],
        record: &Record,
    ) -> Result<Self, AuthError> {
        let options = &model.options;
        let names: Vec<&'static str> = fieldsets.iter().flat_map(|fieldset| fieldset.fields.iter().copied()).collect();
        let submitted = Submitted::of(context, options, &names, Some(record), &Submitted::default())?;
        let typed = names.iter().filter(|name| !options.readonly_fields.contains(name));
        let fields = typed.filter_map(|name| options.field(name)).filter(|field| field.is_editable());
        let mut values: Vec<_> = fields.map(|field| (field.name, written(context, field, &submitted))).collect();
        values.extend(model.admin.versioned(context, record)?);
        let row = format!("{}.{}/{}", options.app_label, options.model, record.key);
        Ok(Self { submitted, values, row })
    }

    /// What the hidden field holds.
    pub fn version(&self, context: &Context<'_>) -> String {
        let key = context.auth.keys.current();
        let parts = self.values.iter().map(|(name, value)| format!("{name}={}", self.digest(key, name, value)));
        let at = context.now().assume_utc().unix_timestamp();
        let text = format!("{at} {}", parts.collect::<Vec<_>>().join(" "));
        format!("{text} {}", self.digest(key, "", &text))
    }

    /// Compares the version that came back with the row, and takes over into `sent` what others changed and the editor did
    /// not. `editable` are the fields that this editor can change.
    pub fn compare(
        &self,
        context: &Context<'_>,
        options: &Options,
        editable: &[&'static str],
        sent: &mut Submitted,
    ) -> Meanwhile {
        let Some(version) = sent.get(FIELD).map(str::to_owned) else { return Meanwhile::default() };
        let Some((key, since, before)) = self.read(context, &version) else {
            return Meanwhile { is_unknown: true, ..Meanwhile::default() };
        };
        let mut meanwhile = Meanwhile { since, ..Meanwhile::default() };
        for (name, now) in &self.values {
            let field = options.field(name).filter(|_| editable.contains(name));
            // A moment says by itself with what its form began; this says it of all fields.
            for part in field.iter().flat_map(|field| parts_of(field)) {
                sent.0.retain(|(known, _)| *known != format!("initial-{part}"));
            }
            let is_as_before = |value: &str| before.get(name) == Some(&self.digest(key, name, value));
            // What the form did not have yet, as another version of the program showed it, is not compared.
            if !before.contains_key(name) || is_as_before(now) {
                continue;
            }
            let typed = field.filter(|field| is_sent(field, sent)).map(|field| written(context, field, sent));
            let is_conflict = typed.as_ref().is_some_and(|typed| !is_as_before(typed));
            // Both may want the same.
            if is_conflict && typed.as_ref() == Some(now) {
                continue;
            }
            if let Some(field) = field.filter(|_| !is_conflict) {
                take_over(field, &self.submitted, sent);
            }
            if is_conflict || !options.changed_by_use.contains(name) {
                meanwhile.changes.push(Change { name, is_conflict });
            }
        }
        meanwhile
    }

    /// The key under which a version was made, when that was, and what it says of each field.
    fn read<'a, 'v>(
        &self,
        context: &'a Context<'_>,
        version: &'v str,
    ) -> Option<(&'a Secret, Option<PrimitiveDateTime>, BTreeMap<&'v str, String>)> {
        let (text, seal) = version.rsplit_once(' ')?;
        let key = context.auth.keys.all().find(|key| constant_time_eq(&self.digest(key, "", text), seal))?;
        let (at, parts) = text.split_once(' ')?;
        let at = OffsetDateTime::from_unix_timestamp(at.parse().ok()?).ok()?;
        let parts = parts.split(' ').filter_map(|part| part.split_once('='));
        let parts = parts.map(|(name, digest)| (name, digest.to_owned())).collect();
        Some((key, Some(PrimitiveDateTime::new(at.date(), at.time())), parts))
    }

    fn digest(&self, key: &Secret, name: &str, value: &str) -> String {
        let digest = salted_hmac(SALT, &format!("{}\0{name}\0{value}", self.row), key);
        URL_SAFE_NO_PAD.encode(&digest[..DIGEST])
    }
}

/// The names under which a field is sent.
fn parts_of(field: &Field) -> Vec<String> {
    match field.kind {
        Kind::DateTime => vec![format!("{}_0", field.name), format!("{}_1", field.name)],
        _ => vec![field.name.to_owned()],
    }
}

/// Whether a field was sent; one that is kept elsewhere may be left out, and stays as it is then.
fn is_sent(field: &Field, sent: &Submitted) -> bool {
    !field.elsewhere || sent.get(field.name).is_some()
}

/// What stands in a field of a form, in one way of writing it.
fn written(context: &Context<'_>, field: &Field, sent: &Submitted) -> String {
    let text = sent.text(field.name);
    match field.kind {
        Kind::Boolean => field.is_ticked(sent).to_string(),
        Kind::ManyToMany(_) => {
            let keys: BTreeSet<&str> = sent.all(field.name).filter(|key| !key.is_empty()).collect();
            keys.into_iter().collect::<Vec<_>>().join(",")
        }
        Kind::DateTime => {
            let [date, time] = ["0", "1"].map(|part| sent.text(&format!("{}_{part}", field.name)).trim().to_owned());
            context.zone().read(&date, &time).map_or_else(|| format!("{date} {time}"), |at| at.to_string())
        }
        Kind::Integer | Kind::ForeignKey(_) => text.trim().to_owned(),
        // As it would be kept; browsers send other ends of lines than may stand in the row.
        _ => (field.normalize)(text.trim().to_owned()).replace("\r\n", "\n"),
    }
}

/// Puts what the row holds in place of what was sent.
fn take_over(field: &Field, row: &Submitted, sent: &mut Submitted) {
    let parts = parts_of(field);
    sent.0.retain(|(name, _)| !parts.contains(name));
    sent.0.extend(row.0.iter().filter(|(name, _)| parts.contains(name)).cloned());
}

/// Keeps others from changing a row until the transaction's end; whether it is there. Rows that point at it may still be
/// written.
pub fn hold(db: &mut Db, options: &Options, record: &Record) -> Result<bool, AuthError> {
    let Some(key) = record::key_value(options, &record.key) else { return Ok(false) };
    let column = options.key().sql;
    let held = Statement::new(format!("SELECT {} FROM {} t WHERE {column} = ", text_of(column), options.table))
        .bind(key)
        // On SQLite the whole database is.
        .either("", " FOR NO KEY UPDATE");
    Ok(held.value(db)?.is_some())
}
