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

/// A request under the name that tells what is odd about it.
type Case = (String, Request);

/// A site whose people have passwords that are numbers, and one of whom is inactive; and its Django.
fn both() -> (TestApp, Django) {
    let app = site().with_user("off").with_user("zoë").start();
    for password in ["12345678", "1.5", "100.0", " edges ", "inf"] {
        let username = format!("has{}", password.trim());
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
        let (theirs, ours) = (django.answer(&there).comparable(), app.client().answer(&here).comparable());
        let known = DIFFERENCES.iter().find(|known| known.is_about(&name));
        let expected = known.map_or_else(|| theirs.clone(), |known| known.expected(&here, &ours));
        let why = known.map_or("as Django", |known| known.why);
        if expected != ours {
            unlike.push(format!("{name} ({why})\n    expected {expected:?}\n    found    {ours:?}"));
        } else if known.is_some() && theirs == ours {
            unlike.push(format!("{name} is no difference ({why})"));
        }
    }
    assert!(unlike.is_empty(), "{} answers differ:\n{}", unlike.len(), unlike.join("\n"));
}
