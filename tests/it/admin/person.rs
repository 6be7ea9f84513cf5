//! All that is known of one person, on one page.

use std::collections::BTreeSet;

use time::Duration;

use super::{change, page, said};
use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_user("ann").with_user("eve").setting("NOTIFY_NEW_DEVICE", "false")
}

/// What happened, the last first.
fn lines(page: &Response) -> Vec<String> {
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    page.texts(".timeline > li > div").into_iter().map(one_line).collect()
}

/// The pages from `path` on.
fn all_pages(client: &Client, path: &str) -> Vec<Response> {
    let base = path.split('?').next().expect("a path");
    let mut pages = vec![client.get(path)];
    while let Some(next) = pages.last().and_then(|page| page.attribute(".admin-pages a[rel=next]", "href")) {
        assert!(pages.len() < 100, "it has an end");
        pages.push(client.get(&format!("{base}{next}")));
    }
    pages
}

#[test]
fn a_life_is_told_the_last_first() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), page(&app, "ann", "person"));
    let ann = app.client();
    ann.set_header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    let step = || app.clock.advance(Duration::SECOND);
    ann.log_in("ann", "wrong");
    step();
    ann.log_in("ANN@example.org", "wrong");
    step();
    app.client().log_in("annabel", "wrong");
    step();
    ann.log_in("ann", PASSWORD);
    step();
    let body = serde_json::json!({"username": "ann", "password": PASSWORD}).to_string();
    app.client().post_body("/api/auth/login/", "application/json", body.into_bytes());
    step();
    root.submit_filled(&page(&app, "ann", "reset_link"), &[]);
    let waiting = root.get(&path).text("section[aria-labelledby=waiting]");
    assert!(waiting.contains("Link to reset the password") && waiting.contains("since 20"), "{waiting}");
    step();
    assert_eq!(app.mails().len(), 1);
    let seen = root.get(&path);
    let told = lines(&seen);
    let place =
        |part: &str| told.iter().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {told:#?}"));
    let in_order = [
        "A letter was sent to them Link to reset the password Letters",
        "Password reset asked for by root Account",
        "Logged in for tokens Log-ins",
        "Logged in Log-ins · Firefox on Linux · 127.0.0.1",
        "Log-in failed: ANN@example.org Refusals",
        "Log-in failed: ann Refusals",
    ];
    assert!(in_order.map(place).is_sorted(), "{told:#?}");
    for part in
        ["Changed this account, by root Sent a link", "A program logged in Programs", "A session began", "Audit log"]
    {
        place(part);
    }
    assert!(!told.iter().any(|line| line.contains("annabel")));
    let main = seen.text("main");
    for part in
        ["ann@example.org", "Active", "“ann” is not locked, but failed log-ins count.", "Nothing beyond their own"]
    {
        assert!(main.contains(part), "{part}: {main}");
    }
    assert_eq!(seen.texts("section[aria-labelledby=sessions] li").len(), 1);
    assert_eq!(seen.texts("section[aria-labelledby=programs] li").len(), 1);
    assert!(seen.texts("section[aria-labelledby=devices] li")[0].contains("Firefox on Linux"));
    assert!(root.get(&change(&app, "ann")).body.contains(&path), "there is a way to it");
    for (sort, count) in [("refusals", 2), ("mail", 1), ("account", 1), ("log-ins", 2), ("programs", 1), ("admin", 1)] {
        assert_eq!(lines(&root.get(&format!("{path}?sort={sort}"))).len(), count, "{sort}");
    }
    assert!(lines(&root.get(&page(&app, "root", "person"))).iter().any(|line| line.starts_with("Changed a user: ann")));
    // The way out.
    let answer = root.submit_filled(&page(&app, "ann", "end_everything"), &[]);
    assert!(said(&root, &answer).contains("were ended"));
    let after = root.get(&path);
    let ended = lines(&after).iter().position(|line| line.starts_with("Logged out everywhere by root"));
    // With the entries of both logs.
    assert!(ended.is_some_and(|place| place < 3), "{:?}", lines(&after));
    assert!(after.text("section[aria-labelledby=sessions]").contains("None."));
    // It holds no secret.
    let key = app.database.text("SELECT jti FROM vestibule_token").expect("a token");
    for secret in [&app.user("ann").password, &key, &ann.cookie("sessionid").expect("a key")] {
        assert!(!seen.body.contains(secret.as_str()) && !after.body.contains(secret.as_str()));
    }
}

#[test]
fn pages_lose_nothing_and_say_nothing_twice_though_much_happens_at_once() {
    let app = site().start();
    let root = app.in_admin("root");
    let (ann, at) = (app.user("ann").id, "2026-11-20 10:00:00");
    app.database.execute("UPDATE auth_user SET date_joined = '2020-01-01 00:00:00'");
    let event =
        |number: usize, at: &str, who: &str| format!("('{at}', 'logged_in', {who}, 'ann', '', '', 'n{number}')");
    // Three hundred at one time, as we write it; others at fractions that Django and we write otherwise.
    let mut rows: Vec<String> = (0..300).map(|number| event(number, at, &ann.to_string())).collect();
    rows.extend((300..420).map(|number| event(number, &format!("{at}.{}", 1 + number % 3), &ann.to_string())));
    rows.extend(
        (420..480).map(|number| event(number, &format!("{at}.1"), "NULL").replace("logged_in", "login_failed")),
    );
    app.database.execute(&format!(
        "INSERT INTO vestibule_event (created_at, kind, user_id, username, user_agent, path, detail) VALUES {}",
        rows.join(", ")
    ));
    let logged = |number: usize| format!("('{at}.100000', 'ann', 2, 'n{number}', {ann}, '{ann}', {{}})");
    let users = app.database.number("SELECT id FROM django_content_type WHERE app_label = 'auth' AND model = 'user'");
    let of_ann: Vec<String> = (480..560).map(|number| logged(number).replace("{}", &users.to_string())).collect();
    let by_ann = (560..620).map(|number| logged(number).replace("{}", "NULL"));
    app.database.execute(&format!(
        "INSERT INTO django_admin_log (action_time, object_repr, action_flag, change_message, user_id, object_id, \
         content_type_id) VALUES {}",
        of_ann.into_iter().chain(by_ann).collect::<Vec<_>>().join(", ")
    ));
    let path = page(&app, "ann", "person");
    let pages = all_pages(&root, &path);
    assert_eq!(pages.len(), 620_usize.div_ceil(50));
    let told: Vec<String> = pages.iter().flat_map(|page| page.texts(".timeline-detail")).collect();
    let distinct: BTreeSet<String> = told.iter().cloned().collect();
    assert_eq!((told.len(), distinct.len()), (620, 620));
    let times: Vec<String> = pages.iter().flat_map(|page| page.texts(".timeline time")).collect();
    assert!(times.is_sorted_by(|one, next| one >= next), "the last first");
    // What comes meanwhile moves nothing.
    let second = pages[0].attribute(".admin-pages a[rel=next]", "href").expect("a second page");
    app.logged_in("ann");
    assert_eq!(lines(&root.get(&format!("{path}{second}"))), lines(&pages[1]));
    let refusals = all_pages(&root, &format!("{path}?sort=refusals"));
    assert_eq!(refusals.iter().map(|page| lines(page).len()).collect::<Vec<_>>(), [50, 10]);
    for nonsense in
        ["?after=1", "?after=x.y.z", "?after=99999999999999999.1.1", "?sort=x", "?after=1.1.%00", "?sort=%00"]
    {
        let answer = root.get(&format!("{path}{nonsense}"));
        assert_eq!((answer.status, lines(&answer).len()), (200, 50), "{nonsense}");
    }
}

#[test]
fn each_part_takes_its_own_permission() {
    let mut builder = site();
    let parts = [
        ("axes.view_accesslog", "Log-ins"),
        ("axes.view_accessfailurelog", "Refusals and locks"),
        ("sessions.view_session", "Sessions"),
        ("token_blacklist.view_outstandingtoken", "Programs"),
        ("admin.view_logentry", "Log entries"),
    ];
    for (place, (permission, _)) in parts.iter().enumerate() {
        builder = builder.with_staff(&format!("staff{place}"), &["auth.view_user", permission]);
    }
    let app = builder.with_staff("vic", &["auth.view_user"]).with_staff("sam", &["axes.view_accesslog"]).start();
    let root = app.in_admin("root");
    app.client().log_in("ann", "wrong");
    let ann = app.logged_in("ann");
    ann.set_header("user-agent", "AnnsBrowser/1");
    let form = ann.get("/account/password_change/");
    let token = form.csrf_token();
    let fields = [
        ("csrfmiddlewaretoken", token.as_str()),
        ("old_password", PASSWORD),
        ("new_password1", "battery staple 77"),
        ("new_password2", "battery staple 77"),
    ];
    assert_eq!(ann.post("/account/password_change/", &fields).status, 302);
    let body = serde_json::json!({"username": "ann", "password": "battery staple 77"}).to_string();
    app.client().post_body("/api/auth/login/", "application/json", body.into_bytes());
    root.submit_filled(&page(&app, "ann", "reset_link"), &[]);
    let path = page(&app, "ann", "person");
    let sorts =
        |client: &Client| -> Vec<String> { client.get(&path).texts("section nav[aria-label='Sorts of entries'] a") };
    let vic = app.in_admin("vic");
    assert_eq!(sorts(&vic), ["All", "Account", "Letters"]);
    let seen = vic.get(&path);
    assert!(lines(&seen).iter().any(|line| line.starts_with("Password changed")), "{:?}", lines(&seen));
    assert!(!seen.body.contains("127.0.0.1") && !seen.text("main").contains("AnnsBrowser"), "{}", seen.text("main"));
    assert!(seen.texts("section[aria-labelledby=sessions], section[aria-labelledby=locks]").is_empty());
    assert_eq!(seen.texts(".object-tools a"), ["User", "Why may they do that?"]);
    assert!(lines(&vic.get(&format!("{path}?sort=refusals"))).iter().all(|line| !line.contains("failed")));
    for (place, (_, label)) in parts.iter().enumerate() {
        let staff = app.in_admin(&format!("staff{place}"));
        assert!(sorts(&staff).contains(&(*label).to_owned()), "{label}: {:?}", sorts(&staff));
        assert_eq!(sorts(&staff).len(), 4, "and no other");
        assert!(lines(&staff.get(&path)).iter().any(|line| line.contains(label)), "{label}");
    }
    assert_eq!(app.in_admin("sam").get(&path).status, 403);
    assert_eq!(app.logged_in("eve").get(&path).status, 302);
    assert_eq!(app.client().get(&path).status, 302);
    for nobody in ["9999", "x", "%00", "99999999999999999999"] {
        assert_eq!(root.get(&format!("/admin/auth/user/{nobody}/person/")).status, 404, "{nobody}");
    }
}

#[test]
fn sessions_that_a_django_made_are_counted_and_rights_explained() {
    let app = site().with_staff("sam", &["auth.view_user"]).start();
    let root = app.in_admin("root");
    app.logged_in("sam");
    app.database
        .execute("DELETE FROM vestibule_session WHERE user_id = (SELECT id FROM auth_user WHERE username = 'sam')");
    let seen = root.get(&page(&app, "sam", "person"));
    assert!(seen.text("section[aria-labelledby=sessions]").contains("And one that a Django made"));
    let rights = seen.text("section[aria-labelledby=rights]");
    assert!(
        rights.contains("One permission.") && rights.contains("auth.view_user") && rights.contains("given to them")
    );
    app.database.execute("UPDATE auth_user SET is_active = FALSE WHERE username = 'sam'");
    assert!(root.get(&page(&app, "sam", "person")).text("main").contains("Nothing: they can’t log in."));
    assert!(root.get(&page(&app, "root", "person")).text("main").contains("Everything: they are a superuser."));
}
