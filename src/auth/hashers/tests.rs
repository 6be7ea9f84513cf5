use super::*;

/// Made by Django 5.2 with the password `secret123XY`.
const BY_DJANGO: &[(&str, &str)] = &[
    (
        "argon2",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$eHZnUTdrME4wVWN6V3BGYnY2WVlkWg$BSqc8o+yAOh8lb74Bz9qjNPWPHWE3VDaCuQGL+cmtLw",
    ),
    ("pbkdf2_sha256", "pbkdf2_sha256$1000000$zjQsdXDplSUhV4D3ZDBsSq$pGHFXSoRzhNehcqWOIaYEkyEHMYjAVibEEzCD9YQ+Bg="),
    ("pbkdf2_sha1", "pbkdf2_sha1$1000000$wxnOu0YjCCzxtIRvCVkEjT$PBhlLbyZdJgF1JvRTyBBtHVrFfI="),
    ("bcrypt_sha256", "bcrypt_sha256$$2b$12$68IPY4LaawHNEE8UhewpbuVpfWjhrgzS2PoRHRk33XDVBUEAi010u"),
    ("bcrypt", "bcrypt$$2b$12$SDRheTQPYmBgkEMON.uJYO9j5S.GOzzo5iXN1gQmKgD8qjgZtYg9."),
    (
        "scrypt",
        "scrypt$16384$iPQYrwlpYGaPLiZ3a2BLfw$8$5$3TS5hb5vNqHFdSQTxdJbhkMOelytjwTXmMvVoA/iDJ0XIB1aib7YuJXT6fxHaxrp91lPmmocfIj36LRBLRvuOQ==",
    ),
    ("md5", "md5$p9uIhuUVCavhpbNQGFcz6V$0142730b4f13917fe837971dc86aa4f2"),
];

fn hashers(names: &[&str]) -> Hashers {
    let components: Vec<Component> = names.iter().map(|name| Component::from(*name)).collect();
    of(&components).expect("known hashers")
}

fn cheap() -> Vec<Component> {
    let with = |name: &str, options: &[(&str, i64)]| Component {
        name: name.to_owned(),
        options: options.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect(),
    };
    vec![
        with("Argon2PasswordHasher", &[("memory_cost", 64), ("time_cost", 1)]),
        with("PBKDF2PasswordHasher", &[("iterations", 10)]),
        with("PBKDF2SHA1PasswordHasher", &[("iterations", 10)]),
        with("BCryptSHA256PasswordHasher", &[("rounds", 4)]),
        with("BCryptPasswordHasher", &[("rounds", 4)]),
        with("ScryptPasswordHasher", &[("work_factor", 16)]),
        with("MD5PasswordHasher", &[]),
    ]
}

fn of(components: &[Component]) -> Result<Hashers, BadOptions> {
    Hashers::new(&AuthSettings { password_hashers: components.to_vec(), ..AuthSettings::default() })
}

#[test]
fn every_hasher_takes_its_own_hashes_and_no_other_password() {
    for component in cheap() {
        let hashers = of(std::slice::from_ref(&component)).expect("known");
        for password in ["secret123XY", " edges ", "é\u{1F600}", "a\0b", ""] {
            let encoded = hashers.make_password(password);
            assert!(encoded.len() <= 128, "{encoded}");
            assert_eq!(hashers.verify(password, &encoded), Verification::Valid, "{encoded}");
            assert_eq!(hashers.verify(&format!("{password}x"), &encoded), Verification::Invalid, "{encoded}");
        }
    }
}

#[test]
fn a_hash_made_otherwise_is_valid_but_obsolete() {
    let all = cheap();
    let hashers = of(&all).expect("known");
    for component in &all[1..] {
        let encoded = of(std::slice::from_ref(component)).expect("known").make_password("x");
        assert_eq!(hashers.verify("x", &encoded), Verification::Obsolete, "{encoded}");
        assert_eq!(hashers.verify("y", &encoded), Verification::Invalid, "{encoded}");
    }
    let weak_salt = "pbkdf2_sha256$10$short$";
    let hash = {
        let mut hash = [0; 32];
        ::pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"x", b"short", 10, &mut hash);
        base64(&hash)
    };
    let pbkdf2 = of(&all[1..2]).expect("known");
    assert_eq!(pbkdf2.verify("x", &format!("{weak_salt}{hash}")), Verification::Obsolete);
}

#[test]
fn new_hashes_follow_those_that_are_there() {
    let sample = "argon2$argon2id$v=19$m=128,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$AAAA";
    let hashers = hashers(&[]).preferring(sample);
    assert!(hashers.make_password("x").starts_with("argon2$argon2id$v=19$m=128,t=3,p=2$"));
    let hashers = self::hashers(&[]).preferring("pbkdf2_sha256$15$salt$hash");
    assert!(hashers.make_password("x").starts_with("pbkdf2_sha256$15$"));
    assert!(self::hashers(&[]).preferring("!unusable").make_password("x").starts_with("argon2$"));
}

#[test]
fn nothing_that_a_row_may_hold_panics_or_exhausts_the_machine() {
    let hashers = of(&cheap()).expect("known");
    for encoded in [
        "",
        "!",
        "!x",
        "argon2",
        "argon2$",
        "argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
        "argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$",
        "argon2$argon2id$v=99$m=8,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "pbkdf2_sha256$$$",
        "pbkdf2_sha256$4294967295$s$h",
        "pbkdf2_sha256$10$s$",
        "pbkdf2_sha256$-1$s$aGk=",
        "bcrypt_sha256$$2b$31$abc",
        "bcrypt$",
        "bcrypt$$2b$04$short",
        "scrypt$1048576$s$4294967295$1$aGk=",
        "scrypt$3$s$8$1$aGk=",
        "md5$",
        "md5$$",
        "md5$s$é",
        "unknown$1$2$3",
        "$$$$",
    ] {
        assert_eq!(hashers.verify("x", encoded), Verification::Invalid, "{encoded}");
    }
}

#[test]
fn long_passwords_differ_beyond_the_72nd_byte() {
    let (one, other) = (format!("{}x", "a".repeat(72)), format!("{}y", "a".repeat(72)));
    for component in cheap().iter().filter(|component| component.name != "BCryptPasswordHasher") {
        let hashers = of(std::slice::from_ref(component)).expect("known");
        assert_eq!(hashers.verify(&other, &hashers.make_password(&one)), Verification::Invalid, "{}", component.name);
    }
}

#[test]
fn wrong_options_are_refused_by_name() {
    let refused = |text: &str| {
        let listed: Vec<Component> =
            crate::settings::Value::read(&crate::settings::Raw::Text(text.to_owned())).expect("a list");
        of(&listed).err().expect("refused").to_string()
    };
    assert_eq!(
        refused("[{ NAME = \"x.Argon2PasswordHasher\", OPTIONS = { memory_cost = 0 } }]"),
        "bad value for PASSWORD_HASHERS: memory_cost = 0 of x.Argon2PasswordHasher; expected a whole number from 8 to 1048576"
    );
    assert_eq!(
        refused("[{ NAME = \"x.MD5PasswordHasher\", OPTIONS = { rounds = 1 } }]"),
        "bad value for PASSWORD_HASHERS: option rounds of x.MD5PasswordHasher; expected none"
    );
    assert!(refused("x.Sha0PasswordHasher").contains("x.Sha0PasswordHasher"));
}

#[test]
fn hashes_made_by_django_are_taken() {
    let all: Vec<&str> = REGISTRY.iter().map(|(class, _)| *class).collect();
    for (scheme, encoded) in BY_DJANGO {
        assert!(hashers(&all).verify("secret123XY", encoded).is_valid(), "{scheme}");
        assert!(!hashers(&all).verify("secret123Xy", encoded).is_valid(), "{scheme}");
    }
}

#[test]
fn a_stored_hash_that_asks_for_more_memory_than_there_is_is_not_even_tried() {
    let small = AuthSettings { hashing_memory: 20, ..AuthSettings::default() };
    let hashers = Hashers::new(&small).expect("the default fits");
    for hostile in [
        "argon2$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "scrypt$1048576$salt$8$1$aGFzaA==",
    ] {
        assert_eq!(hashers.verify("x", hostile), Verification::Invalid);
    }
    let beyond = Hashers::new(&AuthSettings { hashing_memory: 10, ..AuthSettings::default() });
    let message = beyond.err().expect("refused").to_string();
    assert!(message.contains("PASSWORD_HASHING_MEMORY") && message.contains("19 or more"), "{message}");
}
