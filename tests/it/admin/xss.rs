//! What people typed, and what programs sent, is text on every page: attacks G9.

use std::collections::BTreeSet;

use scraper::{Html, Selector};

use crate::support::{PASSWORD, Response, TestApp, hostile::TEXTS};

fn hostile() -> TestApp {
    let app = TestApp::init().with_superuser("root").start();
    app.database.fill_with_hostile_texts();
    app
}

/// What a page must not have: any element or attribute that nobody of us wrote.
fn assert_inert(path: &str, page: &Response) {
    assert!(page.status < 500, "{path}: {}", page.status);
    let html = Html::parse_document(&page.body);
    let found = |selector: &str| {
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector).map(|element| element.html()).collect::<Vec<_>>()
    };
    let scripts = found("script:not([src^='/static/'])");
    assert!(scripts.is_empty(), "{path}: {scripts:?}");
    let foreign = found(
        "iframe, object, embed, svg:not(.plot-drawing), b, i, base, img:not([src^='/static/']), [autofocus]:not(input)",
    );
    assert!(foreign.is_empty(), "{path}: {foreign:?}");
    assert_eq!(found("head title").len(), usize::from(page.status != 302), "{path}");
    for element in html.root_element().descendent_elements() {
        for (name, value) in element.value().attrs() {
            assert!(!name.starts_with("on"), "{path}: {}", element.html());
            let leads = matches!(name, "href" | "action" | "src" | "formaction");
            let scheme = value.trim().to_ascii_lowercase();
            assert!(
                !leads || !["javascript:", "data:", "vbscript:"].iter().any(|bad| scheme.starts_with(bad)),
                "{path}: {}",
                element.html()
            );
        }
    }
}

fn links(page: &Response) -> BTreeSet<String> {
    let html = Html::parse_document(&page.body);
    let selector = Selector::parse("main a[href], nav a[href]").expect("a selector");
    let links = html.select(&selector).filter_map(|link| link.attr("href")).filter(|link| !link.starts_with('#'));
    links.map(str::to_owned).collect()
}

#[test]
fn whatever_stands_in_a_field_is_text_on_every_page() {
    let app = hostile();
    let client = app.logged_in("root");
    client.set_header("user-agent", "<script>alert(1)</script>\"><img src=x onerror=alert(1)>");
    assert_eq!(client.log_out().status, 302);
    assert_eq!(client.log_in("root", PASSWORD).status, 302);

    // Every page that a link leads to, lists with each filter included; of each kind of page enough.
    let (mut seen, mut waiting) = (BTreeSet::new(), vec!["/admin/".to_owned()]);
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = client.get(&path);
        if !page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            continue;
        }
        assert_inert(&path, &page);
        for link in links(&page) {
            let link = if let Some(query) = link.strip_prefix('?') {
                format!("{}?{query}", path.split('?').next().unwrap_or_default())
            } else {
                link
            };
            // A page deep is enough for lists: each filter and each order once, not all of them together.
            let is_deep = link.matches('&').count() > 1 || (path.contains('?') && link.contains('?'));
            if link.starts_with("/admin/") && !is_deep {
                waiting.push(link);
            }
        }
    }
    let has = |part: &str| seen.iter().any(|path| path.contains(part));
    for part in ["/change/", "/delete/", "/history/", "/add/", "?is_staff__exact=1", "auth/group/", "?o="] {
        assert!(has(part), "{part} was not seen");
    }
    assert!(seen.len() > 100, "{}", seen.len());
}

#[test]
fn what_is_typed_into_queries_and_forms_comes_back_as_text() {
    let app = hostile();
    let client = app.logged_in("root");
    for text in TEXTS {
        let encoded = crate::support::encode(&[("q", text)]);
        for path in [
            format!("/admin/auth/user/?{encoded}"),
            format!("/admin/auth/user/?{encoded}&o=1&is_staff__exact=1&_facets=True"),
            format!("/admin/auth/user/?{}", crate::support::encode(&[(text, text)])),
            format!("/admin/auth/user/{}/change/", crate::support::encode(&[("", text)]).trim_start_matches('=')),
            format!(
                "/admin/auth/group/add/?{}",
                crate::support::encode(&[("name", text), ("_changelist_filters", text)])
            ),
            format!("/admin/login/?{}", crate::support::encode(&[("next", text)])),
        ] {
            let page = client.get(&path);
            assert_inert(&path, &page);
            if page.status == 302 {
                // What was said of it is on the next page.
                assert_inert(&path, &client.get("/admin/"));
            }
        }
        let wrong = client.submit(
            "/admin/auth/user/900/change/",
            &[("username", text), ("email", text), ("first_name", text), ("date_joined_0", text)],
        );
        assert_inert("a form that came back", &wrong);
        let added = client.submit("/admin/auth/group/add/", &[("name", &format!("{text} 2")), ("_continue", "1")]);
        assert_eq!(added.status, 302, "{text}");
        assert_inert("a message", &client.get(added.location()));
    }
}
