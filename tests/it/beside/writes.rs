//! Thousands of requests to both at once, and nothing that Django keeps in a session is lost.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use serde_json::{Value, json};
use vestibule::{crypto::SecretKeys, sessions::codec, settings::Secret};

use super::{Django, Here, Pair, Setup, There, assert_known, beside_each_django, read};
use crate::support::{Client, Response, SECRET_KEY};

beside_each_django!(nothing_is_lost_of_a_session_that_both_write);

/// How many entries a view of Django's writes to one session.
const ENTRIES: usize = 220;
/// How often somebody logs in, again, and out meanwhile.
const VISITS: usize = 24;
/// How often a log-in and a view of Django's want the same session at once.
const LOG_INS: usize = 8;

/// Somebody's walk through both sites, in several tabs and browsers at once.
struct Walk<'a> {
    address: SocketAddr,
    username: &'static str,
    /// What opens for other people, and is kept in the session.
    links: &'a [String],
    requests: &'a AtomicUsize,
}

/// A browser, whose it is, and what its session must hold.
type Kept = (Client, &'static str, Value);

fn nothing_is_lost_of_a_session_that_both_write(django: &Django) {
    let people = ["ann", "bob", "yan", "zoe"];
    // Here, too, each request writes to the session's row.
    let pair = Setup::beside(django, &people).ours("SESSION_SAVE_EVERY_REQUEST", "true").start();
    let links = ["yan", "zoe"].map(|username| reset_link(&pair, username));
    let requests = AtomicUsize::new(0);
    let kept: Vec<Kept> = thread::scope(|scope| {
        let walks = ["ann", "bob"].map(|username| {
            let walk = Walk { address: pair.address, username, links: &links, requests: &requests };
            scope.spawn(move || walk.go())
        });
        walks.into_iter().flat_map(|walk| walk.join().expect("what is in the sessions")).collect()
    });
    let sessions = pair.database().number("SELECT count(*) FROM django_session");
    assert_eq!(usize::try_from(sessions), Ok(kept.len()), "all others were ended");
    for (client, username, basket) in &kept {
        assert_eq!(&read_here(&pair, client)["basket"], basket, "{username}");
        assert_known(client, username);
        assert_eq!(&read(&client.get("/whoami/"))["session"]["basket"], basket, "{username}");
    }
    let requests = requests.into_inner();
    assert!(requests > 2_000, "{requests}");
    (0..LOG_INS).for_each(|_| a_log_in_takes_what_django_wrote_meanwhile(&pair));
}

/// A log-in here gives the session another key. What Django was able to write under the old one is there under the new one.
fn a_log_in_takes_what_django_wrote_meanwhile(pair: &Pair) {
    let client = pair.browser();
    let token = client.get(Here.login()).csrf_token();
    assert_eq!(put(&client, &token, 0).status, 200);
    let (tab, first) = (client.tab(), client.cookie("sessionid"));
    let written = thread::scope(|scope| {
        let writes = scope.spawn(move || {
            // Until the session is gone: then Django says so, or begins another.
            let is_written =
                |number: &usize| put(&tab, &token, *number).status == 200 && tab.cookie("sessionid") == first;
            (1..ENTRIES).take_while(is_written).count()
        });
        Here.log_in(&client, "ann");
        writes.join().expect("how many were written")
    });
    assert_eq!(read(&client.get("/whoami/"))["session"]["basket"], basket(1 + written));
}

/// A view of Django's puts an entry into the session's basket.
fn put(client: &Client, token: &str, number: usize) -> Response {
    let (name, entry) = (format!("entry {number}"), entry(number).to_string());
    client.post("/basket/", &[("csrfmiddlewaretoken", token), ("name", &name), ("entry", &entry)])
}

fn reset_link(pair: &Pair, username: &str) -> String {
    let sql = format!("SELECT id FROM auth_user WHERE username = '{username}'");
    let id = i32::try_from(pair.database().number(&sql)).expect("an id");
    let token: String = serde_json::from_str(&pair.oracle(&["make-reset-token", username])).expect("a token");
    format!("/auth/account/reset/{}/{token}/", vestibule::auth::reset_token::uid(id))
}

/// A session as Vestibule reads it.
fn read_here(pair: &Pair, client: &Client) -> Value {
    let key = client.cookie("sessionid").expect("a session");
    let data = pair.database().text(&format!("SELECT session_data FROM django_session WHERE session_key = '{key}'"));
    let keys = SecretKeys::new(Secret::new(SECRET_KEY), Vec::new());
    let payload = codec::decode(&data.expect("a row"), &keys).expect("a good signature");
    serde_json::from_str(&payload.to_json()).expect("JSON")
}

/// Something to be put into a basket.
fn entry(number: usize) -> Value {
    json!({"näme": format!("\u{1F600} {number}"), "price": [number, 2.5, null, {"deep": [[{"er": "\u{0}\"\\"}]]}]})
}

fn basket(entries: usize) -> Value {
    json!((0..entries).map(|number| (format!("entry {number}"), entry(number))).collect::<serde_json::Map<_, _>>())
}

impl Walk<'_> {
    fn go(&self) -> Vec<Kept> {
        let client = Client::new(self.address);
        There.log_in(&client, self.username);
        let token = client.get(Here.login()).csrf_token();
        let mut kept = thread::scope(|scope| {
            let [shopping, reading, following] = [(); 3].map(|()| client.tab());
            // Django knows of no other writers: what two views of its own write at once, it loses by itself.
            let shopping = scope.spawn(move || (0..ENTRIES).for_each(|number| self.put(&shopping, &token, number)));
            let reading = scope.spawn(move || {
                let pages = ["/auth/dashboard/", "/auth/account/", "/whoami/"];
                (0..ENTRIES).for_each(|turn| self.expect(200, &reading.get(pages[turn % pages.len()])));
            });
            let following = scope.spawn(move || {
                let links = self.links.iter().cycle().take(2 * ENTRIES);
                links.for_each(|link| self.expect(302, &following.get(link)));
            });
            let visits = scope.spawn(|| (0..VISITS).filter_map(|turn| self.visit(turn)).collect::<Vec<_>>());
            for other in [shopping, reading, following] {
                other.join().expect("good answers");
            }
            visits.join().expect("good answers")
        });
        kept.push((client, self.username, basket(ENTRIES)));
        kept
    }

    #[track_caller]
    fn expect(&self, status: u16, answer: &Response) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        assert_eq!(answer.status, status, "{answer:?}");
    }

    fn put(&self, client: &Client, token: &str, number: usize) {
        self.expect(200, &put(client, token, number));
    }

    /// Another browser: a basket before and after a log-in, which is kept through it, and now and then a log-out.
    fn visit(&self, turn: usize) -> Option<Kept> {
        let (client, sides) =
            (Client::new(self.address), if turn.is_multiple_of(2) { [There, Here] } else { [Here, There] });
        for (number, side) in sides.into_iter().enumerate() {
            let token = client.get(side.login()).csrf_token();
            self.put(&client, &token, number);
            side.log_in(&client, self.username);
            self.requests.fetch_add(3, Ordering::SeqCst);
        }
        if turn.is_multiple_of(3) {
            return Some((client, self.username, basket(2)));
        }
        sides[turn % 2].log_out(&client);
        self.requests.fetch_add(2, Ordering::SeqCst);
        None
    }
}
