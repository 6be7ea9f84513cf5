//! Tokens that Django made are taken here, and ours there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Django, Mint, Pair, Side, assert_blacklisted, claims_of, is_good, profile, refresh, request::readable, site,
    take_back, verify,
};
use crate::support::{Client, PASSWORD, SECRET_KEY, TestApp, TestDatabase, is_postgres};

struct Both {
    app: TestApp,
    here: Client,
    there: Django,
}

impl Both {
    fn start() -> Self {
        Self::with(&[], &json!({}))
    }

    /// By these settings here, and these there.
    fn with(ours: &[(&str, &str)], theirs: &Value) -> Self {
        let app = ours.iter().fold(site().with_user("bob"), |app, (name, value)| app.setting(name, value)).start();
        let (here, there) = (app.client(), Django::with(&app.database, theirs));
        Self { app, here, there }
    }

    /// Each as the one that makes tokens, and the other as the one that takes them.
    fn ways(&self) -> [(&dyn Side, &dyn Side); 2] {
        [(&self.here, &self.there), (&self.there, &self.here)]
    }

    fn outstanding(&self) -> Vec<Value> {
        serde_json::from_value(self.there.ask(&json!(["outstanding"]))).expect("rows")
    }

    fn blacklisted(&self) -> Vec<String> {
        serde_json::from_value(self.there.ask(&json!(["blacklisted"]))).expect("ids")
    }

    /// The text in which a time stands in the last row, with a 9 for each digit.
    fn form(&self, table: &str, column: &str) -> String {
        let sql = format!("SELECT {column} FROM token_blacklist_{table} ORDER BY id DESC LIMIT 1");
        let text = self.app.database.text(&sql).expect("a time");
        text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
    }
}

fn jti(token: &str) -> String {
    claims_of(token)["jti"].as_str().expect("an id").to_owned()
}

#[test]
fn what_either_made_the_other_takes() {
    let both = Both::start();
    for (maker, taker) in both.ways() {
        let pair = Pair::obtain(maker, "ann");
        let answer = profile(taker, &pair.access);
        assert_eq!((answer.status, &answer.json()["username"]), (200, &json!("ann")), "{answer:?}");
        assert!(is_good(taker, &pair.access) && is_good(taker, &pair.refresh));
        let next = pair.renew(taker);
        assert_eq!(profile(maker, &next.access).status, 200);
        assert!(is_good(maker, &next.refresh));
        let (before, after) = (claims_of(&pair.refresh), claims_of(&next.refresh));
        for claim in ["token_type", "user_id", "email", "username", "is_staff", "role"] {
            assert_eq!(after[claim], before[claim], "{claim}");
        }
        assert_ne!(after["jti"], before["jti"]);
    }
}

#[test]
fn a_token_is_handed_to_and_fro_and_each_earlier_one_is_good_nowhere() {
    let both = Both::start();
    let mut pair = Pair::obtain(&both.here, "ann");
    let mut earlier = Vec::new();
    for round in 0..6 {
        let side: &dyn Side = if round % 2 == 0 { &both.there } else { &both.here };
        let next = pair.renew(side);
        earlier.push(std::mem::replace(&mut pair, next));
        for old in &earlier {
            // Here, a use of it would be taken for a thief's.
            assert!(!is_good(&both.here, &old.refresh) && !is_good(&both.there, &old.refresh), "round {round}");
            assert_blacklisted(&refresh(&both.there, &old.refresh));
            assert_blacklisted(&take_back(&both.there, &old.refresh));
        }
        assert!(is_good(&both.here, &pair.refresh) && is_good(&both.there, &pair.refresh), "round {round}");
    }
    let ids: Vec<String> = earlier.iter().map(|pair| jti(&pair.refresh)).collect();
    assert_eq!(both.blacklisted(), ids);
}

#[test]
fn a_token_taken_back_on_either_side_is_good_on_neither() {
    let both = Both::start();
    for (one, other) in both.ways() {
        for (maker, ender) in [(one, one), (one, other)] {
            let (pair, kept) = (Pair::obtain(maker, "ann"), Pair::obtain(maker, "ann"));
            // What a Django makes at the moment of a log-out might be a successor.
            both.app.database.execute("UPDATE token_blacklist_outstandingtoken SET created_at = '2026-01-01 00:00:00'");
            let answer = take_back(ender, &pair.refresh);
            assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
            for side in [one, other] {
                assert_blacklisted(&refresh(side, &pair.refresh));
                assert_blacklisted(&take_back(side, &pair.refresh));
                let answer = verify(side, &pair.refresh);
                assert_eq!(answer.status, 400);
                assert_eq!(answer.body, r#"{"non_field_errors":["Token is blacklisted"]}"#);
                assert_eq!(profile(side, &pair.access).status, 200, "until it ends by itself");
                assert!(is_good(side, &kept.refresh), "a log-out ends one log-in");
            }
        }
    }
}

#[test]
fn a_token_that_nobody_wrote_down_is_written_down_when_it_is_taken_back() {
    let both = Both::start();
    let mint = Mint::of(&both.app);
    for (one, other) in both.ways() {
        let token = mint.refresh(&[]);
        assert_eq!(take_back(one, &token).status, 200);
        assert_blacklisted(&refresh(other, &token));
        let row = both.outstanding().pop().expect("a row");
        assert_eq!((row["jti"].as_str(), row["token"].as_str()), (Some(jti(&token).as_str()), Some(token.as_str())));
        assert_eq!(row["user_id"], json!(mint.user_id));
    }
    // Both would say when it was made if they knew.
    let rows = both.outstanding();
    assert_eq!(rows[0]["created_at"].is_null(), rows[1]["created_at"].is_null(), "{rows:?}");
}

#[test]
fn rows_of_both_have_one_form() {
    let both = Both::start();
    let mut forms = Vec::new();
    for (maker, _) in both.ways() {
        let pair = Pair::obtain(maker, "ann");
        let obtained = both.outstanding().pop().expect("a row");
        let next = pair.renew(maker);
        let rotated = both.outstanding().pop().expect("a row");
        for (token, row) in [(&pair.refresh, &obtained), (&next.refresh, &rotated)] {
            let claims = claims_of(token);
            assert_eq!(row["jti"], claims["jti"]);
            assert_eq!(row["user_id"], json!(both.app.user("ann").id));
            assert_eq!(seconds(&both, "expires_at", row), claims["exp"]);
            assert_eq!(seconds(&both, "created_at", row), claims["iat"]);
        }
        // Django writes a token down before a project has put its claims into it.
        let text = obtained["token"].as_str().expect("a token");
        let mut said = claims_of(&pair.refresh);
        for claim in ["email", "username", "is_staff", "role"] {
            if claims_of(text)[claim].is_null() {
                said.as_object_mut().expect("claims").remove(claim);
            }
        }
        assert_eq!(claims_of(text), said);
        assert_eq!(rotated["token"], json!(next.refresh));
        forms.push([
            both.form("outstandingtoken", "created_at").split('.').next().map(str::to_owned),
            Some(both.form("outstandingtoken", "expires_at")),
            both.form("blacklistedtoken", "blacklisted_at").split('.').next().map(str::to_owned),
        ]);
    }
    assert_eq!(forms[0], forms[1]);
    assert_eq!(both.blacklisted().len(), 2);
    let tokens: Vec<Value> = both.outstanding();
    assert_eq!(tokens.len(), 4);
}

/// A time of a row, in seconds since 1970, as the database counts them.
fn seconds(both: &Both, column: &str, row: &Value) -> i64 {
    let seconds = if is_postgres() {
        format!("floor(extract(epoch FROM {column}))")
    } else {
        format!("strftime('%s', {column})")
    };
    let jti = row["jti"].as_str().expect("an id");
    both.app.database.number(&format!("SELECT {seconds} FROM token_blacklist_outstandingtoken WHERE jti = '{jti}'"))
}

#[test]
fn whoever_may_not_log_in_any_more_has_no_use_of_tokens_of_either() {
    let both = Both::start();
    let pairs = [Pair::obtain(&both.here, "ann"), Pair::obtain(&both.there, "ann")];
    both.app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'ann'");
    for pair in &pairs {
        for side in [&both.here as &dyn Side, &both.there] {
            let answer = profile(side, &pair.access);
            assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("user_inactive")));
            let answer = refresh(side, &pair.refresh);
            assert_eq!(answer.status, 401);
            assert_eq!(answer.json(), json!({"detail": "No active account found for the given token."}));
        }
        assert!(!is_good(&both.here, &pair.access) && !is_good(&both.here, &pair.refresh));
    }
}

#[test]
fn tokens_tied_to_the_password_are_tied_on_both_sides() {
    let setting = ("SIMPLE_JWT__CHECK_REVOKE_TOKEN", "true");
    let both = Both::with(&[setting], &json!({"CHECK_REVOKE_TOKEN": true}));
    let pairs = [Pair::obtain(&both.here, "ann"), Pair::obtain(&both.there, "ann")];
    assert_eq!(claims_of(&pairs[0].access)["hash_password"], claims_of(&pairs[1].access)["hash_password"]);
    for pair in &pairs {
        assert_eq!((profile(&both.here, &pair.access).status, profile(&both.there, &pair.access).status), (200, 200));
    }
    let other = both.app.auth.hashers.make_password("another password");
    both.app.database.execute(&format!("UPDATE auth_user SET password = '{other}' WHERE username = 'ann'"));
    for pair in &pairs {
        let answers = [profile(&both.here, &pair.access), profile(&both.there, &pair.access)];
        assert_eq!(answers[0], answers[1]);
        assert_eq!((answers[0].status, &answers[0].json()["code"]), (401, &json!("password_changed")));
        // Django renews it all the same, and never gets in with it (its issue 928).
        assert_eq!(refresh(&both.here, &pair.refresh).status, 401);
    }
}

#[test]
fn the_same_settings_make_the_same_tokens() {
    let ways: [(&[(&str, &str)], Value); 6] = [
        (&[("SIMPLE_JWT__ALGORITHM", "HS512")], json!({"ALGORITHM": "HS512"})),
        (&[("SIMPLE_JWT__SIGNING_KEY", OTHER_KEY)], json!({"SIGNING_KEY": OTHER_KEY})),
        (&[("SIMPLE_JWT__ISSUER", "us"), ("SIMPLE_JWT__AUDIENCE", "you")], json!({"ISSUER": "us", "AUDIENCE": "you"})),
        (&[("SIMPLE_JWT__AUDIENCE", r#"["you","them"]"#)], json!({"AUDIENCE": ["you", "them"]})),
        (
            &[("SIMPLE_JWT__USER_ID_FIELD", "username"), ("SIMPLE_JWT__USER_ID_CLAIM", "who")],
            json!({"USER_ID_FIELD": "username", "USER_ID_CLAIM": "who"}),
        ),
        (
            &[("SIMPLE_JWT__ACCESS_TOKEN_LIFETIME", "60"), ("SIMPLE_JWT__REFRESH_TOKEN_LIFETIME", "1h")],
            json!({"ACCESS_TOKEN_LIFETIME": 60, "REFRESH_TOKEN_LIFETIME": 3_600}),
        ),
    ];
    for (ours, theirs) in ways {
        let both = Both::with(ours, &theirs);
        let mut said = Vec::new();
        for (maker, taker) in both.ways() {
            let pair = Pair::obtain(maker, "ann");
            assert_eq!(profile(taker, &pair.access).status, 200, "{theirs}");
            let next = pair.renew(taker);
            assert_eq!(profile(maker, &next.access).status, 200, "{theirs}");
            said.push([&pair.access, &pair.refresh, &next.access, &next.refresh].map(|token| readable(token)));
        }
        // The order of the claims is each one's own once a setting adds some.
        let sorted = |token: &String| token.split([',', '{', '}']).map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(said[0].each_ref().map(sorted), said[1].each_ref().map(sorted), "{theirs}");
    }
}

const OTHER_KEY: &str = "another-key-for-tokens-alone-that-is-long-enough-for-anything";

#[test]
fn without_rotation_a_refresh_token_stays_on_both_sides() {
    let setting = ("SIMPLE_JWT__ROTATE_REFRESH_TOKENS", "false");
    let both = Both::with(&[setting], &json!({"ROTATE_REFRESH_TOKENS": false}));
    for (maker, taker) in both.ways() {
        let pair = Pair::obtain(maker, "ann");
        for _ in 0..2 {
            let answer = refresh(taker, &pair.refresh);
            assert_eq!(answer.status, 200);
            assert_eq!(
                answer.json().as_object().map(|json| json.keys().cloned().collect()),
                Some(vec!["access".to_owned()])
            );
        }
    }
    assert_eq!(both.outstanding().len(), 2);
}

#[test]
fn a_log_in_for_tokens_is_noted_if_the_setting_says_so() {
    let setting = ("SIMPLE_JWT__UPDATE_LAST_LOGIN", "true");
    let both = Both::with(&[setting], &json!({"UPDATE_LAST_LOGIN": true}));
    let noted = || both.app.database.number("SELECT count(*) FROM auth_user WHERE last_login IS NOT NULL");
    for side in [&both.here as &dyn Side, &both.there] {
        both.app.database.execute("UPDATE auth_user SET last_login = NULL");
        Pair::obtain(side, "ann");
        assert_eq!(noted(), 1);
    }
    let plain = Both::start();
    for side in [&plain.here as &dyn Side, &plain.there] {
        Pair::obtain(side, "ann");
    }
    assert_eq!(plain.app.database.number("SELECT count(*) FROM auth_user WHERE last_login IS NOT NULL"), 0);
}

#[test]
fn a_database_that_django_made_is_served_with_its_tokens() {
    let database = TestDatabase::new();
    let there = Django::with(&database, &json!({}));
    there.ask(&json!(["migrate"]));
    there.ask(&json!(["create-user", "ann", "ann@example.org", PASSWORD]));
    let pair = Pair::obtain(&there, "ann");
    let app = TestApp::on(database).setting("AXES_ENABLED", "false").start();
    let here = app.client();
    assert_eq!(profile(&here, &pair.access).status, 200);
    let next = pair.renew(&here);
    assert!(is_good(&there, &next.refresh) && !is_good(&there, &pair.refresh));
}

#[test]
fn what_pyjwt_signs_with_our_key_is_ours() {
    let both = Both::start();
    let mint = Mint::of(&both.app);
    let claims: Value = serde_json::from_str(&mint.claims("access", &[])).expect("claims");
    let sign = |key: &str| both.there.ask(&json!(["sign", claims, key]));
    let (good, bad) = (sign(SECRET_KEY), sign(OTHER_KEY));
    assert_eq!(profile(&both.here, good.as_str().expect("a token")).status, 200);
    assert_eq!(profile(&both.here, bad.as_str().expect("a token")).status, 401);
}
