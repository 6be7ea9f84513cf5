//! Good tokens of people who are not what they were (J12, J14), and tokens that name nobody.

use serde_json::json;

use super::{Attack, site};
use crate::{
    api::{
        Pair, claims_of, is_good,
        mint::{HEAD, signed},
        profile, refresh, take_back, verify,
    },
    commands::{folder, run_with_input},
    support::{PASSWORD, SECRET_KEY},
};

#[test]
fn an_id_is_a_number_and_nothing_else() {
    let attack = Attack::start();
    let id = attack.mint.user_id;
    let spelled = [
        format!("\"0{id}\""),
        format!("\"+{id}\""),
        format!("\" {id}\""),
        format!("\"{id} \""),
        format!("\"{id}.0\""),
        format!("{id}.5"),
        format!("\"{id}_\""),
        format!("[{id}]"),
        format!("{{\"id\":{id}}}"),
    ];
    let odd = [
        "null",
        "\"\"",
        "\"abc\"",
        "\"1 or 1=1\"",
        "\"ann\"",
        "true",
        "0",
        "-1",
        "\"-1\"",
        "99999999999999999999",
        "\"99999999999999999999\"",
        "1e400",
        "NaN",
        "\"١\"",
        "\"\\u0000\"",
        "[]",
        "{}",
    ];
    for json in odd.iter().map(|json| (*json).to_owned()).chain(spelled) {
        let changes = [("user_id", json.as_str())];
        let before = attack.rows();
        for answer in [
            profile(&attack.client, &attack.mint.access(&changes)),
            verify(&attack.client, &attack.mint.access(&changes)),
            refresh(&attack.client, &attack.mint.refresh(&changes)),
        ] {
            assert_eq!(answer.status, 401, "{json}: {answer:?}");
        }
        assert_eq!(attack.rows(), before, "{json}");
    }
    attack.assert_taken("a number", |kind| signed(HEAD, attack.mint.claims(kind, &[("user_id", &id.to_string())])));
}

#[test]
fn whoever_is_deactivated_is_out_at_once_and_verify_says_so() {
    let attack = Attack::start();
    let pair = Pair::obtain(&attack.client, "ann");
    attack.app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'ann'");
    let answer = profile(&attack.client, &pair.access);
    assert_eq!((answer.status, answer.json()), (401, json!({"detail": "User is inactive", "code": "user_inactive"})));
    assert_eq!(refresh(&attack.client, &pair.refresh).status, 401);
    for token in [&pair.access, &pair.refresh] {
        assert_eq!(verify(&attack.client, token).status, 401);
    }
    attack.app.database.execute("UPDATE auth_user SET is_active = true WHERE username = 'ann'");
    assert_eq!(profile(&attack.client, &pair.access).status, 200, "nothing was used up");
    assert_eq!(refresh(&attack.client, &pair.refresh).status, 200);
}

#[test]
fn tokens_of_whoever_is_deleted_are_refused_and_can_be_taken_back() {
    let attack = Attack::start();
    let pair = Pair::obtain(&attack.client, "ann");
    let id = attack.mint.user_id;
    attack.app.database.execute(&format!(
        "UPDATE token_blacklist_outstandingtoken SET user_id = NULL;
         UPDATE vestibule_event SET user_id = NULL;
         DELETE FROM auth_user WHERE id = {id}"
    ));
    let answer = profile(&attack.client, &pair.access);
    assert_eq!((answer.status, answer.json()), (401, json!({"detail": "User not found", "code": "user_not_found"})));
    for answer in [
        refresh(&attack.client, &pair.refresh),
        verify(&attack.client, &pair.access),
        verify(&attack.client, &pair.refresh),
    ] {
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    assert_eq!(take_back(&attack.client, &pair.refresh).status, 200);
}

#[test]
fn a_new_password_ends_the_refresh_tokens_that_are_known() {
    let attack = Attack::start();
    let pairs = [Pair::obtain(&attack.client, "ann"), Pair::obtain(&attack.client, "ann")];
    let bob = Pair::obtain(&attack.client, "bob");
    let hash = attack.app.auth.hashers.make_password("another password");
    attack.app.database.execute(&format!("UPDATE auth_user SET password = '{hash}' WHERE username = 'ann'"));
    for pair in &pairs {
        assert_eq!(refresh(&attack.client, &pair.refresh).status, 401);
        assert!(!is_good(&attack.client, &pair.refresh));
    }
    assert_eq!(refresh(&attack.client, &bob.refresh).status, 200);
}

#[test]
fn the_command_that_changes_a_password_ends_refresh_tokens_for_a_django_too() {
    let attack = Attack::start();
    let (pair, bob) = (Pair::obtain(&attack.client, "ann"), Pair::obtain(&attack.client, "bob"));
    let folder = folder();
    let settings = format!("DATABASE_URL = '{}'\nSECRET_KEY = '{SECRET_KEY}'\n", attack.app.database.url());
    std::fs::write(folder.path().join("vestibule.toml"), settings).expect("a file");
    let (code, _, stderr) =
        run_with_input(&folder, &["changepassword", "ann", "--password-stdin"], b"another password\n");
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(refresh(&attack.client, &pair.refresh).status, 401);
    assert_eq!(attack.app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 1);
    assert_eq!(refresh(&attack.client, &bob.refresh).status, 200);
}

#[test]
fn a_hash_that_is_made_anew_for_the_same_password_ends_no_token() {
    let app = site().setting("PASSWORD_HASHERS", "django.contrib.auth.hashers.MD5PasswordHasher").start();
    let pair = Pair::obtain(&app.client(), "ann");
    let newer = app.beside().setting("AXES_ENABLED", "false").start();
    assert_eq!(newer.client().log_in("ann", PASSWORD).status, 302);
    assert!(newer.user("ann").password.starts_with("argon2"));
    pair.renew(&newer.client()).renew(&app.client());
}

#[test]
fn a_token_renewed_says_what_its_owner_is_now() {
    let attack = Attack::start();
    attack.app.database.execute("UPDATE auth_user SET is_staff = true WHERE username = 'ann'");
    let pair = Pair::obtain(&attack.client, "ann");
    assert_eq!(claims_of(&pair.access)["is_staff"], json!(true));
    attack
        .app
        .database
        .execute("UPDATE auth_user SET is_staff = false, email = 'new@example.org' WHERE username = 'ann'");
    let next = pair.renew(&attack.client);
    for token in [&next.access, &next.refresh] {
        let claims = claims_of(token);
        assert_eq!((&claims["is_staff"], &claims["email"]), (&json!(false), &json!("new@example.org")));
    }
}
