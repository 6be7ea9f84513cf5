//! The same passwords are put before real Django's validators and ours.

use std::fmt::Write;

use serde_json::{Value, json};
use vestibule::auth::validators::{Person, Validators};

use super::rules;
use crate::support::{Oracle, SECRET_KEY, TestDatabase};

/// What somebody is called, and a password of theirs.
struct Case {
    attributes: [String; 4],
    password: String,
}

impl Case {
    fn of(attributes: [&str; 4], password: &str) -> Self {
        Self { attributes: attributes.map(str::to_owned), password: password.to_owned() }
    }

    fn json(&self) -> Value {
        let [username, first_name, last_name, email] = &self.attributes;
        let user = json!({ "username": username, "first_name": first_name, "last_name": last_name, "email": email });
        json!([user, self.password])
    }

    fn ours(&self, rules: &Validators) -> Value {
        let [username, first_name, last_name, email] = &self.attributes;
        let objections = rules.validate(&self.password, &Person { username, first_name, last_name, email });
        objections.iter().map(|objection| json!([objection.code, objection.message])).collect()
    }
}

/// Asks both about `cases` with rules of Django's, given by class and options.
fn compare(classes: &[(&str, Value)], cases: &[Case]) -> usize {
    let path = |class: &str| format!("django.contrib.auth.password_validation.{class}");
    let theirs: Value =
        classes.iter().map(|(class, options)| json!({"NAME": path(class), "OPTIONS": options})).collect();
    let mut ours = String::new();
    for (class, options) in classes {
        let options = options.as_object().expect("options").iter().map(|(name, value)| format!("{name} = {value}"));
        let options = options.collect::<Vec<_>>().join(", ");
        write!(ours, "{{ NAME = \"{}\", OPTIONS = {{ {options} }} }}, ", path(class)).expect("text");
    }
    let ours = rules(&format!("[{ours}]"));
    let database = TestDatabase::new();
    let oracle = Oracle::new(database.url(), SECRET_KEY);
    let mut objected = 0;
    for batch in cases.chunks(250) {
        let asked: Value = batch.iter().map(Case::json).collect();
        let answers = oracle.ask(&["validate-passwords", &theirs.to_string(), &asked.to_string()]);
        let answers = answers.as_array().expect("a list");
        assert_eq!(answers.len(), batch.len());
        for (case, answer) in batch.iter().zip(answers) {
            assert_eq!(&case.ours(&ours), answer, "{}", case.json());
            objected += usize::from(answer != &json!([]));
        }
    }
    objected
}

/// Marsaglia's xorshift: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    /// Letters of which few are ASCII, many change in case, some split words, and one grows when it is put in lower case.
    fn text(&mut self, longest: usize) -> String {
        const LETTERS: [char; 24] = [
            'a', 'a', 'B', 'b', 'c', 'D', 'é', 'É', 'ß', 'Σ', 'ς', 'İ', 'Ⅷ', '½', '①', '３', '𝟘', '_', '.', '@', '-',
            ' ', '\u{301}', 'Ⓐ',
        ];
        (0..self.below(longest + 1)).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }

    /// A password that has much of `text`, in another order.
    fn resembling(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        for at in (1..letters.len()).rev() {
            letters.swap(at, self.below(at + 1));
        }
        letters.truncate(letters.len() - self.below(letters.len() / 3 + 1));
        letters.into_iter().collect::<String>() + &self.text(4)
    }

    fn case(&mut self) -> Case {
        let attributes = [self.text(9), self.text(7), self.text(5), format!("{}@{}.org", self.text(5), self.text(5))];
        let alike = attributes[self.below(4)].clone();
        let password = match self.below(3) {
            0 => self.text(40),
            _ => self.resembling(&alike),
        };
        // What Django makes of no password is nowhere asked.
        let password = if password.is_empty() { "a".to_owned() } else { password };
        Case { attributes, password }
    }
}

#[test]
fn a_password_is_as_similar_to_what_is_known_of_a_person_as_django_finds() {
    const ANN: [&str; 4] = ["ann.smith", "Ann", "O'Brien-Smith", "Ann.S@Example.ORG"];
    let known = ["annsmith", "SMITH", "example", "ann", "htimsnna", "x", "brien99", "exampel.org", "smith smith smith"];
    let mut cases: Vec<Case> = known.iter().map(|password| Case::of(ANN, password)).collect();
    cases.push(Case::of([&"a".repeat(150), "", "", ""], &"a".repeat(1_400)));
    cases.push(Case::of([&"a".repeat(150), "", "", ""], &"a".repeat(280)));
    let mut numbers = Numbers(0x5eed_0a11);
    cases.extend((0..500).map(|_| numbers.case()));
    let objected = compare(&[("UserAttributeSimilarityValidator", json!({}))], &cases);
    assert!((100..400).contains(&objected), "{objected} of {} show something", cases.len());

    let mut numbers = Numbers(0x00dd_5eed);
    let cases: Vec<Case> = (0..250).map(|_| numbers.case()).collect();
    for options in [
        json!({"max_similarity": 0.1, "user_attributes": ["email"]}),
        json!({"max_similarity": 1.0, "user_attributes": ["last_name", "username"]}),
    ] {
        compare(&[("UserAttributeSimilarityValidator", options)], &cases);
    }
}

#[test]
fn length_and_digits_are_what_django_counts() {
    let mut cases: Vec<Case> = [
        "",
        "1",
        "1234567",
        "12345678",
        "１２３４５６７８",
        "٠١٢٣٤٥٦٧",
        "²²²²²²²²",
        "①②③④⑤⑥⑦⑧",
        "½½½½½½½½",
        "ⅧⅧⅧⅧⅧⅧⅧⅧ",
        "一二三四五六七八",
        "1234 5678",
        "-12345678",
        "1_000_000",
        "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟",
        "e\u{301}e\u{301}e\u{301}e\u{301}",
        "👩‍👩‍👧‍👦",
        "ééééééé",
    ]
    .iter()
    .map(|password| Case::of(["ann", "", "", ""], password))
    .collect();
    let mut numbers = Numbers(0x1e47);
    let mut digits = || (0..numbers.below(12)).map(|_| ['1', '３', '½', '②', '٣', 'a'][numbers.below(6)]).collect();
    cases.extend((0..150).map(|_| Case { attributes: Default::default(), password: digits() }));
    let both = [("MinimumLengthValidator", json!({})), ("NumericPasswordValidator", json!({}))];
    assert!(compare(&both, &cases) > 50);
    for least in [0, 1, 12] {
        compare(&[("MinimumLengthValidator", json!({ "min_length": least }))], &cases);
    }
}

#[test]
fn objections_stand_in_the_order_of_the_setting() {
    let cases = [Case::of(["123456", "", "", ""], "123456"), Case::of(["ann", "", "", ""], "correct horse 42")];
    let mut classes = [
        ("UserAttributeSimilarityValidator", json!({})),
        ("MinimumLengthValidator", json!({})),
        ("CommonPasswordValidator", json!({})),
        ("NumericPasswordValidator", json!({})),
    ];
    assert_eq!(compare(&classes, &cases), 1);
    classes.reverse();
    compare(&classes, &cases);
}

#[test]
fn well_known_passwords_are_as_common_as_in_django() {
    let common = [
        "password",
        "Password",
        " PASSWORD\t",
        "\x1cpassword\x1f",
        "123456",
        "12345678",
        "123456789",
        "qwerty",
        "111111",
        "letmein",
        "iloveyou",
        "trustno1",
        "dragon",
        "sunshine",
        "princess",
        "football",
        "monkey",
        "abc123",
        "password1",
        "qwertyuiop",
        "1q2w3e4r",
        "michael",
        "superman",
        "aaaaaa",
        "zxcvbnm",
        "starwars",
        "welcome",
        "whatever",
    ];
    let rare = ["correct horse 42", "pass word", "xK8#qP2!vL", "a lovely day", "gf7!", "héllo wörld"];
    let cases: Vec<Case> = common.iter().chain(&rare).map(|password| Case::of(["ann", "", "", ""], password)).collect();
    assert_eq!(compare(&[("CommonPasswordValidator", json!({}))], &cases), common.len());
}

#[test]
fn a_list_of_ones_own_is_read_as_django_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("list").display().to_string();
    let cases = ["tulip", "Tulip ", "rose", "päonie", "lily", "password", "tul", "tulip\nrose"];
    let cases = cases.map(|password| Case::of(["ann", "", "", ""], password));
    let list = "tulip\nrose \r\n  päonie\rlily";
    let mut packed = flate2_gzip(list);
    for content in [list.as_bytes(), &packed] {
        std::fs::write(&path, content).expect("a file");
        assert_eq!(compare(&[("CommonPasswordValidator", json!({"password_list_path": path}))], &cases), 5);
    }
    packed.truncate(30);
    std::fs::write(&path, packed).expect("a file");
    let broken =
        format!("[{{ NAME = \"a.CommonPasswordValidator\", OPTIONS = {{ password_list_path = \"{path}\" }} }}]");
    let error = super::try_rules(&broken).err().expect("half a file");
    assert!(error.contains("AUTH_PASSWORD_VALIDATORS") && error.contains(&path), "{error}");
}

fn flate2_gzip(text: &str) -> Vec<u8> {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish()).expect("in memory")
}

/// Alone eight times, a character is a password of digits or not; behind `abcdefgh` it makes a word longer or ends it.
#[test]
fn every_character_is_to_us_what_it_is_to_python() {
    let database = TestDatabase::new();
    let characters = Oracle::new(database.url(), SECRET_KEY).ask(&["characters"]);
    let (numeric, similar) = (rules("a.NumericPasswordValidator"), rules("a.UserAttributeSimilarityValidator"));
    let mut wrong = Vec::new();
    for character in characters.as_array().expect("a list") {
        let code = character[0].as_u64().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32);
        let code = code.expect("a character");
        let is_digit = !numeric.validate(&code.to_string().repeat(8), &Person::default()).is_empty();
        let username = format!("abcdefgh{code}zzzzzzzzzzzzzzzzzzzz");
        let person = Person { username: &username, ..Person::default() };
        let splits = !similar.validate("abcdefgh", &person).is_empty();
        if (&json!(is_digit), &json!(splits)) != (&character[1], &character[2]) {
            wrong.push(format!("{:x} {is_digit} {splits}", u32::from(code)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
