//! The program as administrators meet it: started on a port that the system chooses, driven over HTTP.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use equipment_admin::{ItemAdmin, MIGRATIONS, TagAdmin};
use reqwest::{blocking, redirect::Policy};
use vestibule::{
    auth::models::{NewUser, user},
    clock::Clock,
    db,
    settings::Settings,
    site::Site,
};

const PASSWORD: &str = "correct-horse-42";
const SECRET_KEY: &str = "only-for-this-test";
const ITEMS: &str = "/admin/inventory/item/";

/// A running site; it ends when dropped. Rosa may do everything, Sam is staff and may do nothing.
struct Program {
    origin: String,
    child: Child,
    _output: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = format!("sqlite://{}", folder.path().join("site.sqlite3").display());
        make_accounts(&database);
        let mut serve = Command::new(env!("CARGO_BIN_EXE_equipment_admin"));
        serve.args(["serve", "--bind", "127.0.0.1:0"]).current_dir(&folder).env_clear();
        serve.env("VESTIBULE_DATABASE_URL", &database).env("VESTIBULE_SECRET_KEY", SECRET_KEY);
        let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
        let (mut output, mut line) = (BufReader::new(child.stdout.take().expect("its output")), String::new());
        output.read_line(&mut line).expect("a line");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("an address");
        Self { origin: url.trim_end_matches('/').to_owned(), child, _output: output, _folder: folder }
    }

    /// A browser in which somebody has logged in.
    fn browser(&self, username: &str) -> Browser {
        let http = blocking::Client::builder().redirect(Policy::none()).no_proxy().build().expect("a client");
        let browser = Browser { origin: self.origin.clone(), http, cookies: RefCell::default() };
        browser.get("/login/");
        let answer = browser.post("/login/", &[("username", username), ("password", PASSWORD)]);
        assert_eq!(answer.status, 302, "{username} is not let in");
        browser
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
    db::migrate_with(&settings.database.url, &Clock::system(), true, Some(MIGRATIONS)).expect("a database");
    let site = Site::builder(settings).admin(ItemAdmin).admin(TagAdmin).build().expect("a site");
    for username in ["rosa", "sam"] {
        let new = NewUser {
            username: username.to_owned(),
            password: site.auth.hashers.make_password(PASSWORD),
            is_staff: true,
            is_superuser: username == "rosa",
            ..NewUser::default()
        };
        let db = &mut site.auth.db().expect("a connection");
        user::create(db, &new, site.auth.clock.now()).expect("an account");
    }
}

struct Browser {
    origin: String,
    http: blocking::Client,
    cookies: RefCell<BTreeMap<String, String>>,
}

struct Answer {
    status: u16,
    location: String,
    body: String,
}

impl Browser {
    fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.origin)))
    }

    /// Sends a form with the token that a page would have put into it.
    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.cookies.borrow().get("csrftoken").cloned().unwrap_or_default();
        let pairs = fields.iter().copied().chain([("csrfmiddlewaretoken", token.as_str())]);
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        let request = self.http.post(format!("{}{path}", self.origin)).body(pairs.join("&"));
        self.send(request.header("Content-Type", "application/x-www-form-urlencoded"))
    }

    fn send(&self, request: blocking::RequestBuilder) -> Answer {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("Cookie", cookies.join("; ")).send().expect("an answer");
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = cookie.split_once('=').expect("a name");
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get("location").map(|value| value.to_str().expect("text").to_owned());
        Answer {
            status: answer.status().as_u16(),
            location: location.unwrap_or_default(),
            body: answer.text().expect("a body"),
        }
    }

    /// The page at `path`, which must be there.
    #[track_caller]
    fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {} {}", answer.location, answer.body);
        answer.body
    }

    /// Sends a form that must be right.
    #[track_caller]
    fn save(&self, path: &str, fields: &[(&str, &str)]) {
        let answer = self.post(path, fields);
        assert_eq!(answer.status, 302, "{path}: {}", answer.body);
    }
}

fn camera() -> Vec<(&'static str, &'static str)> {
    let bought = [("bought_at_0", "2026-03-01"), ("bought_at_1", "12:00")];
    let use_ = [("in_use", "on"), ("owner", "2"), ("tags", "1"), ("tags", "2")];
    [&[("name", "Camera"), ("serial_number", "C-1"), ("price", "900")][..], &bought, &use_].concat()
}

#[test]
fn items_are_added_found_changed_and_deleted() {
    let program = Program::start();
    let rosa = program.browser("rosa");
    assert!(rosa.page("/admin/").contains("/admin/inventory/item/add/"));
    rosa.save("/admin/inventory/tag/add/", &[("name", "video")]);
    rosa.save("/admin/inventory/tag/add/", &[("name", "outdoors")]);
    rosa.save(&format!("{ITEMS}add/"), &camera());
    rosa.save(&format!("{ITEMS}add/"), &[("name", "Tripod"), ("serial_number", "T-1"), ("price", "80")]);

    let list = rosa.page(ITEMS);
    assert!(
        ["Camera", "Tripod", "900", "2026-03-01 12:00", "/admin/auth/user/2/change/", "2 items"]
            .iter()
            .all(|text| list.contains(text)),
        "{list}"
    );
    for (query, is_camera, is_tripod) in [
        ("q=C-1", true, false),
        ("q=tri", false, true),
        ("q=%25", false, false),
        ("in_use__exact=0", false, true),
        ("tags__id__exact=2", true, false),
        ("tags__isnull=True", false, true),
        ("owner__id__exact=2", true, false),
        ("bought_at__year=2026", true, false),
        ("price__gte=100", true, false),
    ] {
        let list = rosa.page(&format!("{ITEMS}?{query}"));
        // A list that finds nothing has no table.
        let rows = list.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap_or_default();
        assert_eq!((rows.contains("Camera"), rows.contains("Tripod")), (is_camera, is_tripod), "{query}");
    }

    let form = rosa.page(&format!("{ITEMS}1/change/"));
    assert!(form.contains("value=\"C-1\"") && form.contains("outdoors") && form.contains("In whole euros."), "{form}");
    let mut changed = camera();
    changed[2] = ("price", "850");
    changed.pop();
    rosa.save(&format!("{ITEMS}1/change/"), &changed);
    assert!(rosa.page(&format!("{ITEMS}1/history/")).contains("Changed Price and Tags."));
    assert!(!rosa.page(&format!("{ITEMS}?tags__id__exact=2")).contains("C-1"));

    assert!(rosa.page(&format!("{ITEMS}1/delete/")).contains("Camera"));
    rosa.save(&format!("{ITEMS}1/delete/"), &[("post", "yes")]);
    assert!(!rosa.page(ITEMS).contains("C-1"));
}

#[test]
fn what_can_not_be_kept_is_said_at_its_field() {
    let program = Program::start();
    let rosa = program.browser("rosa");
    let add = format!("{ITEMS}add/");
    rosa.save(&add, &[("name", "Camera"), ("serial_number", "C-1"), ("price", "900")]);
    for (field, value, problem) in [
        ("name", "", "This field is required."),
        ("serial_number", "C-1", "Item with this Serial number already exists."),
        ("price", "dear", "Enter a whole number."),
        ("price", "9999999999", "Ensure this value is less than or equal to 2147483647."),
        ("price", "-2147483649", "Ensure this value is greater than or equal to -2147483648."),
        ("owner", "99", "Select a valid choice."),
        ("tags", "99", "Select a valid choice. 99 is not one of the available choices."),
        ("bought_at_0", "2026-02-30", "Enter a valid date."),
    ] {
        let mut fields = vec![("name", "Lens"), ("serial_number", "L-1"), ("price", "1"), ("bought_at_1", "12:00")];
        fields.retain(|(name, _)| *name != field && (field == "bought_at_0" || *name != "bought_at_1"));
        fields.push((field, value));
        let answer = rosa.post(&add, &fields);
        assert!(answer.status == 200 && answer.body.contains(problem), "{field}={value}: {}", answer.body);
    }
}

#[test]
fn staff_without_permission_are_refused_and_with_one_do_only_what_it_says() {
    let program = Program::start();
    let (rosa, sam) = (program.browser("rosa"), program.browser("sam"));
    rosa.save(&format!("{ITEMS}add/"), &[("name", "Camera"), ("serial_number", "C-1"), ("price", "900")]);
    let paths = ["", "add/", "1/change/", "1/delete/", "1/history/"].map(|path| format!("{ITEMS}{path}"));
    assert_eq!(paths.each_ref().map(|path| sam.get(path).status), [403; 5]);
    assert!(!sam.page("/admin/").contains("inventory"));

    // All four permissions of each table are there to be given.
    let permissions = rosa.page("/admin/auth/permission/?app_label=inventory");
    let names = ["add", "change", "delete", "view"].map(|action| [format!("{action}_item"), format!("{action}_tag")]);
    assert!(names.concat().iter().all(|name| permissions.contains(name.as_str())), "{permissions}");
    let id = permissions.split("/admin/auth/permission/").find(|part| part.contains("view item"));
    let id = id.and_then(|part| part.split('/').next()).expect("a permission");
    rosa.save("/admin/auth/group/add/", &[("name", "lookers"), ("permissions", id)]);
    let joined = [("date_joined_0", "2026-01-01"), ("date_joined_1", "12:00")];
    let staff = [("username", "sam"), ("is_active", "on"), ("is_staff", "on"), ("groups", "1")];
    rosa.save("/admin/auth/user/2/change/", &[&staff[..], &joined].concat());
    assert_eq!(paths.each_ref().map(|path| sam.get(path).status), [200, 403, 200, 403, 200]);
    assert_eq!(sam.post(&paths[2], &camera()).status, 403);
    assert_eq!(sam.post(&paths[3], &[("post", "yes")]).status, 403);
    assert!(rosa.page(ITEMS).contains("C-1"));
}

#[test]
fn migrate_tells_of_the_tables_and_makes_them_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_equipment_admin"));
        command.args(arguments).current_dir(&folder).env_clear().env("VESTIBULE_DATABASE_URL", "sqlite://site.sqlite3");
        let output = command.env("VESTIBULE_SECRET_KEY", SECRET_KEY).output().expect("the program");
        String::from_utf8(output.stdout).expect("text")
    };
    let step = "2026-11-26-000000_inventory";
    assert!(run(&["migrate", "--plan"]).contains(step));
    assert!(run(&["migrate"]).ends_with(&format!("Applied {step}\n")));
    assert_eq!(run(&["migrate"]), "No migrations to apply.\n");
}
