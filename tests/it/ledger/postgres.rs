//! PostgreSQL crashes while the server stays up. On SQLite there is nothing to ask.

use super::{Site, chosen, cluster::Cluster, replay};
use crate::support::{PASSWORD, Program, TestDatabase, is_postgres};

/// A site on a cluster of its own. Without a connection it does not wait long, so that the tests don't either.
fn site_on(cluster: &Cluster) -> Site {
    let database = TestDatabase::elsewhere(cluster.url());
    Site::start(Program::on(database).setting("DATABASE_POOL_TIMEOUT", "1"))
}

/// Logs in as soon as that works again.
fn heal(program: &Program) {
    let client = program.client();
    replay::eventually("a log-in after the restart", || {
        let response = client.log_in("ann", PASSWORD);
        (response.status == 302).then_some(())
    });
    assert_eq!(client.log_out().status, 302);
}

#[test]
fn a_crash_of_postgresql_loses_nothing_that_was_acknowledged() {
    if !is_postgres() {
        return;
    }
    let rounds = chosen("ROUNDS", 3);
    let cluster = Cluster::start();
    let mut site = site_on(&cluster);
    let mut done = 0;
    while done < rounds && site.book.is_complete() {
        done += 1;
        site.book.turn_page(done);
        let book = site.book.clone();
        site.strike_at_a_random_moment(|program| {
            cluster.restart_at_once();
            heal(program);
            // The browsers, too, go on without having been told.
            let before = book.count_log_ins();
            replay::eventually("more log-ins", || (book.count_log_ins() > before).then_some(()));
        });
        replay::replay(&site.program, &site.book);
    }
    assert_eq!(site.book.count_unanswered(), 0, "the server itself was never away");
    assert!(site.book.count_refused() > 0, "nobody noticed");
    site.conclude("pg_ctl restart -m immediate", done);
}

#[test]
fn while_postgresql_is_away_nobody_is_let_in_and_the_pool_heals_by_itself() {
    if !is_postgres() {
        return;
    }
    let cluster = Cluster::start();
    let site = site_on(&cluster);
    let (insider, stranger) = (site.program.client(), site.program.client());
    assert_eq!(insider.log_in("ann", PASSWORD).status, 302);
    let session = insider.cookie("sessionid").expect("a session");

    cluster.stop_at_once();
    for _ in 0..3 {
        let dashboard = insider.get("/dashboard/");
        let log_in = stranger.log_in("ann", PASSWORD);
        for response in [dashboard, log_in] {
            assert_eq!((response.status, response.header("retry-after")), (503, Some("5")));
        }
        assert_eq!(stranger.cookie("sessionid"), None);
        assert_eq!(insider.cookie("sessionid").as_ref(), Some(&session), "a cookie outlives the outage");
    }
    assert_eq!(stranger.get("/healthz").status, 200);
    assert_eq!(stranger.get("/readyz").status, 503);

    cluster.start_again();
    heal(&site.program);
    replay::eventually("a known session", || insider.is_logged_in().then_some(()));
    replay::eventually("ready", || (stranger.get("/readyz").status == 200).then_some(()));
}
