//! What is kept of somebody, for themselves.

use serde_json::Value;
use vestibule::{accounts::confirmation, posts, posts::NewPost};

use super::{ask_for_address, browser, djangos, key, letters_to, refresh_token, site};

#[test]
fn all_that_is_kept_of_somebody_is_a_file_and_nothing_of_anybody_else() {
    let app = site().start();
    let own = browser(&app, "ann", "Firefox/1");
    browser(&app, "ann", "Second/1");
    app.logged_in("bob");
    refresh_token(&app, "ann", "curl/8.5");
    refresh_token(&app, "bob", "Bobs/1");
    ask_for_address(&own, "ann@new.example");
    for (owner, title) in [("ann", "Ann’s words"), ("bob", "Bob’s words")] {
        let new = NewPost { title, body: "Once", owner_id: app.user(owner).id };
        posts::create(&mut app.db(), new, app.clock.now()).expect("written");
    }
    let answer = own.get("/account/data/");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"account.json\""));
    assert!(answer.header("cache-control").is_some_and(|value| value.contains("no-store")));
    let data: Value = serde_json::from_str(&answer.body).expect("JSON");
    let account = &data["account"];
    assert_eq!((&account["username"], &account["email"]), (&"ann".into(), &"ann@example.org".into()));
    assert_eq!((&account["unconfirmed_email"], &account["role"]), (&"ann@new.example".into(), &"user".into()));
    let number = |name: &str| data[name].as_array().map(Vec::len);
    assert_eq!(
        (number("sessions"), number("programs"), number("devices"), number("posts")),
        (Some(2), Some(1), Some(2), Some(1))
    );
    assert_eq!(data["posts"][0]["title"], "Ann’s words");
    let kinds: Vec<&str> = data["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["email_change_requested", "logged_in", "logged_in", "logged_in"]);
    assert!(!answer.body.contains("Bob") && !answer.body.contains("bob"), "{}", answer.body);
}

#[test]
fn nothing_that_opens_anything_is_in_it() {
    let app = site().start();
    let (own, other, djangos) = (browser(&app, "ann", "Firefox/1"), app.logged_in("ann"), djangos(&app, "ann"));
    assert!(djangos.is_logged_in());
    let refresh = refresh_token(&app, "ann", "curl/8");
    ask_for_address(&own, "ann@new.example");
    let body = own.get("/account/data/").body;
    for client in [&own, &other, &djangos] {
        assert!(!body.contains(&key(client)));
        let id = format!("SELECT public_id FROM vestibule_session WHERE session_key = '{}'", key(client));
        assert!(!body.contains(&app.database.text(&id).expect("an id")));
    }
    for client in [&own, &other] {
        assert!(!body.contains(&client.cookie("deviceid").expect("a known browser")));
    }
    let nonce = app.database.text("SELECT nonce FROM vestibule_unconfirmed_email").expect("a wish");
    let jti = app.database.text("SELECT jti FROM token_blacklist_outstandingtoken").expect("a token");
    let link = confirmation::token(&app.auth, app.user("ann").id, &nonce);
    let signature = link.rsplit(':').next().expect("a signature");
    let hash = app.user("ann").password;
    for secret in [&*refresh, &*nonce, &*jti, signature, &*hash, "argon2", "csrf"] {
        assert!(!body.contains(secret), "{secret}");
    }
    assert_eq!(letters_to(&app, "ann@new.example").len(), 1, "and the link is good all the same");
}
