use std::fmt;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It works, but not safely.
    Warning,
    /// It does not work.
    Error,
}

/// Something that is wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Django's id, or one of ours. After its dot stands the level: `E` or `W`.
    pub id: &'static str,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

impl Finding {
    /// A finding.
    pub fn new(id: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { id, message: message.into(), hint: hint.into() }
    }

    /// How much it matters.
    pub fn level(&self) -> Level {
        if self.id.contains(".E") { Level::Error } else { Level::Warning }
    }
}

/// As Django prints it; the question mark stands where Django names a model.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "?: ({}) {}\n\tHINT: {}", self.id, self.message, self.hint)
    }
}
