use vestibule::auth::models::NewUser;

use crate::support::{PASSWORD, TestApp};

#[test]
fn a_person_logs_in_sees_the_dashboard_and_logs_out() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();

    let response = client.log_in("ann", PASSWORD);
    assert_eq!((response.status, response.location()), (302, "/dashboard/"));
    let dashboard = client.get("/dashboard/");
    assert_eq!(dashboard.text("h1"), "Welcome, ann");

    let response = client.log_out();
    assert_eq!((response.status, response.location()), (302, "/login/"));
    assert_eq!(client.cookie("sessionid"), None);
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
    assert!(!client.is_logged_in());
}

#[test]
fn wrong_unknown_and_inactive_are_refused_in_the_same_words() {
    let app = TestApp::init().with_user("ann").with_user("off").start();
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'off'");
    let bodies: Vec<String> =
        [("ann", "wrong"), ("nobody", "wrong"), ("off", PASSWORD), ("ann", &PASSWORD.to_uppercase())]
            .into_iter()
            .map(|(username, password)| {
                let client = app.client();
                let response = client.log_in(username, password);
                assert_eq!(response.status, 200);
                assert_eq!(response.attribute("#id_username", "value").as_deref(), Some(username));
                assert_eq!(response.attribute("#id_password", "value"), None);
                assert!(!response.body.contains(password) && client.cookie("sessionid").is_none());
                response.text(".notice-error")
            })
            .collect();
    assert!(bodies[0].contains("Please enter a correct username and password."), "{}", bodies[0]);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

#[test]
fn an_account_without_a_password_cannot_be_logged_in_to() {
    let unusable = vestibule::auth::hashers::unusable_password();
    let app =
        TestApp::init().with(NewUser { username: "nopw".into(), password: unusable, ..NewUser::default() }).start();
    for password in ["", "!", "x"] {
        assert_eq!(app.client().log_in("nopw", password).status, 200);
    }
}

#[test]
fn what_is_missing_is_said_at_its_field_and_costs_no_hash() {
    let app = TestApp::init().with_user("ann").start();
    let before = app.auth.hashers.runs();
    for (username, password, errors) in [("", "", 2), ("  ", "x", 1), ("ann", "", 1), (&"x".repeat(255), "x", 1)] {
        let response = app.client().log_in(username, password);
        assert_eq!((response.status, response.texts("main .field-errors").len()), (200, errors), "{username}");
    }
    assert_eq!(app.auth.hashers.runs(), before);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event"), 0);
}

#[test]
fn a_failure_leaves_whoever_is_logged_in_as_they_were() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let client = app.logged_in("ann");
    let session = client.cookie("sessionid");
    assert_eq!(client.log_in("ben", "wrong").status, 200);
    assert_eq!(client.cookie("sessionid"), session);
    assert_eq!(client.get("/dashboard/").text("h1"), "Welcome, ann");
}

#[test]
fn rights_are_read_anew_for_each_request() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let is_staff = || client.get("/dashboard/").text(".lead").contains("member of staff");
    assert!(!is_staff());
    app.database.execute("UPDATE auth_user SET is_staff = true");
    assert!(is_staff());
    app.database.execute("UPDATE auth_user SET is_staff = false");
    assert!(!is_staff());
}

#[test]
fn a_password_counts_to_the_last_byte_as_it_was_typed() {
    let composed = format!("{}caf\u{e9} ", "a".repeat(72));
    let app = TestApp::init().with_user("ann").start();
    let hash = |password: &str| app.auth.hashers.make_password(password);
    app.database.execute(&format!("UPDATE auth_user SET password = '{}'", hash(&composed)));
    let decomposed = composed.replace('\u{e9}', "e\u{301}");
    for other in [composed.trim_end(), &composed[..72], &composed.to_uppercase(), &decomposed] {
        assert_eq!(app.client().log_in("ann", other).status, 200, "{other:?}");
    }
    assert_eq!(app.client().log_in("ann", &format!("{composed}\0")).status, 400, "no form holds a NUL");
    assert_eq!(app.client().log_in("ann", &composed).status, 302);
}
