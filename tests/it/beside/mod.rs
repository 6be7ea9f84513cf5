//! Real Django and Vestibule serve one host at once, on one database, and people go to and fro between them.
//!
//! Starting them takes seconds, so each test walks through one theme, with people of its own for each step.

mod admin;
mod lockout;
mod pair;
mod passwords;
mod sessions;
mod tokens;
mod writes;

use serde_json::Value;

use crate::support::{Client, PASSWORD, Response};

use pair::{Django, Pair, Setup};

/// Another good password.
const NEW: &str = "battery staple 77";

/// Makes each of these functions a test beside each Django.
macro_rules! beside_each_django {
    ($($name:ident),+) => {
        mod django_5_2 {
            $(#[test]
            fn $name() {
                super::$name(&super::Django::v5_2());
            })+
        }

        mod django_6_1 {
            $(#[test]
            fn $name() {
                if let Some(django) = super::Django::v6_1() {
                    super::$name(&django);
                }
            })+
        }
    };
}
use beside_each_django;

/// One of the two programs, as a browser meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Django,
    Vestibule,
}

use Side::{Django as There, Vestibule as Here};

impl Side {
    /// Each first, and the other.
    const WAYS: [(Self, Self); 2] = [(There, Here), (Here, There)];

    fn pick<T>(self, django: T, vestibule: T) -> T {
        match self {
            There => django,
            Here => vestibule,
        }
    }

    fn login(self) -> &'static str {
        self.pick("/accounts/login/", "/auth/login/")
    }

    fn logout(self) -> &'static str {
        self.pick("/accounts/logout/", "/auth/logout/")
    }

    fn password_change(self) -> &'static str {
        self.pick("/accounts/password_change/", "/auth/account/password_change/")
    }

    /// The path of a page of the admin.
    fn admin(self, page: &str) -> String {
        format!("{}{page}", self.pick("/admin/", "/auth/admin/"))
    }

    /// Fills in the log-in form.
    fn try_password(self, client: &Client, username: &str, password: &str) -> Response {
        client.submit(self.login(), &[("username", username), ("password", password)])
    }

    #[track_caller]
    fn log_in(self, client: &Client, username: &str) {
        let answer = self.try_password(client, username, PASSWORD);
        assert_eq!(answer.status, 302, "{self:?} does not let {username} in: {}", answer.body);
    }

    fn other(self) -> Self {
        self.pick(Here, There)
    }

    /// Presses the button, with a token of a page of the other.
    #[track_caller]
    fn log_out(self, client: &Client) {
        let token = client.get(self.other().password_change()).csrf_token();
        let answer = client.post(self.logout(), &[("csrfmiddlewaretoken", &token)]);
        assert_eq!(answer.status, 302, "{self:?}: {}", answer.body);
    }

    fn change_password(self, client: &Client, old: &str, new: &str) -> Response {
        let fields = [("old_password", old), ("new_password1", new), ("new_password2", new)];
        client.submit(self.password_change(), &fields)
    }

    /// Whom it takes this browser's user for. Asked in another tab, so that the first keeps a cookie that is refused.
    #[track_caller]
    fn knows(self, client: &Client) -> Option<String> {
        let tab = client.tab();
        let page = tab.get(self.pick("/whoami/", "/auth/dashboard/"));
        match (self, page.status) {
            (There, 200) => read(&page)["user"].as_str().map(str::to_owned),
            (Here, 200) => Some(page.text("h1").strip_prefix("Welcome, ").expect("a greeting").to_owned()),
            (Here, 302) => None,
            _ => panic!("{self:?}: {page:?}"),
        }
    }
}

/// Whether both take this browser's user for `username`.
#[track_caller]
fn assert_known(client: &Client, username: &str) {
    let known = Side::WAYS.map(|(side, _)| side.knows(client));
    assert_eq!(known, [Some(username.to_owned()), Some(username.to_owned())]);
}

/// Whether neither knows this browser's user. Who is asked first may delete the row that the other would find.
#[track_caller]
fn assert_out(client: &Client, first: (Side, Side)) {
    assert!(client.cookie("sessionid").is_some(), "a cookie to be refused");
    assert_eq!([first.0.knows(client), first.1.knows(client)], [None, None], "{first:?}");
}

#[track_caller]
fn read(answer: &Response) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

impl Pair {
    /// A browser in which `username` has logged in by the form of `side`.
    #[track_caller]
    fn logged_in(&self, side: Side, username: &str) -> Client {
        let client = self.browser();
        side.log_in(&client, username);
        client
    }

    /// What stands in the database as somebody's password.
    fn stored(&self, username: &str) -> String {
        let sql = format!("SELECT password FROM auth_user WHERE username = '{username}'");
        self.database().text(&sql).expect("a password")
    }
}
