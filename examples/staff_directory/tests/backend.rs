//! The backend among others, asked as the log-in page asks it.

use staff_directory::StaffDirectory;
use vestibule::{
    auth::{Credentials, Outcome, authenticate, models::user},
    client::Client,
    clock::Clock,
    db,
    settings::Settings,
    site::Site,
};

fn site(folder: &tempfile::TempDir) -> Site {
    let environment = [
        ("VESTIBULE_SECRET_KEY", "only-for-this-test"),
        (
            "VESTIBULE_AUTHENTICATION_BACKENDS",
            "staff_directory.StaffDirectory,django.contrib.auth.backends.ModelBackend",
        ),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let settings = Settings::load(None, &environment).expect("good settings");
    let settings = settings.with_database(&format!("sqlite://{}", folder.path().join("site.sqlite3").display()));
    db::migrate(&settings.database.url, &Clock::system(), true).expect("a database");
    let directory = || StaffDirectory([("4711".to_owned(), "2580".to_owned())].into());
    Site::builder(settings).backend("StaffDirectory", directory).build().expect("a site")
}

#[test]
fn somebody_in_the_directory_gets_an_account_at_the_first_log_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = site(&folder);
    let log_in = |badge, pin| {
        authenticate(&site.auth, &Client::default(), &Credentials::password(badge, pin)).expect("an answer")
    };

    assert!(matches!(log_in("4711", "0000"), Outcome::Refused));
    let mut db = site.auth.db().expect("a connection");
    assert_eq!(user::find_by_username(&mut db, "4711").expect("a query"), None);

    let Outcome::User(first) = log_in("4711", "2580") else { panic!("not let in") };
    assert_eq!(first.backend, "staff_directory.StaffDirectory");
    let Outcome::User(second) = log_in("4711", "2580") else { panic!("not let in") };
    assert_eq!(first.user.id, second.user.id);
}
