//! What was acknowledged: in memory for the replay, and in a file for whoever looks for what was lost.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use tempfile::TempDir;

/// How many of its sessions a browser keeps; beyond them it logs out after each log-in.
const KEPT: usize = 12;

/// How a session stands, as far as its owner was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Logged in: must be there.
    In,
    /// A log-out was sent and not acknowledged: may be there or not.
    Leaving,
    /// Logged out: must be gone.
    Out,
}

/// A session in the book.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub standing: Standing,
    /// The browser that made it, or that looks after it since.
    owner: usize,
    /// When something was last heard of it.
    round: u64,
}

pub struct Book {
    /// How many browsers write in it.
    pub browsers: usize,
    folder: TempDir,
    file: File,
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    round: u64,
    sessions: BTreeMap<String, Entry>,
    log_ins: BTreeMap<String, i64>,
    log_outs: i64,
    refused: u64,
    unanswered: u64,
    checked: u64,
    lost: Vec<String>,
}

impl Book {
    pub fn open(browsers: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::create_new(folder.path().join("ledger")).expect("a file");
        Self { browsers, folder, file, pages: Mutex::default() }
    }

    pub fn turn_page(&self, round: u64) {
        self.pages().round = round;
        self.write(&format!("round {round}"));
    }

    pub fn logged_in(&self, owner: usize, username: &str, key: &str) {
        {
            let mut pages = self.pages();
            *pages.log_ins.entry(username.to_owned()).or_default() += 1;
            pages.note(key, owner, Standing::In);
        }
        self.write(&format!("in {username} {key}"));
    }

    /// Before a log-out is sent.
    pub fn leaving(&self, owner: usize, key: &str) {
        self.pages().note(key, owner, Standing::Leaving);
        self.write(&format!("leaving {key}"));
    }

    pub fn logged_out(&self, owner: usize, key: &str) {
        {
            let mut pages = self.pages();
            pages.log_outs += 1;
            pages.note(key, owner, Standing::Out);
        }
        self.write(&format!("out {key}"));
    }

    /// Somebody was told to come again later.
    pub fn refused(&self) {
        self.pages().refused += 1;
    }

    /// Somebody got no whole answer.
    pub fn unanswered(&self) {
        self.pages().unanswered += 1;
    }

    pub fn checked(&self, count: usize) {
        self.pages().checked += u64::try_from(count).expect("a small number");
    }

    /// What must not be.
    pub fn lost(&self, what: String) {
        self.write(&format!("LOST {what}"));
        self.pages().lost.push(what);
    }

    /// The sessions in which this browser is logged in, and whether they are many.
    pub fn sessions_of(&self, owner: usize) -> (Vec<String>, bool) {
        let pages = self.pages();
        let own = pages.sessions.iter().filter(|(_, entry)| entry.owner == owner && entry.standing == Standing::In);
        let own: Vec<String> = own.map(|(key, _)| key.clone()).collect();
        let many = own.len() > KEPT;
        (own, many)
    }

    pub fn sessions(&self) -> BTreeMap<String, Entry> {
        self.pages().sessions.clone()
    }

    /// The log-ins of each person.
    pub fn log_ins(&self) -> BTreeMap<String, i64> {
        self.pages().log_ins.clone()
    }

    pub fn log_outs(&self) -> i64 {
        self.pages().log_outs
    }

    pub fn count_log_ins(&self) -> i64 {
        self.pages().log_ins.values().sum()
    }

    pub fn count_refused(&self) -> u64 {
        self.pages().refused
    }

    pub fn count_unanswered(&self) -> u64 {
        self.pages().unanswered
    }

    /// After a replay: what was open is known now, sessions that nobody heard of get an owner, and what is gone for two
    /// rounds is let go.
    pub fn settle(&self, stored: impl Iterator<Item = String>) {
        let mut pages = self.pages();
        let round = pages.round;
        for (at, key) in stored.enumerate() {
            match pages.sessions.get_mut(&key) {
                Some(entry) => entry.standing = Standing::In,
                None => pages.note(&key, at % self.browsers, Standing::In),
            }
        }
        pages.sessions.retain(|_, entry| match entry.standing {
            Standing::In => true,
            Standing::Leaving => false,
            Standing::Out => entry.round + 1 >= round,
        });
    }

    pub fn sum(&self) -> String {
        let Pages { log_ins, log_outs, refused, unanswered, checked, lost, .. } = &*self.pages();
        let (log_ins, lost) = (log_ins.values().sum::<i64>(), lost.len());
        format!(
            "{log_ins} log-ins and {log_outs} log-outs acknowledged, {refused} requests answered 503, {unanswered} not \
             at all, {checked} sessions checked, {lost} lost"
        )
    }

    pub fn is_complete(&self) -> bool {
        self.pages().lost.is_empty()
    }

    pub fn assert_complete(&self) {
        let lost = self.pages().lost.clone();
        assert!(lost.is_empty(), "{} lost, the first of them:\n{}", lost.len(), lost[..lost.len().min(20)].join("\n"));
    }

    /// One line, on the disk before anything else happens.
    fn write(&self, line: &str) {
        // One write for each, so that lines of several browsers don't mix.
        (&self.file).write_all(format!("{line}\n").as_bytes()).expect("a written line");
        self.file.sync_data().expect("a line on the disk");
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }
}

impl Pages {
    fn note(&mut self, key: &str, owner: usize, standing: Standing) {
        self.sessions.insert(key.to_owned(), Entry { standing, owner, round: self.round });
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        if thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("The ledger stays in {}", self.path().display());
        }
    }
}
