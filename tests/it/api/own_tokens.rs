//! The refresh tokens of somebody's, as they see and end them.

use time::{Duration, PrimitiveDateTime};
use vestibule::jwt::{
    self,
    own_tokens::{self, OwnToken, OwnTokens},
};

use super::{Answer, Django, Pair, Request, Side, assert_blacklisted, claims_of, is_good, refresh, site, take_back};
use crate::support::{Client, TestApp, is_postgres, until};

fn list(app: &TestApp, username: &str) -> OwnTokens {
    own_tokens::list(&mut app.db(), &app.user(username), app.clock.now()).expect("a list")
}

fn end(app: &TestApp, username: &str, id: &str) -> bool {
    let (user_id, now) = (app.user(username).id, app.clock.now());
    app.db().write(|db| own_tokens::end_one(db, user_id, id, now)).expect("an answer")
}

/// A program that says what it is.
struct Program(Client, &'static str);

impl Side for Program {
    fn answer(&self, request: &Request) -> Answer {
        self.0.answer(&request.clone().header("User-Agent", self.1))
    }
}

fn program(app: &TestApp, name: &'static str) -> Program {
    Program(app.client(), name)
}

#[test]
fn each_log_in_is_one_entry_however_often_it_was_renewed_the_last_used_first() {
    let app = site().with_user("bob").start();
    let begun = app.clock.now();
    let first = Pair::obtain(&program(&app, "first/1"), "ann");
    Pair::obtain(&app.client(), "bob");
    app.clock.advance(Duration::MINUTE);
    let second = Pair::obtain(&program(&app, "second/1"), "ann");
    assert_eq!(list(&app, "ann").total, 2);
    app.clock.advance(Duration::MINUTE);
    first.renew(&program(&app, "first/2")).renew(&program(&app, "first/3"));

    let OwnTokens { tokens, total } = list(&app, "ann");
    assert_eq!((total, tokens.len()), (2, 2));
    // The clock goes on by itself, but not for minutes.
    let minutes = |at: Option<PrimitiveDateTime>| (at.expect("a time") - begun).whole_minutes();
    let seen = |token: &OwnToken| (minutes(token.started_at), minutes(token.last_used_at), token.user_agent.clone());
    assert_eq!(seen(&tokens[0]), (0, 2, "first/3".to_owned()));
    assert_eq!(seen(&tokens[1]), (1, 1, "second/1".to_owned()));
    assert_eq!(tokens[0].ip_address.as_deref(), Some("127.0.0.1"));
    assert!(tokens[0].expires_at > tokens[1].expires_at);

    take_back(&app.client(), &second.refresh);
    assert_eq!(list(&app, "ann").total, 1, "what was taken back is not there");
    app.clock.advance(Duration::days(365));
    assert_eq!(list(&app, "ann").total, 0, "what has expired is not there");
}

#[test]
fn if_old_tokens_stay_good_a_log_in_is_one_entry_all_the_same_and_ends_whole() {
    let app = site().setting("SIMPLE_JWT__BLACKLIST_AFTER_ROTATION", "false").start();
    let client = app.client();
    let first = Pair::obtain(&client, "ann");
    app.clock.advance(Duration::MINUTE);
    let renewed_after = app.clock.now();
    let second = first.renew(&client);
    let OwnTokens { tokens, total } = list(&app, "ann");
    assert!(total == 1 && tokens[0].last_used_at >= Some(renewed_after), "{tokens:?}");
    assert!(end(&app, "ann", &tokens[0].id));
    // Whether a token is blacklisted is looked at only where it is used, by this setting.
    for pair in [first, second] {
        assert_blacklisted(&refresh(&client, &pair.refresh));
    }
}

#[test]
fn after_another_password_the_tokens_of_the_old_one_are_not_shown() {
    let app = site().start();
    Pair::obtain(&app.client(), "ann");
    app.database.execute("UPDATE auth_user SET password = '!' WHERE username = 'ann'");
    assert_eq!(list(&app, "ann").total, 0);
}

#[test]
fn one_can_be_ended_by_its_owner_and_by_nobody_else() {
    let app = site().with_user("bob").start();
    let client = app.client();
    let (kept, ended) = (Pair::obtain(&client, "ann"), Pair::obtain(&client, "ann").renew(&client));
    let id = list(&app, "ann").tokens[0].id.clone();
    assert!(!end(&app, "bob", &id));
    for nonsense in ["", "\0", "nonsense"] {
        assert!(!end(&app, "ann", nonsense));
    }
    assert!(is_good(&client, &ended.refresh));
    assert!(end(&app, "ann", &id));
    assert!(!is_good(&client, &ended.refresh) && is_good(&client, &kept.refresh));
    assert!(!end(&app, "ann", &id), "once");
    assert_eq!(list(&app, "ann").total, 1);
}

#[test]
fn what_a_django_made_is_shown_under_a_name_that_is_not_its_id_and_can_be_ended() {
    let app = site().with_user("bob").start();
    let django = Django::beside(&app);
    let pair = Pair::obtain(&django, "ann");
    let jti = claims_of(&pair.refresh)["jti"].as_str().expect("an id").to_owned();
    let token = list(&app, "ann").tokens.remove(0);
    assert!(token.id.len() == 32 && token.id != jti);
    assert!(token.started_at.is_some() && token.user_agent.is_empty() && token.ip_address.is_none());
    assert!(!end(&app, "ann", &jti) && !end(&app, "bob", &token.id));
    assert!(end(&app, "ann", &token.id));
    assert!(!is_good(&django, &pair.refresh) && !is_good(&app.client(), &pair.refresh));
}

/// What a renewal does at the moment in which the token is ended: it has blacklisted it, and goes on.
#[test]
fn a_token_that_is_renewed_at_that_moment_ends_with_its_successor() {
    if !is_postgres() {
        // There one writes after the other.
        return;
    }
    for everything in [false, true] {
        let app = site().start();
        let client = app.client();
        let pair = Pair::obtain(&client, "ann");
        let (id, ann) = (list(&app, "ann").tokens[0].id.clone(), app.user("ann").id);
        let jti = claims_of(&pair.refresh)["jti"].as_str().expect("an id").to_owned();
        let app = std::sync::Arc::new(app);
        let ending = app
            .db()
            .write(|db| -> Result<_, vestibule::auth::AuthError> {
                let now = app.clock.now();
                let row = jwt::models::outstanding::standing(db, &jti)?.expect("a row").id;
                assert!(jwt::models::outstanding::blacklist(db, row, now)?);
                let other = std::sync::Arc::clone(&app);
                let ending = std::thread::spawn(move || {
                    other.db().write(|db| {
                        if everything {
                            jwt::end_all(db, ann, now).map(|()| true)
                        } else {
                            own_tokens::end_one(db, ann, &id, now)
                        }
                    })
                });
                let waiting = "SELECT count(*) FROM pg_stat_activity \
                               WHERE wait_event_type = 'Lock' AND datname = current_database()";
                until(|| app.database.number(waiting) == 1);
                let mut successor = jwt::models::token::find(db, &jti)?.expect("a token");
                successor.jti = "successor".to_owned();
                let new = jwt::models::outstanding::New {
                    jti: "successor",
                    text: "text",
                    user_id: Some(ann),
                    created_at: now,
                    expires_at: successor.expires_at,
                };
                jwt::models::outstanding::insert(db, &new)?;
                let user = app.user("ann");
                let issued = jwt::models::token::Issued {
                    family: &successor.family,
                    started_at: now,
                    user: &user,
                    client: &vestibule::client::Client::default(),
                };
                jwt::models::token::insert(db, "successor", &issued, now, successor.expires_at)?;
                Ok(ending)
            })
            .expect("renewed");
        assert!(ending.join().expect("no panic").expect("ended"));
        assert_eq!(list(&app, "ann").total, 0);
    }
}
