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
