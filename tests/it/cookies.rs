use std::collections::BTreeMap;

use crate::support::{Client, PASSWORD, Response, TestApp};

const CHOSEN: &str = "0123456789abcdef0123456789abcdef";

/// The attributes of a `Set-Cookie`, their names in lower case; the cookie itself under its own name.
fn attributes(cookie: &str) -> BTreeMap<String, String> {
    let parts = cookie.split("; ").map(|part| part.split_once('=').unwrap_or((part, "")));
    let mut found: BTreeMap<String, String> =
        parts.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    // Stands beside the age for browsers that know none.
    found.remove("expires");
    found
}

#[track_caller]
fn assert_cookie(response: &Response, name: &str, value: &str, expected: &str) {
    let cookie = response.set_cookie(name).unwrap_or_else(|| panic!("no {name} in {:?}", response.headers));
    assert_eq!(attributes(cookie), attributes(&format!("{name}={value}; {expected}")), "{cookie}");
}

/// Asks for the dashboard with these `Cookie` headers, as they are.
fn ask(client: &Client, cookies: &[&[u8]]) -> Response {
    let host = format!("Host: {}\r\n", client.address);
    let cookies = cookies.iter().flat_map(|cookie| [b"Cookie: ", *cookie, b"\r\n"].concat());
    let head: Vec<u8> =
        b"GET /dashboard/ HTTP/1.1\r\n".iter().copied().chain(host.into_bytes()).chain(cookies).collect();
    client.exchange(&[&head[..], b"\r\n"].concat())
}

fn sessions(app: &TestApp) -> i64 {
    app.database.number("SELECT count(*) FROM django_session")
}

#[test]
fn cookies_carry_the_attributes_that_django_gives_them() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let page = client.get("/login/");
    let secret = client.cookie("csrftoken").expect("a secret");
    assert_cookie(&page, "csrftoken", &secret, "SameSite=Lax; Path=/; Max-Age=31449600");
    let response = client.log_in("ann", PASSWORD);
    let key = client.cookie("sessionid").expect("a key");
    assert_cookie(&response, "sessionid", &key, "HttpOnly; SameSite=Lax; Path=/; Max-Age=1209600");
    assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{key}");
    assert_cookie(&client.log_out(), "sessionid", "", "HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
}

#[test]
fn over_https_cookies_are_secure_also_when_they_are_deleted() {
    let app = TestApp::init().with_user("ann").setting("TRUSTED_PROXIES", "127.0.0.1").start();
    let client = app.client();
    client.set_header("x-forwarded-proto", "https");
    client.set_header("origin", &client.origin().replace("http:", "https:"));
    let page = client.get("/login/");
    let secret = client.cookie("csrftoken").expect("a secret");
    assert_cookie(&page, "csrftoken", &secret, "Secure; SameSite=Lax; Path=/; Max-Age=31449600");
    let response = client.log_in("ann", PASSWORD);
    let key = client.cookie("sessionid").expect("a key");
    assert_cookie(&response, "sessionid", &key, "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=1209600");
    assert_cookie(&client.log_out(), "sessionid", "", "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=0");
}

#[test]
fn each_setting_of_a_cookie_takes_effect() {
    let app = TestApp::init().with_user("ann");
    let app = [
        ("SESSION_COOKIE_NAME", "key"),
        ("SESSION_COOKIE_DOMAIN", "example.org"),
        ("SESSION_COOKIE_PATH", "/p"),
        ("SESSION_COOKIE_SECURE", "true"),
        ("SESSION_COOKIE_HTTPONLY", "false"),
        ("SESSION_COOKIE_SAMESITE", "Strict"),
        ("SESSION_COOKIE_AGE", "60"),
        ("CSRF_COOKIE_NAME", "secret"),
        ("CSRF_COOKIE_DOMAIN", ".example.org"),
        ("CSRF_COOKIE_PATH", "/q"),
        ("CSRF_COOKIE_SECURE", "true"),
        ("CSRF_COOKIE_HTTPONLY", "true"),
        ("CSRF_COOKIE_SAMESITE", "None"),
        ("CSRF_COOKIE_AGE", "0"),
    ]
    .into_iter()
    .fold(app, |app, (name, value)| app.setting(name, value))
    .start();
    let client = app.client();
    let page = client.get("/login/");
    let secret = client.cookie("secret").expect("a secret");
    assert_cookie(&page, "secret", &secret, "HttpOnly; Secure; SameSite=None; Path=/q; Domain=.example.org");
    assert_eq!(page.set_cookie("csrftoken"), None);
    let response = client.log_in("ann", PASSWORD);
    let (key, place) = (client.cookie("key").expect("a key"), "SameSite=Strict; Path=/p; Domain=example.org");
    assert_cookie(&response, "key", &key, &format!("Secure; {place}; Max-Age=60"));
    assert!(client.is_logged_in());
    assert_cookie(&client.log_out(), "key", "", &format!("Secure; {place}; Max-Age=0"));
}

#[test]
fn a_session_may_end_with_the_browser() {
    let app = TestApp::init().with_user("ann").setting("SESSION_EXPIRE_AT_BROWSER_CLOSE", "true").start();
    let client = app.client();
    let response = client.submit("/login/", &[("username", "ann"), ("password", PASSWORD)]);
    let key = client.cookie("sessionid").expect("a key");
    assert_cookie(&response, "sessionid", &key, "HttpOnly; SameSite=Lax; Path=/");
    assert!(!response.set_cookie("sessionid").expect("a cookie").contains("xpires"));
}

#[test]
fn names_that_promise_something_to_browsers_keep_the_promise() {
    let app = TestApp::init().with_user("ann").setting("SESSION_COOKIE_NAME", "__Host-sessionid");
    let app = app.setting("SESSION_COOKIE_DOMAIN", "example.org").setting("SESSION_COOKIE_PATH", "/p");
    let app =
        app.setting("CSRF_COOKIE_NAME", "__Secure-csrftoken").setting("CSRF_COOKIE_DOMAIN", "example.org").start();
    let client = app.client();
    let page = client.get("/login/");
    let secret = client.cookie("__Secure-csrftoken").expect("a secret");
    let place = "Secure; SameSite=Lax; Path=/";
    let expected = format!("{place}; Domain=example.org; Max-Age=31449600");
    assert_cookie(&page, "__Secure-csrftoken", &secret, &expected);
    let response = client.log_in("ann", PASSWORD);
    let key = client.cookie("__Host-sessionid").expect("a key");
    assert_cookie(&response, "__Host-sessionid", &key, &format!("HttpOnly; {place}; Max-Age=1209600"));
    // A cookie of the plain name, which another host of the domain may have planted, is nothing here.
    assert_eq!(ask(&client, &[format!("sessionid={key}").as_bytes()]).status, 302);
    assert!(client.is_logged_in());
    assert_cookie(&client.log_out(), "__Host-sessionid", "", &format!("HttpOnly; {place}; Max-Age=0"));
}

#[test]
fn a_key_that_opens_nothing_is_taken_back_and_never_repeated() {
    let app = TestApp::init().with_user("ann").start();
    app.database.execute(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('', 'x', '9999-01-01 00:00:00')",
    );
    let before = app.database.snapshot();
    let (long, longer) = ("a".repeat(5_000), "b".repeat(100_000));
    for value in [
        "",
        "zzz",
        CHOSEN,
        "' OR 1=1 --",
        "../../etc/passwd",
        "%00%0d%0aX:y",
        "\"0123456789abcdef0123456789abcdef\"",
        "{\"a\":1}",
        "<script>",
        "é",
        "\u{202e}",
        "a=b",
        &long,
        &longer,
    ] {
        let response = ask(&app.client(), &[format!("sessionid={value}").as_bytes()]);
        assert_eq!((response.status, response.location()), (302, "/login/?next=/dashboard/"), "{value}");
        assert_cookie(&response, "sessionid", "", "HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
        assert!(value.is_empty() || !format!("{response:?}").contains(value), "{value} is repeated");
    }
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn of_two_cookies_of_one_name_the_last_counts_everywhere() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let key = client.cookie("sessionid").expect("a key");
    let good = format!("sessionid={key}");
    let bad = format!("sessionid={CHOSEN}");
    for (cookies, status) in [
        (vec![format!("{bad}; {good}")], 200),
        (vec![format!("{good}; {bad}")], 302),
        (vec![bad.clone(), good.clone()], 200),
        (vec![good.clone(), bad.clone()], 302),
        (vec![good.clone(), "sessionid=".to_owned()], 302),
        (vec![format!("{good}; ={bad}")], 200),
        (vec![format!("={good}")], 302),
        (vec![format!("$Version=1; {good}; $Path=/")], 200),
        (vec![format!("SessionID={CHOSEN}; {good}; SESSIONID={CHOSEN}")], 200),
        (vec![format!("a; ;;=;{good};")], 200),
        (vec![format!("a,{good}")], 302),
        (vec![format!("a=\"b;{good};c\"")], 200),
    ] {
        let bytes: Vec<&[u8]> = cookies.iter().map(String::as_bytes).collect();
        assert_eq!(ask(&client, &bytes).status, status, "{cookies:?}");
    }
}

#[test]
fn the_token_of_a_form_goes_with_the_last_secret_too() {
    let app = TestApp::init().with_user("ann").start();
    let (one, other) = (app.client(), app.client());
    let token = one.get("/login/").csrf_token();
    other.get("/login/");
    let cookie = |client: &Client| format!("csrftoken={}", client.cookie("csrftoken").expect("a secret"));
    let send = |cookies: &str| {
        let body = format!("csrfmiddlewaretoken={token}&username=ann&password=wrong");
        let form = "Content-Type: application/x-www-form-urlencoded";
        let head = format!("POST /login/\n{form}\n{cookies}\nContent-Length: {}", body.len());
        one.ask(&head, body.as_bytes()).status
    };
    assert_eq!(send(&format!("Cookie: {}; {}", cookie(&other), cookie(&one))), 200);
    assert_eq!(send(&format!("Cookie: {}; {}", cookie(&one), cookie(&other))), 403);
    assert_eq!(send(&format!("Cookie: {}\nCookie: {}", cookie(&other), cookie(&one))), 200);
    assert_eq!(send(&format!("Cookie: {}\nCookie: {}", cookie(&one), cookie(&other))), 403);
}

#[test]
fn values_are_not_decoded() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let key = client.cookie("sessionid").expect("a key");
    let escaped = format!("%{:02x}{}", key.as_bytes()[0], &key[1..]);
    for other in [escaped, format!("\"{key}\""), key.to_uppercase(), format!("{key}%00"), format!("{key}\t;x=y")] {
        let status = if other.starts_with(&key) && other.contains('\t') { 200 } else { 302 };
        assert_eq!(ask(&client, &[format!("sessionid={other}").as_bytes()]).status, status, "{other}");
    }
}

#[test]
fn one_bad_byte_spoils_one_cookie_only() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let good = format!("sessionid={}", client.cookie("sessionid").expect("a key"));
    let mixed = [b"a=\xff; ", good.as_bytes(), b"; \xfe=b"].concat();
    assert_eq!(ask(&client, &[&mixed]).status, 200);
    assert_eq!(ask(&client, &[b"a=\xff", good.as_bytes(), b"\x80"]).status, 200);
    let spoilt = [good.as_bytes(), b"\xff"].concat();
    assert_eq!(ask(&client, &[&spoilt]).status, 302);
}

#[test]
fn headers_full_of_cookies_do_no_harm() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let good = format!("sessionid={}", client.cookie("sessionid").expect("a key"));
    for (cookies, status) in [
        (format!("{}{good}", "a=b; ".repeat(20_000)), 200),
        (format!("{};{good}", "=".repeat(100_000)), 200),
        (format!("{}{good}", "; ".repeat(50_000)), 200),
        (format!("{}; {good}", "x".repeat(1_000_000)), 431),
    ] {
        assert_eq!(ask(&client, &[cookies.as_bytes()]).status, status, "{:?}", &cookies[..20]);
    }
    assert!(client.is_logged_in());
}

#[test]
fn a_key_that_the_browser_chose_is_never_adopted() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    client.set_cookie("sessionid", CHOSEN);
    let token = client.get("/login/").csrf_token();
    client.set_cookie("sessionid", CHOSEN);
    let fields = [("csrfmiddlewaretoken", token.as_str()), ("username", "ann"), ("password", PASSWORD)];
    assert_eq!(client.post("/login/", &fields).status, 302);
    assert_ne!(client.cookie("sessionid").as_deref(), Some(CHOSEN));
    let chosen = format!("SELECT count(*) FROM django_session WHERE session_key = '{CHOSEN}'");
    assert_eq!((app.database.number(&chosen), sessions(&app)), (0, 1));
    assert_eq!(ask(&client, &[format!("sessionid={CHOSEN}").as_bytes()]).status, 302);
}

#[test]
fn strangers_leave_no_rows() {
    let app = TestApp::init().with_user("ann").start();
    let before = app.database.snapshot();
    for round in 0..50 {
        let client = app.client();
        client.set_cookie("sessionid", &format!("{round:032}"));
        for path in ["/", "/login/", "/logout/", "/dashboard/", "/nothing/", "/setup/x/"] {
            let response = client.get(path);
            assert!(response.set_cookie("sessionid").is_none_or(|cookie| cookie.contains("Max-Age=0")), "{path}");
        }
        client.post("/login/", &[("username", "ann")]);
        assert_eq!(client.log_out().status, 302);
    }
    assert_eq!(app.database.snapshot(), before);
    for _ in 0..20 {
        assert_eq!(app.client().log_in("ann", "wrong").set_cookie("sessionid"), None);
    }
    assert_eq!(sessions(&app), 0);
}

#[test]
fn cookies_stay_small_and_keys_out_of_pages() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let long = "x".repeat(10_000);
    client.get(&format!("/login/?next=/{long}"));
    client.log_in(&long, &long);
    client.submit(&format!("/login/?next=/{long}"), &[("username", "ann"), ("password", PASSWORD)]);
    let key = client.cookie("sessionid").expect("a key");
    for path in ["/dashboard/", "/logout/", "/login/", "/nothing/"] {
        let page = client.get(path);
        assert!(!format!("{page:?}").contains(&key), "{path}");
        assert!(page.all("set-cookie").iter().all(|cookie| cookie.len() < 300));
    }
}
