//! Who is asked, in which order, and at what price.

use std::{
    sync::{Arc, Condvar, Mutex, mpsc},
    thread,
    time::Duration,
};

use vestibule::{
    auth::{
        Attempt, AuthError, Credentials, Outcome, authenticate,
        backends::{AuthenticationBackend, Decision},
        hashers::unusable_password,
        models::{NewUser, User, user},
        second_step::SecondStep,
    },
    client::Client as Caller,
    settings::Settings,
    site::Site,
};

use crate::support::{PASSWORD, TestApp};

/// The username of whom these credentials let in, and the path that the session would record.
fn asked(app: &TestApp, username: &str, password: &str) -> Option<(String, String)> {
    let credentials = Credentials::password(username, password);
    match authenticate(&app.auth, &Caller::default(), &credentials).expect("an answer") {
        Outcome::User(known) => Some((known.user.username, known.backend)),
        Outcome::Refused => None,
    }
}

fn who(app: &TestApp, username: &str, password: &str) -> Option<String> {
    asked(app, username, password).map(|(username, _)| username)
}

fn with_email(app: &TestApp, username: &str, email: &str, password: &str) {
    let password = app.auth.hashers.make_password(password);
    let new = NewUser { username: username.to_owned(), email: email.to_owned(), password, ..NewUser::default() };
    user::create(&mut app.db(), &new, app.clock.now()).expect("a user");
}

#[test]
fn people_are_found_by_name_and_by_e_mail_in_any_case() {
    let app = TestApp::init().with_user("ann").setting("AXES_LOCK_OUT_AT_FAILURE", "false").start();
    let model = "django.contrib.auth.backends.ModelBackend";
    let email = "vestibule.backends.EmailBackend";
    for (typed, backend) in [("ann", model), ("ann@example.org", email), ("ANN@Example.ORG", email)] {
        assert_eq!(asked(&app, typed, PASSWORD), Some(("ann".to_owned(), backend.to_owned())), "{typed}");
        assert_eq!(asked(&app, typed, "wrong"), None, "{typed}");
    }
    for typed in ["Ann", "ann ", "", "@", "example.org", "%", "ann@example%"] {
        assert_eq!(asked(&app, typed, PASSWORD), None, "{typed:?}");
    }
}

#[test]
fn without_a_model_backend_the_e_mail_backend_records_itself() {
    let app = TestApp::init().with_user("ann").setting("AUTHENTICATION_BACKENDS", "shop.auth.EmailBackend").start();
    assert_eq!(asked(&app, "ann", PASSWORD).expect("let in").1, "shop.auth.EmailBackend");
}

#[test]
fn a_shared_address_opens_no_account_but_each_name_still_does() {
    let app = TestApp::init().start();
    with_email(&app, "twin1", "twins@example.org", "first password");
    with_email(&app, "twin2", "Twins@example.org", "second password");
    for password in ["first password", "second password"] {
        assert_eq!(who(&app, "twins@example.org", password), None);
    }
    assert_eq!(app.client().log_in("twins@example.org", "first password").status, 200);
    assert_eq!(who(&app, "twin1", "first password").as_deref(), Some("twin1"));
    assert_eq!(who(&app, "twin2", "second password").as_deref(), Some("twin2"));
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'twin2'");
    assert_eq!(who(&app, "twins@example.org", "first password").as_deref(), Some("twin1"));

    // Many who have left do not hide the second one who is here.
    for at in 3..30 {
        with_email(&app, &format!("twin{at}"), "twins@example.org", "another password");
    }
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username NOT IN ('twin1', 'twin29')");
    assert_eq!(who(&app, "twins@example.org", "first password"), None);
}

#[test]
fn a_username_that_is_anothers_address_never_leads_to_the_wrong_person() {
    for backends in ["x.EmailBackend", "x.EmailBackend,x.ModelBackend", "x.ModelBackend,x.EmailBackend"] {
        let app = TestApp::init().setting("AUTHENTICATION_BACKENDS", backends).start();
        with_email(&app, "victim", "victim@example.org", "the victim's");
        with_email(&app, "victim@example.org", "mallory@example.org", "mallory's own");
        assert_eq!(who(&app, "victim@example.org", "the victim's").as_deref(), Some("victim"), "{backends}");
        // By ModelBackend it is simply the name of the other, as in Django; never the victim.
        assert_ne!(who(&app, "victim@example.org", "mallory's own").as_deref(), Some("victim"), "{backends}");
    }
    let alone = TestApp::init().setting("AUTHENTICATION_BACKENDS", "x.EmailBackend").start();
    with_email(&alone, "victim", "victim@example.org", "the victim's");
    with_email(&alone, "victim@example.org", "", "mallory's own");
    assert_eq!(who(&alone, "victim@example.org", "mallory's own"), None);
}

#[test]
fn a_refusal_costs_one_hash_whoever_was_asked_for() {
    let app = TestApp::init().with_user("ann").with_user("off").start();
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'off'");
    let raw = |username: &str, password: String| {
        let new = NewUser { username: username.to_owned(), password, ..NewUser::default() };
        user::create(&mut app.db(), &new, app.clock.now()).expect("a user");
    };
    raw("nopw", unusable_password());
    raw("odd", "sha0$unknown$scheme".to_owned());
    raw("blank", String::new());
    for (typed, password) in [
        ("nobody", "wrong"),
        ("nobody@example.org", "wrong"),
        ("ann", "wrong"),
        ("ann@example.org", "wrong"),
        ("off", "wrong"),
        ("off", PASSWORD),
        ("nopw", "wrong"),
        ("odd", "wrong"),
        ("blank", "wrong"),
    ] {
        let before = app.auth.hashers.runs();
        assert_eq!(who(&app, typed, password), None, "{typed}");
        assert_eq!(app.auth.hashers.runs() - before, 1, "{typed}");
    }
}

#[test]
fn a_right_password_is_hashed_anew_if_its_hash_is_not_as_new_ones_are() {
    let app = TestApp::init().with_user("ann").start();
    let weak = "md5$salt$".to_owned() + "0".repeat(32).as_str();
    app.database.execute(&format!("UPDATE auth_user SET password = '{weak}'"));
    assert_eq!(who(&app, "ann", "wrong"), None);
    assert_eq!(app.user("ann").password, weak, "not after a wrong one");

    let md5 = {
        use md5::{Digest, Md5};
        let digest = Md5::new().chain_update("0123456789abcdefghijkl").chain_update(PASSWORD).finalize();
        format!("md5$0123456789abcdefghijkl${}", vestibule::crypto::hex(&digest))
    };
    app.database.execute(&format!("UPDATE auth_user SET password = '{md5}'"));
    assert_eq!(who(&app, "ann", PASSWORD).as_deref(), Some("ann"));
    assert!(app.user("ann").password.starts_with("argon2$argon2id$"), "{}", app.user("ann").password);
    let settled = app.user("ann").password;
    assert_eq!(who(&app, "ann", PASSWORD).as_deref(), Some("ann"));
    assert_eq!(app.user("ann").password, settled, "once");
}

#[test]
fn a_hash_upgrade_leaves_the_persons_other_sessions_logged_in() {
    let app = TestApp::init().with_user("ann").start();
    let pbkdf2 = {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let mut hash = [0; 32];
        pbkdf2::pbkdf2_hmac::<sha2::Sha256>(PASSWORD.as_bytes(), b"0123456789abcdefghijkl", 10, &mut hash);
        format!("pbkdf2_sha256$10$0123456789abcdefghijkl${}", STANDARD.encode(hash))
    };
    // As if the person had logged in before the operator chose another scheme.
    app.database.execute(&format!("UPDATE auth_user SET password = '{pbkdf2}'"));
    let made = app.oracle().ask(&["make-session", "ann"]);
    let earlier = app.client();
    earlier.set_cookie("sessionid", made.as_str().expect("a key"));
    assert!(earlier.is_logged_in(), "seen, and so known");
    app.logged_in("ann");
    assert!(app.user("ann").password.starts_with("argon2$"));
    assert!(earlier.is_logged_in());
}

#[test]
fn a_hostile_hash_in_a_row_exhausts_nothing() {
    let app = TestApp::init().with_user("ann").start();
    for hostile in [
        "argon2$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA",
        "pbkdf2_sha256$4000000000$salt$aGFzaA==",
        "scrypt$1073741824$salt$8$1$aGFzaA==",
        "bcrypt_sha256$$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    ] {
        app.database.execute(&format!("UPDATE auth_user SET password = '{hostile}'"));
        assert_eq!(who(&app, "ann", PASSWORD), None, "{hostile}");
    }
}

#[test]
fn names_and_passwords_of_any_size_and_shape_are_answered() {
    let app = TestApp::init().with_user("ann").start();
    let grows = "\u{fdfa}".repeat(100_000 / 3);
    assert_eq!(app.client().log_in(&grows, "x").status, 200);
    assert_eq!(app.client().log_in("ann", &"x".repeat(1_000_000)).status, 200);
    for password in [format!(" {PASSWORD}"), format!("{PASSWORD} "), PASSWORD.to_uppercase()] {
        assert_eq!(app.client().log_in("ann", &password).status, 200, "{password:?}");
    }
    // A compatibility form of the same letters is the same name.
    assert_eq!(app.client().log_in(" \u{ff41}\u{ff4e}\u{ff4e} ", PASSWORD).status, 302);
}

/// Stops the walk, or lets everybody in as the first user.
struct Stubborn(bool);

impl AuthenticationBackend for Stubborn {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        if !self.0 {
            return Ok(Decision::PermissionDenied);
        }
        Ok(user::find(&mut *attempt.db()?, 1)?.map_or(Decision::Abstain, Decision::User))
    }
}

#[test]
fn the_first_backend_that_knows_somebody_wins_and_one_may_stop_the_walk() {
    let app = |backends: &str| {
        TestApp::init()
            .with_user("ann")
            .setting("AUTHENTICATION_BACKENDS", backends)
            .customize(|site| site.backend("Open", || Stubborn(true)).backend("Shut", || Stubborn(false)))
            .start()
    };
    let model = "django.contrib.auth.backends.ModelBackend";
    assert_eq!(asked(&app(&format!("x.Open,{model}")), "?", "?").expect("let in").1, "x.Open");
    assert_eq!(asked(&app(&format!("{model},x.Open")), "ann", PASSWORD).expect("let in").1, model);
    let shut = app(&format!("x.Shut,{model}"));
    assert_eq!(asked(&shut, "ann", PASSWORD), None);
    assert_eq!(shut.client().log_in("ann", PASSWORD).status, 200);
    assert_eq!(asked(&app(&format!("{model},x.Shut")), "ann", PASSWORD).expect("let in").1, model);
}

#[test]
fn a_backend_that_nobody_knows_stops_the_start_with_the_names_of_those_that_are() {
    let app = TestApp::init().start();
    let environment = vec![
        ("VESTIBULE_SECRET_KEY".to_owned(), "k".repeat(50)),
        ("VESTIBULE_AUTHENTICATION_BACKENDS".to_owned(), "shop.auth.PinBackend".to_owned()),
    ];
    let settings = Settings::load(None, &environment).expect("good settings").with_database(app.database.url());
    let error = Site::builder(settings).build().expect_err("refused").to_string();
    assert!(error.contains("AUTHENTICATION_BACKENDS") && error.contains("shop.auth.PinBackend"), "{error}");
    assert!(error.contains("EmailBackend, ModelBackend"), "{error}");
}

struct AskForCode;

impl SecondStep for AskForCode {
    fn challenge(&self, user: &User, _: &Caller) -> Option<String> {
        user.is_staff.then(|| "/code/".to_owned())
    }
}

#[test]
fn a_second_step_stands_between_the_password_and_the_session() {
    let staff = NewUser { username: "root".into(), is_staff: true, ..NewUser::default() };
    let app = TestApp::init().with_user("ann").with(staff).customize(|site| site.second_step(AskForCode)).start();
    let client = app.client();
    let response = client.log_in("root", PASSWORD);
    assert_eq!((response.status, response.location()), (302, "/code/"));
    assert!(!client.is_logged_in());
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
    assert!(app.logged_in("ann").is_logged_in());
}

/// Says that it was asked, and answers only while the gate is open.
struct Gated {
    asked: Mutex<mpsc::Sender<()>>,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl AuthenticationBackend for Gated {
    fn authenticate(&self, _: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        self.asked.lock().expect("a sender").send(()).expect("somebody counts");
        let (open, changed) = &*self.gate;
        drop(changed.wait_while(open.lock().expect("the gate"), |open| !*open).expect("the gate"));
        Ok(Decision::Abstain)
    }
}

#[test]
fn while_all_hashing_is_busy_everybody_else_is_served() {
    let (sender, asked) = mpsc::channel();
    let gate = Arc::new((Mutex::new(true), Condvar::new()));
    let theirs = Arc::clone(&gate);
    let app = TestApp::init()
        .with_user("ann")
        .setting("AUTHENTICATION_BACKENDS", "test.Gated,django.contrib.auth.backends.ModelBackend")
        .customize(move |site| {
            site.backend("Gated", move || Gated { asked: Mutex::new(sender.clone()), gate: Arc::clone(&theirs) })
        })
        .start();
    let ann = app.logged_in("ann");
    asked.recv().expect("the log-in");
    let set_gate = |open| {
        *gate.0.lock().expect("the gate") = open;
        gate.1.notify_all();
    };

    set_gate(false);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let log_in = || {
        let client = app.client();
        thread::spawn(move || client.log_in("ann", "wrong").status)
    };
    let waiting: Vec<_> = std::iter::repeat_with(log_in).take(cores + 2).collect();
    for _ in 0..cores {
        asked.recv_timeout(Duration::from_secs(30)).expect("a log-in at work");
    }
    assert_eq!(app.client().get("/login/").status, 200);
    assert!(ann.is_logged_in());
    assert!(asked.try_recv().is_err(), "no more at once than there are cores");
    set_gate(true);
    assert!(waiting.into_iter().all(|thread| thread.join().expect("an answer") == 200));
}
