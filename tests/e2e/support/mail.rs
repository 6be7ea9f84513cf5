//! The letters of a site, as files in a folder.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use super::{it::Place, wait_for};

/// Where a site's letters go. They go, too, when it is dropped.
pub struct Mailbox(TempDir);

/// A letter that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    /// Where its link leads; empty if it has none.
    pub link: String,
}

impl Place {
    /// With its mail in a folder.
    pub fn with_mail_in(self, mailbox: &Mailbox) -> Self {
        let folder = mailbox.0.path().to_str().expect("a name");
        let place = self.setting("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend");
        place.setting("EMAIL_FILE_PATH", folder)
    }
}

impl Mailbox {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Waits for a letter to `to` that has `subject` in its subject, and takes it out.
    #[track_caller]
    pub fn take(&self, to: &str, subject: &str) -> Letter {
        let is_it = |letter: &Letter| letter.to == to && letter.subject.contains(subject);
        let found = || self.files().into_iter().find(|(_, letter)| is_it(letter));
        let missing = || format!("no letter {subject:?} to {to}, but {:?}", self.letters());
        let (path, letter) = wait_for(found, missing);
        fs::remove_file(path).expect("a file");
        letter
    }

    /// What was not taken out, in no order.
    pub fn letters(&self) -> Vec<Letter> {
        self.files().into_iter().map(|(_, letter)| letter).collect()
    }

    fn files(&self) -> Vec<(PathBuf, Letter)> {
        let paths = fs::read_dir(self.0.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
        // One that is being written has a hidden name.
        let whole = paths.filter(|path| !path.file_name().expect("a name").to_string_lossy().starts_with('.'));
        whole.map(|path| (path.clone(), read(&fs::read_to_string(path).expect("a letter")))).collect()
    }
}

fn read(text: &str) -> Letter {
    let (head, body) = text.split_once("\n\n").expect("a head and a body");
    // A long line of the head goes on in the next, which begins with a space.
    let head = head.replace("\n ", " ");
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    let link = body.lines().find(|line| line.starts_with("http://")).unwrap_or_default().to_owned();
    Letter { to: header("To: "), subject: header("Subject: "), link }
}
