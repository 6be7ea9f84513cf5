//! A letter's words, and the two forms in which they are sent.

use askama::Template;
use time::{Duration, OffsetDateTime, macros::format_description};

use super::Seen;

/// What a letter says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The name of the site.
    pub site_name: String,
    /// The line under which it arrives.
    pub subject: String,
    /// Whom it greets; empty for nobody by name.
    pub name: String,
    /// What it is about.
    pub paragraphs: Vec<String>,
    /// What can be done.
    pub link: Option<Link>,
    /// What else to know, below the link.
    pub remarks: Vec<String>,
    /// Facts: what, and its value.
    pub facts: Vec<(&'static str, String)>,
}

/// A link in a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it does.
    pub label: &'static str,
    /// Where it leads.
    pub url: String,
}

/// A letter as plain text.
#[derive(Debug, Template)]
#[template(path = "mail/letter.txt", escape = "none")]
pub struct TextLetter {
    /// Its words.
    pub words: Words,
}

/// A letter as HTML.
#[derive(Debug, Template)]
#[template(path = "mail/letter.html")]
pub struct HtmlLetter {
    /// Its words.
    pub words: Words,
}

impl Words {
    /// Of a letter with this subject to somebody called `name`.
    pub fn new(site_name: &str, subject: String, name: &str) -> Self {
        // A name may hold lines: text of its own, before what the letter says.
        let name = name.replace(char::is_control, " ");
        Self { site_name: site_name.to_owned(), subject, name, ..Self::default() }
    }

    /// Says something.
    #[must_use]
    pub fn say(mut self, paragraph: impl Into<String>) -> Self {
        self.paragraphs.push(paragraph.into());
        self
    }

    /// Offers something, at a path below `origin`; not if nobody knows where that is.
    #[must_use]
    pub fn link(mut self, label: &'static str, origin: &str, path: &str) -> Self {
        self.link = (!origin.is_empty()).then(|| Link { label, url: format!("{origin}{path}") });
        self
    }

    /// Adds something below the link.
    #[must_use]
    pub fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remarks.push(remark.into());
        self
    }

    /// States a fact.
    #[must_use]
    pub fn fact(mut self, what: &'static str, value: &str) -> Self {
        self.facts.push((what, value.to_owned()));
        self
    }

    /// States who it was.
    #[must_use]
    pub fn seen(self, seen: &Seen) -> Self {
        let format = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
        let at = OffsetDateTime::from_unix_timestamp(seen.at).ok().and_then(|at| at.format(format).ok());
        self.fact("When", &at.unwrap_or_default())
            .fact("Browser", &seen.browser)
            .fact("Address", seen.ip_address.as_deref().unwrap_or("unknown"))
    }
}

/// A length of time as a letter says it.
pub(super) fn length(length: Duration) -> String {
    let (number, unit) = match length.whole_seconds() {
        seconds if seconds >= 172_800 => (seconds / 86_400, "days"),
        seconds if seconds >= 7_200 => (seconds / 3_600, "hours"),
        seconds if seconds >= 120 => (seconds / 60, "minutes"),
        seconds => (seconds, "seconds"),
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_never_lasts_shorter_than_its_letter_says() {
        for (seconds, words) in [(259_200, "3 days"), (86_400, "24 hours"), (3_600, "60 minutes"), (90, "90 seconds")] {
            assert_eq!(length(Duration::seconds(seconds)), words);
        }
    }
}
