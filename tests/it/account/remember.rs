//! How long a log-in lasts.

use super::{CHANGE, NEW, key, site};
use crate::support::{PASSWORD, Response, TestApp};

const TICKED: (&str, &str) = ("remember", "on");

fn log_in(app: &TestApp, fields: &[(&str, &str)]) -> (crate::support::Client, Response) {
    let client = app.client();
    let answer = client.submit("/login/", &[&[("username", "ann"), ("password", PASSWORD)], fields].concat());
    assert_eq!(answer.status, 302);
    (client, answer)
}

fn cookie(answer: &Response) -> String {
    answer.set_cookie("sessionid").expect("a session").to_ascii_lowercase()
}

fn ends_with_the_browser(cookie: &str) -> bool {
    !cookie.contains("max-age") && !cookie.contains("expires")
}

#[test]
fn a_box_says_whether_the_log_in_outlasts_the_browser() {
    let app = site().start();
    let page = app.client().get("/login/");
    assert_eq!(page.attribute("main input[name=remember]", "type").as_deref(), Some("checkbox"));
    assert_eq!(page.attribute("main input[name=remember]", "checked"), None);
    let (client, answer) = log_in(&app, &[]);
    assert!(ends_with_the_browser(&cookie(&answer)), "{}", cookie(&answer));
    assert_eq!(app.oracle().ask(&["read-session", &key(&client)])["data"]["_session_expiry"], 0);
    let (client, answer) = log_in(&app, &[TICKED]);
    assert!(cookie(&answer).contains("max-age=1209600"), "{}", cookie(&answer));
    let seen = app.oracle().ask(&["read-session", &key(&client)]);
    assert_eq!((&seen["user"], &seen["data"]["_session_expiry"]), (&"ann".into(), &serde_json::Value::Null));
}

#[test]
fn what_was_ticked_comes_back_with_what_is_wrong() {
    let app = site().start();
    let answer = app.client().submit("/login/", &[("username", "ann"), ("password", "wrong"), TICKED]);
    assert!(answer.attribute("main input[name=remember]", "checked").is_some());
    let answer = app.client().submit("/login/", &[("username", "ann"), ("password", "wrong")]);
    assert_eq!(answer.attribute("main input[name=remember]", "checked"), None);
}

#[test]
fn a_session_keeps_its_length_through_a_change_of_the_password() {
    let app = site().start();
    let mut old = PASSWORD;
    for (fields, new) in [(&[][..], NEW), (&[TICKED][..], PASSWORD)] {
        let client = app.client();
        client.submit("/login/", &[&[("username", "ann"), ("password", old)], fields].concat());
        let change = [("old_password", old), ("new_password1", new), ("new_password2", new)];
        let answer = client.submit(CHANGE, &change);
        assert_eq!(answer.status, 302);
        assert_eq!(ends_with_the_browser(&cookie(&answer)), fields.is_empty(), "{}", cookie(&answer));
        old = new;
    }
}
