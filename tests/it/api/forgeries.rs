//! Tokens that somebody made who knows how, most of them even with the real key.

mod claims;
mod heads;
mod people;
mod public_key;
mod transport;

use serde_json::json;

use super::{Answer, LOGOUT, Mint, PROFILE, REFRESH, Request, Side, VERIFY, site};
use crate::support::{Client, TestApp};

/// A site, and who attacks it.
struct Attack {
    app: TestApp,
    client: Client,
    mint: Mint,
}

impl Attack {
    fn start() -> Self {
        Self::on(site().with_user("bob").start())
    }

    fn on(app: TestApp) -> Self {
        let (client, mint) = (app.client(), Mint::of(&app));
        Self { app, client, mint }
    }

    /// How many tokens and refusals stand in the tables.
    fn rows(&self) -> i64 {
        self.app.database.number(
            "SELECT (SELECT count(*) FROM token_blacklist_outstandingtoken)
                  + (SELECT count(*) FROM token_blacklist_blacklistedtoken)",
        )
    }

    /// An access token opens nothing.
    #[track_caller]
    fn assert_shut(&self, what: &str, access: &str) {
        let answer = self.client.answer(&Request::get(PROFILE).bearer(access));
        assert_invalid(what, &answer);
        let answer = self.client.answer(&Request::field(VERIFY, "token", access));
        assert_invalid(what, &answer);
    }

    /// A refresh token is of no use, and leaves no trace.
    #[track_caller]
    fn assert_useless(&self, what: &str, refresh: &str) {
        let before = self.rows();
        for (path, field) in [(REFRESH, "refresh"), (VERIFY, "token"), (LOGOUT, "refresh")] {
            assert_invalid(what, &self.client.answer(&Request::field(path, field, refresh)));
        }
        assert_invalid(what, &self.client.answer(&Request::get(PROFILE).bearer(refresh)));
        assert_eq!(self.rows(), before, "{what}");
    }

    /// Neither type of token is taken with this head or these claims.
    #[track_caller]
    fn assert_refused(&self, what: &str, make: impl Fn(&str) -> String) {
        self.assert_shut(what, &make("access"));
        self.assert_useless(what, &make("refresh"));
    }

    /// Both types are taken.
    #[track_caller]
    fn assert_taken(&self, what: &str, make: impl Fn(&str) -> String) {
        let answer = self.client.answer(&Request::get(PROFILE).bearer(&make("access")));
        assert_eq!(answer.status, 200, "{what}: {answer:?}");
        let answer = self.client.answer(&Request::field(REFRESH, "refresh", &make("refresh")));
        assert_eq!(answer.status, 200, "{what}: {answer:?}");
    }
}

/// Refused because of the token.
#[track_caller]
fn assert_invalid(what: &str, answer: &Answer) {
    assert_eq!(answer.status, 401, "{what}: {answer:?}");
    assert_eq!(answer.json()["code"], json!("token_not_valid"), "{what}");
    assert_eq!(answer.www_authenticate, "Bearer realm=\"api\"", "{what}");
}
