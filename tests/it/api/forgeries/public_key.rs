//! A site that signs with a private key: who has the public one can sign nothing (J3).

use std::process::Command;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Attack, site};
use crate::api::{
    Pair, Request, Side, claims_of, is_good,
    mint::{HEAD, signed, signed_with},
    profile,
};

/// What `openssl` says.
fn openssl(arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).output().expect("openssl; `tests/run` installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("PEM")
}

/// A private key and its public one, as PEM.
fn key_pair(arguments: &[&str]) -> (String, String) {
    let private = openssl(&[&["genpkey"], arguments].concat());
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &private).expect("a written file");
    let public = openssl(&["pkey", "-pubout", "-in", &file.path().display().to_string()]);
    (private, public)
}

fn rsa() -> (String, String) {
    key_pair(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
}

fn attack_on(algorithm: &str, private: &str) -> Attack {
    let app =
        site().with_user("bob").setting("SIMPLE_JWT__ALGORITHM", algorithm).setting("SIMPLE_JWT__SIGNING_KEY", private);
    Attack::on(app.start())
}

#[test]
fn tokens_signed_with_the_public_key_as_if_it_were_a_secret_are_refused() {
    let (private, public) = rsa();
    let attack = attack_on("RS256", &private);
    let pair = Pair::obtain(&attack.client, "ann");
    assert_eq!(profile(&attack.client, &pair.access).status, 200);
    pair.renew(&attack.client);

    let lines: String = public.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = BASE64_STANDARD.decode(&lines).expect("DER");
    let jwks = attack.client.answer(&Request::get("/.well-known/jwks.json"));
    assert_eq!(jwks.status, 200, "{jwks:?}");
    let jwk = jwks.json()["keys"][0].clone();
    let words = ["n", "e", "x", "y", "kid"].map(|name| jwk[name].as_str().unwrap_or_default().as_bytes().to_vec());
    let mut keys: Vec<Vec<u8>> = vec![
        public.clone().into_bytes(),
        public.trim_end().as_bytes().to_vec(),
        public.replace('\n', "\r\n").into_bytes(),
        lines.into_bytes(),
        der,
        jwk.to_string().into_bytes(),
        jwks.body.clone().into_bytes(),
        crate::support::SECRET_KEY.as_bytes().to_vec(),
        Vec::new(),
    ];
    keys.extend(words);
    for key in &keys {
        for head in [HEAD, r#"{"alg":"RS256","typ":"JWT"}"#] {
            attack.assert_refused(head, |kind| signed_with(key, "HS256", head, attack.mint.claims(kind, &[])));
        }
        for algorithm in ["HS384", "HS512"] {
            let head = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
            attack.assert_refused(&head, |kind| signed_with(key, algorithm, &head, attack.mint.claims(kind, &[])));
        }
    }
    attack.assert_refused("the site's key", |kind| signed(HEAD, attack.mint.claims(kind, &[])));
}

#[test]
fn every_algorithm_signs_and_takes_its_own_and_publishes_no_secret() {
    let (rsa, _) = rsa();
    let (ec, _) = key_pair(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let (ed, _) = key_pair(&["-algorithm", "ed25519"]);
    for (algorithm, key) in [("RS256", &rsa), ("RS384", &rsa), ("RS512", &rsa), ("ES256", &ec), ("EdDSA", &ed)] {
        let attack = attack_on(algorithm, key);
        let next = Pair::obtain(&attack.client, "ann").renew(&attack.client);
        assert_eq!(profile(&attack.client, &next.access).status, 200, "{algorithm}");
        let jwks = attack.client.answer(&Request::get("/.well-known/jwks.json"));
        let keys = jwks.json()["keys"].as_array().cloned().expect("keys");
        assert_eq!(keys.len(), 1, "{jwks:?}");
        for secret in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(keys[0][secret].is_null(), "{algorithm}: {secret}");
        }
        assert_eq!(keys[0]["alg"], algorithm);
    }
    let attack = Attack::start();
    let jwks = attack.client.answer(&Request::get("/.well-known/jwks.json"));
    assert_eq!((jwks.status, jwks.json()), (200, serde_json::json!({"keys": []})), "a secret is not published");
}

#[test]
fn tokens_of_an_older_key_are_taken_as_long_as_it_is_named() {
    let ((old, old_public), (new, _)) = (rsa(), rsa());
    let before = attack_on("RS256", &old);
    let pair = Pair::obtain(&before.client, "ann");
    let with = |fallbacks: &str| {
        let app =
            before.app.beside().setting("SIMPLE_JWT__ALGORITHM", "RS256").setting("SIMPLE_JWT__SIGNING_KEY", &new);
        app.setting("SIMPLE_JWT__VERIFYING_KEY_FALLBACKS", fallbacks).start()
    };
    let list = serde_json::json!([old_public]).to_string();
    let after = with(&list);
    let client = after.client();
    assert_eq!(profile(&client, &pair.access).status, 200);
    let keys = client.answer(&Request::get("/.well-known/jwks.json")).json();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2), "both are published");
    let next = pair.renew(&client);
    assert_eq!(claims_of(&next.access)["username"], "ann");
    assert!(is_good(&client, &next.access) && !is_good(&before.client, &next.access), "the new key signs");
    let without = with("");
    assert_eq!(profile(&without.client(), &pair.access).status, 401);
    assert_eq!(profile(&without.client(), &next.access).status, 200);
}
