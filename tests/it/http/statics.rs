use crate::support::{Client, TestApp};

fn stylesheet(client: &Client) -> String {
    client.get("/login/").attribute("link[rel=stylesheet]", "href").expect("a stylesheet")
}

#[test]
fn a_static_file_is_kept_for_ever_under_a_name_that_changes_with_it() {
    let app = TestApp::init().start();
    let client = app.client();
    let path = stylesheet(&client);
    let response = client.get(&path);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(response.all("set-cookie").is_empty() && response.header("vary").is_none());
    let hash = path.rsplit('.').nth(1).expect("a hash");
    assert!(hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}");
    assert_eq!(client.get(&path.replace(hash, "000000000000")).status, 404);
    assert_eq!(client.get(&path.replace(&format!(".{hash}"), "")).status, 404);
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let app = TestApp::init().start();
    let client = app.client();
    let page = client.get("/login/");
    for (selector, attribute) in [("link[rel=icon]", "href"), ("source", "srcset"), ("header img", "src")] {
        let path = page.attribute(selector, attribute).expect(selector);
        let file = client.get(&path);
        assert_eq!((file.status, file.header("content-type")), (200, Some("image/svg+xml; charset=utf-8")), "{path}");
    }
}

#[test]
fn a_file_that_the_browser_has_is_not_sent_again() {
    let app = TestApp::init().start();
    let client = app.client();
    let path = stylesheet(&client);
    let etag = client.get(&path).header("etag").expect("a tag").to_owned();
    for known in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
        let response = client.ask(&format!("GET {path}\nIf-None-Match: {known}\nCookie: sessionid=x"), b"");
        assert_eq!((response.status, response.body.as_str()), (304, ""), "{known}");
        assert_eq!(response.header("etag"), Some(etag.as_str()));
        assert!(response.all("set-cookie").is_empty());
    }
    for other in ["\"x\"", "nonsense", "\"", ""] {
        assert_eq!(client.ask(&format!("GET {path}\nIf-None-Match: {other}"), b"").status, 200, "{other}");
    }
    for junk in ["Range: bytes=0-0", "Range: bytes=9-1", "If-Range: x", "If-Modified-Since: never", "If-Match: \"x\""] {
        let response = client.ask(&format!("GET {path}\n{junk}"), b"");
        assert_eq!(response.status, 200, "{junk}");
        assert!(response.body.len() > 1_000);
    }
}
