use std::{
    fs, io,
    path::{Path, PathBuf},
};

use time::{format_description::StaticFormatDescription, macros::format_description};

use crate::{
    clock::Clock,
    crypto::{LOWERCASE_AND_DIGITS, random_string},
    db::create_private,
    mail::{EmailBackend, MailError, Message, letterhead::Letterhead},
    settings::EmailSettings,
};

const TIME: StaticFormatDescription = format_description!("[year][month][day]-[hour][minute][second]");

/// Writes each message into a file of its own, which only its owner reads: links in it open accounts.
pub(super) struct FileBased {
    folder: PathBuf,
    letterhead: Letterhead,
    clock: Clock,
}

impl FileBased {
    pub(super) fn new(settings: &EmailSettings, letterhead: Letterhead, clock: &Clock) -> Result<Self, MailError> {
        let folder = settings.file_path.clone();
        if folder.as_os_str().is_empty() {
            let message = "EMAIL_FILE_PATH is empty; expected the folder into which mail is written";
            return Err(MailError::Config(message.to_owned()));
        }
        let backend = Self { folder, letterhead, clock: clock.clone() };
        backend.try_out().map_err(|error| {
            let folder = backend.folder.display();
            MailError::Config(format!("bad value for EMAIL_FILE_PATH: no mail can be written into {folder}: {error}"))
        })?;
        Ok(backend)
    }

    /// Makes the folder and sees whether files can be made there.
    fn try_out(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let file = self.folder.join(format!(".{}", self.name()));
        create_private(&file)?;
        fs::remove_file(file)
    }

    fn name(&self) -> String {
        let time = self.clock.now().format(TIME).unwrap_or_default();
        format!("{time}-{}.log", random_string(16, LOWERCASE_AND_DIGITS))
    }

    /// Under a hidden name first: whoever watches the folder sees whole messages.
    fn write(&self, name: &str, printed: &[u8]) -> io::Result<()> {
        let hidden = self.folder.join(format!(".{name}"));
        let written = write_private(&hidden, printed).and_then(|()| fs::rename(&hidden, self.folder.join(name)));
        if written.is_err() {
            let _ = fs::remove_file(&hidden);
        }
        written
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_private(path)?;
    fs::write(path, bytes)
}

impl EmailBackend for FileBased {
    fn send(&self, message: &Message) -> Result<(), MailError> {
        let printed = self.letterhead.print(message)?;
        self.write(&self.name(), &printed).map_err(|error| MailError::Unavailable(error.to_string()))
    }
}
