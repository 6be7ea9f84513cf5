//! What can be done with one user beside changing them.

use time::Duration;

use super::{change, events, logged, may_log_in, page, said};
use crate::support::{PASSWORD, TestApp, TestAppBuilder};

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_user("ann").setting("NOTIFY_NEW_DEVICE", "false")
}

#[test]
fn a_reset_link_is_sent_to_the_address_that_the_page_names() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), page(&app, "ann", "reset_link"));
    let form = root.get(&change(&app, "ann"));
    for tool in ["reset_link", "end_everything", "unlock"] {
        assert!(form.body.contains(&page(&app, "ann", tool)), "{tool}");
    }
    assert!(root.get(&path).text("main").contains("ann@example.org"));
    assert!(app.mails().is_empty(), "looking sends nothing");
    let answer = root.submit_filled(&path, &[]);
    assert!(said(&root, &answer).contains("was sent to ann@example.org"));
    let letters = app.mails();
    assert!(letters.len() == 1 && letters[0].to == "ann@example.org", "{letters:?}");
    assert!(letters[0].text.contains("/account/reset/"));
    assert_eq!(events(&app, "password_reset_requested", "ann", "root"), 1);
    assert_eq!(logged(&app), ["2 ann Sent a link to reset the password to ann@example.org."]);
    assert!(may_log_in(&app, "ann", PASSWORD), "until it is used, nothing changes");
}

#[test]
fn no_link_is_sent_to_whom_djangos_form_would_send_none() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), page(&app, "ann", "reset_link"));
    for (what, told) in [
        ("email = ''", "has no e-mail address"),
        ("is_active = FALSE", "is not active"),
        ("password = '!x'", "logs in without a password"),
    ] {
        app.database.execute(&format!("UPDATE auth_user SET {what} WHERE username = 'ann'"));
        let seen = root.get(&path);
        assert!(seen.text("main").contains(told) && seen.texts("main button").is_empty(), "{what}");
        let token = root.get(&change(&app, "ann")).csrf_token();
        let answer = root.post(&path, &[("csrfmiddlewaretoken", &token)]);
        assert!(said(&root, &answer).contains(told), "{what}");
        app.database.execute(&format!(
            "UPDATE auth_user SET email = 'ann@example.org', is_active = TRUE, password = '{}' WHERE username = 'ann'",
            app.user("root").password
        ));
    }
    assert!(app.mails().is_empty());
    assert_eq!((events(&app, "password_reset_requested", "ann", "root"), logged(&app).len()), (0, 0));
    for _ in 0..20 {
        root.submit_filled(&path, &[]);
    }
    assert!(app.mails().len() < 20, "administrators flood nobody either");
}

#[test]
fn all_sessions_and_tokens_of_somebody_end() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), page(&app, "ann", "end_everything"));
    let anns = [app.logged_in("ann"), app.logged_in("ann")];
    let body = serde_json::json!({"username": "ann", "password": PASSWORD}).to_string();
    app.client().post_body("/api/auth/login/", "application/json", body.into_bytes());
    assert_eq!(root.get(&path).texts(".tool-details li"), ["Sessions: 2", "Programs with a refresh token: 1"]);
    assert!(anns.iter().all(crate::support::Client::is_logged_in), "looking ends nothing");
    let answer = root.submit_filled(&path, &[]);
    assert!(said(&root, &answer).contains("All sessions and tokens of “ann” were ended."));
    assert!(!anns.iter().any(crate::support::Client::is_logged_in));
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 1);
    assert_eq!(events(&app, "everything_ended", "ann", "root"), 1);
    assert_eq!(logged(&app), ["2 ann Ended all sessions and tokens."]);
    assert_eq!(root.get("/admin/").status, 200);
    let own = root.submit_filled(&page(&app, "root", "end_everything"), &[]);
    assert_eq!(own.location(), "/admin/login/");
    assert_eq!(root.get("/admin/").status, 302);
}

#[test]
fn who_is_locked_is_unlocked_and_the_page_says_why_and_until_when() {
    let app = site()
        .with_staff("sam", &["auth.view_user", "axes.delete_accessattempt"])
        .setting("AXES_FAILURE_LIMIT", "3")
        .start();
    let (sam, path) = (app.in_admin("sam"), page(&app, "ann", "unlock"));
    let seen = sam.get(&path);
    assert!(seen.text("main").contains("“ann” is not locked") && seen.texts("main button").is_empty());
    let victim = app.client();
    for _ in 0..3 {
        victim.log_in("ann", "wrong");
    }
    assert!(!may_log_in(&app, "ann", PASSWORD));
    let told = sam.get(&path).text("main");
    for part in ["“ann” is locked.", "From 127.0.0.1", "3 of 3 failed log-ins", "locked until 20", "minutes"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(sam.get(&change(&app, "ann")).body.contains(&path), "who may only look at users may unlock them");
    let answer = sam.submit_filled(&path, &[]);
    assert!(said(&sam, &answer).contains("“ann” was unlocked."));
    assert!(may_log_in(&app, "ann", PASSWORD));
    assert_eq!(events(&app, "lockout_reset", "ann", "sam"), 1);
    assert_eq!(logged(&app), ["2 ann Unlocked."]);
    app.clock.advance(Duration::SECOND);
    assert!(sam.get(&path).text("main").contains("“ann” is not locked"));
}

#[test]
fn tools_take_their_permissions() {
    let app = site().with_staff("sam", &["auth.change_user"]).with_staff("vic", &["axes.delete_accessattempt"]).start();
    let (sam, vic) = (app.in_admin("sam"), app.in_admin("vic"));
    assert_eq!(sam.get(&page(&app, "ann", "unlock")).status, 403);
    assert!(!sam.get(&change(&app, "ann")).body.contains("/unlock/"));
    for tool in ["reset_link", "end_everything", "unlock"] {
        assert_eq!(vic.get(&page(&app, "ann", tool)).status, 403, "who may not see users: {tool}");
    }
    assert_eq!(sam.get("/admin/auth/user/9999/reset_link/").status, 404);
}

#[test]
fn what_an_administrator_did_shows_on_ones_own_page_without_their_address() {
    let app = site().start();
    let root = app.in_admin("root");
    root.set_header("user-agent", "AdminBrowser/1");
    root.submit_filled(&page(&app, "ann", "end_everything"), &[]);
    let ann = app.client();
    ann.set_header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    ann.log_in("ann", PASSWORD);
    let page = ann.get("/account/");
    assert!(
        page.body.contains("Logged out everywhere") && !page.body.contains("AdminBrowser"),
        "{}",
        page.text("main")
    );
    assert!(!ann.get("/account/data/").body.contains("AdminBrowser"));
}
