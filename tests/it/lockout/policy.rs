//! What is locked, and for how long.

use time::Duration;
use vestibule::{
    auth::{AuthError, Credentials, Outcome, authenticate},
    client::Client as Caller,
};

use super::{HOUR, at, fail, is_let_in, site};
use crate::support::{PASSWORD, TestApp};

#[test]
fn five_failures_of_one_account_from_one_address_lock_that_pair_for_an_hour() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    assert_eq!(fail(&client, "ann", 4).status, 200);
    let fifth = client.log_in("ann", "wrong");
    assert_eq!(fifth.status, 429, "the failure that reaches the limit says so already");
    assert_eq!(fifth.header("retry-after"), Some("3600"));
    assert!(!is_let_in(&client, "ann"), "with the right password too");
    assert!(is_let_in(&at(&app, "192.0.2.2"), "ann"), "from elsewhere she gets in");
    assert!(is_let_in(&at(&app, "192.0.2.1"), "bob"), "and somebody else from there");
    app.clock.advance(HOUR - Duration::SECOND);
    assert!(!is_let_in(&client, "ann"));
    app.clock.advance(Duration::SECOND);
    assert!(is_let_in(&client, "ann"));
}

#[test]
fn trying_during_a_lock_neither_opens_nor_prolongs_it() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 5);
    for _ in 0..6 {
        app.clock.advance(Duration::minutes(8));
        assert!(!is_let_in(&client, "ann"));
        assert_eq!(client.log_in("ann", "wrong").status, 429);
    }
    app.clock.advance(Duration::minutes(12));
    assert!(is_let_in(&client, "ann"));
}

#[test]
fn variants_of_a_name_share_a_counter_and_an_unknown_name_locks_like_a_known_one() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    for variant in ["ann", "ANN", "ａｎｎ", "Ann@Example.org"] {
        assert_eq!(client.log_in(variant, "wrong").status, 200, "{variant}");
    }
    assert_eq!(client.log_in("a nn", "wrong").status, 429);
    assert!(!is_let_in(&client, "ann") && !is_let_in(&client, "ann@example.org"));
    assert_eq!(fail(&at(&app, "192.0.2.9"), "nobody", 4).status, 200);
    assert_eq!(fail(&at(&app, "192.0.2.9"), "NOBODY", 1).status, 429);
}

#[test]
fn nothing_about_the_browser_matters_to_the_default_policy() {
    let app = site().start();
    for turn in 0..5 {
        let client = at(&app, "192.0.2.1");
        client.set_header("user-agent", &format!("Browser {turn}"));
        client.set_header("accept", &format!("text/{turn}"));
        assert_eq!(client.log_in("ann", "wrong").status, if turn == 4 { 429 } else { 200 });
    }
}

#[test]
fn ipv6_is_counted_by_64() {
    let app = site().start();
    for last in 1..=5 {
        fail(&at(&app, &format!("2001:db8:1:2::{last}")), "ann", 1);
    }
    assert!(!is_let_in(&at(&app, "2001:db8:1:2:ffff::1"), "ann"));
    assert!(is_let_in(&at(&app, "2001:db8:1:3::1"), "ann"));
}

#[test]
fn an_address_that_fails_for_many_is_slowed_and_then_locked_by_itself() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    for victim in 0..9 {
        assert_eq!(client.log_in(&format!("victim{victim}"), "wrong").status, 200);
    }
    let tenth = client.log_in("victim9", "wrong");
    assert_eq!((tenth.status, tenth.header("retry-after")), (429, Some("60")), "slowed");
    assert!(!is_let_in(&client, "bob"), "whoever it tries");
    assert!(is_let_in(&at(&app, "192.0.2.2"), "bob"), "others are not");
    for minute in 1..5 {
        app.clock.advance(Duration::MINUTE);
        for victim in 0..10 {
            client.log_in(&format!("victim{minute}{victim}"), "wrong");
        }
    }
    app.clock.advance(Duration::MINUTE);
    let locked = client.log_in("bob", "wrong");
    assert_eq!((locked.status, locked.header("retry-after")), (429, Some("3540")), "locked");
}

#[test]
fn a_device_that_logged_in_before_is_not_locked_out_by_strangers() {
    let app = site().start();
    let own = at(&app, "192.0.2.1");
    assert!(is_let_in(&own, "ann"));
    own.log_out();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    assert!(!is_let_in(&at(&app, "192.0.2.1"), "ann"), "a stranger's browser at the same address");
    assert!(is_let_in(&own, "ann"), "her own");
    own.log_out();
    assert_eq!(fail(&own, "ann", 5).status, 429, "which has a counter of its own, with the same limit");
    assert!(!is_let_in(&own, "ann"));
    assert!(is_let_in(&at(&app, "192.0.2.7"), "ann"));
}

#[test]
fn a_session_goes_on_whatever_is_locked() {
    let app = site().start();
    let own = at(&app, "192.0.2.1");
    assert!(is_let_in(&own, "ann"));
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    assert!(own.is_logged_in());
}

#[test]
fn a_successful_log_in_gives_its_own_attempt_back_and_no_more() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 4);
    for _ in 0..6 {
        let fresh = at(&app, "192.0.2.1");
        assert!(is_let_in(&fresh, "ann"));
    }
    assert_eq!(at(&app, "192.0.2.1").log_in("ann", "wrong").status, 429);
}

#[test]
fn with_reset_on_success_a_log_in_forgets_the_failures_of_that_account_alone() {
    let app = site().setting("AXES_RESET_ON_SUCCESS", "true").setting("LOCKOUT_ADDRESS_LIMITS", "6/h").start();
    let client = || at(&app, "192.0.2.1");
    fail(&client(), "ann", 4);
    assert!(is_let_in(&client(), "ann"));
    assert_eq!(app.database.number("SELECT count(*) FROM axes_accessattempt"), 0, "in axes' rows too");
    assert_eq!(client().log_in("ann", "wrong").status, 200);
    assert_eq!(client().log_in("bob", "wrong").status, 429, "the address has failed six times");
}

#[test]
fn a_limit_that_was_lowered_below_what_has_failed_locks() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 4);
    let stricter = app.beside().setting("TRUSTED_PROXIES", "127.0.0.1").setting("AXES_FAILURE_LIMIT", "3").start();
    let refused = at(&stricter, "192.0.2.1").log_in("ann", "wrong");
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok_and(|it| it > 3_500)));
    assert!(!is_let_in(&at(&app, "192.0.2.1"), "ann"), "from then on it is locked for all");
}

#[test]
fn whoever_asks_who_somebody_is_shares_the_counters_of_the_form() {
    let app = site().start();
    let caller = Caller { ip: Some([192, 0, 2, 1].into()), ..Caller::default() };
    let ask = |password| authenticate(&app.auth, &caller, &Credentials::password("ann", password));
    fail(&at(&app, "192.0.2.1"), "ann", 3);
    assert!(matches!(ask("wrong"), Ok(Outcome::Refused)));
    assert!(matches!(ask("wrong"), Err(AuthError::Locked(_))));
    assert!(matches!(ask(PASSWORD), Err(AuthError::Locked(_))));
    assert_eq!(at(&app, "192.0.2.1").log_in("ann", PASSWORD).status, 429);
}

#[test]
fn by_default_an_address_may_fail_twenty_times_a_minute() {
    let app = TestApp::init().start();
    let client = app.client();
    for victim in 0..19 {
        assert_eq!(client.log_in(&format!("victim{victim}"), "wrong").status, 200);
    }
    let slowed = client.log_in("victim19", "wrong");
    assert_eq!((slowed.status, slowed.header("retry-after")), (429, Some("60")));
}

#[test]
fn whoever_knew_an_older_password_has_no_known_device() {
    let app = site().start();
    let known_once = at(&app, "192.0.2.1");
    assert!(is_let_in(&known_once, "ann"));
    let encoded = app.auth.hashers.make_password("another 42");
    app.database.execute(&format!("UPDATE auth_user SET password = '{encoded}' WHERE username = 'ann'"));
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    assert_eq!(known_once.log_in("ann", PASSWORD).status, 429, "no counter of its own any more");
}
