use std::io::{Write, stdout};

use crate::mail::{EmailBackend, MailError, Message, letterhead::Letterhead};

/// Prints messages instead of sending them.
pub(super) struct Console(pub(super) Letterhead);

impl EmailBackend for Console {
    fn send(&self, message: &Message) -> Result<(), MailError> {
        let printed = self.0.print(message)?;
        // Held, so that two messages don't mix.
        let mut out = stdout().lock();
        out.write_all(&printed).and_then(|()| out.flush()).map_err(|error| MailError::Unavailable(error.to_string()))
    }
}
