//! `SECRET_KEY` gives way to another: what rests on which key, and that nobody notices when the older one goes as
//! `secretkey status` says.

use serde_json::{Value, json};
use time::{Duration, PrimitiveDateTime};
use vestibule::{
    accounts::links::{self, Purpose},
    audit::{self, Entry},
    auth::{reset_token::Kept, session_hash},
    client,
    crypto::{SecretKeys, fingerprint, sha256_hex},
    rotation::{Droppable, KeyStatus, Status, Tokens},
    sessions::{codec, model, new_key, payload::Payload},
    settings::Secret,
};

use crate::support::{Client, Oracle, PASSWORD, TestApp, TestAppBuilder, is_postgres};

const OLD: &str = "the-old-key-which-has-served-for-a-year-and-more-than-that";
const NEW: &str = "the-new-key-which-is-to-take-the-place-of-that-for-a-while";
const ELDEST: &str = "the-eldest-key-of-them-all-which-should-have-gone-long-ago";
const RESET_TIMEOUT: Duration = Duration::days(3);
const ACCESS: Duration = Duration::minutes(30);

/// A site that signs with `current`, on a database that is there or a new one.
fn with_keys(site: TestAppBuilder, current: &str, fallbacks: &[&str]) -> TestAppBuilder {
    let site = site.setting("NOTIFY_NEW_DEVICE", "false").setting("SECRET_KEY", current);
    site.setting("SECRET_KEY_FALLBACKS", &json!(fallbacks).to_string())
}

/// The same site with other keys, whose clock shows what that of `before` does.
fn turned(before: &TestApp, current: &str, fallbacks: &[&str]) -> TestApp {
    let app = with_keys(before.beside(), current, fallbacks).start();
    app.clock.advance(before.clock.now() - app.clock.now());
    app
}

fn first() -> TestApp {
    with_keys(TestApp::init().with_user("ann").with_user("bob"), OLD, &[]).start()
}

fn keys(current: &str, fallbacks: &[&str]) -> SecretKeys {
    SecretKeys::new(Secret::new(current), fallbacks.iter().map(|key| Secret::new(*key)).collect())
}

fn post(app: &TestApp, path: &str, body: &Value) -> (u16, Value) {
    let answer = app.client().post_body(path, "application/json", body.to_string().into_bytes());
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

/// An access and a refresh token.
fn tokens(app: &TestApp, username: &str) -> (String, String) {
    let (_, pair) = post(app, "/api/auth/login/", &json!({"username": username, "password": PASSWORD}));
    let token = |name: &str| pair[name].as_str().expect("a token").to_owned();
    (token("access"), token("refresh"))
}

fn refreshed(app: &TestApp, refresh: &str) -> String {
    let (status, pair) = post(app, "/api/auth/refresh/", &json!({"refresh": refresh}));
    assert_eq!(status, 200, "{pair}");
    pair["refresh"].as_str().expect("another token").to_owned()
}

/// The path of the link in the latest letter to somebody.
fn link_to(app: &TestApp, address: &str) -> String {
    let letter = app.mails().into_iter().rfind(|letter| letter.to == address).expect("a letter");
    let url = letter.text.lines().find(|line| line.starts_with("http")).expect("a link").trim().to_owned();
    format!("/{}", url.splitn(4, '/').nth(3).expect("a path"))
}

fn reset_link(app: &TestApp, address: &str) -> String {
    app.client().submit("/account/password_reset/", &[("email", address)]);
    link_to(app, address)
}

/// What people hold.
#[derive(Default)]
struct Held {
    sessions: Vec<String>,
    tokens: Vec<String>,
    access: Vec<String>,
    links: Vec<String>,
}

impl Held {
    /// What of it still works, in the same order; using a session may give it another key.
    fn alive(&mut self, app: &TestApp) -> [Vec<bool>; 4] {
        let sessions = self.sessions.iter_mut().map(|key| {
            let client = app.client();
            client.set_cookie("sessionid", key);
            let is_alive = client.is_logged_in();
            if let Some(renewed) = client.cookie("sessionid").filter(|_| is_alive) {
                *key = renewed;
            }
            is_alive
        });
        let sessions = sessions.collect();
        let is_good = |token: &String| post(app, "/api/auth/verify/", &json!({"token": token})).0 == 200;
        let opens = |path: &String| opens(app, path);
        let of = |tokens: &Vec<String>| tokens.iter().map(is_good).collect::<Vec<_>>();
        [sessions, of(&self.tokens), of(&self.access), self.links.iter().map(opens).collect()]
    }
}

/// Whether a link to another password leads on, or one to an address asks.
fn opens(app: &TestApp, path: &str) -> bool {
    let client = app.client();
    let answer = client.get(path);
    if let Some(key) = client.cookie("sessionid") {
        // A link that leads on leaves a session behind.
        app.database.execute(&format!("DELETE FROM django_session WHERE session_key = '{key}'"));
    }
    answer.status == 302 || (path.contains("/confirm/") && answer.status == 200)
}

fn session_of(client: &Client) -> String {
    client.cookie("sessionid").expect("a session")
}

/// Two sessions, two refresh tokens, an access token, a link of each kind, an entry in the audit log.
fn live(app: &TestApp) -> Held {
    app.run_tasks();
    let (own, other) = (app.logged_in("ann"), app.logged_in("ann"));
    let (first, second) = (tokens(app, "ann"), tokens(app, "bob"));
    own.submit("/account/email/", &[("email", "ann@new.example")]);
    let links = vec![reset_link(app, "bob@example.org"), link_to(app, "ann@new.example")];
    append(app);
    Held {
        sessions: vec![session_of(&own), session_of(&other)],
        tokens: vec![first.1, second.1],
        access: vec![first.0],
        links,
    }
}

fn append(app: &TestApp) {
    let entry = Entry::new("change", &client::Client::default()).by_command("tests").on("auth.group", "7", "pilots");
    let now = app.clock.now();
    app.db().write(|db| audit::append(db, &app.auth.keys, &[entry], now)).expect("appended");
}

fn numbers(key: &KeyStatus) -> [u64; 4] {
    [&key.sessions, &key.refresh_tokens, &key.reset_links, &key.confirmation_links].map(|held| held.number)
}

fn all_numbers(status: &Status) -> Vec<[u64; 4]> {
    status.keys.iter().map(numbers).collect()
}

fn drop_date(key: &KeyStatus) -> PrimitiveDateTime {
    match key.droppable {
        Droppable::From(at) => at,
        other => panic!("no date: {other:?}"),
    }
}

const ALL: [&[bool]; 4] = [&[true, true], &[true, true], &[true], &[true, true]];

#[test]
fn nobody_notices_a_rotation_and_nothing_is_lost_when_the_old_key_goes_on_the_date_that_was_told() {
    let app = first();
    let mut held = live(&app);
    assert_eq!(all_numbers(&app.secret_keys()), [[2, 2, 1, 1]]);

    // Both programs know the new key before one signs with it.
    let app = turned(&app, OLD, &[NEW]);
    assert_eq!(held.alive(&app), ALL);
    let status = app.secret_keys();
    assert_eq!(all_numbers(&status), [[2, 2, 1, 1], [0; 4]]);
    assert_eq!((status.keys[1].droppable, status.keys[1].last_current_at), (Droppable::Unused, None));

    let app = turned(&app, NEW, &[OLD]);
    let status = app.secret_keys();
    assert_eq!((all_numbers(&status), status.dead_sessions), (vec![[0; 4], [2, 2, 1, 1]], 0));
    assert_eq!(status.keys[1].droppable, Droppable::OnceServed, "the audit log ends with its seal");
    app.run_tasks();
    let idle = held.sessions.pop().expect("a session");
    let unused = held.tokens.pop().expect("a token");
    // Sessions and tokens that are used go over.
    assert_eq!(held.alive(&app), [vec![true], vec![true], vec![true], vec![true, true]]);
    held.tokens[0] = refreshed(&app, &held.tokens[0]);
    let status = app.secret_keys();
    assert_eq!(all_numbers(&status), [[1, 1, 0, 0], [1, 1, 1, 1]]);
    let date = drop_date(&status.keys[1]);
    assert_eq!(Some(date), status.keys[1].sessions.ends_at, "a session lasts longest");
    let (links, access) = (std::mem::take(&mut held.links), std::mem::take(&mut held.access));

    // The people who come back do so within each fortnight.
    app.clock.advance(Duration::days(6));
    held.tokens[0] = refreshed(&app, &held.tokens[0]);
    app.clock.advance(Duration::days(6));
    held.tokens[0] = refreshed(&app, &held.tokens[0]);
    held.sessions.push(session_of(&app.logged_in("bob")));
    app.clock.advance(date - app.clock.now() - Duration::MINUTE);
    assert_eq!(app.secret_keys().keys[1].droppable, Droppable::From(date));
    app.clock.advance(Duration::MINUTE);
    assert_eq!((app.secret_keys().keys[1].droppable, numbers(&app.secret_keys().keys[1])), (Droppable::Now, [0; 4]));
    // Whatever rested on it has ended by itself; the session that was used on the first day ends at the same time.
    held.sessions.remove(0);
    let mut ended = Held { sessions: vec![idle], tokens: vec![unused], access, links };
    assert_eq!(ended.alive(&app), [vec![false], vec![false], vec![false], vec![false, false]]);
    let before = held.alive(&app);

    let app = turned(&app, NEW, &[]);
    assert_eq!(held.alive(&app), before);
    assert_eq!(before, [vec![true], vec![true], vec![], vec![]]);
    append(&app);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_audit WHERE action = 'head_lost'"), 0);
}

#[test]
fn an_early_drop_loses_just_what_was_counted() {
    let app = first();
    let mut held = live(&app);
    let app = turned(&app, NEW, &[OLD]);
    app.run_tasks();
    // One of each goes over, and one is made anew.
    let [mut used, rest] = [held.sessions.remove(0), held.sessions.remove(0)];
    let mut visitor = Held { sessions: vec![used], ..Held::default() };
    assert_eq!(visitor.alive(&app)[0], [true]);
    used = visitor.sessions.remove(0);
    let renewed = refreshed(&app, &held.tokens[0]);
    held = Held {
        sessions: vec![used, rest, session_of(&app.logged_in("ann"))],
        tokens: vec![renewed, held.tokens.remove(1), tokens(&app, "ann").1],
        links: vec![held.links.remove(0), held.links.remove(0), reset_link(&app, "ann@example.org")],
        access: held.access,
    };
    let counted = app.secret_keys();
    assert_eq!(all_numbers(&counted), [[2, 2, 1, 0], [1, 1, 1, 1]]);
    let dropped = turned(&app, NEW, &[]);
    let alive = held.alive(&dropped);
    let expected = [vec![true, false, true], vec![true, false, true], vec![false], vec![false, false, true]];
    assert_eq!(alive, expected);
    let status = dropped.secret_keys();
    assert_eq!((status.dead_sessions, status.tokens), (1, Tokens::SecretKey { elsewhere: 0, dead: 1 }));
    assert_eq!(all_numbers(&status), [[2, 2, 1, 0]]);
}

/// A session with that content, signed by one key and tied to ann's password by another.
fn planted(app: &TestApp, signed: &str, tied: Option<&str>, end: Duration) -> String {
    let (user, key) = (app.user("ann"), new_key());
    let content = match tied {
        Some(tied) => json!({
            "_auth_user_id": user.id.to_string(),
            "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
            "_auth_user_hash": session_hash::of(&user, &Secret::new(tied)),
        }),
        None => json!({"cart": [1, 2]}),
    };
    let payload = Payload::parse(&content.to_string()).expect("an object");
    let data = codec::encode(&payload, app.clock.unix(), &keys(signed, &[]));
    model::insert(&mut app.db(), &key, &data, app.clock.now() + end).expect("a row");
    key
}

#[test]
fn a_session_rests_on_each_older_key_that_it_needs_and_one_on_none_is_dead() {
    let app = with_keys(TestApp::init().with_user("ann"), NEW, &[OLD, ELDEST]).start();
    let day = Duration::DAY;
    for (signed, tied, days) in [
        (NEW, Some(NEW), 1),
        (OLD, Some(NEW), 2),
        (NEW, Some(OLD), 3),
        (OLD, None, 1),
        (ELDEST, Some(NEW), 5),
        (NEW, Some(ELDEST), 4),
        (OLD, Some(ELDEST), 6),
        (ELDEST, Some(OLD), 7),
        ("a key of somebody else", Some(NEW), 9),
        (NEW, Some("a key of somebody else"), 9),
        ("a key of somebody else", None, 9),
        (OLD, Some(OLD), -1),
    ] {
        planted(&app, signed, tied, day * days);
    }
    let status = app.secret_keys();
    let sessions: Vec<_> = status.keys.iter().map(|key| key.sessions).collect();
    assert_eq!(sessions.iter().map(|held| held.number).collect::<Vec<_>>(), [1, 5, 4]);
    let ends = sessions.iter().map(|held| held.ends_at.map(|end| end - status.at));
    for (end, days) in ends.zip([1, 7, 7]) {
        let end = end.expect("an end");
        assert!(end <= day * days && end > day * days - Duration::MINUTE, "{end}");
    }
    assert_eq!((status.dead_sessions, status.live_sessions), (3, 11));
    let names: Vec<_> = status.keys.iter().map(KeyStatus::name).collect();
    assert_eq!(names, ["SECRET_KEY", "SECRET_KEY_FALLBACKS[0]", "SECRET_KEY_FALLBACKS[1]"]);
    let prints: Vec<_> = status.keys.iter().map(|key| key.fingerprint.clone()).collect();
    assert_eq!(prints, [NEW, OLD, ELDEST].map(|key| fingerprint(&Secret::new(key))));
}

#[test]
fn a_row_that_is_no_session_keeps_nobody_from_counting() {
    let app = first();
    let data = if is_postgres() { "''" } else { "x'ff'" };
    app.database.execute(&format!("INSERT INTO django_session VALUES ('odd', {data}, '2126-01-01 00:00:00')"));
    let status = app.secret_keys();
    assert_eq!((status.live_sessions, status.dead_sessions), (1, 1));
}

#[test]
fn a_session_on_two_fallbacks_ends_when_either_is_dropped() {
    for (signed, tied) in [(OLD, ELDEST), (ELDEST, OLD)] {
        let app = with_keys(TestApp::init().with_user("ann"), NEW, &[OLD, ELDEST]).start();
        let key = planted(&app, signed, Some(tied), Duration::DAY);
        let status = app.secret_keys();
        assert_eq!(all_numbers(&status), [[0; 4], [1, 0, 0, 0], [1, 0, 0, 0]]);
        assert!(status.keys[1..].iter().all(|key| matches!(key.droppable, Droppable::From(_))));
        for rest in [OLD, ELDEST] {
            let app = turned(&app, NEW, &[rest]);
            let row = app.database.snapshot();
            assert_eq!(app.secret_keys().dead_sessions, 1);
            assert_eq!(row, app.database.snapshot());
        }
        let both = Held { sessions: vec![key], ..Held::default() }.alive(&app);
        assert_eq!(both[0], [true]);
    }
}

#[test]
fn of_an_installation_that_was_there_before_links_may_be_open_that_nobody_wrote_down() {
    let app = with_keys(TestApp::init().with_user("ann"), NEW, &[OLD, ELDEST]).start();
    app.run_tasks();
    let status = app.secret_keys();
    assert_eq!((status.links_known_since, status.links_unknown_until), (None, None));
    assert!(status.keys[1..].iter().all(|key| key.droppable == Droppable::Unused));
    // All steps but the one that made the table ran a year ago.
    app.database.execute(
        "UPDATE __diesel_schema_migrations SET run_on = '2020-01-02 03:04:05' WHERE version <> '00000000000110'",
    );
    let status = app.secret_keys();
    let since = status.links_known_since.expect("a time");
    assert!(since <= status.at && since > status.at - Duration::minutes(30), "{since}");
    assert_eq!(status.links_unknown_until, Some(since + RESET_TIMEOUT));
    assert!(status.keys[1..].iter().all(|key| key.droppable == Droppable::From(since + RESET_TIMEOUT)));
    assert_eq!(status.keys[0].droppable, Droppable::Signs);
    app.clock.advance(RESET_TIMEOUT);
    let status = app.secret_keys();
    assert_eq!(status.links_unknown_until, None);
    assert!(status.keys[1..].iter().all(|key| key.droppable.is_now()));
}

#[test]
fn who_signs_with_an_older_key_after_the_switch_is_told() {
    let app = first();
    app.run_tasks();
    app.clock.advance(Duration::HOUR);
    let app = turned(&app, NEW, &[OLD]);
    // Where no site of ours ran with the new key, a session tells that somebody else has just made.
    let foreign = planted(&app, OLD, Some(OLD), Duration::days(9));
    assert!(app.secret_keys().keys[1].seems_to_sign(app.clock.now()));
    app.run_tasks();
    assert!(!app.secret_keys().keys[1].signed_too_late, "it may have been made before the switch");
    app.clock.advance(Duration::minutes(20));
    planted(&app, OLD, Some(OLD), Duration::HOUR);
    let status = app.secret_keys();
    assert!(status.keys[1].seems_to_sign(status.at));
    let signed = status.keys[1].last_signed_at.expect("it signed");
    assert!(signed <= status.at && signed > status.at - Duration::minutes(1));
    app.database.execute(&format!("DELETE FROM django_session WHERE session_key = '{foreign}'"));
    let date = drop_date(&app.secret_keys().keys[1]);
    assert_eq!(date, signed + Duration::DAY, "longer than the session lasts");
}

#[test]
fn a_fallback_that_is_the_key_itself_can_go() {
    let app = first();
    live(&app);
    let app = turned(&app, OLD, &[OLD, NEW]);
    let status = app.secret_keys();
    assert_eq!(all_numbers(&status), [[2, 2, 1, 1], [0; 4], [0; 4]]);
    assert_eq!((status.keys[1].droppable, status.keys[2].droppable), (Droppable::Same, Droppable::Unused));
}

#[test]
fn more_sessions_than_are_read_at_once_are_all_counted() {
    let app = with_keys(TestApp::init().with_user("ann"), NEW, &[OLD]).start();
    let one = planted(&app, OLD, Some(OLD), Duration::DAY);
    let (data, end) = ("session_data", "expire_date");
    app.database.execute(&format!(
        "INSERT INTO django_session (session_key, session_data, expire_date) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2345) \
         SELECT 'copy' || i, {data}, {end} FROM n, django_session WHERE session_key = '{one}'"
    ));
    assert_eq!(numbers(&app.secret_keys().keys[1]), [2346, 0, 0, 0]);
}

#[test]
fn a_session_that_is_only_looked_at_is_signed_anew_as_it_is() {
    let app = with_keys(TestApp::init().with_user("ann"), NEW, &[OLD]).start();
    let (nobodys, anns) = (planted(&app, OLD, None, Duration::DAY), planted(&app, OLD, Some(NEW), Duration::DAY));
    let row = |key: &str| {
        let row = model::find(&mut app.db(), key).expect("a query").expect("a row");
        (row.session_data, row.expire_date)
    };
    for key in [&nobodys, &anns] {
        let (before, end) = row(key);
        let client = app.client();
        client.set_cookie("sessionid", key);
        client.get("/dashboard/");
        let (after, same_end) = row(key);
        assert_eq!(end, same_end);
        assert_ne!(before, after);
        assert_eq!(codec::decode(&before, &keys(OLD, &[])), codec::decode(&after, &keys(NEW, &[])));
        client.get("/dashboard/");
        assert_eq!(row(key).0, after, "once is enough");
    }
    assert_eq!(all_numbers(&app.secret_keys())[1], [0; 4]);
}

#[test]
fn of_requests_that_come_at_once_after_the_switch_none_is_refused() {
    let app = with_keys(TestApp::init().with_user("ann"), NEW, &[OLD]).start();
    for (signed, tied) in [(OLD, OLD), (NEW, OLD), (OLD, NEW)] {
        let key = planted(&app, signed, Some(tied), Duration::DAY);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let client = app.client();
                    client.set_cookie("sessionid", &key);
                    for _ in 0..3 {
                        assert!(client.is_logged_in());
                        assert_eq!(client.cookie("sessionid").as_deref(), Some(key.as_str()));
                    }
                });
            }
        });
    }
    assert_eq!(all_numbers(&app.secret_keys()), [[3, 0, 0, 0], [0; 4]]);
}

#[test]
fn tokens_with_a_key_of_their_own_do_not_rest_on_it() {
    let app = with_keys(TestApp::init().with_user("ann"), NEW, &[OLD]);
    let own = "a-key-for-tokens-alone-that-is-longer-than-thirty-two-bytes";
    let app = app.setting("SIMPLE_JWT.SIGNING_KEY", own).start();
    tokens(&app, "ann");
    app.run_tasks();
    let status = app.secret_keys();
    assert_eq!((status.tokens, all_numbers(&status)), (Tokens::OwnKeys { dead: 0 }, vec![[0; 4], [0; 4]]));

    let other = with_keys(app.beside(), NEW, &[OLD]).setting("SIMPLE_JWT.SIGNING_KEY", &own.replace('a', "b")).start();
    assert_eq!(other.secret_keys().tokens, Tokens::OwnKeys { dead: 1 });

    // Back on SECRET_KEY, with that key for what it signed.
    let fallback = json!([own]).to_string();
    let app = with_keys(app.beside(), NEW, &[OLD]).setting("SIMPLE_JWT.VERIFYING_KEY_FALLBACKS", &fallback).start();
    tokens(&app, "ann");
    let status = app.secret_keys();
    assert_eq!(status.tokens, Tokens::SecretKey { elsewhere: 1, dead: 0 });
    assert_eq!(all_numbers(&status), [[0, 1, 0, 0], [0; 4]]);
}

#[test]
fn a_token_that_was_blacklisted_or_has_expired_is_not_counted() {
    let app = first();
    let (_, refresh) = tokens(&app, "ann");
    let (_, other) = tokens(&app, "bob");
    let counted = |app: &TestApp| app.secret_keys().keys[0].refresh_tokens.number;
    assert_eq!(counted(&app), 2);
    assert_eq!(post(&app, "/api/auth/logout/", &json!({"refresh": refresh})).0 / 100, 2);
    assert_eq!(counted(&app), 1);
    refreshed(&app, &other);
    assert_eq!(counted(&app), 1, "another in its place");
    app.database.execute("UPDATE auth_user SET is_active = (1 = 0) WHERE username = 'bob'");
    assert_eq!(counted(&app), 0, "its owner may not come in");
    app.database.execute("UPDATE auth_user SET is_active = (1 = 1) WHERE username = 'bob'");
    assert_eq!(counted(&app), 1);
    // Of whoever is deleted the row stays, and only the token says whose it was.
    app.database.execute("UPDATE token_blacklist_outstandingtoken SET user_id = NULL");
    assert_eq!(counted(&app), 1);
    app.database.execute("UPDATE auth_user SET is_active = (1 = 0) WHERE username = 'bob'");
    assert_eq!(counted(&app), 0);
    app.database.execute("UPDATE auth_user SET is_active = (1 = 1) WHERE username = 'bob'");
    app.clock.advance(Duration::days(8));
    assert_eq!(counted(&app), 0);
}

#[test]
fn of_a_link_is_kept_what_tells_whether_it_is_open_and_opens_nothing() {
    let app = first();
    let link = reset_link(&app, "bob@example.org");
    let token = link.trim_end_matches('/').rsplit('/').next().expect("a token").to_owned();
    let kept = app.database.text("SELECT digest FROM vestibule_signed_link").expect("a row");
    assert_eq!(kept, sha256_hex(&token));
    for (table, rows) in app.database.snapshot() {
        assert!(!rows.contains(&token), "{table}");
    }
    let open = |app: &TestApp| {
        let mut open = Vec::new();
        links::open(&app.auth, |link| open.push(link)).expect("a look");
        open
    };
    let found = open(&app);
    assert_eq!((found.len(), found[0].purpose, found[0].key), (1, Purpose::Reset, Some(0)));
    let age = found[0].ends_at - found[0].made_at;
    assert!(age > RESET_TIMEOUT - Duration::seconds(2) && age <= RESET_TIMEOUT + Duration::SECOND, "{age}");
    // As long as the link opens something, and no longer.
    let (bob, end, own) = (app.user("bob"), found[0].ends_at, &app.auth.keys);
    for (at, is_open) in [(end - Duration::MICROSECOND, true), (end, false)] {
        let (kept, tokens) = (Kept::of(&token), &app.auth.reset_tokens);
        assert_eq!(tokens.open_until(&bob, &kept, own.current(), at).is_some(), is_open);
        assert_eq!(tokens.check(&bob, &token, own, at), is_open);
    }
    app.clock.advance(end - app.clock.now() - Duration::MINUTE);
    assert_eq!((open(&app).len(), opens(&app, &link)), (1, true));
    app.clock.advance(Duration::MINUTE);
    assert_eq!((open(&app).len(), opens(&app, &link)), (0, false));

    // A log-in closes a link before its time.
    app.database.execute("DELETE FROM vestibule_throttle");
    reset_link(&app, "bob@example.org");
    assert_eq!(open(&app).len(), 1);
    app.logged_in("bob");
    assert_eq!(open(&app).len(), 0);

    let rows = |app: &TestApp| app.database.number("SELECT count(*) FROM vestibule_signed_link");
    assert_eq!(rows(&app), 2);
    app.run_tasks();
    assert_eq!(rows(&app), 2, "kept with a margin");
    app.clock.advance(RESET_TIMEOUT + Duration::days(5));
    app.run_tasks();
    assert_eq!(rows(&app), 0);
}

#[test]
fn instances_with_different_keys_each_note_their_own() {
    let app = first();
    app.run_tasks();
    let began = app.clock.now();
    let other = turned(&app, NEW, &[OLD]);
    other.run_tasks();
    let old = &other.secret_keys().keys[1];
    assert!(!old.signed_too_late);
    // Access tokens of it are stored nowhere.
    assert_eq!(drop_date(old), old.last_signed_at.expect("it signed") + ACCESS);
    app.clock.advance(Duration::HOUR);
    other.clock.advance(Duration::HOUR);
    app.run_tasks();
    let status = other.secret_keys();
    let old = &status.keys[1];
    assert!(old.may_still_sign && old.last_current_at.is_some_and(|at| at >= began + Duration::HOUR));
    assert!(old.first_current_at.is_some_and(|at| at <= began));
    assert!(old.last_signed_at.is_some_and(|at| at == status.at), "it may have, just now");

    other.clock.advance(Duration::minutes(11));
    let status = other.secret_keys();
    let old = &status.keys[1];
    assert!(!old.may_still_sign);
    assert_eq!(old.last_signed_at, old.last_current_at.map(|at| at + Duration::minutes(10)));
    // It signed when the new one did already. Whoever did may do so again, though nothing rests on it.
    other.clock.advance(Duration::HOUR);
    let status = other.secret_keys();
    let old = &status.keys[1];
    assert!(old.signed_too_late && old.seems_to_sign(status.at));
    assert_eq!(drop_date(old), old.last_signed_at.expect("it signed") + Duration::DAY);
    other.clock.advance(Duration::DAY);
    let status = other.secret_keys();
    assert_eq!(status.keys[1].droppable, Droppable::Now);
    assert!(status.keys[1].signed_too_late && !status.keys[1].seems_to_sign(status.at));
}

#[test]
fn what_django_signs_is_counted_as_far_as_it_stands_anywhere() {
    let app = with_keys(TestApp::init().with_user("ann"), NEW, &[OLD]).start();
    let django = Oracle::new(app.database.url(), OLD);
    let session = django.ask(&["make-session", "ann"]).as_str().expect("a key").to_owned();
    let status = app.secret_keys();
    assert_eq!(all_numbers(&status), [[0; 4], [1, 0, 0, 0]]);
    assert!(status.keys[1].last_signed_at.is_some(), "its sessions say when they were signed");
    let client = app.client();
    client.set_cookie("sessionid", &session);
    assert!(client.is_logged_in());
    assert_eq!(all_numbers(&app.secret_keys()), [[1, 0, 0, 0], [0; 4]]);
}

#[test]
fn the_head_of_the_audit_log_goes_over_to_the_new_key() {
    let app = first();
    append(&app);
    let head = audit::head(&mut app.db()).expect("a head");
    let app = turned(&app, NEW, &[OLD]);
    let status = app.secret_keys();
    assert_eq!((status.keys[1].audit_entries, status.keys[1].droppable), (1, Droppable::OnceServed));
    app.run_tasks();
    assert_eq!(audit::head(&mut app.db()).expect("a head"), head);
    let status = app.secret_keys();
    assert!(status.keys[0].seals_audit_head && status.keys[1].droppable != Droppable::OnceServed);
    let app = turned(&app, NEW, &[]);
    append(&app);
    let report = |keys| audit::verify(&mut app.db(), &keys, &[]).expect("a report");
    assert!(report(keys(NEW, &[OLD])).is_sound(), "{:?}", report(keys(NEW, &[OLD])));
    let found = report(keys(NEW, &[])).findings;
    assert!(found.iter().all(|finding| finding.number == 1), "only entries of the old key are not verified: {found:?}");
    // A head that nobody sealed is not taken for ours.
    app.database.execute("UPDATE vestibule_audit_head SET seal = 'forged'");
    app.run_tasks();
    assert_eq!(app.database.text("SELECT seal FROM vestibule_audit_head").as_deref(), Some("forged"));
}

#[test]
fn counting_waits_for_nobody_who_writes_and_keeps_nobody_waiting() {
    if is_postgres() {
        return; // There nobody who reads waits for anybody who writes.
    }
    let app = first();
    live(&app);
    let mut writer = app.db();
    let counted = writer.write(|_| Ok::<_, vestibule::db::DbError>(all_numbers(&app.secret_keys())));
    assert_eq!(counted.expect("counted while the database was locked"), [[2, 2, 1, 1]]);
}
