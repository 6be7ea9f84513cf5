//! Log out everywhere.

use time::Duration;

use super::{EVERYWHERE, REQUIRED, WRONG, djangos, errors, happened, refresh_token, renews, site};
use crate::support::PASSWORD;

#[test]
fn everything_ends_what_django_made_and_nobody_has_used_too() {
    let app = site().start();
    let (own, other, unused, bobs) =
        (app.logged_in("ann"), app.logged_in("ann"), djangos(&app, "ann"), app.logged_in("bob"));
    let (refresh, bobs_refresh) = (refresh_token(&app, "ann", "curl/8"), refresh_token(&app, "bob", "curl/8"));
    let anonymous = app.database.number("SELECT count(*) FROM django_session");
    assert_eq!(anonymous, 4);
    let answer = own.submit(EVERYWHERE, &[]);
    assert_eq!((answer.status, answer.location()), (302, "/login/"));
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 1, "no row is left of ann's");
    assert!(!own.is_logged_in() && !other.is_logged_in() && !unused.is_logged_in() && bobs.is_logged_in());
    assert!(!renews(&app, &refresh) && renews(&app, &bobs_refresh));
    assert_eq!(happened(&app, "everything_ended"), 1);
    assert_eq!(app.client().log_in("ann", PASSWORD).status, 302);
}

#[test]
fn the_password_is_asked_for_unless_it_was_given_lately() {
    let app = site().start();
    let (own, other) = (app.logged_in("ann"), app.logged_in("ann"));
    app.clock.advance(Duration::minutes(5));
    let asked = own.get(EVERYWHERE);
    assert_eq!(asked.attribute("main input[type=password]", "autocomplete").as_deref(), Some("current-password"));
    let without = own.submit(EVERYWHERE, &[]);
    assert_eq!((without.status, errors(&without, "password")), (200, vec![REQUIRED.to_owned()]));
    let wrong = own.submit(EVERYWHERE, &[("password", "wrong horse 42")]);
    assert_eq!((wrong.status, errors(&wrong, "password")), (200, vec![WRONG.to_owned()]));
    assert!(!wrong.body.contains("wrong horse 42"));
    assert_eq!(happened(&app, "login_failed"), 1);
    assert!(own.is_logged_in() && other.is_logged_in());
    assert_eq!(own.submit(EVERYWHERE, &[("password", PASSWORD)]).status, 302);
    assert!(!own.is_logged_in() && !other.is_logged_in());
}

#[test]
fn it_takes_a_form_of_ours() {
    let app = site().start();
    let own = app.logged_in("ann");
    assert_eq!((own.get(EVERYWHERE).status, own.post(EVERYWHERE, &[]).status), (200, 403));
    assert!(own.is_logged_in());
}
