//! Failures on both lock both, by the address from which somebody calls the proxy, and opening one opens the other.

use super::{Django, Here, Pair, Side, There, beside_each_django};
use crate::support::{Client, PASSWORD};

beside_each_django!(failures_are_counted_together);

fn failures_are_counted_together(django: &Django) {
    let pair = Pair::start(django, &["ann", "bob", "cat", "root*"]);
    for ((one, other), (username, last)) in Side::WAYS.into_iter().zip([("ann", 11), ("bob", 12)]) {
        the_fifth_locks_both(&pair, one, other, username, last);
        a_reset_opens_both(&pair, one, username, last);
    }
    programs_that_guess_are_counted_too(&pair, "cat", 13);
}

/// The status that a log-in hears in a new browser at 127.0.0.`last`, with nothing that would make it known.
fn status(pair: &Pair, side: Side, last: u8, username: &str, password: &str) -> u16 {
    side.try_password(&browser(pair, last), username, password).status
}

fn browser(pair: &Pair, last: u8) -> Client {
    let client = pair.browser_at(last);
    client.set_header("user-agent", "Lynx/2.9");
    client
}

fn the_fifth_locks_both(pair: &Pair, one: Side, other: Side, username: &str, last: u8) {
    for (turn, side) in [one, other, one, other].into_iter().enumerate() {
        assert_eq!(status(pair, side, last, username, "wrong"), 200, "{turn}: {side:?}");
    }
    assert_eq!(status(pair, one, last, username, "wrong"), 429);
    for side in [other, one] {
        assert_eq!(status(pair, side, last, username, PASSWORD), 429, "{side:?}");
        // From elsewhere its owner gets in, and others do from here.
        assert_eq!(status(pair, side, last + 20, username, PASSWORD), 302, "{side:?}");
        assert_eq!(status(pair, side, last, "root", PASSWORD), 302, "{side:?}");
    }
    let rows = |filter: &str| {
        let sql = format!("SELECT count(*) FROM axes_accessattempt WHERE username = '{username}' AND {filter}");
        pair.database().number(&sql)
    };
    assert!(rows(&format!("ip_address = '127.0.0.{last}'")) > 0, "the one who calls");
    assert_eq!(rows(&format!("ip_address <> '127.0.0.{last}'")), 0, "and not the proxy");
}

fn a_reset_opens_both(pair: &Pair, side: Side, username: &str, last: u8) {
    let command = ["axes_reset_ip_username", &format!("127.0.0.{last}"), username];
    match side {
        There => drop(pair.manage(&command)),
        Here => pair.vestibule(&command),
    }
    for side in [There, Here] {
        assert_eq!(status(pair, side, last, username, PASSWORD), 302, "{side:?}");
    }
}

/// By the APIs, and from the admin that is then asked to open it.
fn programs_that_guess_are_counted_too(pair: &Pair, username: &str, last: u8) {
    for side in [There, Here, There, Here] {
        assert_eq!(super::tokens::ask(&browser(pair, last), side, username, "wrong").status, 401, "{side:?}");
    }
    assert_eq!(status(pair, There, last, username, "wrong"), 429);
    for side in [There, Here] {
        assert_eq!(status(pair, side, last, username, PASSWORD), 429, "{side:?}");
        // simplejwt has no word for it.
        let answer = super::tokens::ask(&browser(pair, last), side, username, PASSWORD);
        assert_eq!(answer.status, side.pick(401, 429), "{side:?}: {answer:?}");
    }
    let root = pair.logged_in(There, "root");
    let attempts = There.admin("axes/accessattempt/");
    let page = root.get(&attempts);
    let token = page.csrf_token();
    let ids = page.texts("th.field-attempt_time").len();
    assert!(ids > 0, "{}", page.body);
    let sql = "SELECT min(id) FROM axes_accessattempt WHERE username = 'cat'";
    while let Some(id) = pair.database().text(sql) {
        let fields = [
            ("csrfmiddlewaretoken", &*token),
            ("_selected_action", &*id),
            ("action", "delete_selected"),
            ("post", "yes"),
        ];
        assert_eq!(root.post(&attempts, &fields).status, 302);
    }
    for side in [Here, There] {
        assert_eq!(status(pair, side, last, username, PASSWORD), 302, "{side:?}");
    }
}
