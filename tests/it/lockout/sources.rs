//! Where an attempt comes from is not the attempt's to say.

use super::{at, fail, is_let_in, site};
use crate::support::{PASSWORD, TestApp, is_postgres};

/// What proxies of all kinds say about whom they speak for.
const HEADERS: [&str; 12] = [
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-client-ip",
    "client-ip",
    "x-cluster-client-ip",
    "fastly-client-ip",
    "x-original-forwarded-for",
    "x_forwarded_for",
    "via",
];

fn addresses(app: &TestApp) -> String {
    let all = if is_postgres() { "string_agg(DISTINCT address, ' ')" } else { "group_concat(DISTINCT address)" };
    app.database.text(&format!("SELECT {all} FROM vestibule_lockout")).unwrap_or_default()
}

#[test]
fn no_header_of_a_stranger_changes_what_is_counted() {
    for header in HEADERS {
        let app = TestApp::init().with_user("ann").start();
        for turn in 1..=5 {
            let client = app.client();
            let value = format!("203.0.113.{turn}");
            client.set_header(header, &if header == "forwarded" { format!("for={value}") } else { value });
            assert_eq!(client.log_in("ann", "wrong").status, if turn < 5 { 200 } else { 429 }, "{header}");
        }
        assert_eq!(addresses(&app), "127.0.0.1", "{header}");
        assert!(!is_let_in(&app.client(), "ann"));
    }
}

#[test]
fn nobody_gets_onto_a_list_or_off_it_by_a_header() {
    let app = TestApp::init()
        .with_user("ann")
        .setting("AXES_NEVER_LOCKOUT_WHITELIST", "true")
        .setting("AXES_IP_WHITELIST", "203.0.113.0/24")
        .start();
    let client = at(&app, "203.0.113.1");
    assert_eq!(fail(&client, "ann", 5).status, 429);
    let app = TestApp::init().with_user("ann").setting("AXES_IP_BLACKLIST", "127.0.0.0/8").start();
    assert!(!is_let_in(&at(&app, "203.0.113.1"), "ann"));
}

#[test]
fn of_what_a_trusted_proxy_passes_on_only_its_own_word_counts() {
    let app = site().start();
    for (turn, forged) in ["203.0.113.1", "127.0.0.1", "garbage", "::1, 10.0.0.1", ", ,"].into_iter().enumerate() {
        let client = at(&app, &format!("{forged}, 192.0.2.1"));
        assert_eq!(client.log_in("ann", "wrong").status, if turn < 4 { 200 } else { 429 }, "{forged}");
    }
    assert!(!is_let_in(&at(&app, "192.0.2.1:4711"), "ann"), "with a port");
    assert!(!is_let_in(&at(&app, "::ffff:192.0.2.1"), "ann"), "as IPv6");
    assert!(is_let_in(&at(&app, "192.0.2.1, 192.0.2.2"), "ann"), "that is another");
}

#[test]
fn what_is_no_address_is_counted_as_the_proxys() {
    let app = site().start();
    for (turn, garbage) in ["unknown", "", "x.example", "999.1.1.1", "fe80::1%eth0"].into_iter().enumerate() {
        assert_eq!(fail(&at(&app, garbage), "ann", 1).status, if turn < 4 { 200 } else { 429 }, "{garbage}");
    }
    assert_eq!(addresses(&app), "127.0.0.1");
}

#[test]
fn cookies_sessions_queries_and_headers_make_no_other_attempt() {
    let app = site().start();
    let bob = at(&app, "192.0.2.1");
    assert!(is_let_in(&bob, "bob"));
    assert_eq!(bob.log_in("ann", "wrong").status, 200, "from within somebody else's session");
    for (turn, path) in ["/login/?next=/x", "/login/?a=b&a=c", "/login/?%00", "/login/?"].into_iter().enumerate() {
        let client = at(&app, "192.0.2.1");
        client.set_cookie("sessionid", &format!("{turn}").repeat(32));
        client.set_cookie("deviceid", &format!("{turn}").repeat(32));
        client.set_header("accept", &format!("application/{turn}"));
        client.set_header("accept-language", &format!("x-{turn}"));
        client.set_header("referer", "http://elsewhere.example/");
        let answer = client.submit(path, &[("username", "ann"), ("password", "wrong")]);
        assert_eq!(answer.status, if turn < 3 { 200 } else { 429 }, "{path}");
    }
    assert!(!is_let_in(&at(&app, "192.0.2.1"), "ann"));
}

#[test]
fn no_other_spelling_of_the_path_opens_what_is_locked() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 5);
    let token = client.get("/login/").csrf_token();
    for path in
        ["/login", "//login/", "/login//", "/LOGIN/", "/login/.", "/%6cogin/", "/login/;x", "/./login/", "/x/../login/"]
    {
        let fields = [("csrfmiddlewaretoken", token.as_str()), ("username", "ann"), ("password", PASSWORD)];
        let answer = client.post(path, &fields);
        assert!(answer.set_cookie("sessionid").is_none() && answer.status >= 400, "{path}: {}", answer.status);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}
