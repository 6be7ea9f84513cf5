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
    // Opens by its token alone, while nobody administers the site.
    "/setup/{token}/",
    // For whoever starts and balances instances; they tell nothing but yes or no.
    "/healthz",
    "/readyz",
];

fn concrete(url: &Url) -> String {
    url.path.replace("{token}", "0123456789")
}

#[test]
fn strangers_are_sent_to_the_log_in_page_everywhere_but_on_the_public_list() {
    let app = TestApp::init().start();
    for url in urls().iter().filter(|url| !PUBLIC.contains(&url.path)) {
        let (client, path) = (app.client(), concrete(url));
        for method in ["GET", "HEAD"] {
            let response = client.request(method, &path);
            assert_eq!(response.status, 302, "{method} {path}");
            assert_eq!(response.location(), format!("/login/?next={path}"), "{method} {path}");
        }
    }
}

#[test]
fn the_public_list_names_only_paths_that_are_there() {
    let known: Vec<&str> = urls().iter().map(|url| url.path).collect();
    assert!(PUBLIC.iter().all(|path| known.contains(path)), "{known:?}");
}

#[test]
fn names_and_paths_stand_in_the_table_once() {
    let urls = urls();
    for (at, url) in urls.iter().enumerate() {
        assert!(urls[..at].iter().all(|other| other.path != url.path && other.name != url.name), "{}", url.path);
    }
}
