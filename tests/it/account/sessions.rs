//! Where somebody is logged in, as they see and end it.

use super::{browser, djangos, happened, key, press, site};
use crate::support::{Client, Response, TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
const END_OTHERS: &str = "/account/sessions/end_others/";

/// The names in the list of sessions.
fn names(page: &Response) -> Vec<String> {
    page.texts("strong[id^=session-]")
}

fn end(id: &str) -> String {
    format!("/account/sessions/{id}/end/")
}

fn public_id(app: &TestApp, client: &Client) -> String {
    let sql = format!("SELECT public_id FROM vestibule_session WHERE session_key = '{}'", key(client));
    app.database.text(&sql).expect("a noted session")
}

#[test]
fn sessions_are_listed_in_words_and_this_one_is_marked() {
    let app = site().start();
    let (own, other) = (browser(&app, "ann", FIREFOX), browser(&app, "ann", SAFARI));
    browser(&app, "bob", "Bobs/1");
    let page = own.get("/account/");
    let mut listed = names(&page);
    listed.sort();
    assert_eq!(listed, ["Firefox on Linux", "Safari on iPhone"]);
    let this = page.texts("ul.devices li").into_iter().find(|line| line.contains("This browser")).expect("marked");
    assert!(this.contains("Firefox on Linux") && this.contains("127.0.0.1") && !this.contains("End"), "{this}");
    assert_eq!(page.texts(".badge").len(), 1);
    let ends = |page: &Response, client: &Client| page.body.contains(&end(&public_id(&app, client)));
    assert!(ends(&page, &other) && !ends(&page, &own));
    assert!(page.header("cache-control").is_some_and(|value| value.contains("no-store")));
}

#[test]
fn no_key_of_a_session_stands_in_any_page_or_download() {
    let app = site().start();
    let clients = [browser(&app, "ann", FIREFOX), browser(&app, "ann", SAFARI), djangos(&app, "ann")];
    assert!(clients[2].is_logged_in());
    for path in ["/account/", "/account/data/", "/dashboard/"] {
        let page = clients[0].get(path);
        for client in &clients {
            assert!(!page.body.contains(&key(client)), "{path}");
        }
        assert!(page.all("set-cookie").iter().all(|cookie| !cookie.starts_with("sessionid")), "{path}");
    }
}

#[test]
fn one_session_or_all_others_can_be_ended() {
    let app = site().start();
    let (own, second, third) = (browser(&app, "ann", FIREFOX), browser(&app, "ann", SAFARI), app.logged_in("ann"));
    let (unused, bens) = (djangos(&app, "ann"), app.logged_in("bob"));
    let answer = press(&own, "/account/", &end(&public_id(&app, &second)));
    assert_eq!((answer.status, answer.location()), (302, "/account/?done=session"));
    assert_eq!(own.get(answer.location()).text("[role=status]"), "That session was ended.");
    assert!(!second.is_logged_in() && third.is_logged_in() && own.is_logged_in());

    let answer = press(&own, "/account/", END_OTHERS);
    assert_eq!((answer.status, answer.location()), (302, "/account/?done=others"));
    assert!(!third.is_logged_in() && !unused.is_logged_in() && own.is_logged_in() && bens.is_logged_in());
    assert_eq!(names(&own.get("/account/")), ["Firefox on Linux"]);
    assert_eq!(happened(&app, "session_ended"), 2);
}

#[test]
fn anothers_session_is_not_told_from_none_and_lives_on() {
    let app = site().start();
    let (anns, bobs) = (app.logged_in("ann"), app.logged_in("bob"));
    let before = app.database.number("SELECT count(*) FROM vestibule_event");
    let refusal = |id: &str| {
        let answer = press(&anns, "/account/", &end(id));
        (answer.status, answer.text("h1"))
    };
    let of_bob = refusal(&public_id(&app, &bobs));
    assert_eq!(of_bob.0, 404);
    for nothing in ["nonsense", "%00", "..%2f", &key(&bobs), &key(&anns)] {
        assert_eq!(refusal(nothing), of_bob, "{nothing}");
    }
    assert!(bobs.is_logged_in() && anns.is_logged_in());
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event"), before);
}

#[test]
fn a_session_that_django_made_is_listed_once_it_was_used_and_can_be_ended() {
    let app = site().start();
    let (own, djangos) = (browser(&app, "ann", FIREFOX), djangos(&app, "ann"));
    djangos.set_header("user-agent", SAFARI);
    assert_eq!(names(&own.get("/account/")), ["Firefox on Linux"]);
    assert!(djangos.is_logged_in());
    assert_eq!(names(&own.get("/account/")).len(), 2);
    assert_eq!(press(&own, "/account/", &end(&public_id(&app, &djangos))).status, 302);
    assert!(!djangos.is_logged_in());
    assert_eq!(app.oracle().ask(&["read-session", &key(&own)])["user"], "ann");
}

#[test]
fn ending_takes_a_form_of_ours() {
    let app = site().start();
    let (own, other) = (app.logged_in("ann"), app.logged_in("ann"));
    for path in [end(&public_id(&app, &other)), END_OTHERS.to_owned()] {
        assert_eq!((own.get(&path).status, own.post(&path, &[]).status), (405, 403), "{path}");
    }
    assert!(other.is_logged_in());
}

#[test]
fn a_browser_may_call_itself_what_it_likes() {
    let app = site().start();
    let own = browser(&app, "ann", "<script>alert(1)</script>/1 \"' Firefox/1 <b>");
    let page = own.get("/account/");
    assert_eq!(names(&page), ["Firefox"]);
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>"));
}

#[test]
fn what_happened_is_told_and_a_forged_notice_says_nothing() {
    let app = site().start();
    app.client().log_in("ann", "wrong");
    app.client().log_in("ANN@example.org", "wrong");
    app.client().log_in("bob", "wrong");
    let own = browser(&app, "ann", FIREFOX);
    let page = own.get("/account/?done=Your%20account%20was%20hacked");
    let lines = page.texts("ul.activity .what");
    assert_eq!(lines, ["Logged in", "Log-in failed", "Log-in failed"]);
    assert_eq!(page.texts("ul.activity li.is-warning").len(), 2);
    assert!(!page.body.contains("hacked") && page.texts("[role=status]").is_empty());
}
