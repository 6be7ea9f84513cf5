//! The same request to Django and to ours: the answers are the same, but for what is written down.

mod bodies;
mod differences;
mod headers;
mod methods;
mod tokens;

use vestibule::auth::models::{NewUser, user};

use self::differences::DIFFERENCES;
use super::{Django, Mint, Request, Side, site};
use crate::support::TestApp;

/// One field of the answer to a request, or to several that are alike.
struct Difference {
    requests: &'static [&'static str],
    field: &'static str,
    /// What ours says in that field.
    ours: &'static str,
    why: &'static str,
}

/// A request under the name that tells what is odd about it.
type Case = (String, Request);

/// A site whose people have passwords that are numbers, and one of whom is inactive; and its Django.
fn both() -> (TestApp, Django) {
    let app = site().with_user("off").with_user("zoë").start();
    for password in ["12345678", "1.5", "100.0", " edges ", "inf"] {
        let username = format!("has{password}");
        let password = app.auth.hashers.make_password(password);
        let new = NewUser { username, password, ..NewUser::default() };
        user::create(&mut app.db(), &new, app.clock.now()).expect("a new user");
    }
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'off'");
    let django = Django::beside(&app);
    (app, django)
}

/// Sends the cases to both. Each gets tokens of its own, as a use may be the last.
fn compare(app: &TestApp, django: &Django, cases: impl Fn(&Mint) -> Vec<Case>) {
    let mint = Mint::of(app);
    let mut unlike = Vec::new();
    for ((name, there), (_, here)) in cases(&mint).into_iter().zip(cases(&mint)) {
        let (there, here) = (django.answer(&there), app.client().answer(&here));
        for ((field, theirs), (_, ours)) in there.fields().into_iter().zip(here.fields()) {
            let known = |known: &&Difference| known.field == field && known.requests.contains(&name.as_str());
            match DIFFERENCES.iter().find(known) {
                Some(known) if theirs == ours => {
                    unlike.push(format!("{name}\n    {field} is as in Django: {}", known.why));
                }
                Some(known) if known.ours == ours => {}
                Some(known) => unlike.push(format!(
                    "{name}\n    {field}: {}\n    expected {}\n    found    {ours}",
                    known.why, known.ours
                )),
                None if theirs == ours => {}
                None => unlike.push(format!("{name}\n    {field}\n    Django {theirs}\n    ours   {ours}")),
            }
        }
    }
    assert!(unlike.is_empty(), "{} answers differ:\n{}", unlike.len(), unlike.join("\n"));
}
