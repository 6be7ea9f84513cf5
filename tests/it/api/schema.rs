//! The API's description is true: each operation is tried by hand, and all of them by Schemathesis.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use vestibule::{
    auth::models::NewUser,
    web::{
        api::{
            schema::{Body, Operation, Security},
            serializer::Kind,
        },
        urls::{Url, urls},
    },
};

use crate::support::{Client, PASSWORD, Response, TestApp, python};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// The longest body, in bytes.
const LONGEST: usize = 10_000;

/// A pair of tokens.
struct Tokens {
    access: String,
    refresh: String,
}

fn log_in(client: &Client, username: &str) -> Tokens {
    let answer = client.post("/api/auth/login/", &[("username", username), ("password", PASSWORD)]);
    let tokens: Value = serde_json::from_str(&answer.body).expect("JSON");
    let token = |name: &str| tokens[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", answer.body)).to_owned();
    Tokens { access: token("access"), refresh: token("refresh") }
}

fn document(app: &TestApp) -> Value {
    serde_json::from_str(&app.client().get("/api/schema/").body).expect("a document")
}

#[test]
fn each_row_of_the_api_is_described_and_no_other() {
    let app = TestApp::init().start();
    let is_for_programs = |url: &Url| {
        url.path != "/api/docs/" && (url.path.starts_with("/api/") || url.path.starts_with("/.well-known/"))
    };
    let rows = urls().into_iter().filter(is_for_programs);
    let in_table: BTreeSet<(String, String)> = rows
        .flat_map(|url| {
            let methods = url.methods().into_iter().map(|method| method.as_str().to_ascii_lowercase());
            let own = methods.filter(|method| method != "head" && method != "options");
            own.map(|method| (url.path.to_owned(), method)).collect::<Vec<_>>()
        })
        .collect();
    let document = document(&app);
    let paths = document["paths"].as_object().expect("paths");
    let described: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, row)| row.as_object().expect("methods").keys().map(|method| (path.clone(), method.clone())))
        .collect();
    assert_eq!(described, in_table);
}

/// Everything that one operation may be asked for, and how that ends.
struct Tries<'a> {
    app: &'a TestApp,
    method: &'a str,
    path: &'a str,
    operation: &'a Operation,
    /// With the JSON that was sent.
    answers: Vec<(Option<String>, Response)>,
}

impl Tries<'_> {
    /// As somebody: a username, or a token that is none.
    fn client(&self, somebody: Option<&str>) -> Client {
        let client = self.app.client();
        match somebody {
            None => {}
            Some("forged") => client.set_header("authorization", "Bearer forged"),
            Some(username) => {
                let access = log_in(&client, username).access;
                client.set_header("authorization", &format!("Bearer {access}"));
            }
        }
        client
    }

    /// The path of something that is there, and ann's.
    fn place(&self) -> String {
        if !self.path.contains("{id}") {
            return self.path.to_owned();
        }
        let body = json!({"title": "A title", "body": "A body"}).to_string();
        let post = self.client(Some("ann")).send_body("POST", "/api/posts/", JSON, &body);
        let post: Value = serde_json::from_str(&post.body).expect("a post");
        self.path.replace("{id}", &post["id"].to_string())
    }

    /// The fields that are sent, with values that are taken.
    fn fields(&self) -> BTreeMap<&'static str, String> {
        let (Body::Whole(serializer) | Body::Partial(serializer)) = self.operation.body else {
            return BTreeMap::new();
        };
        let value = |name: &str| match name {
            "username" => "ann".to_owned(),
            "password" => PASSWORD.to_owned(),
            "refresh" | "token" => log_in(&self.app.client(), "ann").refresh,
            other => format!("Another {other}"),
        };
        serializer.sent().map(|field| (field.name, value(field.name))).collect()
    }

    /// The fields that may not be longer than so many characters.
    fn bounded(&self) -> Vec<(&'static str, usize)> {
        let (Body::Whole(serializer) | Body::Partial(serializer)) = self.operation.body else { return Vec::new() };
        let longest = |kind| match kind {
            Kind::Text(longest) | Kind::Hidden(longest) => longest,
            _ => None,
        };
        serializer.sent().filter_map(|field| Some((field.name, longest(field.kind)?))).collect()
    }

    fn takes_a_body(&self) -> bool {
        !matches!(self.operation.body, Body::None)
    }

    /// Asks, and remembers the answer.
    fn ask(&mut self, expected: u16, somebody: Option<&str>, path: &str, body: Option<(&str, &str)>) {
        let client = self.client(somebody);
        let answer = match body {
            None => client.request(self.method, path),
            Some((kind, body)) => client.send_body(self.method, path, kind, body),
        };
        let Response { status, body: said, .. } = &answer;
        assert_eq!(*status, expected, "{} {path} as {somebody:?} with {body:?}: {said}", self.method);
        let sent = body.filter(|(kind, _)| *kind == JSON).map(|(_, body)| body.to_owned());
        self.answers.push((sent, answer));
    }

    /// What is good, as JSON and as a form.
    fn succeed(&mut self) {
        let success = self.operation.answers.iter().map(|answer| answer.status).find(|status| *status < 300);
        let success = success.unwrap_or_else(|| panic!("{} {} never ends well", self.method, self.path));
        if self.takes_a_body() {
            let (place, fields) = (self.place(), self.fields());
            self.ask(success, Some("ann"), &place, Some((JSON, &json!(fields).to_string())));
            for (name, longest) in self.bounded().into_iter().filter(|(name, _)| *name != "username") {
                let (place, mut fields) = (self.place(), self.fields());
                fields.insert(name, format!(" \u{1c}{}\u{3000}", "é".repeat(longest)));
                self.ask(success, Some("ann"), &place, Some((JSON, &json!(fields).to_string())));
            }
            let (place, fields) = (self.place(), self.fields());
            let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            self.ask(success, Some("ann"), &place, Some((FORM, &crate::support::encode(&pairs))));
        } else {
            let place = self.place();
            self.ask(success, Some("ann"), &place, None);
            if self.operation.security == Security::Optional {
                self.ask(success, None, &place, None);
            }
        }
    }

    /// What is refused, whatever is sent.
    fn be_refused(&mut self) {
        let place = self.place();
        if self.operation.security != Security::None {
            self.ask(401, Some("forged"), &place, None);
        }
        if self.operation.security == Security::Required {
            self.ask(401, None, &place, None);
        }
        if self.path.contains("{id}") {
            self.ask(403, Some("ben"), &place, None);
            for missing in ["0", "999999", "9223372036854775808", "x"] {
                self.ask(404, Some("ann"), &self.path.replace("{id}", missing), None);
            }
        }
        if !self.operation.parameters.is_empty() {
            for missing in ["2", "0", "-1", "x"] {
                self.ask(404, Some("ann"), &format!("{place}?page={missing}"), None);
            }
        }
        if self.operation.security == Security::Required && self.method == "POST" {
            // A session without its CSRF token.
            let browser = self.app.logged_in("ann");
            let answer = browser.send_body(self.method, &place, JSON, "{}");
            assert_eq!(answer.status, 403, "{place}: {}", answer.body);
            self.answers.push((None, answer));
        }
    }

    /// Bodies that are refused.
    fn be_misunderstood(&mut self) {
        let (place, fields) = (self.place(), self.fields());
        let wrong: BTreeMap<_, _> = fields.keys().map(|name| (*name, json!(["wrong"]))).collect();
        let blank: BTreeMap<_, _> = fields.keys().map(|name| (*name, json!(""))).collect();
        for bad in ["{", "[]", "null", "1", &json!(wrong).to_string(), &json!(blank).to_string()] {
            self.ask(400, Some("ann"), &place, Some((JSON, bad)));
        }
        for (name, longest) in self.bounded() {
            let mut fields = self.fields();
            fields.insert(name, "x".repeat(longest + 1));
            self.ask(400, Some("ann"), &place, Some((JSON, &json!(fields).to_string())));
        }
        let nul: Vec<(&str, &str)> = fields.keys().map(|name| (*name, "\0")).collect();
        self.ask(400, Some("ann"), &place, Some((FORM, &crate::support::encode(&nul))));
        // What need not be sent need not be there.
        let expected = if matches!(self.operation.body, Body::Whole(_)) { 400 } else { 200 };
        self.ask(expected, Some("ann"), &place, None);
        self.ask(expected, Some("ann"), &place, Some((JSON, "{}")));
        self.ask(413, Some("ann"), &place, Some((FORM, &"x".repeat(LONGEST + 1))));
        for kind in ["text/plain", "application/xml", "nonsense"] {
            self.ask(415, Some("ann"), &place, Some((kind, "{}")));
        }
    }

    /// What the schema says of it and nothing showed. 408 and 503 take patience or a broken site; who may not even ask for what
    /// anybody may read is for operations of others to say.
    fn unseen(&self) -> Vec<u16> {
        let seen: BTreeSet<u16> = self.answers.iter().map(|(_, answer)| answer.status).collect();
        let is_for_all = self.method == "GET" && !self.path.contains("{id}");
        let said = self.operation.all_answers().into_iter().map(|answer| answer.status);
        said.filter(|status| !seen.contains(status) && !matches!(status, 408 | 503))
            .filter(|status| *status != 403 || !is_for_all)
            .collect()
    }

    /// Names and tokens that are good no more.
    fn be_unknown(&mut self) {
        if !self.path.starts_with("/api/auth/") {
            return;
        }
        for field in self.fields().keys().filter(|field| **field != "username") {
            let mut fields = self.fields();
            if fields.contains_key("username") {
                fields.insert("username", "carl".to_owned());
            }
            fields.insert(field, "wrong".to_owned());
            self.ask(401, None, self.path, Some((JSON, &json!(fields).to_string())));
            if fields.contains_key("username") {
                // The second failure locks.
                self.ask(429, None, self.path, Some((JSON, &json!(fields).to_string())));
            }
        }
    }
}

#[test]
fn each_operation_ends_well_and_badly_as_it_is_described() {
    let app = TestApp::init()
        .with_user("ann")
        .with_user("ben")
        .with_user("carl")
        .setting("DATA_UPLOAD_MAX_MEMORY_SIZE", &LONGEST.to_string())
        .setting("AXES_FAILURE_LIMIT", "2")
        .start();
    let mut answers = Vec::new();
    for url in urls() {
        for (method, operation) in url.operations() {
            let (method, path) = (method.as_str(), url.path);
            let mut tries = Tries { app: &app, method, path, operation, answers: Vec::new() };
            tries.succeed();
            tries.be_refused();
            if tries.takes_a_body() {
                tries.be_misunderstood();
            }
            tries.be_unknown();
            assert_eq!(tries.unseen(), Vec::<u16>::new(), "{method} {path}");
            answers.extend(tries.answers.into_iter().map(|(sent, answer)| {
                let Response { status, headers, body } = answer;
                let headers: BTreeMap<String, String> = headers.into_iter().collect();
                json!({"method": method, "path": path, "sent": sent, "status": status, "headers": headers, "body": body})
            }));
        }
    }
    assert!(answers.len() > 100, "only {} answers", answers.len());
    let asked = json!({"document": document(&app), "answers": answers});
    let mut validator = python()
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema/validate.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python");
    validator.stdin.take().expect("its input").write_all(asked.to_string().as_bytes()).expect("all was read");
    let output = validator.wait_with_output().expect("an end");
    assert!(output.status.success(), "the validator failed");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

/// Who Schemathesis is.
#[derive(PartialEq, Eq)]
enum Guise {
    Stranger,
    Staff,
    /// Two people who must not see what is the other's.
    TwoPeople,
}

/// Runs all checks in all phases, always with the same examples. No check is switched off.
fn run_schemathesis(guise: &Guise) {
    // Here it is about what is answered to whom, not how often.
    let staff = NewUser { username: "staff".to_owned(), is_staff: true, ..NewUser::default() };
    let app = TestApp::init().with_user("ann").with_user("ben").with(staff).setting("AXES_ENABLED", "false").start();
    let client = app.client();
    let folder = tempfile::tempdir().expect("a folder");
    let refresh: Vec<String> = (0..40).map(|_| log_in(&client, "ann").refresh).collect();
    let access = log_in(&client, "ann").access;

    let mut config = String::new();
    if *guise == Guise::Staff {
        let token = log_in(&client, "staff").access;
        writeln!(config, "headers = {{ Authorization = \"Bearer {token}\" }}").expect("text");
    }
    if *guise != Guise::Stranger {
        // An operation that never ends well is one. For strangers that is as it should be.
        config.push_str("warnings = { fail-on = true }\n");
    }
    // How fast a machine makes examples says nothing of the API.
    config.push_str("suppress-health-check = [\"too_slow\"]\n");
    // Half of what would log in does so; without that, no token would be good.
    write!(
        config,
        r#"
        continue-on-failure = true
        [generation]
        deterministic = true
        max-examples = 25
        [phases.examples]
        fill-missing = true
        [dictionaries]
        usernames.values = ["ann"]
        passwords.values = ["{PASSWORD}"]
        refresh.values = {refresh:?}
        access.values = ["{access}"]
        [parameters]
        "body.username" = {{ dictionary = "usernames", probability = 0.5 }}
        "body.password" = {{ dictionary = "passwords", probability = 0.5 }}
        "body.refresh" = {{ dictionary = "refresh", probability = 0.5 }}
        "body.token" = {{ dictionary = "access", probability = 0.5 }}
        "#
    )
    .expect("text");
    if *guise == Guise::TwoPeople {
        let people = ["ann", "ben"].map(|name| {
            let value = format!("Bearer {}", log_in(&client, name).access);
            json!({"name": name, "fixedHeaders": [{"name": "Authorization", "value": value}]})
        });
        fs::write(folder.path().join("people.json"), json!({"auth": people}).to_string()).expect("a file");
        config.push_str("[auth.wfc]\npath = \"people.json\"\npeers = [\"ann\", \"ben\"]\n");
    }
    fs::write(folder.path().join("schemathesis.toml"), config).expect("a file");

    let mut schemathesis: Command = python();
    schemathesis.current_dir(folder.path()).args(["-m", "schemathesis.cli", "run"]);
    // From a file, as it leaves out the operation that it has the document from.
    fs::write(folder.path().join("openapi.json"), document(&app).to_string()).expect("a file");
    schemathesis.args(["openapi.json", "--url", &client.origin()]);
    schemathesis.args(["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--no-color"]);
    let output = schemathesis.output().expect("Schemathesis");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // Every phase ran, of every operation.
    let operations = urls().iter().map(|url| url.operations().count()).sum::<usize>();
    assert!(said.contains(&format!("Tested: {operations}\n")), "{said}");
    assert!(!said.contains('⏭'), "{said}");
}

#[test]
fn schemathesis_finds_nothing_as_a_stranger() {
    run_schemathesis(&Guise::Stranger);
}

#[test]
fn schemathesis_finds_nothing_as_staff() {
    run_schemathesis(&Guise::Staff);
}

#[test]
fn schemathesis_finds_nothing_as_two_people() {
    run_schemathesis(&Guise::TwoPeople);
}
