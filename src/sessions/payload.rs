//! The JSON object inside a session, kept so that what others wrote there survives.
//!
//! Python writes numbers, `NaN` and lone surrogates that no Rust type holds. So values stay the text they were, in the
//! order they stood in, and only what this program changed is written anew.

use std::collections::HashMap;

/// The deepest nesting that is still taken for a session.
const MAX_DEPTH: usize = 1_000;

/// Keys and values as actix-session holds them: the value is JSON text.
pub type State = HashMap<String, String>;

/// A parsed session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payload {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// The key's text between its quotes, escapes and all.
    raw_key: String,
    value: String,
}

impl Payload {
    /// Splits a JSON object into its entries; `None` if `text` is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
        let mut entries = Vec::new();
        scanner.expect(b'{')?;
        if !scanner.take(b'}') {
            loop {
                scanner.skip_space();
                let key = scanner.string()?;
                scanner.expect(b':')?;
                let value = scanner.value()?;
                entries.push(Entry {
                    raw_key: text[key.0 + 1..key.1 - 1].to_owned(),
                    value: text[value.0..value.1].to_owned(),
                });
                if !scanner.take(b',') {
                    break;
                }
            }
            scanner.expect(b'}')?;
        }
        scanner.skip_space();
        (scanner.at == text.len()).then_some(Self { entries })
    }

    /// The object as Python's `json.dumps(…, separators=(",", ":"))` lays it out.
    pub fn to_json(&self) -> String {
        let entries: Vec<String> =
            self.entries.iter().map(|entry| format!("\"{}\":{}", entry.raw_key, entry.value)).collect();
        format!("{{{}}}", entries.join(","))
    }

    /// The entries as actix-session wants them. Of a key that stands twice the last counts, as in Python.
    pub fn to_state(&self) -> State {
        let decoded = self.entries.iter().filter_map(|entry| Some((entry.key()?, entry.value.clone())));
        decoded.collect()
    }

    /// The JSON text under `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().rev().find(|entry| entry.is(key)).map(|entry| entry.value.as_str())
    }

    /// Applies to this payload what a request changed: the difference between the state it `loaded` and the state it
    /// `left`. Everything else stays, also what somebody else changed meanwhile.
    #[must_use]
    pub fn merged(mut self, loaded: &State, left: &State) -> Self {
        self.entries.retain(|entry| match entry.key() {
            Some(key) => left.contains_key(&key) || !loaded.contains_key(&key),
            None => true,
        });
        let mut changed: Vec<_> = left.iter().filter(|(key, value)| loaded.get(*key) != Some(value)).collect();
        changed.sort();
        for (key, value) in changed {
            self.set(key, value);
        }
        self
    }

    fn set(&mut self, key: &str, value: &str) {
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.is(key)) {
            value.clone_into(&mut entry.value);
            return;
        }
        let quoted = serde_json::Value::from(key).to_string();
        self.entries.push(Entry { raw_key: quoted[1..quoted.len() - 1].to_owned(), value: value.to_owned() });
    }
}

impl From<&State> for Payload {
    fn from(state: &State) -> Self {
        Self::default().merged(&State::new(), state)
    }
}

impl Entry {
    /// The key as text; `None` for one that is not Unicode, which stays untouched.
    fn key(&self) -> Option<String> {
        serde_json::from_str(&format!("\"{}\"", self.raw_key)).ok()
    }

    fn is(&self, key: &str) -> bool {
        self.raw_key == key || (self.raw_key.contains('\\') && self.key().as_deref() == Some(key))
    }
}

/// Finds where things begin and end, without recursion and without understanding them.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        self.skip_space();
        let found = self.bytes.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        self.take(wanted).then_some(())
    }

    /// The span of a string, quotes included.
    fn string(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        if self.bytes.get(start) != Some(&b'"') {
            return None;
        }
        self.at += 1;
        loop {
            match self.bytes.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some((start, self.at));
                }
                b'\\' => self.at += 2,
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    /// The span of a value of any kind.
    fn value(&mut self) -> Option<(usize, usize)> {
        self.skip_space();
        let start = self.at;
        let mut open = Vec::new();
        loop {
            match self.bytes.get(self.at)? {
                b'"' => {
                    self.string()?;
                }
                b'{' => self.open(&mut open, b'}')?,
                b'[' => self.open(&mut open, b']')?,
                close @ (b'}' | b']') if !open.is_empty() => {
                    if open.pop() != Some(*close) {
                        return None;
                    }
                    self.at += 1;
                }
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' if !open.is_empty() => {
                    self.at += 1;
                    continue;
                }
                byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') => self.scalar(),
                _ => return None,
            }
            if open.is_empty() {
                return Some((start, self.at));
            }
        }
    }

    fn open(&mut self, open: &mut Vec<u8>, close: u8) -> Option<()> {
        open.push(close);
        self.at += 1;
        (open.len() <= MAX_DEPTH).then_some(())
    }

    fn scalar(&mut self) {
        while self.bytes.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.')) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn state(entries: &[(&str, &str)]) -> State {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn values_that_only_python_writes_survive_to_the_letter() {
        let text =
            r#"{"n":NaN,"i":-Infinity,"big":1000000000000000000000000000000,"s":"\ud800","o":{"a":[1,{"b":"]}"}]}}"#;
        let payload = Payload::parse(text).expect("an object");
        assert_eq!(payload.to_json(), text);
        let loaded = payload.to_state();
        let mut left = loaded.clone();
        left.insert("new".to_owned(), "1".to_owned());
        assert_eq!(payload.merged(&loaded, &left).to_json(), format!("{},\"new\":1}}", &text[..text.len() - 1]));
    }

    #[test]
    fn a_change_is_applied_to_what_somebody_else_wrote_meanwhile() {
        let loaded = state(&[("mine", "1"), ("gone", "2"), ("theirs", "3")]);
        let left = state(&[("mine", "10"), ("theirs", "3"), ("added", "4")]);
        let meanwhile = Payload::parse(r#"{"mine":1,"gone":2,"theirs":30,"new":5}"#).expect("an object");
        assert_eq!(meanwhile.merged(&loaded, &left).to_json(), r#"{"mine":10,"theirs":30,"new":5,"added":4}"#);
    }

    #[test]
    fn anything_but_an_object_is_no_session() {
        for text in [
            "",
            "[]",
            "1",
            "null",
            "\"x\"",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1} x",
            "{a:1}",
            "{\"a\":[}",
        ] {
            assert_eq!(Payload::parse(text), None, "{text}");
        }
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Payload::parse(&deep), None);
    }

    #[test]
    fn escaped_keys_are_known_by_what_they_mean() {
        let payload = Payload::parse(r#"{"\u0061b":1,"ab":2}"#).expect("an object");
        assert_eq!(payload.get("ab"), Some("2"));
        assert_eq!(payload.to_state(), state(&[("ab", "2")]));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_scanner_panic(text in "\\PC{0,64}") {
            let _ = Payload::parse(&text);
            let _ = Payload::parse(&format!("{{\"a\":{text}}}"));
        }

        #[test]
        fn what_serde_writes_is_split_and_joined_again(pairs in proptest::collection::btree_map("[a-z\"\\\\é]{0,6}", ".{0,12}", 0..6)) {
            let text = serde_json::to_string(&pairs).expect("JSON");
            let payload = Payload::parse(&text).expect("an object");
            prop_assert_eq!(payload.to_json(), text);
            prop_assert_eq!(payload.to_state().len(), pairs.len());
        }
    }
}
