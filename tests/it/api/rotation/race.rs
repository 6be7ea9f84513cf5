//! Many use one token at the same moment.

use super::{Pair, Sent, all_at_once, assert_blacklisted, counts, is_good, refresh, site, the_one};
use crate::support::Program;

#[test]
fn of_many_uses_at_once_one_wins_and_what_it_got_lives_until_somebody_comes_late() {
    let app = site().start();
    let client = app.client();
    for round in 1..=5 {
        let pair = Pair::obtain(&client, "ann");
        let (made, ended) = counts(&app.database);
        let child = the_one(&all_at_once(&app, &pair.refresh));
        assert_eq!(counts(&app.database), (made + 1, ended + 1), "round {round}");
        assert!(is_good(&client, &child.refresh), "round {round}: who lost the race is no thief");
        let grandchild = child.renew(&client);

        assert_blacklisted(&refresh(&client, &pair.refresh));
        assert_blacklisted(&refresh(&client, &grandchild.refresh));
        assert_eq!(counts(&app.database), (made + 2, ended + 3), "round {round}");
    }
}

#[test]
fn a_crowd_that_comes_as_it_comes_gets_one_successor() {
    let one = site().start();
    let other = one.beside().setting("AXES_ENABLED", "false").start();
    for round in 1..=20 {
        let pair = Pair::obtain(&one.client(), "ann");
        let (made, _) = counts(&one.database);
        the_one(&Sent::token(&[one.address, other.address], &pair.refresh).answers());
        assert_eq!(counts(&one.database).0, made + 1, "round {round}");
    }
}

#[test]
fn two_processes_give_one_successor_between_them() {
    let program = Program::init().with_superuser("ann").start();
    let (other, _running) = program.beside();
    let client = program.client();
    for round in 1..=20 {
        let pair = Pair::obtain(&client, "ann");
        let (made, _) = counts(program.database());
        the_one(&Sent::token(&[client.address, other.address], &pair.refresh).answers());
        assert_eq!(counts(program.database()).0, made + 1, "round {round}");
        assert!(!is_good(&other, &pair.refresh), "round {round}");
    }
    let pair = Pair::obtain(&client, "ann").renew(&other).renew(&client);
    assert!(is_good(&other, &pair.refresh));
}
