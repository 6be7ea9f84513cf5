//! Somebody is forgotten: their name, their addresses and what was written of them go, and the chain still verifies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use time::PrimitiveDateTime;

use super::{
    chain::{append, check_now},
    entry::{Changes, Entry},
    model,
    seal::{Part, Raw, pseudonym},
};
use crate::{auth::AuthError, client::Client, crypto::SecretKeys, db::Db, users::User};

/// What is done by an erasure.
pub(super) const ERASED: &str = "erased";
/// How many rows are read at once.
const BATCH: i64 = 1_000;

/// By what somebody is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// The keys that they have or had.
    pub ids: Vec<i32>,
    /// Their usernames and addresses.
    pub names: Vec<String>,
}

impl Traces {
    /// Of somebody who is there.
    pub fn of(person: &User) -> Self {
        let names = [&person.username, &person.email].into_iter().filter(|name| !name.is_empty()).cloned().collect();
        Self { ids: vec![person.id], names }
    }

    fn is_of(&self, id: Option<&str>) -> bool {
        id.and_then(|id| id.parse().ok()).is_some_and(|id: i32| self.ids.contains(&id))
    }

    /// Whether `text` is one of the names.
    fn is_named(&self, text: &str) -> bool {
        self.names.iter().any(|name| name.to_lowercase() == text.to_lowercase())
    }

    /// Whether `text` is one of the names, or holds it as a word.
    fn holds(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.names.iter().any(|name| has_word(&text, &name.to_lowercase()))
    }
}

/// Puts a pseudonym in the place of somebody wherever the log names them, and appends an entry that says of which entries it
/// took what. How many parts it were. To be called last in a transaction, as [`append`].
pub fn erase_traces(
    db: &mut Db,
    keys: &SecretKeys,
    by: Option<&User>,
    client: &Client,
    mut traces: Traces,
    now: PrimitiveDateTime,
) -> Result<usize, AuthError> {
    traces.ids.sort_unstable();
    // Of before they were there, no name means them.
    let mut may_mean_them = traces.ids.is_empty();
    let mut going: BTreeMap<Part, BTreeSet<i64>> = BTreeMap::new();
    let mut look = |raw: &Raw| {
        may_mean_them |= traces.is_of(raw.subject_id.as_deref()) || traces.is_of(raw.actor_id.as_deref());
        let is_going = |part: &Part| raw.salt(*part).is_some() && is_theirs(&traces, raw, *part, may_mean_them);
        for part in Part::ALL.into_iter().filter(is_going) {
            going.entry(part).or_default().insert(raw.id);
        }
    };
    // Nobody who appends waits for a long log to be read: only for what came meanwhile.
    let last = each(db, 0, &mut look)?;
    check_now(db)?;
    model::hold_head(db)?;
    each(db, last, &mut look)?;
    let name = pseudonym_of(keys, &traces);
    for (part, numbers) in &going {
        for number in numbers {
            model::empty(db, *number, *part, &name)?;
        }
    }
    let mut entry = Entry::new(ERASED, client).detail(&detail(&name, &going));
    if let Some(by) = by {
        entry = entry.by(by);
        if traces.ids.contains(&by.id) {
            (entry.actor, entry.ip_address) = (name.clone(), None);
            entry.user_agent.clear();
        }
    }
    if let Some(id) = traces.ids.first() {
        entry = entry.on("auth.user", &id.to_string(), &name).about(*id);
    }
    append(db, keys, &[entry], now)?;
    Ok(going.values().map(BTreeSet::len).sum())
}

/// Looks at the entries after `last`; the number of the one at which it ends.
fn each(db: &mut Db, mut last: i64, mut look: impl FnMut(&Raw)) -> Result<i64, AuthError> {
    loop {
        let rows = model::raw_after(db, last, BATCH)?;
        let Some(raw) = rows.last() else { return Ok(last) };
        last = raw.id;
        rows.iter().for_each(&mut look);
    }
}

/// Whether a part is of them: of what is theirs all of it, of what is nobody's what holds a name of theirs if names
/// `may_mean_them`, and of what is about somebody else no more than must go, as they may have been called the same.
fn is_theirs(traces: &Traces, raw: &Raw, part: Part, may_mean_them: bool) -> bool {
    let id = match part {
        Part::Actor => raw.actor_id.as_deref(),
        Part::Subject => raw.subject_id.as_deref(),
    };
    if traces.is_of(id) || !may_mean_them {
        return traces.is_of(id);
    }
    let changes = Changes::read(raw.changes.as_deref().unwrap_or_default());
    let mut values = changes.iter().flat_map(|(_, old, new)| [old, new]).filter_map(Value::as_str);
    match part {
        Part::Actor => id.is_none() && raw.actor.as_deref().is_some_and(|actor| traces.is_named(actor)),
        Part::Subject if id.is_some() => values.any(|text| traces.is_named(text)),
        Part::Subject => values.chain(raw.object_repr.as_deref()).any(|text| traces.holds(text)),
    }
}

/// Whether `word` stands in `text` with no other letter of a name beside it.
fn has_word(text: &str, word: &str) -> bool {
    replace_word(text, word, "").is_some()
}

/// `text` with `instead` wherever `word` stands in it, in whatever case, with no other letter of a name beside it; `None` if
/// it does not.
pub fn replace_word(text: &str, word: &str, instead: &str) -> Option<String> {
    let is_name = |c: char| c.is_alphanumeric() || "@.+-_".contains(c);
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let (mut changed, mut rest) = (String::new(), text);
    let mut is_changed = false;
    while let Some(first) = rest.chars().next() {
        let end = beginning(rest, &word).filter(|end| {
            let before = changed.ends_with(is_name) && !(is_changed && changed.ends_with(instead));
            !before && !rest[*end..].trim_start_matches(['.', '-']).starts_with(is_name)
        });
        if let Some(end) = end {
            changed.push_str(instead);
            is_changed = true;
            rest = &rest[end..];
        } else {
            changed.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    is_changed.then_some(changed)
}

/// Where `word`, in small letters, ends at the beginning of `text`.
fn beginning(text: &str, word: &[char]) -> Option<usize> {
    let mut left = word;
    for (at, c) in text.char_indices() {
        if left.is_empty() {
            return (at > 0).then_some(at);
        }
        for small in c.to_lowercase() {
            left = left.strip_prefix(&[small])?;
        }
    }
    (left.is_empty() && !word.is_empty()).then_some(text.len())
}

/// What stands in the place of somebody.
pub fn pseudonym_of(keys: &SecretKeys, traces: &Traces) -> String {
    let who = traces.ids.iter().min().map_or_else(|| traces.names.join(","), ToString::to_string);
    pseudonym(keys, &who)
}

/// "person-0123456789; actor 1-3,7; subject 4".
fn detail(name: &str, going: &BTreeMap<Part, BTreeSet<i64>>) -> String {
    going.iter().fold(name.to_owned(), |text, (part, numbers)| format!("{text}; {} {}", part.word(), ranges(numbers)))
}

fn ranges(numbers: &BTreeSet<i64>) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == *number => *end = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let text = |(start, end): (i64, i64)| if start == end { start.to_string() } else { format!("{start}-{end}") };
    ranges.into_iter().map(text).collect::<Vec<_>>().join(",")
}

/// What the detail of an erasure says: the pseudonym, and the parts of which entries it took.
pub(super) struct Erasure<'a> {
    /// What stands there now.
    pub name: &'a str,
    ranges: Vec<(Part, i64, i64)>,
}

impl<'a> Erasure<'a> {
    pub(super) fn read(detail: &'a str) -> Self {
        let mut pieces = detail.split("; ");
        let name = pieces.next().unwrap_or_default();
        let mut ranges = Vec::new();
        for piece in pieces {
            let Some((word, numbers)) = piece.split_once(' ') else { continue };
            let Some(part) = Part::ALL.into_iter().find(|part| part.word() == word) else { continue };
            for range in numbers.split(',') {
                let (start, end) = range.split_once('-').unwrap_or((range, range));
                if let (Ok(start), Ok(end)) = (start.parse(), end.parse()) {
                    ranges.push((part, start, end));
                }
            }
        }
        ranges.sort_unstable();
        Self { name, ranges }
    }

    /// Whether it took this part of that entry.
    pub(super) fn took(&self, part: Part, number: i64) -> bool {
        let after = self.ranges.partition_point(|(of, start, _)| (*of, *start) <= (part, number));
        self.ranges[..after].last().is_some_and(|(of, _, end)| *of == part && number <= *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_erasure_took_is_read_as_it_was_written() {
        let going = BTreeMap::from([(Part::Actor, BTreeSet::from([1, 2, 3, 7])), (Part::Subject, BTreeSet::from([4]))]);
        let text = detail("person-1", &going);
        assert_eq!(text, "person-1; actor 1-3,7; subject 4");
        let read = Erasure::read(&text);
        let took = |part| (0..10).filter(|number| read.took(part, *number)).collect::<Vec<_>>();
        assert_eq!((read.name, took(Part::Actor), took(Part::Subject)), ("person-1", vec![1, 2, 3, 7], vec![4]));
    }

    #[test]
    fn a_name_is_replaced_in_whatever_case() {
        let replaced = |text: &str| replace_word(text, "İdris", "person-1");
        assert_eq!(replaced("by i̇drIs: İDRIS, idris2").as_deref(), Some("by person-1: person-1, idris2"));
        assert_eq!(replaced("Idri"), None);
        assert_eq!(replace_word("", "", "x"), None);
    }

    #[test]
    fn a_name_is_found_as_a_word_only() {
        let traces = Traces { ids: Vec::new(), names: vec!["ann".to_owned(), "ann@example.org".to_owned()] };
        for text in ["ann", "Session of Ann", "\"ann\"", "by ann.", "to ann@example.org."] {
            assert!(traces.holds(text), "{text}");
        }
        for text in ["anna", "joann", "ann.lee", "xann@example.org", ""] {
            assert!(!traces.holds(text), "{text}");
        }
    }
}
