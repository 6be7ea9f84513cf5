//! The program as others meet it: started on a port that the system chooses, called over HTTP.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{
    blocking::{Client, RequestBuilder, Response},
    redirect::Policy,
};
use serde_json::{Value, json};
use vestibule::{
    auth::models::{NewUser, user},
    clock::Clock,
    db,
    settings::Settings,
    site::Site,
};

const PASSWORD: &str = "correct-horse-42";
const SECRET_KEY: &str = "only-for-this-test";

/// A running site; it ends when dropped. Grace keeps the lighthouse, Ada is staff there, Eve is in no team.
struct Program {
    origin: String,
    http: Client,
    child: Child,
    _output: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = format!("sqlite://{}", folder.path().join("site.sqlite3").display());
        make_accounts(&database);
        let mut serve = Command::new(env!("CARGO_BIN_EXE_team_api"));
        serve.args(["serve", "--bind", "127.0.0.1:0"]).current_dir(&folder).env_clear();
        serve.env("VESTIBULE_DATABASE_URL", &database).env("VESTIBULE_SECRET_KEY", SECRET_KEY);
        let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
        let (mut output, mut line) = (BufReader::new(child.stdout.take().expect("its output")), String::new());
        output.read_line(&mut line).expect("a line");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("an address");
        let origin = url.trim_end_matches('/').to_owned();
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().expect("a client");
        Self { origin, http, child, _output: output, _folder: folder }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.origin))
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.origin)).body(body.to_string());
        request.header("Content-Type", "application/json")
    }

    /// The pair of tokens for a name.
    fn tokens(&self, username: &str) -> Value {
        read(self.post("/api/auth/login/", &json!({ "username": username, "password": PASSWORD })), 200)
    }

    /// The value of an `Authorization` header for a name.
    fn bearer(&self, username: &str) -> String {
        format!("Bearer {}", text(&self.tokens(username), "access"))
    }

    /// Logs in by the page: the value of a `Cookie` header, and the CSRF token.
    fn session(&self, username: &str) -> (String, String) {
        let (cookies, csrf) = cookies(&self.get("/login/").send().expect("a page"));
        let form = format!("csrfmiddlewaretoken={csrf}&username={username}&password={PASSWORD}");
        let request = self.http.post(format!("{}/login/", self.origin)).body(form).header("Cookie", cookies);
        let answer = request.header("Content-Type", "application/x-www-form-urlencoded").send().expect("an answer");
        assert_eq!(answer.status(), 302, "{username} is not let in");
        self::cookies(&answer)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn make_accounts(database: &str) {
    let environment = [("VESTIBULE_SECRET_KEY".to_owned(), SECRET_KEY.to_owned())].to_vec();
    let settings = Settings::load(None, &environment).expect("good settings").with_database(database);
    db::migrate(&settings.database.url, &Clock::system(), true).expect("a database");
    let site = Site::builder(settings).build().expect("a site");
    let mut db = site.auth.db().expect("a connection");
    for (username, domain) in [("grace", "lighthouse"), ("ada", "lighthouse"), ("eve", "elsewhere")] {
        let new = NewUser {
            username: username.to_owned(),
            email: format!("{username}@{domain}.example"),
            password: site.auth.hashers.make_password(PASSWORD),
            is_staff: username == "ada",
            ..NewUser::default()
        };
        user::create(&mut db, &new, site.auth.clock.now()).expect("an account");
    }
}

/// The cookies that an answer sets, and the CSRF token among them.
fn cookies(answer: &Response) -> (String, String) {
    let set = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()?.split(';').next());
    let set: Vec<&str> = set.collect();
    let csrf = set.iter().find_map(|cookie| cookie.strip_prefix("csrftoken=")).unwrap_or_default();
    (set.join("; "), csrf.to_owned())
}

/// The JSON of an answer that has this status.
#[track_caller]
fn read(request: RequestBuilder, status: u16) -> Value {
    let answer = request.send().expect("an answer");
    let (is, body) = (answer.status(), answer.text().expect("a body"));
    assert_eq!(is, status, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// What a token says beside what makes it a token.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON");
    let object = claims.as_object_mut().expect("an object");
    object.retain(|name, _| ["tenant", "username", "email", "is_staff", "role"].contains(&name.as_str()));
    claims
}

#[test]
fn both_tokens_say_what_the_team_says_also_after_a_refresh() {
    let program = Program::start();
    let tokens = program.tokens("grace");
    let refreshed = read(program.post("/api/auth/refresh/", &json!({ "refresh": tokens["refresh"] })), 200);
    let said = json!({ "tenant": "keepers", "username": "grace" });
    for token in [text(&tokens, "access"), text(&tokens, "refresh"), text(&refreshed, "access")] {
        assert_eq!(claims(token), said);
    }
    assert_eq!(claims(text(&program.tokens("eve"), "access")), json!({ "tenant": null, "username": "eve" }));
}

#[test]
fn a_route_is_open_to_tokens_and_sessions_and_to_nobody_else() {
    let program = Program::start();
    let (cookies, _) = program.session("grace");
    let team = json!({ "tenant": "keepers" });
    assert_eq!(read(program.get("/api/team/").header("Authorization", program.bearer("grace")), 200), team);
    assert_eq!(read(program.get("/api/team/").header("Cookie", cookies), 200), team);
    read(program.get("/api/team/"), 401);
    let none = read(program.get("/api/team/").header("Authorization", program.bearer("eve")), 404);
    assert_eq!(none, json!({ "detail": "You are in no team." }));
}

#[test]
fn a_combined_permission_forbids_staff_and_a_session_needs_its_csrf_token() {
    let program = Program::start();
    let friday = json!({ "night": "Friday" });
    let watch = || program.post("/api/watch/", &friday);
    let kept = json!({ "night": "Friday", "keeper": "grace" });
    assert_eq!(read(watch().header("Authorization", program.bearer("grace")), 201), kept);
    read(watch().header("Authorization", program.bearer("ada")), 403);
    read(watch(), 401);

    let (cookies, csrf) = program.session("grace");
    let refusal = read(watch().header("Cookie", &cookies), 403);
    assert!(text(&refusal, "detail").starts_with("CSRF Failed"), "{refusal}");
    assert_eq!(read(watch().header("Cookie", &cookies).header("X-CSRFToken", csrf), 201), kept);

    let nothing = program.post("/api/watch/", &json!({})).header("Authorization", program.bearer("grace"));
    assert_eq!(read(nothing, 400), json!({ "night": ["This field is required."] }));
}

#[test]
fn the_schema_and_its_page_list_both_routes() {
    let program = Program::start();
    let schema = read(program.get("/api/schema/"), 200);
    assert_eq!(schema["paths"]["/api/team/"]["get"]["operationId"], "team_get");
    let sent = &schema["paths"]["/api/watch/"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(sent["required"], json!(["night"]));
    let page = program.get("/api/docs/").send().expect("a page").text().expect("a body");
    assert!(page.contains("/api/team/") && page.contains("/api/watch/"));
}
