//! The table of URLs, walked by a stranger.

use vestibule::web::urls::{Url, urls};

use crate::support::TestApp;

/// The paths that answer strangers. Whoever adds one here says why it may.
const PUBLIC: &[&str] = &[
    // Leads to the dashboard, which refuses.
    "/",
    // How else would anybody get in?
    "/login/",
    // Shows a form that ends whatever session there is.
    "/logout/",
    // For people who can't log in; what they may do, a link says that was sent to their address.
    "/account/password_reset/",
    "/account/password_reset/done/",
    "/account/reset/{uidb64}/{token}/",
    "/account/reset/done/",
    "/account/confirm/{token}/",
    "/account/confirmed/",
    // For people who have no account yet, if they may get one.
    "/account/register/",
    "/account/register/done/",
    // For somebody who has none any more.
    "/account/deleted/",
    // The staff's own door. Out of it leads only a form that ends a session; who has none is led to the front page.
    "/admin/login/",
    "/admin/logout/",
    // Opens by its token alone, while nobody administers the site.
    "/setup/{token}/",
    // For whoever starts and balances instances; they tell nothing but yes or no.
    "/healthz",
    "/readyz",
    // Take what shows who somebody is, and ask for nothing else.
    "/api/auth/login/",
    "/api/auth/refresh/",
    "/api/auth/verify/",
    "/api/auth/logout/",
    // Tell strangers how to ask, and with what keys tokens are verified.
    "/api/schema/",
    "/api/docs/",
    "/.well-known/jwks.json",
];

/// What strangers may ask for on a path that is not theirs otherwise.
const PUBLIC_METHODS: &[(&str, &str)] = &[
    // A list of what they may read, which is nothing.
    ("GET", "/api/posts/"),
];

fn concrete(url: &Url) -> String {
    let path = url.path.replace("{token}", "0123456789").replace("{id}", "1").replace("{uidb64}", "MQ");
    path.replace("{app_label}", "auth").replace("{model}", "group")
}

#[test]
fn strangers_are_sent_to_the_log_in_page_everywhere_but_on_the_public_list() {
    let app = TestApp::init().start();
    let is_page = |url: &&Url| url.operations().next().is_none();
    for url in urls().iter().filter(|url| !PUBLIC.contains(&url.path)).filter(is_page) {
        let (client, path) = (app.client(), concrete(url));
        let token = client.get("/login/").csrf_token();
        let form = ("application/x-www-form-urlencoded", format!("csrfmiddlewaretoken={token}"));
        for method in url.methods().iter().map(actix_web::http::Method::as_str).filter(|method| *method != "OPTIONS") {
            let response = match method {
                "POST" => client.post_body(&path, form.0, form.1.clone().into_bytes()),
                method => client.request(method, &path),
            };
            assert_eq!(response.status, 302, "{method} {path}");
            let door = if path.starts_with("/admin/") { "/admin/login/" } else { "/login/" };
            assert_eq!(response.location(), format!("{door}?next={path}"), "{method} {path}");
        }
    }
}

#[test]
fn who_is_not_of_the_staff_is_sent_to_the_admins_log_in_page_and_changes_nothing() {
    let app = TestApp::init().with_user("ann").with_superuser("root").start();
    let client = app.logged_in("ann");
    let token = client.get("/dashboard/").csrf_token();
    let before = app.database.snapshot();
    let mut asked = 0;
    for url in urls().iter().filter(|url| url.path.starts_with("/admin/") && !PUBLIC.contains(&url.path)) {
        let path = concrete(url);
        for method in url.methods() {
            let response = match method.as_str() {
                "OPTIONS" => continue,
                "POST" => client.post(&path, &[("csrfmiddlewaretoken", &token), ("post", "yes")]),
                method => client.request(method, &path),
            };
            assert_eq!(response.location(), format!("/admin/login/?next={path}"), "{method} {path}");
            asked += 1;
        }
    }
    assert!(asked > 20, "{asked}");
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn programs_that_nobody_knows_are_refused_everywhere_but_on_the_public_lists() {
    let app = TestApp::init().start();
    let before = app.database.snapshot();
    let mut refused = 0;
    for url in urls().iter().filter(|url| !PUBLIC.contains(&url.path)) {
        for (method, _) in url.operations() {
            let response = app.client().request(method.as_str(), &concrete(url));
            let public = PUBLIC_METHODS.contains(&(method.as_str(), url.path));
            assert_eq!(response.status, if public { 200 } else { 401 }, "{method} {}", url.path);
            refused += u32::from(!public);
        }
    }
    assert!(refused >= 6, "{refused}");
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn the_public_list_names_only_paths_that_are_there() {
    let known: Vec<&str> = urls().iter().map(|url| url.path).collect();
    let named = PUBLIC.iter().chain(PUBLIC_METHODS.iter().map(|(_, path)| path));
    assert!(named.into_iter().all(|path| known.contains(path)), "{known:?}");
}

#[test]
fn names_and_paths_stand_in_the_table_once() {
    let urls = urls();
    for (at, url) in urls.iter().enumerate() {
        assert!(urls[..at].iter().all(|other| other.path != url.path && other.name != url.name), "{}", url.path);
    }
}
