//! Within the grace period, who did not hear the answer hears it again.

use time::Duration;

use super::{Pair, all_at_once, assert_blacklisted, counts, is_good, refresh, site, take_back};
use crate::{api::profile, support::TestApp};

fn graceful() -> TestApp {
    site().setting("SIMPLE_JWT__ROTATION_GRACE_PERIOD", "10s").start()
}

#[test]
fn a_repeat_gets_the_same_successor_and_a_good_access_token() {
    let app = graceful();
    let client = app.client();
    let pair = Pair::obtain(&client, "ann");
    let child = pair.renew(&client);
    for _ in 0..3 {
        let again = pair.renew(&client);
        assert_eq!(again.refresh, child.refresh);
        assert_eq!(profile(&client, &again.access).status, 200);
    }
    assert_eq!(counts(&app.database), (2, 1));
}

#[test]
fn after_it_a_repeat_is_a_theft() {
    let app = graceful();
    let client = app.client();
    let pair = Pair::obtain(&client, "ann");
    let child = pair.renew(&client);
    app.clock.advance(Duration::seconds(11));
    assert_blacklisted(&refresh(&client, &pair.refresh));
    assert!(!is_good(&client, &child.refresh));
}

#[test]
fn a_crowd_gets_one_successor() {
    let app = graceful();
    let pair = Pair::obtain(&app.client(), "ann");
    let answers = all_at_once(&app, &pair.refresh);
    let tokens: Vec<String> = answers.iter().map(|answer| Pair::of(answer).refresh).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(counts(&app.database), (2, 1));
    assert!(is_good(&app.client(), &tokens[0]));
}

#[test]
fn a_successor_that_was_used_or_taken_back_is_not_given_again() {
    for take in [false, true] {
        let app = graceful();
        let client = app.client();
        let pair = Pair::obtain(&client, "ann");
        let child = pair.renew(&client);
        if take {
            assert_eq!(take_back(&client, &child.refresh).status, 200);
        } else {
            child.renew(&client);
        }
        assert_blacklisted(&refresh(&client, &pair.refresh));
    }
}

#[test]
fn there_is_no_grace_at_the_way_out() {
    let app = graceful();
    let client = app.client();
    let pair = Pair::obtain(&client, "ann");
    let child = pair.renew(&client);
    assert_blacklisted(&take_back(&client, &pair.refresh));
    assert!(!is_good(&client, &child.refresh), "who leaves with an older token leaves all the same");
}

#[test]
fn without_the_setting_there_is_none() {
    let app = site().start();
    let client = app.client();
    let pair = Pair::obtain(&client, "ann");
    pair.renew(&client);
    assert_blacklisted(&refresh(&client, &pair.refresh));
}
