use std::time::{Duration, Instant};

use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder, encode};

const DEFAULT: &str = "/dashboard/";

/// Where nobody may be sent; `HOST` stands for the host of the site with its port.
const ELSEWHERE: &[&str] = &[
    "",
    " ",
    "http://evil.com",
    "https://evil.com",
    "//evil.com",
    "///evil.com",
    "////evil.com",
    "http:///evil.com",
    "https:////evil.com",
    "ftp://HOST/",
    "ftp://evil.com",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript://HOST/%0aalert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:a@evil.com",
    "blob:http://HOST/x",
    "file:///etc/passwd",
    "http:999999999",
    "ftp:9999999999",
    "https:evil.com",
    "https:/evil.com",
    "http:evil.com",
    "http:/evil.com",
    "HOST:80",
    "/\\evil.com",
    "\\/evil.com",
    "\\\\evil.com",
    "/\\/evil.com",
    "\\\\\\evil.com",
    "\njavascript:x",
    "java\nscript:x",
    "java\tscript:x",
    "\u{8}//evil.com",
    "\u{1b}//evil.com",
    "\t//evil.com",
    " //evil.com",
    "\u{a0}//evil.com",
    "\u{200b}//evil.com",
    "\u{feff}//evil.com",
    "\u{2028}//evil.com",
    "/\t/evil.com",
    "/\n/evil.com",
    "/\r/evil.com",
    "/\u{85}/evil.com",
    "/x\r\nSet-Cookie: a=b",
    "\n",
    "/x\u{7f}",
    "http://other\\@evil.com",
    "http://HOST\\@evil.com",
    "http://HOST\\me:p@evil.com",
    "http://HOST@evil.com",
    "http://HOST:p@evil.com",
    "http://HOST.evil.com",
    "http://evil.com#HOST",
    "http://evil.com/HOST",
    "http://evil.com?HOST",
    "http://127.0.0.1",
    "http://127.0.0.1:80@evil.com/",
    "http://127.1/",
    "//127.0.0.1",
    "//user:p@evil.com",
    "//user:p@HOST",
    "http:\\\\HOST\\@evil.com",
    "http:\\\\HOST\\confirm\\me@evil.com",
    "http://[2001:db8::1/",
    "http://2001:db8::1]/",
    "//evil。com",
    "//evil.com\u{ff0f}",
    "//example%E3%80%82com",
    "http://①②⑦.⓪.⓪.①",
    "x:y",
];

fn start(app: TestAppBuilder) -> TestApp {
    app.with_user("ann").start()
}

/// Logs in at `path` with the last `fields` beside the others.
fn log_in_at(client: &Client, path: &str, fields: &[(&str, &str)]) -> Response {
    let token = client.get("/login/").csrf_token();
    let mut all = vec![("csrfmiddlewaretoken", token.as_str()), ("username", "ann"), ("password", PASSWORD)];
    all.extend(fields);
    client.post(path, &all)
}

fn at(path: &str, next: &str) -> String {
    format!("{path}?{}", encode(&[("next", next)]))
}

#[test]
fn nobody_is_led_elsewhere_by_a_log_in() {
    let app = start(TestApp::init());
    for next in ELSEWHERE {
        let next = next.replace("HOST", &app.address.to_string());
        let client = app.client();
        let page = client.get(&at("/login/", &next));
        assert_eq!(page.attribute("input[name=next]", "value"), None, "{next:?}");
        let by_query = log_in_at(&client, &at("/login/", &next), &[]);
        assert_eq!((by_query.status, by_query.location()), (302, DEFAULT), "{next:?} in the query");
        let by_form = log_in_at(&client, "/login/", &[("next", &next)]);
        assert_eq!((by_form.status, by_form.location()), (302, DEFAULT), "{next:?} in the form");
        assert!(by_form.all("set-cookie").iter().all(|cookie| !cookie.starts_with("a=")));
    }
}

#[test]
fn people_are_led_back_to_where_they_came_from() {
    let app = start(TestApp::init());
    let host = app.address.to_string();
    for (next, location) in [
        ("/x", "/x"),
        ("x/", "x/"),
        ("?x=1", "?x=1"),
        ("/x?next=//evil.com&a=b:c#d", "/x?next=//evil.com&a=b:c#d"),
        ("/http://evil.com", "/http://evil.com"),
        (" /a", "%20/a"),
        ("/ü x", "/%C3%BC%20x"),
        ("/%0d%0aX", "/%0d%0aX"),
        (&format!("http://{host}/x"), &format!("http://{host}/x")),
        (&format!("https://{host}/x"), &format!("https://{host}/x")),
        (&format!("//{host}/x"), &format!("//{host}/x")),
    ] {
        let client = app.client();
        let page = client.get(&at("/login/", next));
        assert_eq!(page.attribute("input[name=next]", "value").as_deref(), Some(next));
        assert_eq!(log_in_at(&client, &at("/login/", next), &[]).location(), location, "{next} in the query");
        assert_eq!(log_in_at(&client, "/login/", &[("next", next)]).location(), location, "{next} in the form");
    }
}

#[test]
fn of_several_wishes_the_forms_last_counts() {
    let app = start(TestApp::init());
    let go = |path: &str, fields: &[(&str, &str)]| log_in_at(&app.client(), path, fields).location().to_owned();
    assert_eq!(go("/login/", &[("next", "/a"), ("next", "//evil.com")]), DEFAULT);
    assert_eq!(go("/login/", &[("next", "//evil.com"), ("next", "/a")]), "/a");
    assert_eq!(go("/login/?next=/a&next=//evil.com", &[]), DEFAULT);
    assert_eq!(go("/login/?next=//evil.com&next=/a", &[]), "/a");
    assert_eq!(go("/login/?next=/a", &[("next", "//evil.com")]), DEFAULT);
    assert_eq!(go("/login/?next=/a", &[("next", "")]), DEFAULT);
    assert_eq!(go("/login/?next=//evil.com", &[("next", "/a")]), "/a");
    assert_eq!(go("/login/?next[]=/a&NEXT=/a&next%00=/a", &[]), DEFAULT);
}

#[test]
fn a_wish_survives_a_wrong_password_only_if_it_leads_here() {
    let app = start(TestApp::init());
    let client = app.client();
    for (next, kept) in [("/x?a=b", Some("/x?a=b")), ("//evil.com", None), ("\"><script>", Some("\"><script>"))] {
        let page = log_in_at(&client, "/login/", &[("next", next), ("password", "wrong")]);
        assert_eq!(page.status, 200);
        assert_eq!(page.attribute("input[name=next]", "value").as_deref(), kept, "{next}");
        assert!(page.texts("script").is_empty());
    }
}

#[test]
fn nobody_is_led_elsewhere_by_a_log_out() {
    let app = start(TestApp::init());
    let client = app.client();
    let log_out = |path: &str, next: &str| {
        let token = client.get("/logout/").csrf_token();
        client.post(path, &[("csrfmiddlewaretoken", &token), ("next", next)]).location().to_owned()
    };
    for next in ELSEWHERE {
        let next = next.replace("HOST", &app.address.to_string());
        assert_eq!(log_out("/logout/", &next), "/login/", "{next:?}");
        let token = client.get("/logout/").csrf_token();
        let by_query = client.post(&at("/logout/", &next), &[("csrfmiddlewaretoken", &token)]);
        assert_eq!(by_query.location(), "/login/", "{next:?}");
    }
    assert_eq!(log_out("/logout/", "/x"), "/x");
}

#[test]
fn over_https_nobody_is_led_back_to_http() {
    let app = start(TestApp::init().setting("TRUSTED_PROXIES", "127.0.0.1"));
    let host = app.address.to_string();
    let client = app.client();
    client.set_header("x-forwarded-proto", "https");
    client.set_header("origin", &format!("https://{host}"));
    assert_eq!(log_in_at(&client, "/login/", &[("next", &format!("http://{host}/x"))]).location(), DEFAULT);
    let secure = format!("https://{host}/x");
    assert_eq!(log_in_at(&client, "/login/", &[("next", &secure)]).location(), secure);
}

#[test]
fn neither_referer_nor_host_header_is_a_target() {
    let app = start(TestApp::init());
    let client = app.client();
    for header in ["referer", "x-forwarded-host", "x-original-host", "x-host", "forwarded", "x-forwarded-server"] {
        client.set_header(header, "http://evil.com/");
    }
    assert_eq!(client.get("/dashboard/").location(), "/login/?next=/dashboard/");
    assert_eq!(log_in_at(&client, "/login/", &[("next", "//evil.com")]).location(), DEFAULT);
    assert_eq!(client.get("/").location(), DEFAULT);
    assert_eq!(client.get("/login").location(), "/login/");
}

#[test]
fn a_huge_wish_is_refused_at_once() {
    let app = start(TestApp::init());
    let client = app.client();
    let longest = format!("/{}", "x".repeat(2_047));
    assert_eq!(log_in_at(&client, "/login/", &[("next", &longest)]).location(), longest);
    assert_eq!(log_in_at(&client, "/login/", &[("next", &format!("{longest}x"))]).location(), DEFAULT);
    let started = Instant::now();
    for huge in ["\u{301}".repeat(500_000), "//".repeat(500_000), "http://[".repeat(100_000), " ".repeat(1_000_000)] {
        let body = format!("csrfmiddlewaretoken={}&next={huge}", client.get("/login/").csrf_token());
        let page = client.post_body("/login/", "application/x-www-form-urlencoded", body.into_bytes());
        assert_eq!(page.attribute("input[name=next]", "value"), None);
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn the_way_back_is_escaped() {
    let app = start(TestApp::init());
    let client = app.client();
    for (path, location) in [
        ("/dashboard/?a=b&c=d", "/login/?next=/dashboard/%3Fa%3Db%26c%3Dd"),
        ("/dashboard/?next=//evil.com", "/login/?next=/dashboard/%3Fnext%3D//evil.com"),
        ("/dashboard/?%0d%0aX:y", "/login/?next=/dashboard/%3F%250d%250aX%3Ay"),
    ] {
        let response = client.get(path);
        assert_eq!((response.status, response.location()), (302, location));
        let page = client.get(response.location());
        assert_eq!(page.attribute("input[name=next]", "value").as_deref(), Some(path));
    }
}
