//! What somebody hears who is locked out.

use super::{at, fail, site};

#[test]
fn the_page_says_when_it_opens_again() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    let page = fail(&client, "ann", 5);
    assert_eq!(page.text("h1"), "Too many attempts");
    assert_eq!(page.text("strong"), "in 60 minutes");
    assert!(page.attribute("time", "datetime").is_some_and(|time| time.ends_with('Z')));
    assert_eq!(page.text("p.small-print code").lines().next(), Some("192.0.2.1"));
    assert_eq!(client.get("/login/").status, 200, "the form is still shown");
}
