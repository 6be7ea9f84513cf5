//! A Django renewed the token, so that nobody knows which one took its place.

use super::{Pair, assert_blacklisted, is_good, refresh, site, take_back};
use crate::{api::Django, support::TestApp};

fn both() -> (TestApp, Django) {
    let app = site().with_user("bob").start();
    let django = Django::beside(&app);
    (app, django)
}

#[test]
fn then_its_use_ends_all_of_that_persons_tokens() {
    let (app, django) = both();
    let client = app.client();
    let makers: [&dyn Fn() -> Pair; 3] =
        [&|| Pair::obtain(&client, "ann"), &|| Pair::obtain(&client, "ann").renew(&client), &|| {
            Pair::obtain(&django, "ann")
        }];
    for make in makers {
        let stolen = make();
        let next = stolen.renew(&django).renew(&django);
        let anns = [Pair::obtain(&client, "ann"), Pair::obtain(&django, "ann"), next];
        let bobs = [Pair::obtain(&client, "bob"), Pair::obtain(&django, "bob")];
        assert_blacklisted(&refresh(&client, &stolen.refresh));
        for pair in &anns {
            assert!(!is_good(&client, &pair.refresh) && !is_good(&django, &pair.refresh));
        }
        assert!(bobs.iter().all(|pair| is_good(&client, &pair.refresh) && is_good(&django, &pair.refresh)));
    }
}

#[test]
fn the_use_of_an_older_one_ends_all_if_the_lineage_is_lost_on_the_way() {
    let (app, django) = both();
    let client = app.client();
    let parent = Pair::obtain(&client, "ann");
    let child = parent.renew(&client);
    let grandchild = child.renew(&django);
    assert_blacklisted(&refresh(&client, &parent.refresh));
    assert!(!is_good(&client, &grandchild.refresh) && !is_good(&django, &grandchild.refresh));
}

#[test]
fn what_django_made_of_ours_is_renewed_here_like_any_other() {
    let (app, django) = both();
    let client = app.client();
    let pair = Pair::obtain(&client, "ann").renew(&django).renew(&client).renew(&client).renew(&django);
    assert!(is_good(&client, &pair.refresh));
}

#[test]
fn the_use_of_one_that_was_taken_back_there_ends_nothing() {
    let (app, django) = both();
    let client = app.client();
    let kept = Pair::obtain(&client, "ann");
    let pair = Pair::obtain(&client, "ann");
    assert_eq!(take_back(&django, &pair.refresh).status, 200);
    assert_blacklisted(&refresh(&client, &pair.refresh));
    assert!(is_good(&client, &kept.refresh));
}

#[test]
fn one_that_was_made_and_at_once_taken_back_there_is_not_its_own_successor() {
    let (app, django) = both();
    let client = app.client();
    let kept = Pair::obtain(&client, "ann");
    let pair = Pair::obtain(&django, "ann");
    assert_eq!(take_back(&django, &pair.refresh).status, 200);
    assert_blacklisted(&refresh(&client, &pair.refresh));
    assert!(is_good(&client, &kept.refresh));
}
