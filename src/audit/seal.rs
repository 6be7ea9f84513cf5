//! What is signed of an entry, and with what. Everything is text here, as the database gives it, so that no two contents have
//! one form.

use crate::{
    crypto::{ALPHANUMERIC, SecretKeys, constant_time_eq, fingerprint, hex, random_string, salted_hmac},
    settings::Secret,
};

const CHAIN: &str = "vestibule.audit.chain";
const PART: &str = "vestibule.audit.part";
const HEAD: &str = "vestibule.audit.head";
const PSEUDONYM: &str = "vestibule.audit.pseudonym";

/// 131 bits, so that nobody finds by trying what was erased.
const SALT: usize = 22;

/// A row as text: the columns in their order; `None` for NULL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Raw {
    pub id: i64,
    pub created_at: Option<String>,
    pub action: Option<String>,
    pub model: Option<String>,
    pub object_id: Option<String>,
    pub actor_id: Option<String>,
    pub subject_id: Option<String>,
    pub actor: Option<String>,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub actor_salt: Option<String>,
    pub actor_digest: Option<String>,
    pub object_repr: Option<String>,
    pub changes: Option<String>,
    pub subject_salt: Option<String>,
    pub subject_digest: Option<String>,
    pub detail: Option<String>,
    pub key_id: Option<String>,
    pub hash: Option<String>,
}

/// What of an entry can be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Who did it, and from where.
    Actor,
    /// What was done.
    Subject,
}

impl Part {
    pub(super) const ALL: [Self; 2] = [Self::Actor, Self::Subject];

    /// As the detail of an erasure has it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Subject => "subject",
        }
    }
}

impl Raw {
    pub(super) fn salt(&self, part: Part) -> Option<&str> {
        match part {
            Part::Actor => self.actor_salt.as_deref(),
            Part::Subject => self.subject_salt.as_deref(),
        }
    }

    pub(super) fn digest(&self, part: Part) -> &str {
        match part {
            Part::Actor => self.actor_digest.as_deref(),
            Part::Subject => self.subject_digest.as_deref(),
        }
        .unwrap_or_default()
    }

    fn content(&self, part: Part) -> Vec<&Option<String>> {
        match part {
            Part::Actor => vec![&self.actor, &self.ip_address, &self.user_agent],
            Part::Subject => vec![&self.object_repr, &self.changes],
        }
    }

    /// Whether a part holds nothing but this pseudonym.
    pub(super) fn is_emptied(&self, part: Part, pseudonym: &str) -> bool {
        let (name, rest) = match part {
            Part::Actor => (&self.actor, self.ip_address.is_none() && self.user_agent.as_deref() == Some("")),
            Part::Subject => (&self.object_repr, self.changes.as_deref() == Some("")),
        };
        rest && name.as_deref() == Some(pseudonym)
    }

    /// Makes the digests and the hash of a new row after one with this hash.
    pub(super) fn seal(&mut self, key: &Secret, previous: &str) {
        (self.actor_salt, self.subject_salt) = (Some(new_salt()), Some(new_salt()));
        self.key_id = Some(fingerprint(key));
        self.actor_digest = self.part_digest(key, Part::Actor);
        self.subject_digest = self.part_digest(key, Part::Subject);
        self.hash = Some(self.computed(key, previous));
    }

    /// What a part's digest must be; `None` if it was emptied.
    pub(super) fn part_digest(&self, key: &Secret, part: Part) -> Option<String> {
        let salt = Some(self.salt(part)?.to_owned());
        let word = Some(part.word().to_owned());
        let mut columns = vec![&word, &salt];
        columns.extend(self.content(part));
        Some(hex(&salted_hmac(PART, &joined(&columns), key)))
    }

    /// What the hash must be after a row with this hash.
    pub(super) fn computed(&self, key: &Secret, previous: &str) -> String {
        let (previous, id) = (Some(previous.to_owned()), Some(self.id.to_string()));
        let created_at = self.created_at.as_deref().map(whole_time);
        let columns = [
            &previous,
            &id,
            &created_at,
            &self.action,
            &self.model,
            &self.object_id,
            &self.actor_id,
            &self.subject_id,
            &self.actor_digest,
            &self.subject_digest,
            &self.detail,
            &self.key_id,
        ];
        hex(&salted_hmac(CHAIN, &joined(&columns), key))
    }
}

/// Each with its length before it, so that nothing moves from one into the next unseen.
fn joined(columns: &[&Option<String>]) -> String {
    let mut text = String::new();
    for column in columns {
        match column {
            Some(value) => text.extend([value.len().to_string().as_str(), ":", value.as_str(), ";"]),
            None => text.push_str("-;"),
        }
    }
    text
}

/// A time with all six digits of its fraction: Diesel writes no more than it needs to SQLite.
fn whole_time(text: &str) -> String {
    match text.split_once('.') {
        None if text.len() == 19 => format!("{text}.000000"),
        Some((whole, fraction)) if fraction.len() < 6 => format!("{whole}.{fraction:0<6}"),
        _ => text.to_owned(),
    }
}

fn new_salt() -> String {
    random_string(SALT, ALPHANUMERIC)
}

/// The key with this name.
pub(super) fn key_with<'a>(keys: &'a SecretKeys, id: &str) -> Option<&'a Secret> {
    keys.all().find(|key| fingerprint(key) == id)
}

/// The seal of a head.
pub(super) fn head_seal(key: &Secret, number: i64, hash: &str) -> String {
    hex(&salted_hmac(HEAD, &format!("{number}:{hash}"), key))
}

/// Whether any of the keys made this seal.
pub(super) fn is_sealed(keys: &SecretKeys, number: i64, hash: &str, seal: &str) -> bool {
    sealed_by(keys, number, hash, seal).is_some()
}

/// The place of the key that made this seal.
pub(super) fn sealed_by(keys: &SecretKeys, number: i64, hash: &str, seal: &str) -> Option<usize> {
    keys.all().position(|key| constant_time_eq(&head_seal(key, number, hash), seal))
}

/// What stands in the place of somebody who was erased.
pub(super) fn pseudonym(keys: &SecretKeys, who: &str) -> String {
    format!("person-{}", hex(&salted_hmac(PSEUDONYM, who, keys.current())[..5]))
}
