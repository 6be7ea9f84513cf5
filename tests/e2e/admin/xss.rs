//! What people typed is text, also once scripts have had it in their hands: attacks G9.

use serde_json::json;

use super::site;
use crate::support::{
    Browser, Driver, Program, encode,
    hostile::{FIRST, TEXTS},
};

/// Models with a row for each text, by its key.
const FILLED: [&str; 8] = [
    "auth/user",
    "auth/group",
    "vestibule/post",
    "axes/accessattempt",
    "axes/accesslog",
    "axes/accessfailurelog",
    "token_blacklist/outstandingtoken",
    "token_blacklist/blacklistedtoken",
];
/// Models whose rows have other keys.
const OTHERS: [&str; 3] = ["admin/logentry", "auth/permission", "sessions/session"];

/// Elements and attributes that nobody of us wrote.
const FOREIGN: &str = r#"
const written = [...document.querySelectorAll(
  'script:not([src^="/static/"]), svg:not(.plot-drawing), iframe, object, embed, base, b, i, img:not([src^="/static/"])')];
const acting = [...document.querySelectorAll("*")].filter(at => [...at.attributes].some(({ name, value }) =>
  name.startsWith("on") || /^\s*(javascript|data|vbscript):/i.test(value) && ["href", "src", "action"].includes(name)));
return written.concat(acting).map(at => at.outerHTML.slice(0, 200));"#;

fn hostile_site(driver: &Driver) -> (Program, Browser) {
    let (program, browser) = site(driver, 0);
    program.database().fill_with_hostile_texts();
    (program, browser)
}

/// What would run if nothing but the policy kept it from that, runs.
fn without_policy(browser: &Browser) {
    browser.devtools("Page.setBypassCSP", json!({ "enabled": true }));
}

/// A dialog would fail whatever is asked of the browser.
#[track_caller]
fn assert_inert(browser: &Browser) {
    let (path, foreign) = (browser.path(), browser.script(FOREIGN));
    assert_eq!(foreign, json!([]), "{path}");
    let complaints: Vec<_> =
        browser.console().into_iter().filter(|line| !line.contains("the server responded with a status of")).collect();
    assert!(complaints.is_empty(), "{path}: {complaints:?}");
}

#[test]
fn no_page_of_the_admin_takes_texts_for_anything_else() {
    let driver = Driver::start();
    let (program, browser) = hostile_site(&driver);
    let look = |path: &str| {
        browser.open(&program.url(&format!("/admin/{path}")));
        assert_inert(&browser);
    };
    for path in ["", "auth/", "auth/user/add/", "auth/group/add/", "vestibule/post/add/", "password_change/"] {
        look(path);
    }
    for model in OTHERS.into_iter().chain(FILLED) {
        look(&format!("{model}/"));
        browser.follow("#result_list tbody tr:last-child :is(th, .alone) a");
        assert_inert(&browser);
    }
    for (model, at) in FILLED.iter().flat_map(|model| (0..TEXTS.len()).map(move |at| (model, FIRST + at))) {
        look(&format!("{model}/{at}/change/"));
    }
    for model in FILLED {
        look(&format!("{model}/{FIRST}/delete/"));
        look(&format!("{model}/{}/history/", FIRST + TEXTS.len() - 1));
    }
    for page in ["delete", "history", "password", "reset_link", "end_everything", "unlock", "export_data", "erase"] {
        for at in 0..TEXTS.len() {
            look(&format!("auth/user/{}/{page}/", FIRST + at));
        }
    }
}

#[test]
fn what_is_searched_typed_chosen_and_said_stays_text() {
    let driver = Driver::start();
    let (program, browser) = hostile_site(&driver);
    without_policy(&browser);
    for text in TEXTS {
        browser.open(&program.url(&format!("/admin/auth/user/?{}", encode(&[("q", text), ("_facets", "True")]))));
        assert_inert(&browser);
        browser.open(&program.url("/admin/auth/group/add/"));
        browser.fill_in("#id_permissions_filter", text);
        browser.fill_in("#id_name", text);
        browser.follow(".admin-submit button");
        assert!(browser.text("#error-summary").contains("already exists"), "{text}");
        assert_inert(&browser);
        browser.fill_in("#id_name", &format!("{text} 2"));
        browser.follow("[name=_continue]");
        assert!(browser.text(".notice-success").contains(&format!("{text} 2")), "{text}");
        assert_inert(&browser);
    }
}

#[test]
fn the_scripts_of_the_admin_put_texts_where_they_are_texts() {
    let driver = Driver::start();
    let (program, browser) = hostile_site(&driver);
    without_policy(&browser);
    browser.open(&program.url(&format!("/admin/auth/user/{FIRST}/change/")));
    for field in ["groups", "user_permissions"] {
        let pane = |at: &str| format!(".field-{field} .pane{at}");
        let others = browser.texts(&pane(":first-child li")).len();
        assert!(others >= TEXTS.len() - 1, "{others}");
        browser.click(&pane(":first-child li:nth-child(2) button"));
        let said = browser.text(&format!(".field-{field} [role=status]"));
        assert!(said.starts_with("Added "), "{said}");
        browser.click(&pane(":first-child > button"));
        browser.click(&pane("-chosen li:first-child button"));
        assert_inert(&browser);
    }
    browser.open(&program.url("/admin/auth/user/"));
    browser.click("#action-toggle");
    browser.click("#action option[value=delete_selected]");
    browser.follow("[name=index]");
    assert_inert(&browser);
    browser.follow(".actions .button-danger");
    assert_inert(&browser);

    // It would have been found.
    browser.script("document.body.insertAdjacentHTML('beforeend', '<b>b</b><p onclick=\"\">p</p>')");
    assert_eq!(browser.script(FOREIGN).as_array().map(Vec::len), Some(2));
}
