//! Where the chain ends. It is written to the log output too: what lies elsewhere can't be put back with the database.

use std::{fmt, io::BufRead, str::FromStr};

use serde_json::Value;

/// What the line in the log output says.
const GREW: &str = "the audit log has grown";

/// The number and the hash of the last entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: i64,
    /// Its hash.
    pub hash: String,
}

/// A head as the database keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sealed {
    pub number: i64,
    pub hash: String,
    pub seal: String,
}

impl Head {
    /// Writes it to the log output.
    pub(super) fn log(&self) {
        tracing::info!(audit = self.number, head = self.hash, "{GREW}");
    }

    /// The heads in a log, of JSON or as a terminal shows it.
    pub fn all_in(log: impl BufRead) -> std::io::Result<Vec<Self>> {
        let mut heads = Vec::new();
        for line in log.split(b'\n') {
            let line = line?;
            heads.extend(Self::in_line(&String::from_utf8_lossy(&line)));
        }
        Ok(heads)
    }

    fn in_line(line: &str) -> Option<Self> {
        if !line.contains(GREW) {
            return None;
        }
        // A collector may have put words before the line.
        if let Some(json) = line.find('{').map(|at| &line[at..])
            && let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(json.trim_end())
            && fields.get("message").and_then(Value::as_str) == Some(GREW)
        {
            let number = fields.get("audit")?.as_i64()?;
            return Some(Self { number, hash: fields.get("head")?.as_str()?.to_owned() });
        }
        let plain = without_colours(line);
        let (_, fields) = plain.split_once(GREW)?;
        let field = |name: &str| fields.split_whitespace().find_map(|word| word.strip_prefix(name));
        Some(Self { number: field("audit=")?.parse().ok()?, hash: field("head=")?.trim_matches('"').to_owned() })
    }
}

/// A line without what makes a terminal colour it.
fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.number, self.hash)
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("“{text}” is no head: it looks like 12:0123abcd…");
        let (number, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        match number.parse() {
            Ok(number) if is_hash || (number == 0 && hash.is_empty()) => Ok(Self { number, hash: hash.to_lowercase() }),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_found_in_both_kinds_of_log() {
        let log = "{\"timestamp\":\"t\",\"level\":\"INFO\",\"message\":\"the audit log has grown\",\"audit\":3,\"head\":\"ab\"}\n\
                   app-1 | {\"message\":\"the audit log has grown\",\"audit\":4,\"head\":\"cd\"}\n\
                   2026 \u{1b}[32mINFO\u{1b}[0m the audit log has grown \u{1b}[3maudit\u{1b}[0m\u{1b}[2m=\u{1b}[0m5 \
                   \u{1b}[3mhead\u{1b}[0m\u{1b}[2m=\u{1b}[0m\"ef\"\n\
                   2026 INFO the audit log has grown audit=6 head=\"gh\"\n\
                   {\"message\":\"GET /?the audit log has grown\",\"audit\":7,\"head\":\"no\"}\n";
        let found = Head::all_in(log.as_bytes()).expect("text");
        let found: Vec<(i64, &str)> = found.iter().map(|head| (head.number, head.hash.as_str())).collect();
        assert_eq!(found, [(3, "ab"), (4, "cd"), (5, "ef"), (6, "gh")]);
    }

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head { number: 7, hash: "0f".repeat(32) };
        assert_eq!(head.to_string().parse(), Ok(head));
        assert!("7".parse::<Head>().is_err() && "x:0f".parse::<Head>().is_err() && "7:zz".parse::<Head>().is_err());
    }
}
