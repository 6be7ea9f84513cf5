//! Posts and roles as rows.

use time::Duration;
use vestibule::{
    posts::{self, MAX_TITLE, NewPost, Post},
    users::model::{find_with_role, role, set_role},
};

use crate::support::TestApp;

fn write(app: &TestApp, owner: &str, title: &str) -> Post {
    let new = NewPost { title, body: "Once", owner_id: app.user(owner).id };
    posts::create(&mut app.db(), new, app.clock.now()).expect("written")
}

#[test]
fn posts_are_listed_and_counted_newest_first_for_all_and_for_one_owner() {
    let app = TestApp::init().with_user("ann").with_user("bob").start();
    let (first, second, third) = (write(&app, "ann", "1"), write(&app, "bob", "2"), write(&app, "ann", "3"));
    let (db, ann) = (&mut app.db(), Some(app.user("ann").id));
    assert_eq!(posts::list(db, None, 10, 0).expect("posts"), [third.clone(), second.clone(), first.clone()]);
    assert_eq!(posts::list(db, None, 1, 1).expect("posts"), [second]);
    assert_eq!(posts::list(db, ann, 10, 0).expect("posts"), [third, first]);
    assert_eq!((posts::count(db, None).expect("a number"), posts::count(db, ann).expect("a number")), (3, 2));
}

#[test]
fn a_change_leaves_what_it_does_not_name_and_is_dated() {
    let app = TestApp::init().with_user("ann").start();
    let (db, post) = (&mut app.db(), write(&app, "ann", &"é".repeat(MAX_TITLE)));
    let later = app.clock.now() + Duration::HOUR;
    let expected = Post { body: "Twice".to_owned(), updated_at: later, ..post.clone() };
    assert_eq!(posts::update(db, post.id, None, Some("Twice"), later).expect("changed"), Some(expected.clone()));
    let expected = Post { title: "Short".to_owned(), ..expected };
    assert_eq!(posts::update(db, post.id, Some("Short"), None, later).expect("changed"), Some(expected.clone()));
    assert_eq!(posts::find(db, post.id).expect("a look"), Some(expected));
    assert_eq!(posts::update(db, post.id + 1, Some("Nobody's"), None, later).expect("nothing changed"), None);
}

#[test]
fn a_deleted_post_is_gone_and_its_id_is_not_given_again() {
    let app = TestApp::init().with_user("ann").start();
    let (db, post) = (&mut app.db(), write(&app, "ann", "Gone"));
    assert!(posts::delete(db, post.id).expect("deleted"));
    assert!(!posts::delete(db, post.id).expect("nothing to delete"));
    assert_eq!(posts::find(db, post.id).expect("a look"), None);
    assert!(write(&app, "ann", "New").id > post.id);
}

#[test]
fn everybody_is_a_user_until_given_another_role() {
    let app = TestApp::init().with_user("ann").with_user("bob").start();
    let (db, ann, bob) = (&mut app.db(), app.user("ann"), app.user("bob"));
    assert_eq!(role(db, ann.id).expect("a role"), "user");
    assert_eq!(find_with_role(db, ann.id).expect("a look"), Some((ann.clone(), "user".to_owned())));
    for given in ["editor", "admin"] {
        set_role(db, ann.id, given).expect("given");
        assert_eq!(role(db, ann.id).expect("a role"), given);
        assert_eq!(find_with_role(db, ann.id).expect("a look"), Some((ann.clone(), given.to_owned())));
    }
    assert_eq!(role(db, bob.id).expect("a role"), "user");
    assert_eq!(find_with_role(db, 999).expect("a look"), None);
}

#[test]
fn who_is_deleted_leaves_neither_posts_nor_a_role() {
    let app = TestApp::init().with_user("ann").with_user("bob").start();
    write(&app, "ann", "Ann's");
    write(&app, "bob", "Bob's");
    set_role(&mut app.db(), app.user("ann").id, "editor").expect("given");
    app.database.execute("DELETE FROM auth_user WHERE username = 'ann'");
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_post"), 1);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_profile"), 0);
}
