//! Browsers that log in and out without a pause and write down what they are told.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use vestibule::crypto::{ALPHANUMERIC, random_string};

use super::{PEOPLE, book::Book, chance::Chance};
use crate::support::{Client, PASSWORD, Response};

/// Browsers at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    browsers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Lets them start all at once.
    pub fn start(address: SocketAddr, book: &Arc<Book>, chance: &mut Chance) -> Self {
        let (stop, barrier) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(book.browsers + 1)));
        let browsers = (0..book.browsers).map(|number| {
            let (stop, barrier, book) = (Arc::clone(&stop), Arc::clone(&barrier), Arc::clone(book));
            let mut browser = Browser { number, client: Client::new(address), book, chance: chance.fork() };
            thread::spawn(move || {
                barrier.wait();
                // The first request without an answer is the last.
                while !stop.load(Ordering::SeqCst) {
                    if browser.visit().is_err() {
                        browser.book.unanswered();
                        break;
                    }
                }
            })
        });
        let browsers = browsers.collect();
        barrier.wait();
        Self { stop, browsers }
    }

    /// Waits for those who were asked to stop, or whose server is gone.
    pub fn join(self) {
        self.stop.store(true, Ordering::SeqCst);
        for browser in self.browsers {
            browser.join().expect("a browser");
        }
    }
}

struct Browser {
    number: usize,
    client: Client,
    book: Arc<Book>,
    chance: Chance,
}

impl Browser {
    /// Logs in anew, looks around, and logs out of one session or another.
    fn visit(&mut self) -> reqwest::Result<()> {
        let Some(username) = self.chance.pick(&PEOPLE).copied() else { return Ok(()) };
        if let Some(key) = self.log_in(username)? {
            self.look(&key)?;
        }
        let (sessions, many) = self.book.sessions_of(self.number);
        if (many || self.chance.below(2) == 0)
            && let Some(key) = self.chance.pick(&sessions)
        {
            self.log_out(key)?;
        }
        Ok(())
    }

    fn log_in(&self, username: &str) -> reqwest::Result<Option<String>> {
        self.client.forget_cookie("sessionid");
        let response = self.post("/login/", &[("username", username), ("password", PASSWORD)])?;
        match (response.status, self.client.cookie("sessionid")) {
            (302, Some(key)) => {
                self.book.logged_in(self.number, username, &key);
                return Ok(Some(key));
            }
            // Nobody is let in on the promise of a session.
            (503, None) => self.refused(&response),
            (status, key) => self.book.lost(format!("a log-in was answered {status} with session {key:?}")),
        }
        Ok(None)
    }

    fn look(&self, key: &str) -> reqwest::Result<()> {
        let response = self.client.try_get("/dashboard/")?;
        match response.status {
            200 => {}
            503 => self.refused(&response),
            status => self.book.lost(format!("{key}: fresh, and answered {status}")),
        }
        Ok(())
    }

    fn log_out(&self, key: &str) -> reqwest::Result<()> {
        self.client.set_cookie("sessionid", key);
        self.book.leaving(self.number, key);
        let response = self.post("/logout/", &[])?;
        match response.status {
            302 => self.book.logged_out(self.number, key),
            503 => self.refused(&response),
            status => self.book.lost(format!("{key}: a log-out was answered {status}")),
        }
        Ok(())
    }

    /// Sends a form as if its page had been loaded before.
    fn post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Result<Response> {
        let secret = self.client.cookie("csrftoken").unwrap_or_else(|| random_string(32, ALPHANUMERIC));
        self.client.set_cookie("csrftoken", &secret);
        self.client.try_post(path, &[&[("csrfmiddlewaretoken", &*secret)], fields].concat())
    }

    fn refused(&self, response: &Response) {
        if response.header("retry-after").is_none() {
            self.book.lost("a 503 without Retry-After".to_owned());
        }
        self.book.refused();
    }
}
