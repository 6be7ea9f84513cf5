//! The rules beyond Django's, and how quickly all of them answer.

use std::time::{Duration, Instant};

use vestibule::auth::validators::{Objection, PasswordValidator, Person};

use super::{ANN, codes, default_rules, rules, try_rules};
use crate::support::{PASSWORD, TestApp};

#[test]
fn ordinary_good_passwords_are_taken() {
    let rules = default_rules("Vestibule");
    let good = [
        PASSWORD,
        "another horse 43",
        "xK8#qP2!vL",
        "gh7Tq9Lm2x",
        "mongoose piano",
        "grass-lamp-7",
        "blue chair 7",
        "correct horse battery staple",
        "正しい馬の電池の針",
        "the vestibule was painted green",
    ];
    for password in good {
        for username in ["ann", "bob", "root", "carol"] {
            let person = Person { username, email: "someone@example.org", ..Person::default() };
            assert_eq!(codes(&rules, password, &person), [] as [&str; 0], "{password}");
        }
    }
}

/// ASVS 6.2.1: eight characters may do.
#[test]
fn eight_characters_drawn_by_chance_are_enough() {
    let rules = default_rules("Vestibule");
    for password in ["x7Kq!p2Z", "gh7Tq9Lm", "vqzkwmtb"] {
        assert_eq!(codes(&rules, password, &ANN), [] as [&str; 0], "{password}");
    }
}

#[test]
fn what_guessers_try_early_is_too_weak() {
    let rules = default_rules("Vestibule");
    for password in
        ["Password123!", "P@ssw0rd2024!", "Summer2024!", "Welcome123!", "qwerty12345", "Ch33seBurger!", "ann12345"]
    {
        assert!(codes(&rules, password, &ANN).contains(&"password_too_weak"), "{password}");
    }
    let strict =
        super::rules("[{ NAME = \"vestibule.password_validation.ZxcvbnValidator\", OPTIONS = { min_score = 4 } }]");
    assert_eq!(codes(&strict, "gh7Tq9Lm2x", &ANN), ["password_too_weak"]);
}

#[test]
fn what_a_guesser_knows_of_the_person_does_not_make_a_password_strong() {
    let only = rules("vestibule.ZxcvbnValidator");
    let password = "ZebulonQuaxter7";
    assert_eq!(codes(&only, password, &Person::default()), [] as [&str; 0]);
    let known = Person { first_name: "Zebulon", last_name: "Quaxter", ..Person::default() };
    assert_eq!(codes(&only, password, &known), ["password_too_weak"]);
    let by_address = Person { email: "zebulonquaxter@example.org", ..Person::default() };
    assert_eq!(codes(&only, password, &by_address), ["password_too_weak"]);
}

#[test]
fn a_password_that_is_mostly_the_sites_name_or_a_word_of_its_own_is_refused() {
    let acme = default_rules("Acme Rockets");
    for password in
        ["Acme-Rockets-2026!", "acmerockets8472910385!", "ROCKETS!!42!!17", "rockets acme 7 rockets", "MyRockets#8251"]
    {
        assert_eq!(codes(&acme, password, &ANN).last(), Some(&"password_contains_context"), "{password}");
    }
    for password in ["green rockets fly seldom", "Vestibule-lamp-71", "correct acme horse battery"] {
        assert_eq!(codes(&acme, password, &ANN), [] as [&str; 0], "{password}");
    }
    let words = rules("[{ NAME = \"a.ZxcvbnValidator\", OPTIONS = { context_words = [\"Gänseblümchen\", \"\"] } }]");
    let objections = words.validate("GÄNSEBLÜMCHEN-9471-52", &ANN);
    assert_eq!(objections[0].code, "password_contains_context");
    assert!(objections[0].message.contains("Gänseblümchen"), "{}", objections[0].message);
    assert_eq!(codes(&words, "mongoose piano", &ANN), [] as [&str; 0]);
}

#[test]
fn options_that_make_no_sense_stop_the_start() {
    for (class, option) in [
        ("UserAttributeSimilarityValidator", "max_similarity = 0.05"),
        ("UserAttributeSimilarityValidator", "max_similarity = nan"),
        ("UserAttributeSimilarityValidator", "max_similarity = \"high\""),
        ("UserAttributeSimilarityValidator", "user_attributes = [\"shoe_size\"]"),
        ("UserAttributeSimilarityValidator", "user_attributes = \"email\""),
        ("MinimumLengthValidator", "min_length = -1"),
        ("CommonPasswordValidator", "password_list_path = \"/does/not/exist\""),
        ("CommonPasswordValidator", "password_list_path = 1"),
        ("NumericPasswordValidator", "min_length = 1"),
        ("ZxcvbnValidator", "min_score = 5"),
        ("ZxcvbnValidator", "context_words = [1]"),
    ] {
        let error = try_rules(&format!("[{{ NAME = \"a.{class}\", OPTIONS = {{ {option} }} }}]")).err();
        let error = error.unwrap_or_else(|| panic!("{class} took {option}"));
        let name = option.split(' ').next().expect("a name");
        assert!(
            error.contains("AUTH_PASSWORD_VALIDATORS") && error.contains(name) && error.contains("expected"),
            "{error}"
        );
    }
    assert!(try_rules("a.NoSuchValidator").err().expect("unknown").contains("ZxcvbnValidator"));
}

/// A rule as somebody outside this crate writes it.
struct NoZ;

impl PasswordValidator for NoZ {
    fn validate(&self, password: &str, person: &Person<'_>) -> Option<Objection> {
        let message = format!("No z, {}.", person.username);
        password.contains('z').then_some(Objection { code: "z", message })
    }

    fn help_text(&self) -> String {
        "No z.".to_owned()
    }
}

#[test]
fn a_rule_of_ones_own_is_named_in_the_setting() {
    let app = TestApp::init()
        .setting("AUTH_PASSWORD_VALIDATORS", "shop.NoZ, a.MinimumLengthValidator")
        .customize(|site| site.password_validator("NoZ", || NoZ))
        .start();
    let objections = app.auth.validators.validate("zoo", &ANN);
    assert_eq!((objections[0].message.as_str(), objections[1].code), ("No z, ann.", "password_too_short"));
    assert_eq!(app.auth.validators.help_texts()[0], "No z.");
}

/// Real work takes a twentieth of the time that is allowed; what grows with the square of the length, or with all that
/// stands for letters, takes many times more.
#[test]
fn the_longest_password_is_answered_at_once() {
    let rules = default_rules("Vestibule");
    rules.validate("what is made once is made", &ANN);
    let stand_ins: String = "4@8({[<3691!|7 0$5+7%2".chars().cycle().take(100).collect();
    let mega = |text: &str, bytes: usize| text.repeat(bytes / text.len());
    let attributes = ["x.".repeat(127), "a".repeat(254), "b.".repeat(1_000_000)];
    for password in [
        mega("a", 1 << 20),
        mega("7", 1 << 20),
        mega("\u{301}", 2_500_000),
        mega("\u{fdfa}", 2_500_000),
        mega("Vestibule", 1 << 20),
        mega("x.", 250),
        mega("ab", 5_000),
        mega(&stand_ins, 1 << 20),
        stand_ins.to_uppercase() + " ",
        mega("İ", 1 << 20),
    ] {
        for attribute in &attributes {
            let person = Person { username: attribute, first_name: attribute, last_name: "", email: attribute };
            let started = Instant::now();
            rules.validate(&password, &person);
            let taken = started.elapsed();
            let shown: String = password.chars().take(5).collect();
            assert!(taken < Duration::from_secs(1), "{shown}… of {} bytes took {taken:?}", password.len());
        }
    }
}

/// What zxcvbn is given is cut between characters, and nothing in it falls over any of them.
#[test]
fn no_text_is_too_strange() {
    let rules = default_rules("İ\u{301} \0");
    let strange = ["\0", "\u{10ffff}", "İ", "ẞ", "ﬃ", "Σ", "\u{fdfa}", "👩‍👩‍👧‍👦", "4@8({[<", "\r\n", "٣", "\u{301}", "aA1!"];
    for first in strange {
        for second in strange {
            for times in [1, 3, 20, 51] {
                let text = format!("{first}{second}").repeat(times);
                let person = Person { username: &text, first_name: first, last_name: second, email: &text };
                rules.validate(&text, &person);
            }
        }
    }
}
