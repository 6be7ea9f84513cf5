use scraper::{Html, Selector};
use vestibule::auth::{models::NewUser, superuser};

use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

/// What a browser must be told with every answer.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];
/// What must stand in the policy, and nothing else.
const POLICY: &[&str] = &[
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
];

/// One answer of each kind, with what it was asked for.
fn answers(client: &Client) -> Vec<(u16, Response)> {
    let stylesheet = client.get("/login/").attribute("link[rel=stylesheet]", "href").expect("a stylesheet");
    let form = "Content-Type: application/x-www-form-urlencoded";
    vec![
        (200, client.get("/login/")),
        (200, client.log_in("ann", "wrong")),
        (200, client.request("OPTIONS", "/login/")),
        (200, client.request("HEAD", "/login/")),
        (200, client.get(&stylesheet)),
        (304, client.ask(&format!("GET {stylesheet}\nIf-None-Match: *"), b"")),
        (301, client.get("/login")),
        (302, client.get("/")),
        (302, client.get("/dashboard/")),
        (302, client.log_in("ann", PASSWORD)),
        (200, client.get("/dashboard/")),
        (200, client.get("/logout/")),
        (302, client.log_out()),
        (400, client.exchange(b"GET /login/ HTTP/1.1\r\nHost: evil.com\r\n\r\n")),
        (403, client.post("/login/", &[])),
        (404, client.get("/nothing/")),
        (404, client.get("/static/nothing")),
        (405, client.request("PUT", "/login/")),
        (405, client.request("POST", &stylesheet)),
        (410, client.get("/setup/0123456789/")),
        (413, client.ask(&format!("POST /login/\n{form}\nContent-Length: 9999999"), b"")),
        (415, client.post_body("/login/", "text/plain", Vec::new())),
    ]
}

fn last_event(app: &TestApp, column: &str) -> String {
    app.database.text(&format!("SELECT {column} FROM vestibule_event ORDER BY id DESC LIMIT 1")).expect("an event")
}

#[test]
fn every_answer_carries_what_protects_a_browser() {
    let app = TestApp::init().with_user("ann").start();
    for (status, response) in answers(&app.client()) {
        assert_eq!(response.status, status, "{}", response.body);
        for (name, value) in ALWAYS {
            assert_eq!(response.all(name), [*value], "{name} of a {status}");
        }
        let policy = response.all("content-security-policy");
        assert_eq!(policy.len(), 1, "{status}");
        assert_eq!(policy[0].split("; ").collect::<Vec<_>>(), POLICY, "{status}");
        let permissions = response.header("permissions-policy").expect("a policy");
        assert!(permissions.split(", ").all(|permission| permission.ends_with("=()")), "{permissions}");
        for header in ["server", "x-powered-by", "access-control-allow-origin", "strict-transport-security", "etag"] {
            let is_file = header == "etag" && response.header("cache-control").is_some_and(|it| it.contains("public"));
            assert!(is_file || response.header(header).is_none(), "{header} of a {status}");
        }
        if !response.body.is_empty() {
            let kind = response.header("content-type").expect("a type");
            assert!(kind.ends_with("; charset=utf-8"), "{kind} of a {status}");
        }
    }
}

#[test]
fn nothing_but_static_files_is_kept_by_anybody() {
    let app = TestApp::init().with_user("ann").start();
    for (status, response) in answers(&app.client()) {
        let kept = response.header("cache-control").expect("a rule");
        if kept.contains("public") {
            assert!(response.header("etag").is_some() && response.all("set-cookie").is_empty());
            continue;
        }
        assert_eq!(kept, "max-age=0, no-cache, no-store, must-revalidate, private", "{status}");
    }
    let client = app.logged_in("ann");
    for path in ["/", "/login/", "/login", "/dashboard/", "/logout/", "/setup/0123456789/", "/nothing/"] {
        for method in ["GET", "POST", "PUT"] {
            let response = client.request(method, path);
            assert_eq!(response.all("vary"), ["Cookie"], "{method} {path}");
        }
    }
}

#[test]
fn hsts_is_for_a_year_over_https_only_unless_the_settings_say_otherwise() {
    let policy = |builder: TestAppBuilder, scheme: &str| {
        let app = builder.with_user("ann").setting("TRUSTED_PROXIES", "127.0.0.1").start();
        let client = app.client();
        client.set_header("x-forwarded-proto", scheme);
        let answers = ["/login/", "/dashboard/", "/nothing/", "/static/x"].map(|path| client.get(path));
        let found = answers.map(|answer| answer.header("strict-transport-security").unwrap_or("none").to_owned());
        assert!(found.iter().all(|policy| *policy == found[0]), "{found:?}");
        found[0].clone()
    };
    let seconds = |value| TestApp::init().setting("SECURE_HSTS_SECONDS", value);
    assert_eq!(policy(TestApp::init(), "https"), "max-age=31536000");
    assert_eq!(policy(TestApp::init(), "http"), "none");
    assert_eq!(policy(TestApp::init(), "https, http"), "none");
    assert_eq!(policy(seconds("0"), "https"), "none");
    assert_eq!(policy(seconds("60"), "https"), "max-age=60");
    let all = TestApp::init().setting("SECURE_HSTS_INCLUDE_SUBDOMAINS", "true").setting("SECURE_HSTS_PRELOAD", "true");
    assert_eq!(policy(all, "https"), "max-age=31536000; includeSubDomains; preload");
}

#[test]
fn plain_http_is_sent_to_https_if_the_settings_say_so() {
    let app = TestApp::init().setting("SECURE_SSL_REDIRECT", "true").setting("TRUSTED_PROXIES", "127.0.0.1").start();
    let client = app.client();
    let base = format!("https://{}", app.address);
    for path in ["/login/?next=/dashboard/%3Fa%3D1", "/", "/nothing/", "/static/x", "//evil.com/"] {
        let response = client.get(path);
        assert_eq!((response.status, response.location()), (301, format!("{base}{path}").as_str()));
        assert_eq!(response.header("x-frame-options"), Some("DENY"), "{path}");
    }
    assert_eq!(client.post("/login/", &[]).status, 301);
    assert_eq!(client.exchange(b"GET / HTTP/1.1\r\nHost: evil.com\r\n\r\n").status, 400);
    let absolute = client.exchange(b"GET http://evil.com/login/?a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(absolute.location(), "https://localhost/login/?a", "the path is asked for, the host is ours");
    client.set_header("x-forwarded-host", "localhost");
    assert_eq!(client.get("/login/").location(), "https://localhost/login/");
    client.set_header("x-forwarded-proto", "https");
    assert_eq!(client.get("/login/").status, 200);

    let app = TestApp::init().setting("SECURE_SSL_REDIRECT", "true").start();
    let stranger = app.client();
    stranger.set_header("x-forwarded-proto", "https");
    assert_eq!(stranger.get("/login/").status, 301, "anybody can write that header");
}

#[test]
fn a_log_out_clears_what_the_browser_kept_but_no_cookies() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    assert_eq!(client.get("/logout/").header("clear-site-data"), None);
    assert_eq!(client.log_out().header("clear-site-data"), Some("\"cache\""));
    let app = TestApp::init().with_user("ann").setting("LOGOUT_REDIRECT_URL", "").start();
    let page = app.logged_in("ann").log_out();
    assert_eq!((page.status, page.text("h1").as_str()), (200, "You are logged out"));
    assert_eq!(page.header("clear-site-data"), Some("\"cache\""));
}

#[test]
fn what_a_stranger_says_of_proxies_changes_nothing() {
    let app = TestApp::init().with_user("ann").setting("SECURE_HSTS_SECONDS", "60").start();
    let client = app.client();
    for (name, value) in [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-real-ip", "6.6.6.6"),
        ("true-client-ip", "6.6.6.6"),
        ("cf-connecting-ip", "6.6.6.6"),
        ("client-ip", "6.6.6.6"),
        ("x_forwarded_for", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6;host=evil.com;proto=https"),
        ("x-forwarded-host", "evil.com"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-ssl", "on"),
        ("front-end-https", "on"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-prefix", "/evil"),
        ("remote-user", "ann"),
        ("remote_user", "ann"),
        ("x-remote-user", "ann"),
        ("x-user-id", "1"),
    ] {
        client.set_header(name, value);
    }
    assert!(!client.is_logged_in());
    let page = client.get("/login/");
    assert_eq!((page.status, page.header("strict-transport-security")), (200, None));
    assert!(!page.body.contains("evil"));
    let response = client.submit("/login/?next=https://evil.com/", &[("username", "ann"), ("password", PASSWORD)]);
    assert_eq!((response.status, response.location()), (302, "/dashboard/"));
    assert!(response.all("set-cookie").iter().all(|cookie| !cookie.contains("Secure")), "{:?}", response.headers);
    assert_eq!(last_event(&app, "ip_address"), "127.0.0.1");
    assert_eq!(app.database.text("SELECT ip_address FROM vestibule_session").as_deref(), Some("127.0.0.1"));
}

#[test]
fn behind_trusted_proxies_the_right_most_stranger_is_the_client() {
    let proxies = "127.0.0.1,10.0.0.0/8,fd00::/8";
    let app = TestApp::init().with_user("ann").setting("TRUSTED_PROXIES", proxies);
    let app = app.setting("AXES_LOCK_OUT_AT_FAILURE", "false").start();
    for (hops, address) in [
        (&["1.2.3.4"][..], "1.2.3.4"),
        (&["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        (&["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        (&["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        (&["6.6.6.6", "1.2.3.4, 10.9.9.9", "fd00::1"], "1.2.3.4"),
        (&["1.2.3.4:5678"], "1.2.3.4"),
        (&["::ffff:1.2.3.4"], "1.2.3.4"),
        (&["[2001:db8::1]:99"], "2001:db8::1"),
        (&["2001:DB8:0::1"], "2001:db8::1"),
        (&["6.6.6.6, unknown, 10.0.0.3"], "10.0.0.3"),
        (&["6.6.6.6, , 10.0.0.3"], "10.0.0.3"),
        (&["6.6.6.6, ' OR 1=1 --"], "127.0.0.1"),
        (&["10.0.0.1"], "10.0.0.1"),
        (&["nonsense"], "127.0.0.1"),
        (&[""], "127.0.0.1"),
        (&[], "127.0.0.1"),
    ] {
        let client = app.client();
        let token = client.get("/login/").csrf_token();
        let body = format!("csrfmiddlewaretoken={token}&username=ann&password=wrong");
        let hops: Vec<String> = hops.iter().map(|hop| format!("X-Forwarded-For: {hop}")).collect();
        let hops = hops.join("\n");
        let head = format!(
            "POST /login/\nCookie: csrftoken={}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {}",
            client.cookie("csrftoken").expect("a secret"),
            body.len()
        );
        assert_eq!(client.ask(&format!("{head}\n{hops}"), body.as_bytes()).status, 200);
        assert_eq!(last_event(&app, "ip_address"), address, "{hops}");
    }
}

#[test]
fn a_trusted_proxy_names_a_host_that_must_still_be_ours() {
    let app = TestApp::init().setting("TRUSTED_PROXIES", "127.0.0.1").setting("ALLOWED_HOSTS", "example.org").start();
    let status = |host: &str| {
        let client = app.client();
        client.set_header("x-forwarded-host", host);
        client.get("/login/").status
    };
    for good in ["example.org", "Example.org:443", "evil.com, example.org"] {
        assert_eq!(status(good), 200, "{good}");
    }
    for bad in ["evil.com", "example.org, evil.com", "example.org@evil.com", "example.org/", "", ","] {
        assert_eq!(status(bad), 400, "{bad}");
    }
}

/// Nothing on the page runs, looks elsewhere or is styled by itself.
#[track_caller]
fn assert_inert(page: &Response) {
    let html = Html::parse_document(&page.body);
    for element in html.select(&Selector::parse("*").expect("a selector")) {
        let element = element.value();
        let known = "html head meta title link body a header picture source img bdi div form input button main h1 h2 p \
                     ul li label span section dl dt dd footer code";
        assert!(known.split_whitespace().any(|name| name == element.name()), "<{}>: {}", element.name(), page.body);
        for (name, value) in element.attrs() {
            assert!(name != "style" && !name.starts_with("on") && name != "http-equiv", "{name}: {}", page.body);
            if ["href", "src", "srcset", "action", "formaction"].contains(&name) {
                assert!(value.starts_with('#') || (value.starts_with('/') && !value.starts_with("//")), "{value}");
            }
        }
    }
}

#[test]
fn no_page_has_anything_inline_or_from_elsewhere() {
    let app = TestApp::init().start();
    let client = app.client();
    let token = superuser::new_setup_token(&app.auth).expect("a database").expect("nobody administers yet");
    let setup = format!("/setup/{token}/");
    let mut pages = vec![client.get(&setup), client.submit(&setup, &[("username", "a b"), ("password1", "1")])];
    let password = [("password1", PASSWORD), ("password2", PASSWORD)];
    assert_eq!(client.submit(&setup, &[&[("username", "ann")], &password[..]].concat()).status, 302);
    pages.extend([client.get("/dashboard/"), client.get("/logout/")]);
    assert!(pages.iter().all(|page| page.status == 200 && page.texts("main").len() == 1));
    pages.extend(answers(&app.client()).into_iter().map(|(_, answer)| answer));
    for page in pages.iter().filter(|page| page.header("content-type") == Some("text/html; charset=utf-8")) {
        assert_inert(page);
    }
}

#[test]
fn what_people_call_themselves_stays_text() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onfocus=alert(1) autofocus='",
        "javascript:alert(1)",
        "{{7*7}}",
        "</title></bdi><style>",
        "<!--",
        "&lt;b&gt;&amp;",
        "\u{202e}evil",
    ];
    for name in hostile {
        let new = NewUser { username: name.into(), email: name.into(), ..NewUser::default() };
        let app = TestApp::init().with(new).setting("SITE_NAME", name).start();
        let client = app.client();
        let refused = client.log_in(name, "wrong");
        assert_eq!(refused.attribute("#id_username", "value").as_deref(), Some(name));
        client.set_header("user-agent", "<script>");
        assert_eq!(client.log_in(name, PASSWORD).status, 302);
        let dashboard = client.get("/dashboard/");
        assert_eq!(dashboard.text("h1"), format!("Welcome, {name}"));
        for page in [refused, dashboard, client.get("/logout/"), client.get("/nothing/")] {
            assert_inert(&page);
        }
    }
}
