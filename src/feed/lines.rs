//! A line of JSON for each event, at the end of a file.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write, stdout},
    path::{Path, PathBuf},
};

use super::{Entry, FeedError, Way, bad, failure, signature::Signer};
use crate::{
    auth::Auth,
    outbox::{Failure, Reach},
};

/// Names standard output.
const STDOUT: &str = "-";

/// Appends events to a file.
pub(super) struct Lines {
    path: PathBuf,
    signer: Signer,
}

impl Lines {
    pub(super) fn new(path: &Path, signer: Signer) -> Result<Self, FeedError> {
        // The file itself is made by who writes into it: a command may be somebody else's, who would own it.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) || path.is_dir() {
            return Err(bad("EVENT_LOG", "the path of a file in a folder that is there"));
        }
        Ok(Self { path: path.to_owned(), signer })
    }

    /// Anew for each line: it may have been moved away since, as logrotate does.
    fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        // People's names and addresses stand in it; programs that read it share its group.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
        options.open(&self.path)
    }

    /// One write for each line, so that those of several processes don't mix.
    fn append(&self, line: &str) -> io::Result<()> {
        if self.path == Path::new(STDOUT) {
            let mut out = stdout().lock();
            return out.write_all(line.as_bytes()).and_then(|()| out.flush());
        }
        let mut file = self.open()?;
        let line = if is_torn(&mut file) { format!("\n{line}") } else { line.to_owned() };
        file.write_all(line.as_bytes())?;
        match file.sync_data() {
            // A pipe knows no such thing.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }
}

/// Whether the last line lacks its end: the disk was full when it was written, and it was tried again since.
fn is_torn(file: &mut File) -> bool {
    let mut last = [0];
    file.seek(SeekFrom::End(-1)).is_ok() && file.read_exact(&mut last).is_ok() && last != *b"\n"
}

impl Way for Lines {
    fn tell(&self, entry: &Entry, _: &Auth) -> Result<(), Failure> {
        let line = match self.signer.sign(&entry.id, &entry.timestamp, &entry.body) {
            None => format!("{}\n", entry.body),
            Some(signature) => {
                format!("{},\"signature\":\"{signature}\"}}\n", entry.body.strip_suffix('}').unwrap_or_default())
            }
        };
        self.append(&line).map_err(|error| failure(Reach::Destination, error.to_string()))
    }
}
