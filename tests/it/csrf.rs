use vestibule::web::urls::urls;

use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder, keep_log, logged};

const OTHER_SECRET: &str = "abcdefghijklmnopqrstuvwxyzABCDEF";

/// Logs in with this token, or with none.
fn log_in(client: &Client, token: Option<&str>) -> Response {
    let mut fields = vec![("username", "ann"), ("password", PASSWORD)];
    fields.extend(token.map(|token| ("csrfmiddlewaretoken", token)));
    client.post("/login/", &fields)
}

#[track_caller]
fn assert_refused(response: &Response) {
    assert_eq!((response.status, response.set_cookie("sessionid")), (403, None), "{}", response.body);
    assert_eq!(response.text("h1"), "CSRF verification failed. Request aborted.");
}

/// A site behind a proxy that speaks HTTPS with the world.
fn behind_tls() -> TestAppBuilder {
    TestApp::init().with_user("ann").setting("TRUSTED_PROXIES", "127.0.0.1")
}

fn over_tls(app: &TestApp) -> Client {
    let client = app.client();
    client.set_header("x-forwarded-proto", "https");
    client
}

#[test]
fn every_form_of_the_site_refuses_a_post_without_a_token() {
    let app = TestApp::init().with_user("ann").with_superuser("root").start();
    let (insider, visitor, root) = (app.logged_in("ann"), app.client(), app.in_admin("root"));
    visitor.get("/login/");
    let before = app.database.snapshot();
    // What is for programs is not guarded as forms are: see `api::cookies`.
    let takes_posts = |url: &&vestibule::web::urls::Url| {
        url.operations().next().is_none() && url.methods().iter().any(|method| method == "POST")
    };
    let all = urls();
    let paths: Vec<&str> = all.iter().filter(takes_posts).map(|url| url.path).collect();
    assert!(paths.contains(&"/login/") && paths.contains(&"/logout/"), "{paths:?}");
    for path in paths {
        let path = path.replace("{token}", "0123456789").replace("{uidb64}", "MQ").replace("{id}", "1");
        let path = path.replace("{app_label}", "auth").replace("{model}", "group");
        for client in [&insider, &visitor, &root, &app.client()] {
            assert_refused(&client.post(&path, &[("username", "ann"), ("password", PASSWORD)]));
            assert_refused(&client.post(&path, &[]));
        }
    }
    assert_eq!(app.database.snapshot(), before);
    assert!(insider.is_logged_in());
}

#[test]
fn a_token_that_is_not_this_browsers_is_refused() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let good = client.get("/login/").csrf_token();
    let secret = client.cookie("csrftoken").expect("a secret");
    let others = app.client().get("/login/").csrf_token();
    let before = app.database.snapshot();
    let cut = &good[..63];
    let (padded, long, doubled) = (format!("{good} "), "x".repeat(10_000), format!("{good}{good}"));
    let changed = format!("{cut}{}", if good.ends_with('a') { 'b' } else { 'a' });
    let (masked_only, accents, nul) = (&good[..32], "é".repeat(32), format!("{cut}%00"));
    for bad in [&others, cut, &padded, &long, &doubled, &changed, masked_only, &accents, &nul, OTHER_SECRET, "", "null"]
    {
        assert_refused(&log_in(&client, Some(bad)));
    }
    assert_refused(&log_in(&client, None));
    let query = format!("/login/?csrfmiddlewaretoken={good}");
    assert_refused(&client.post(&query, &[("username", "ann"), ("password", PASSWORD)]));
    assert_eq!(app.database.snapshot(), before);
    // The last of several counts, as for every field.
    let twice = |first, last| {
        let fields = [("csrfmiddlewaretoken", first), ("csrfmiddlewaretoken", last)];
        client.post("/login/", &[fields[0], fields[1], ("username", "ann"), ("password", PASSWORD)])
    };
    assert_refused(&twice(&good, &others));
    assert_eq!(twice(&others, &good).status, 302);
    // The bare secret is as good as a masked one.
    let fresh = app.client();
    fresh.set_cookie("csrftoken", &secret);
    assert_eq!(log_in(&fresh, Some(&secret)).status, 302);
}

#[test]
fn a_form_is_worth_nothing_without_its_cookie() {
    let app = TestApp::init().with_user("ann").start();
    let token = app.client().get("/login/").csrf_token();
    for cookie in ["", "x", OTHER_SECRET, &"x".repeat(64), &"x".repeat(10_000), "%41", "\"\""] {
        let client = app.client();
        client.set_cookie("csrftoken", cookie);
        assert_refused(&log_in(&client, Some(&token)));
    }
    assert_refused(&log_in(&app.client(), Some(&token)));
}

#[test]
fn each_page_masks_the_token_anew_and_all_of_them_work() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let tokens = [client.get("/login/").csrf_token(), client.get("/login/").csrf_token()];
    let secret = client.cookie("csrftoken").expect("a secret");
    assert_ne!(tokens[0], tokens[1]);
    for token in tokens {
        assert!(!token.contains(&secret));
        let browser = app.client();
        browser.set_cookie("csrftoken", &secret);
        assert_eq!(log_in(&browser, Some(&token)).status, 302);
    }
}

#[test]
fn a_token_from_before_the_log_in_ends_with_it() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    // A pair that somebody else planted in this browser.
    client.set_cookie("csrftoken", OTHER_SECRET);
    let before = client.get("/login/").csrf_token();
    assert_eq!(client.cookie("csrftoken").as_deref(), Some(OTHER_SECRET));
    assert_eq!(log_in(&client, Some(&before)).status, 302);
    assert_ne!(client.cookie("csrftoken").as_deref(), Some(OTHER_SECRET));
    for token in [before.as_str(), OTHER_SECRET] {
        assert_refused(&client.post("/logout/", &[("csrfmiddlewaretoken", token)]));
    }
    assert!(client.is_logged_in());
    assert_eq!(client.log_out().status, 302);
}

#[test]
fn the_header_may_carry_the_token_instead() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let token = client.get("/login/").csrf_token();
    for bad in [OTHER_SECRET, "x", ""] {
        client.set_header("x-csrftoken", bad);
        assert_refused(&log_in(&client, None));
    }
    client.set_header("x-csrftoken", &token);
    assert_refused(&log_in(&client, Some(OTHER_SECRET)));
    assert_eq!(log_in(&client, None).status, 302);
}

#[test]
fn other_headers_grant_nothing() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let token = client.get("/login/").csrf_token();
    client.set_header("x-requested-with", "XMLHttpRequest");
    client.set_header("x-xsrf-token", &token);
    client.set_header("x-csrf-token", &token);
    client.set_header("authorization", "Bearer x");
    client.set_header("sec-fetch-site", "same-origin");
    client.set_header("origin", &client.origin());
    assert_refused(&log_in(&client, None));
    let app = TestApp::init().with_user("ann").setting("CSRF_HEADER_NAME", "X-Own").start();
    let client = app.client();
    let token = client.get("/login/").csrf_token();
    client.set_header("x-csrftoken", &token);
    assert_refused(&log_in(&client, None));
    client.set_header("x-own", &token);
    assert_eq!(log_in(&client, None).status, 302);
}

#[test]
fn a_form_on_another_site_logs_nobody_in_or_out() {
    let app = TestApp::init().with_user("ann").start();
    let port = app.address.port();
    let (visitor, insider) = (app.client(), app.logged_in("ann"));
    let (token, logout) = (visitor.get("/login/").csrf_token(), insider.get("/dashboard/").csrf_token());
    let before = app.database.snapshot();
    for origin in [
        "http://evil.example",
        "null",
        "",
        "nonsense",
        "http://",
        &format!("https://127.0.0.1:{port}"),
        &format!("http://127.0.0.1:{}", port - 1),
        "http://127.0.0.1",
        &format!("http://127.0.0.1:{port}.evil.example"),
        &format!("http://127.0.0.1:{port}@evil.example"),
        &format!("http://127.0.0.1:{port}/"),
        &format!("http://127.0.0.1:{port}, http://evil.example"),
        &format!("HTTP://127.0.0.1:{port}"),
        &format!("127.0.0.1:{port}"),
        &format!("http://localhost:{port}"),
    ] {
        visitor.set_header("origin", origin);
        insider.set_header("origin", origin);
        assert_refused(&log_in(&visitor, Some(&token)));
        assert_refused(&insider.post("/logout/", &[("csrfmiddlewaretoken", &logout)]));
    }
    assert_eq!(app.database.snapshot(), before);
    // A page may be read from wherever somebody comes.
    assert_eq!(insider.get("/dashboard/").status, 200);
    visitor.set_header("origin", &visitor.origin());
    assert_eq!(log_in(&visitor, Some(&token)).status, 302);
}

#[test]
fn a_second_origin_does_not_hide_behind_the_first() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let body = format!("csrfmiddlewaretoken={}&username=ann&password=x", client.get("/login/").csrf_token());
    let head = format!(
        "POST /login/\nCookie: csrftoken={}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {}",
        client.cookie("csrftoken").expect("a secret"),
        body.len()
    );
    let origins = format!("Origin: {}\nOrigin: http://evil.example", client.origin());
    assert_eq!(client.ask(&head, body.as_bytes()).status, 200);
    assert_refused(&client.ask(&format!("{head}\n{origins}"), body.as_bytes()));
}

#[test]
fn over_https_a_form_says_where_it_comes_from() {
    let app = behind_tls().start();
    let client = over_tls(&app);
    let host = app.address.to_string();
    let token = client.get("/login/").csrf_token();
    assert_refused(&log_in(&client, Some(&token)));
    for referer in [
        "",
        "nonsense",
        "https://",
        "//evil.example/",
        &format!("http://{host}/login/"),
        &format!("HTTPS://{host}/login/"),
        "https://evil.example/",
        &format!("https://evil.example/{host}"),
        &format!("https://{host}.evil.example/"),
        &format!("https://{host}@evil.example/"),
        &format!("https://{host}\\@evil.example/"),
        "https://127.0.0.1/login/",
        &format!("javascript:https://{host}/"),
    ] {
        client.set_header("referer", referer);
        assert_refused(&log_in(&client, Some(&token)));
    }
    client.set_header("referer", &format!("https://{host}/login/?next=/"));
    assert_eq!(log_in(&client, Some(&token)).status, 302);

    // An origin says more than a page before.
    let client = over_tls(&app);
    let token = client.get("/login/").csrf_token();
    client.set_header("referer", &format!("https://{host}/"));
    client.set_header("origin", &client.origin());
    assert_refused(&log_in(&client, Some(&token)));
    client.set_header("referer", "https://evil.example/");
    client.set_header("origin", &format!("https://{host}"));
    assert_eq!(log_in(&client, Some(&token)).status, 302);
}

#[test]
fn origins_that_the_operator_trusts_are_trusted() {
    let trusted = "https://front.example.org,https://*.apps.example.org";
    let app = behind_tls().setting("CSRF_TRUSTED_ORIGINS", trusted).start();
    let try_origin = |header: &str, origin: &str| {
        let client = over_tls(&app);
        let token = client.get("/login/").csrf_token();
        client.set_header(header, origin);
        log_in(&client, Some(&token)).status
    };
    for good in ["https://front.example.org", "https://a.apps.example.org", "https://a.b.apps.example.org"] {
        assert_eq!(try_origin("origin", good), 302, "{good}");
        assert_eq!(try_origin("referer", &format!("{good}/page")), 302, "{good}");
    }
    for bad in
        ["http://front.example.org", "https://front.example.org:8443", "https://evilapps.example.org", "https://*"]
    {
        assert_eq!(try_origin("origin", bad), 403, "{bad}");
        assert_eq!(try_origin("referer", &format!("{bad}/page")), 403, "{bad}");
    }
}

#[test]
fn the_log_says_why_and_the_page_does_not() {
    keep_log();
    let app = behind_tls().start();
    let host = app.address.to_string();
    let plain = app.client();
    let token = plain.get("/login/").csrf_token();
    let secret = plain.cookie("csrftoken").expect("a secret");
    let ask = |headers: &[(&str, &str)], cookie: &str, token: Option<&str>| {
        let client = app.client();
        for (name, value) in headers {
            client.set_header(name, value);
        }
        if !cookie.is_empty() {
            client.set_cookie("csrftoken", cookie);
        }
        log_in(&client, token)
    };
    let https = ("x-forwarded-proto", "https");
    let insecure = format!("http://{host}/");
    let good = Some(token.as_str());
    for (response, reason) in [
        (ask(&[], "", good), "CSRF cookie not set."),
        (ask(&[], &secret, None), "CSRF token missing."),
        (ask(&[], &secret, Some("x")), "CSRF token from POST has incorrect length."),
        (ask(&[], &secret, Some(&"-".repeat(64))), "CSRF token from POST has invalid characters."),
        (ask(&[], &secret, Some(OTHER_SECRET)), "CSRF token from POST incorrect."),
        (
            ask(&[("x-csrftoken", OTHER_SECRET)], &secret, None),
            "CSRF token from the 'X-Csrftoken' HTTP header incorrect.",
        ),
        (
            ask(&[("origin", "http://evil.example")], &secret, good),
            "Origin checking failed - http://evil.example does not match any trusted origins.",
        ),
        (ask(&[https], &secret, good), "Referer checking failed - no Referer."),
        (ask(&[https, ("referer", "x")], &secret, good), "Referer checking failed - Referer is malformed."),
        (
            ask(&[https, ("referer", &insecure)], &secret, good),
            "Referer checking failed - Referer is insecure while host is secure.",
        ),
        (
            ask(&[https, ("referer", "https://evil.example/x")], &secret, good),
            "Referer checking failed - https://evil.example/x does not match any trusted origins.",
        ),
    ] {
        assert_refused(&response);
        assert!(!response.body.contains(reason) && !response.body.contains("evil.example"), "{reason}");
        let log = logged(response.header("x-request-id").expect("an id"));
        assert!(log.contains(&format!("Forbidden (CSRF): {reason}")) && log.contains("WARN"), "{reason}: {log}");
        assert!(!log.contains(&secret) && !log.contains(&token), "{log}");
    }
}

#[test]
fn the_secret_is_sent_with_forms_only_and_kept() {
    let app = TestApp::init().start();
    let client = app.client();
    for path in ["/nothing/", "/dashboard/", "/", "/setup/x/"] {
        assert_eq!(client.get(path).set_cookie("csrftoken"), None, "{path}");
    }
    client.get("/login/");
    let secret = client.cookie("csrftoken").expect("a secret");
    assert!(secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{secret}");
    // Sent again with each form, so that it does not run out while somebody is here.
    assert!(client.get("/logout/").set_cookie("csrftoken").expect("a cookie").contains(&secret));
    client.set_cookie("csrftoken", "nonsense");
    client.get("/login/");
    assert_ne!(client.cookie("csrftoken").as_deref(), Some("nonsense"));
}
