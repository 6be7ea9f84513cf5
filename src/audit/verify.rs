//! The chain is checked, from its first entry to its head.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    chain::HEAD_LOST,
    erase::{ERASED, Erasure},
    head::{Head, Sealed},
    model,
    seal::{Part, Raw, is_sealed, key_with},
};
use crate::{
    auth::AuthError,
    crypto::{SecretKeys, constant_time_eq},
    db::Db,
};

/// How many rows are read at once.
const BATCH: i64 = 1_000;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The number of the entry.
    pub number: i64,
    /// What is wrong with it, in words.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.number, self.text)
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many entries there are.
    pub entries: u64,
    /// The last of them; `None` for an empty log.
    pub head: Option<Head>,
    /// What is wrong, in order.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether everything is as it was written.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Checks every entry, that none is missing, and that each of `heads`, which were noted elsewhere, is in the chain. Nobody
/// who appends waits for it.
pub fn verify(db: &mut Db, keys: &SecretKeys, heads: &[Head]) -> Result<Report, AuthError> {
    let mut walk = Walk::new(keys);
    for head in heads.iter().filter(|head| head.number > 0) {
        walk.wanted.entry(head.number).or_default().insert(&head.hash);
    }
    loop {
        walk.all_that_is_there(db)?;
        let (head, last) = (model::head(db)?, walk.last);
        if head.as_ref().is_some_and(|head| head.number > last) {
            // What was appended meanwhile is there by now.
            walk.all_that_is_there(db)?;
            if walk.last > last {
                continue;
            }
        }
        return Ok(walk.end(head));
    }
}

struct Walk<'a> {
    keys: &'a SecretKeys,
    wanted: BTreeMap<i64, BTreeSet<&'a str>>,
    findings: Vec<Finding>,
    entries: u64,
    /// The number of the row that was looked at last, and its hash.
    last: i64,
    hash: String,
    /// After which hashes the next row may stand, that of the last row first; after one that is as it was written only its
    /// own.
    before: Vec<String>,
    /// Whether the next row's hash can be checked: that of the row before must be there.
    is_linked: bool,
    /// The hash of the last row that was right.
    sound: String,
    emptied: BTreeMap<(i64, Part), Raw>,
}

impl<'a> Walk<'a> {
    fn new(keys: &'a SecretKeys) -> Self {
        Self {
            keys,
            wanted: BTreeMap::new(),
            findings: Vec::new(),
            entries: 0,
            last: 0,
            hash: String::new(),
            before: vec![String::new()],
            is_linked: true,
            sound: String::new(),
            emptied: BTreeMap::new(),
        }
    }

    fn find(&mut self, number: i64, text: impl Into<String>) {
        self.findings.push(Finding { number, text: text.into() });
    }

    fn all_that_is_there(&mut self, db: &mut Db) -> Result<(), AuthError> {
        // Numbers below the first are looked at too.
        let mut from = if self.entries == 0 { i64::MIN } else { self.last };
        loop {
            let rows = model::raw_after(db, from, BATCH)?;
            for raw in &rows {
                self.look(raw);
            }
            match rows.last() {
                Some(raw) if raw.id != from => from = raw.id,
                _ => return Ok(()),
            }
        }
    }

    fn look(&mut self, raw: &Raw) {
        if raw.id > self.last.saturating_add(1) {
            self.missing(self.last.saturating_add(1), raw.id - 1);
            self.is_linked = false;
        }
        self.entries += 1;
        let stored = raw.hash.clone().unwrap_or_default();
        self.look_for_heads(raw.id, &stored);
        let mut before = vec![stored.clone()];
        match key_with(self.keys, raw.key_id.as_deref().unwrap_or_default()) {
            None => {
                self.find(raw.id, "signed with a key that is neither SECRET_KEY nor among SECRET_KEY_FALLBACKS");
            }
            Some(key) => {
                let computed: Vec<String> = self.before.iter().map(|before| raw.computed(key, before)).collect();
                if computed.iter().any(|hash| constant_time_eq(hash, &stored)) {
                    self.sound.clone_from(&stored);
                    self.look_at_parts(raw, key);
                    self.look_at_what_it_says(raw);
                } else if self.is_linked {
                    self.find(raw.id, "changed, or put in: it does not fit after the entry before it");
                    // It may stand there in the place of one that the next entry knows. However many don't fit, no more
                    // than these are kept.
                    let known = [self.before.swap_remove(0), self.sound.clone()];
                    before.extend(known.iter().map(|hash| raw.computed(key, hash)));
                    before.extend(known);
                } else {
                    self.find(raw.id, "can’t be checked without the entry before it");
                }
            }
        }
        before.dedup();
        (self.before, self.is_linked) = (before, true);
        (self.last, self.hash) = (self.last.max(raw.id), stored);
    }

    fn missing(&mut self, from: i64, to: i64) {
        self.find(from, if from == to { "missing".to_owned() } else { format!("missing, and all up to {to}") });
    }

    fn look_for_heads(&mut self, number: i64, stored: &str) {
        if let Some(hashes) = self.wanted.remove(&number)
            && hashes.iter().any(|hash| *hash != stored)
        {
            self.find(number, "another than the one that was noted elsewhere under this number");
        }
    }

    fn look_at_parts(&mut self, raw: &Raw, key: &crate::settings::Secret) {
        for part in Part::ALL {
            match raw.part_digest(key, part) {
                Some(digest) if constant_time_eq(&digest, raw.digest(part)) => {}
                Some(_) => self.find(raw.id, format!("changed: {}", part.meaning())),
                None => drop(self.emptied.insert((raw.id, part), raw.clone())),
            }
        }
    }

    /// An erasure explains what is empty; a head that was lost is remembered here.
    fn look_at_what_it_says(&mut self, raw: &Raw) {
        let detail = raw.detail.as_deref().unwrap_or_default();
        match raw.action.as_deref() {
            Some(ERASED) => {
                let erasure = Erasure::read(detail);
                // Of the two the name is compared faster.
                self.emptied.retain(|(number, part), raw| {
                    !(raw.is_emptied(*part, erasure.name) && erasure.took(*part, *number))
                });
            }
            Some(HEAD_LOST) => {
                let mut parts = detail.split(':');
                let mut next = || parts.next().unwrap_or_default();
                let (number, hash, seal) = (next(), next(), next());
                let is_ours = number.parse().is_ok_and(|number| {
                    number == self.last && hash == self.hash && is_sealed(self.keys, number, hash, seal)
                });
                if !is_ours {
                    self.find(raw.id, "when it was written, the head was not ours: entries before it may be missing");
                }
            }
            _ => {}
        }
    }

    fn end(mut self, head: Option<Sealed>) -> Report {
        for (number, part) in std::mem::take(&mut self.emptied).into_keys() {
            self.find(number, format!("emptied, or changed, without an erasure that says so: {}", part.meaning()));
        }
        let head = head.unwrap_or(Sealed { number: -1, ..Sealed::default() });
        self.look_at_head(&head);
        let last = self.last;
        for number in std::mem::take(&mut self.wanted).into_keys().filter(|number| *number > last) {
            self.find(number, "missing: it was noted elsewhere");
        }
        self.findings.sort_by_key(|finding| finding.number);
        let last = Head { number: self.last, hash: self.hash };
        Report { entries: self.entries, head: (self.entries > 0).then_some(last), findings: self.findings }
    }

    fn look_at_head(&mut self, head: &Sealed) {
        if self.entries == 0 && *head == Sealed::default() {
            return;
        }
        if head.number < 0 {
            self.find(self.last, "the head is missing");
        } else if !is_sealed(self.keys, head.number, &head.hash, &head.seal) {
            self.find(head.number, "the head is not sealed with a key of ours");
        }
        if head.number > self.last {
            self.missing(self.last.saturating_add(1), head.number);
        } else if head.number >= 0 && (head.number < self.last || head.hash != self.hash) {
            self.find(head.number, "the head is another than the last entry");
        }
    }
}

impl Part {
    fn meaning(self) -> &'static str {
        match self {
            Self::Actor => "who did it, or from where",
            Self::Subject => "what it was done to, or the values",
        }
    }
}
