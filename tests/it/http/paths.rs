use super::assert_error_page;
use crate::support::{PASSWORD, TestApp};

#[test]
fn a_missing_slash_is_added_for_those_who_read() {
    let app = TestApp::init().start();
    let client = app.client();
    for method in ["GET", "HEAD"] {
        let response = client.request(method, "/login?next=%2Fx&a=%20b");
        assert_eq!((response.status, response.location()), (301, "/login/?next=%2Fx&a=%20b"));
    }
    assert_eq!(client.get("/setup/abc").location(), "/setup/abc/");
    for method in ["POST", "PUT", "FOO"] {
        assert_eq!(client.request(method, "/login").status, 404, "{method}");
    }
    assert_eq!(client.get("/nothing").status, 404);
}

#[test]
fn a_path_that_looks_like_a_host_leads_nowhere() {
    let app = TestApp::init().start();
    let client = app.client();
    for target in [
        "//evil.com/login",
        "//evil.com/login?x",
        "//evil.com/setup/x",
        "///evil.com/login",
        "//login",
        "/\\evil.com/login",
        "/%2fevil.com/login",
        "/%5cevil.com/login",
        "/setup/..;/login",
        "http://evil.com//evil.com/login",
        "/;@evil.com/login",
        "/.//evil.com/login",
    ] {
        let response = client.ask(&format!("GET {target}"), b"");
        assert_eq!((response.status, response.location()), (404, ""), "{target}");
    }
    assert_eq!(client.ask("GET http://evil.com/login", b"").location(), "/login/");
    assert_eq!(client.ask("GET /setup/%0d%0aX:y", b"").location(), "/setup/%0d%0aX:y/");
}

#[test]
fn a_site_below_a_prefix_stays_below_it() {
    let app = TestApp::init().setting("FORCE_SCRIPT_NAME", "/auth").with_user("ann").start();
    let client = app.client();
    assert_eq!(client.get("/auth/login?next=/x").location(), "/auth/login/?next=/x");
    assert_eq!(client.get("/auth").location(), "/auth/");
    assert_eq!(client.get("/auth/dashboard/").location(), "/auth/login/?next=/auth/dashboard/");
    for path in ["/auth//evil.com/login", "/auth//login", "//auth/login"] {
        assert_eq!(client.get(path).status, 404, "{path}");
    }
    let response = client.submit("/auth/login/", &[("username", "ann"), ("password", PASSWORD)]);
    assert_eq!((response.status, response.location()), (302, "/auth/dashboard/"));
    assert_eq!(client.get("/auth/dashboard/").text("h1"), "Welcome, ann");
}

#[test]
fn what_is_not_a_page_is_not_found() {
    let app = TestApp::init().start();
    let client = app.client();
    for target in [
        "/.env",
        "/.git/config",
        "/metrics",
        "/debug/",
        "/server-status",
        "/login.php",
        "/Cargo.toml",
        "/static",
        "/static/",
        "/static/css/",
        "/static/css",
        "/static/css/site.css",
        "/static/..%2f..%2fCargo.toml",
        "/static/../Cargo.toml",
        "/static/%2e%2e/",
        "/static/%2e%2e%2fCargo.toml",
        "/static/%252e%252e/Cargo.toml",
        "/static/..\\Cargo.toml",
        "/static//etc/passwd",
        "/static/%00",
        "/static/%ff",
        "/login/%00",
        "/login/..%2f",
    ] {
        let response = client.ask(&format!("GET {target}"), b"");
        assert_error_page(&response, 404);
        assert!(!response.body.contains("Cargo.toml") && !response.body.contains("[package]"), "{target}");
    }
}
