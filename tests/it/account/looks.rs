//! A site's own picture, stylesheet and templates.

use std::{fs, path::Path};

use askama::Template;
use vestibule::{
    accounts::letters::{HtmlLetter, TextLetter},
    web::account::{login::LoginPage, password_change::PasswordChangePage},
};

use super::{NEW, change_password, site};
use crate::support::{PASSWORD, SECRET_KEY, TestDatabase, program};

#[derive(Template)]
#[template(source = "<h1>Ours</h1>{{ login.page.site_name }} <form>{{ login.username.label }}</form>", ext = "html")]
struct OurLogin<'a> {
    login: &'a LoginPage,
}

#[derive(Template)]
#[template(source = "OURS: {{ letter.words.subject }}", ext = "txt")]
struct OurLetter<'a> {
    letter: &'a TextLetter,
}

#[test]
fn pages_and_letters_can_be_shown_by_templates_of_ones_own() {
    let app = site()
        .setting("SITE_NAME", "A & B")
        .customize(|site| {
            site.template(|login: &LoginPage| OurLogin { login }.render())
                .template(|letter: &TextLetter| OurLetter { letter }.render())
        })
        .start();
    let client = app.client();
    let theirs = app.client().get("/login/");
    assert_eq!(
        (theirs.status, theirs.text("h1"), theirs.text("form")),
        (200, "Ours".into(), "Username or e-mail".into())
    );
    assert!(theirs.body.contains("A &#38; B") || theirs.body.contains("A &amp; B"), "{}", theirs.body);
    assert_eq!(client.get("/account/password_reset/").text("h1"), "Reset your password", "the others are ours");

    let token = client.get("/account/password_reset/").csrf_token();
    client.post("/login/", &[("csrfmiddlewaretoken", &token), ("username", "ann"), ("password", PASSWORD)]);
    assert_eq!(change_password(&client, PASSWORD, NEW).status, 302);
    let letter = app.mails().pop().expect("a letter");
    assert_eq!(letter.text, "OURS: Your password on A & B was changed");
    assert!(letter.html.is_some_and(|html| html.contains("class=\"letter\"")), "its page is ours");
}

#[test]
fn a_template_that_fails_is_an_error_page_and_a_letter_that_waits() {
    let fails = || askama::Error::custom("no");
    let app = site()
        .customize(move |site| {
            site.template(move |_: &PasswordChangePage| Err(fails())).template(move |_: &HtmlLetter| Err(fails()))
        })
        .start();
    let client = app.logged_in("ann");
    assert_eq!(client.get("/account/password_change/").status, 500);
    super::ask_for_reset(&app.client(), "ann@example.org");
    assert_eq!(app.mails(), []);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_outbox"), 1);
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    path.display().to_string()
}

#[test]
fn a_picture_and_a_stylesheet_of_ones_own_are_served_and_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let logo = write(folder.path(), "mark.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    let css = write(folder.path(), "colours.css", ":root { --accent: red }");
    let app = site().setting("SITE_LOGO", &logo).setting("SITE_STYLESHEET", &css).start();
    let client = app.logged_in("ann");
    for page in [client.get("/account/"), app.client().get("/login/"), client.get("/nowhere/")] {
        let picture = page.attribute("img.site-logo", "src").expect("a picture");
        let served = client.get(&picture);
        assert_eq!((served.status, served.header("content-type")), (200, Some("image/svg+xml; charset=utf-8")));
        assert!(served.body.contains("<svg"));
        let sheets: Vec<&str> = page.body.split("rel=\"stylesheet\" href=\"").skip(1).collect();
        let sheets: Vec<&str> = sheets.into_iter().map(|rest| rest.split('"').next().expect("a URL")).collect();
        assert_eq!(sheets.len(), 2, "ours, and theirs after it");
        let served = client.get(sheets[1]);
        assert_eq!((served.status, &*served.body), (200, ":root { --accent: red }"));
        assert_eq!(served.header("content-type"), Some("text/css; charset=utf-8"));
    }
    let plain = site().start().client().get("/login/");
    assert_eq!(plain.attribute("img.site-logo", "src"), None);
}

#[test]
fn a_file_that_is_not_there_stops_the_start_and_is_named() {
    for setting in ["SITE_LOGO", "SITE_STYLESHEET"] {
        let (folder, database) = (tempfile::tempdir().expect("a folder"), TestDatabase::new());
        let mut serve = program(folder.path(), &["serve", "--bind", "127.0.0.1:0"]);
        serve.env("VESTIBULE_DATABASE_URL", database.url()).env("VESTIBULE_SECRET_KEY", SECRET_KEY);
        serve.env(format!("VESTIBULE_{setting}"), "/nowhere/mark.svg");
        let output = serve.output().expect("the program");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(setting) && said.contains("/nowhere/mark.svg"), "{said}");
    }
}
