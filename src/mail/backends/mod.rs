//! Where mail goes: one file each.

mod console;
mod dummy;
mod filebased;
mod locmem;
mod smtp;

use super::{EmailBackend, MailError, letterhead::Letterhead};
use crate::{clock::Clock, settings::EmailSettings};

/// The backend that `EMAIL_BACKEND` names.
pub(super) fn new(settings: &EmailSettings, clock: &Clock) -> Result<Box<dyn EmailBackend>, MailError> {
    let letterhead = Letterhead::new(settings, clock)?;
    Ok(match settings.backend_kind() {
        "console" => Box::new(console::Console(letterhead)),
        "smtp" => Box::new(smtp::Smtp::new(settings, letterhead)?),
        "filebased" => Box::new(filebased::FileBased::new(settings, letterhead, clock)?),
        "locmem" => Box::new(locmem::LocMem::new(letterhead)),
        "dummy" => Box::new(dummy::Dummy),
        _ => {
            let expected = "a path such as \"django.core.mail.backends.smtp.EmailBackend\", where for `smtp` may stand \
                            `console`, `filebased`, `locmem` or `dummy`";
            let found = &settings.backend;
            return Err(MailError::Config(format!("bad value for EMAIL_BACKEND: {found:?}; expected {expected}")));
        }
    })
}
