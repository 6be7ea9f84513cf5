//! Posts in the admin: a table like those of other crates.

use time::Duration;
use vestibule::{
    auth::models::NewUser,
    posts::{self, MAX_TITLE},
};

use crate::support::{TestApp, encode};

const POSTS: &str = "/admin/vestibule/post/";

fn site() -> TestApp {
    let root = NewUser { username: "root".to_owned(), is_staff: true, is_superuser: true, ..NewUser::default() };
    TestApp::init().with_user("ann").with_user("bob").with(root).start()
}

#[test]
fn a_post_is_written_changed_and_deleted() {
    let app = site();
    let (root, ann, bob) = (app.logged_in("root"), app.user("ann").id.to_string(), app.user("bob").id.to_string());
    let answer = root.submit(&format!("{POSTS}add/"), &[("title", " News "), ("body", "One\r\nTwo"), ("owner", &ann)]);
    assert_eq!((answer.status, answer.location()), (302, POSTS), "{}", answer.body);
    let id = app.database.number("SELECT id FROM vestibule_post");
    let found = || posts::find(&mut app.db(), id).expect("a look").expect("a post");
    let written = found();
    assert_eq!((written.title.as_str(), written.body.as_str()), ("News", "One\r\nTwo"));
    assert_eq!((written.owner_id.to_string(), written.created_at), (ann.clone(), written.updated_at));

    app.clock.advance(Duration::HOUR);
    let change = format!("{POSTS}{id}/change/");
    let answer = root.submit(&change, &[("title", "News"), ("body", "Three"), ("owner", &bob)]);
    assert_eq!(answer.location(), POSTS);
    let changed = found();
    assert_eq!((changed.body.as_str(), changed.owner_id.to_string()), ("Three", bob));
    assert_eq!(changed.created_at, written.created_at);
    assert!(changed.updated_at >= written.updated_at + Duration::HOUR);
    let logged = app.database.text("SELECT change_message FROM django_admin_log WHERE action_flag = 2");
    assert_eq!(logged.as_deref(), Some(r#"[{"changed": {"fields": ["Body", "Owner"]}}]"#));

    assert_eq!(root.submit(&format!("{POSTS}{id}/delete/"), &[]).location(), POSTS);
    assert_eq!(posts::find(&mut app.db(), id).expect("a look"), None);
}

#[test]
fn what_can_not_be_kept_is_said_at_its_field() {
    let app = site();
    let (root, ann) = (app.logged_in("root"), app.user("ann").id.to_string());
    let (long, choice) = ("x".repeat(MAX_TITLE + 1), "Select a valid choice.");
    for (field, title, body, owner, problem) in [
        ("title", "", "b", ann.as_str(), "This field is required."),
        ("title", &long, "b", &ann, "Ensure this value has at most 200 characters (it has 201)."),
        ("owner", "t", "b", "", "This field is required."),
        ("owner", "t", "b", "999", choice),
        ("owner", "t", "b", "abc", choice),
        ("owner", "t", "b", "99999999999999999999", choice),
        ("owner", "t", "b", "9223372036854775807", choice),
    ] {
        let answer = root.submit(&format!("{POSTS}add/"), &[("title", title), ("body", body), ("owner", owner)]);
        let errors = answer.text(&format!("#id_{field}_error"));
        assert!(answer.status == 200 && errors.contains(problem), "{field} {title:?} {owner}: {errors}");
    }
    let null = root.submit(&format!("{POSTS}add/"), &[("title", "a\0b"), ("body", "b"), ("owner", &ann)]);
    assert_eq!(null.status, 400);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_post"), 0);
    assert_eq!(root.get(&format!("{POSTS}add/")).texts("main fieldset").len(), 1, "no times before there are any");
}

#[test]
fn posts_are_found_by_what_they_say_and_by_whose_they_are() {
    let app = site();
    for (title, body, owner) in [("First", "about ships", "ann"), ("Second", "about bob", "ann"), ("Third", "", "bob")]
    {
        let new = posts::NewPost { title, body, owner_id: app.user(owner).id };
        posts::create(&mut app.db(), new, app.clock.now()).expect("written");
        app.clock.advance(Duration::MINUTE);
    }
    let root = app.logged_in("root");
    let titles =
        |query: &[(&str, &str)]| root.get(&format!("{POSTS}?{}", encode(query))).texts("#result_list tbody th");
    assert_eq!(titles(&[]), ["Third", "Second", "First"]);
    assert_eq!(titles(&[("q", "ships")]), ["First"]);
    assert_eq!(titles(&[("q", "bob")]), ["Third", "Second"]);
    assert_eq!(titles(&[("q", "ann about")]), ["Second", "First"]);
    assert_eq!(titles(&[("owner__id__exact", &app.user("bob").id.to_string())]), ["Third"]);
    assert_eq!(titles(&[("o", "1")]), ["First", "Second", "Third"]);
    let owner = root.get(POSTS).attribute("#result_list tbody td a", "href");
    assert_eq!(owner, Some(format!("/admin/auth/user/{}/change/", app.user("bob").id)));
}
