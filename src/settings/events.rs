use std::path::PathBuf;

use super::{define::section, secret::Secret};

section! {
    /// Events that leave.
    pub struct EventSettings {
        /// Where events are sent, each by a POST of its own; nowhere if this is empty. It is not shown, as the address of a
        /// chat is a secret. This and the others here are the same for all instances of a site; see docs/events.md.
        "WEBHOOK_URL" webhook_url: Secret = Secret::default();
        /// What signs events: text, or `whsec_` and base64 as in Standard Webhooks. They leave unsigned if this is empty.
        "WEBHOOK_SECRET" webhook_secret: Secret = Secret::default();
        /// Which kinds of events are sent there, such as `locked_out`, or `audit` for the audit log; all if this is empty.
        "WEBHOOK_EVENTS" webhook_events: Vec<String> = Vec::new();
        /// How long the receiver may take for an answer.
        "WEBHOOK_TIMEOUT" webhook_timeout: time::Duration = time::Duration::seconds(10);
        /// How long an event that can't be sent is tried again, ever more seldom, before it is given up.
        "WEBHOOK_RETRY_FOR" webhook_retry_for: time::Duration = time::Duration::days(2);
        /// The file to which each event is appended as a line of JSON; `-` is standard output, and none if this is empty.
        "EVENT_LOG" log: PathBuf = PathBuf::new();
        /// Which kinds of events are written there; all if this is empty.
        "EVENT_LOG_EVENTS" log_events: Vec<String> = Vec::new();
    }
}
