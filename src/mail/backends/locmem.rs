use std::sync::{Mutex, PoisonError};

use crate::mail::{EmailBackend, MailError, Message, letterhead::Letterhead};

/// Keeps messages in memory, for tests. It refuses what could not be sent.
pub(super) struct LocMem {
    letterhead: Letterhead,
    sent: Mutex<Vec<Message>>,
}

impl LocMem {
    pub(super) fn new(letterhead: Letterhead) -> Self {
        Self { letterhead, sent: Mutex::default() }
    }
}

impl EmailBackend for LocMem {
    fn send(&self, message: &Message) -> Result<(), MailError> {
        self.letterhead.write(message)?;
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Ok(())
    }

    fn sent(&self) -> Vec<Message> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
