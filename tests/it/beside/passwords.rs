//! A new password ends what it should on both, links to reset one open on both, and hashes stay what they are.

use super::{Django, Here, NEW, Pair, Setup, Side, There, assert_known, assert_out, beside_each_django};
use crate::support::{Client, PASSWORD, TestApp, TestDatabase, until};

beside_each_django!(new_passwords_count_on_both, nobody_hashes_anew_what_the_other_made);

/// Django's own hashers as they come, in the place of the tests' cheap ones.
const DJANGOS: &str =
    "django.contrib.auth.hashers.PBKDF2PasswordHasher,django.contrib.auth.hashers.Argon2PasswordHasher";
const THIRD: &str = "wagon lantern 93";

fn new_passwords_count_on_both(django: &Django) {
    // Reset links count in the local time, and end before it is as late there as in UTC.
    let pair = Setup::beside(django, &["ann", "bob", "cat", "dan", "zoe"])
        .ours("TIME_ZONE", "America/New_York")
        .ours("PASSWORD_RESET_TIMEOUT", "1h")
        .theirs("VESTIBULE_TEST_TIME_ZONE", "America/New_York")
        .start();
    let made = [(Side::WAYS[0], "ann", "bob"), (Side::WAYS[1], "cat", "dan")].map(|((one, other), changes, resets)| {
        a_change_ends_all_but_this_session(&pair, one, changes);
        a_reset_link_of_one_opens_the_other(&pair, one, other, resets)
    });
    assert!(made[0].abs_diff(made[1]) < 600, "the same clock on the wall: {made:?}");
    a_hash_upgrade_here_logs_nobody_out(&pair, "zoe");
}

/// Browsers in which somebody is logged in, twice by each.
fn everywhere(pair: &Pair, username: &str) -> Vec<Client> {
    [There, Here, There, Here].map(|side| pair.logged_in(side, username)).into()
}

fn is_let_in(pair: &Pair, side: Side, username: &str, password: &str) -> bool {
    let answer = side.try_password(&pair.browser(), username, password);
    assert!([200, 302].contains(&answer.status), "{side:?}: {answer:?}");
    answer.status == 302
}

fn a_change_ends_all_but_this_session(pair: &Pair, changer: Side, username: &str) {
    let others = everywhere(pair, username);
    let mut password = (PASSWORD, NEW);
    // The session in which it is changed may be of either.
    for maker in [There, Here] {
        let own = pair.browser();
        assert_eq!(maker.try_password(&own, username, password.0).status, 302);
        let answer = changer.change_password(&own, password.0, password.1);
        assert_eq!(answer.status, 302, "{changer:?}: {}", answer.body);
        assert_known(&own, username);
        password = (password.1, THIRD);
    }
    for (client, way) in others.iter().zip([Side::WAYS, Side::WAYS].concat()) {
        assert_out(client, way);
    }
    for side in [There, Here] {
        assert!(!is_let_in(pair, side, username, PASSWORD) && is_let_in(pair, side, username, THIRD), "{side:?}");
    }
}

/// The path of the link in the only letter to `username`, which is sent a moment later.
fn link(pair: &Pair, sender: Side, username: &str) -> String {
    let letters = || pair.mail(sender.pick("django", "vestibule")).into_iter();
    let to = format!("To: {username}@example.org");
    let found = || letters().find(|letter| letter.contains(&to));
    until(|| found().is_some());
    let letter = found().expect("a letter").replace("=\n", "");
    let line = letter.lines().find(|line| line.starts_with("http")).unwrap_or_else(|| panic!("no link: {letter}"));
    line.trim().strip_prefix(&pair.browser().origin()).unwrap_or_else(|| panic!("of another host: {line}")).to_owned()
}

/// When the link was made, by the clock on its maker's wall.
fn a_reset_link_of_one_opens_the_other(pair: &Pair, one: Side, other: Side, username: &str) -> u64 {
    let (before, reset) = (everywhere(pair, username), ["/accounts/reset/", "/auth/account/reset/"]);
    let ask = one.pick("/accounts/password_reset/", "/auth/account/password_reset/");
    assert_eq!(pair.browser().submit(ask, &[("email", &format!("{username}@example.org"))]).status, 302);
    let link = link(pair, one, username);
    let theirs = link.replace(one.pick(reset[0], reset[1]), other.pick(reset[0], reset[1]));
    assert_ne!(link, theirs);

    let client = pair.browser();
    let form = client.get(&theirs).location().to_owned();
    assert!(form.ends_with("/set-password/"), "{other:?} does not take {link}");
    // It waits in the session, which both read: the form of the one that sent it would do as well.
    assert_eq!(client.get(&form).texts("input[name=new_password1]").len(), 1);
    assert_eq!(client.get(&form.replace(other.pick(reset[0], reset[1]), one.pick(reset[0], reset[1]))).status, 200);
    let answer = client.submit(&form, &[("new_password1", NEW), ("new_password2", NEW)]);
    assert_eq!(answer.status, 302, "{}", answer.body);
    for (client, way) in before.iter().zip([Side::WAYS, Side::WAYS].concat()) {
        assert_out(client, way);
    }
    for (side, path) in [(one, &link), (other, &theirs)] {
        assert_eq!(pair.browser().get(path).status, 200, "{side:?} takes it a second time");
        assert!(is_let_in(pair, side, username, NEW) && !is_let_in(pair, side, username, PASSWORD), "{side:?}");
    }
    let stamp = link.trim_end_matches('/').rsplit('/').next().and_then(|token| token.split('-').next());
    u64::from_str_radix(stamp.expect("a token"), 36).expect("a number")
}

fn a_hash_upgrade_here_logs_nobody_out(pair: &Pair, username: &str) {
    // Vestibule as it was set before, and sessions that both made then.
    let yesterday = TestApp::on(TestDatabase::elsewhere(pair.database().url().to_owned()))
        .setting("PASSWORD_HASHERS", r#"[{ NAME = "a.PBKDF2PasswordHasher", OPTIONS = { iterations = 10 } }]"#)
        .setting("AUTHENTICATION_BACKENDS", "django.contrib.auth.backends.ModelBackend")
        .start();
    let old = yesterday.auth.hashers.make_password(PASSWORD);
    pair.database().execute(&format!("UPDATE auth_user SET password = '{old}' WHERE username = '{username}'"));
    let ours = yesterday.logged_in(username).cookie("sessionid").expect("a session");
    let theirs: String =
        serde_json::from_str(&pair.oracle(&["make-session", username, r#"{"cart":[1]}"#])).expect("a key");
    let sessions = [ours, theirs].map(|key| {
        let client = pair.browser();
        client.set_cookie("sessionid", &key);
        client
    });
    assert_eq!(pair.stored(username), old);

    let own = pair.logged_in(Here, username);
    let upgraded = pair.stored(username);
    assert!(upgraded.starts_with("argon2$argon2id$v=19$m=8,t=1,p=1$"), "{upgraded}");
    for client in sessions.iter().chain([&own]) {
        assert_known(client, username);
    }
    // Neither has anything to do to it any more, however often they let her in by turns.
    for _ in 0..5 {
        everywhere(pair, username);
    }
    assert_eq!(pair.stored(username), upgraded);
}

fn nobody_hashes_anew_what_the_other_made(django: &Django) {
    let pair =
        Setup::beside(django, &["ann"]).ours("PASSWORD_HASHERS", "").theirs("VESTIBULE_TEST_HASHERS", DJANGOS).start();
    let theirs = pair.stored("ann");
    assert!(theirs.starts_with("pbkdf2_sha256$"), "{theirs}");
    // Few times, because each takes a second or two.
    let clients = [There, Here, There].map(|side| {
        let client = pair.logged_in(side, "ann");
        assert_eq!(pair.stored("ann"), theirs, "{side:?}");
        client
    });
    for client in &clients {
        assert_known(client, "ann");
    }
    assert_eq!(Here.change_password(&clients[0], PASSWORD, NEW).status, 302);
    let ours = pair.stored("ann");
    assert_eq!(ours.split('$').nth(1), theirs.split('$').nth(1), "as many iterations");
    assert!(is_let_in(&pair, There, "ann", NEW));
    assert_eq!(pair.stored("ann"), ours);
    assert_known(&clients[0], "ann");
}
