//! A token is used that has a successor: of two who have it, one is a thief.

use super::{Pair, assert_blacklisted, counts, is_good, refresh, site, take_back, verify};
use crate::support::TestApp;

/// A log-in that was renewed twice, another of the same person, and one of somebody else.
struct People {
    app: TestApp,
    family: [Pair; 3],
    others: [Pair; 2],
}

impl People {
    fn start(settings: &[(&str, &str)]) -> Self {
        let app = site().with_user("bob");
        let app = settings.iter().fold(app, |app, (name, value)| app.setting(name, value)).start();
        let client = app.client();
        let parent = Pair::obtain(&client, "ann");
        let child = parent.renew(&client);
        let grandchild = child.renew(&client);
        let others = [Pair::obtain(&client, "ann"), Pair::obtain(&client, "bob")];
        Self { app, family: [parent, child, grandchild], others }
    }

    fn is_family_alive(&self) -> bool {
        is_good(&self.app.client(), &self.family[2].refresh)
    }

    fn are_others_alive(&self) -> bool {
        self.others.iter().all(|pair| is_good(&self.app.client(), &pair.refresh))
    }
}

#[test]
fn it_ends_all_that_came_of_the_same_log_in_and_nothing_else() {
    for stolen in [0, 1] {
        for use_again in [refresh, take_back] {
            let people = People::start(&[]);
            assert_blacklisted(&use_again(&people.app.client(), &people.family[stolen].refresh));
            assert!(!people.is_family_alive() && people.are_others_alive(), "{stolen}");
            let heir = &people.family[2].refresh;
            assert_blacklisted(&refresh(&people.app.client(), heir));
            assert!(people.are_others_alive(), "to use what was ended is no second theft");
            let sql = "SELECT count(*) FROM vestibule_event WHERE kind LIKE '%reused%'";
            assert_eq!(people.app.database.number(sql), 1, "and it is an event");
        }
    }
}

#[test]
fn to_ask_whether_it_is_good_ends_nothing() {
    let people = People::start(&[]);
    for pair in &people.family[..2] {
        assert_eq!(verify(&people.app.client(), &pair.refresh).status, 400);
    }
    assert!(people.is_family_alive() && people.are_others_alive());
}

#[test]
fn it_ends_nothing_if_the_setting_says_so() {
    let people = People::start(&[("SIMPLE_JWT__REUSE_REVOKES_FAMILY", "false")]);
    let before = counts(&people.app.database);
    for pair in &people.family[..2] {
        assert_blacklisted(&refresh(&people.app.client(), &pair.refresh));
        assert_blacklisted(&take_back(&people.app.client(), &pair.refresh));
    }
    assert!(people.is_family_alive() && people.are_others_alive());
    assert_eq!(counts(&people.app.database), before);
}

#[test]
fn a_token_that_was_taken_back_has_no_successor_and_its_use_ends_nothing() {
    let people = People::start(&[]);
    let client = people.app.client();
    assert_eq!(take_back(&client, &people.others[0].refresh).status, 200);
    for _ in 0..2 {
        assert_blacklisted(&refresh(&client, &people.others[0].refresh));
        assert_blacklisted(&take_back(&client, &people.others[0].refresh));
    }
    assert!(people.is_family_alive());
    assert!(is_good(&client, &people.others[1].refresh));
}

#[test]
fn a_log_out_after_a_theft_ends_what_the_thief_has() {
    let people = People::start(&[]);
    // The thief renewed the token first; its owner, who knows only the older one, leaves.
    assert_blacklisted(&take_back(&people.app.client(), &people.family[1].refresh));
    assert!(!people.is_family_alive());
}

#[test]
fn without_blacklisting_an_old_token_stays_good_until_it_ends() {
    let people = People::start(&[("SIMPLE_JWT__BLACKLIST_AFTER_ROTATION", "false")]);
    let client = people.app.client();
    people.family[0].renew(&client);
    people.family[0].renew(&client);
    assert!(people.is_family_alive());
    assert_eq!(counts(&people.app.database).1, 0);
}
