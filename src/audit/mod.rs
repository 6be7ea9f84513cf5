//! The audit log: who changed what, with old and new values, from where and when. It survives everybody whom it names, and
//! shows what was done to it: each entry is chained to the one before by a key that the database does not have.
//!
//! Who did it and what was done are two parts of an entry, of which the chain holds salted digests alone: a part can be
//! erased ([`erase_traces`]), and the chain still verifies. Log-ins are not in it; those are [`events`](crate::events).

mod chain;
mod entry;
mod erase;
mod head;
mod model;
mod rotation;
mod seal;
mod verify;

pub use chain::{LETTER, append, head};
pub use entry::{Changes, Entry, Recorded};
pub use erase::{Traces, erase_traces, pseudonym_of, replace_word};
pub use head::Head;
pub use model::{after, by_key, find, ids_of, of_actor, of_object, of_subject};
pub use rotation::{head_key, seal_anew};
pub use verify::{Finding, Report, verify};
