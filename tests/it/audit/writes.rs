//! Whatever an administrator, an owner of an account or a command changes is an entry, and none holds a secret.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule::{admin::Admin, settings::Settings};

use super::{entries, findings};
use crate::support::{Client, PASSWORD, Program, TestApp, TestAppBuilder};

const NEW: &str = "battery staple 77";

fn site() -> TestAppBuilder {
    let app = TestApp::init().with_superuser("root").with_user("ann").with_user("bob");
    app.setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true").setting("NOTIFY_NEW_DEVICE", "false")
}

/// Sends a form of the admin, also one that no page shows.
fn send(client: &Client, path: &str, fields: &[(&str, &str)]) {
    let token = client.get("/account/").csrf_token();
    let proof = [("csrfmiddlewaretoken", &*token), ("post", "yes"), ("current_password", PASSWORD)];
    let answer = client.post(&format!("/admin/{path}"), &[&proof, fields].concat());
    assert_eq!(answer.status, 302, "{path}: {}", answer.body);
}

fn last(app: &TestApp, table: &str) -> String {
    app.database.number(&format!("SELECT max(id) FROM {table}")).to_string()
}

/// A refresh token of ann's; the key of its row.
fn token(app: &TestApp) -> String {
    let body = json!({ "username": "ann", "password": PASSWORD }).to_string();
    app.client().send_body("POST", "/api/auth/login/", "application/json", &body);
    last(app, "token_blacklist_outstandingtoken")
}

/// What the admin can do with its models: the action, and the model.
fn possible() -> BTreeSet<(String, String)> {
    let admin = Admin::new(&Settings::default(), Vec::new());
    let mut all = BTreeSet::new();
    for options in admin.models().iter().map(|model| &model.options) {
        let mut add = |action: &str| {
            all.insert((action.to_owned(), format!("{}.{}", options.app_label, options.model)));
        };
        [("addition", options.can_add), ("change", options.can_change), ("deletion", options.can_delete)]
            .into_iter()
            .filter(|(_, can)| *can)
            .for_each(|(action, _)| add(action));
        for tool in &options.object_tools {
            match tool.path {
                // These only tell.
                "holders" | "permissions" | "person" => {}
                "export_data" => add("exported"),
                "erase" => add("erased"),
                path => add(path),
            }
        }
        // It does to several what the tool does to one.
        let actions = options.actions.iter().map(|action| action.name).filter(|name| *name != "log_out_everywhere");
        actions.for_each(&mut add);
    }
    // A page of its own.
    for action in ["password_set", "password_disabled"] {
        all.insert((action.to_owned(), "auth.user".to_owned()));
    }
    all
}

/// Does all that can be done in the admin.
fn do_everything(app: &TestApp, root: &Client, permission: &str) {
    let ann = app.user("ann").id.to_string();
    app.client().log_in("nobody", "wrong");

    send(root, "auth/group/add/", &[("name", "pilots")]);
    let group = last(app, "auth_group");
    send(root, &format!("auth/group/{group}/change/"), &[("name", "flyers"), ("permissions", permission)]);
    let change = root.get(&format!("/admin/auth/user/{ann}/change/"));
    let form = change.filled(&[
        ("email", "ann@new.example"),
        ("is_staff", "on"),
        ("groups", &group),
        ("current_password", PASSWORD),
    ]);
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(root.post(&format!("/admin/auth/user/{ann}/change/"), &form).status, 302);
    send(root, &format!("auth/group/{group}/delete/"), &[]);
    let user = [("username", "zoe"), ("password1", NEW), ("password2", NEW), ("usable_password", "true")];
    send(root, "auth/user/add/", &user);
    let zoe = app.user("zoe").id.to_string();
    let password = [("password1", NEW), ("password2", NEW), ("usable_password", "true"), ("set-password", "x")];
    send(root, &format!("auth/user/{zoe}/password/"), &password);
    send(root, &format!("auth/user/{zoe}/password/"), &[("usable_password", "false"), ("unset-password", "x")]);
    send(root, &format!("auth/user/{zoe}/delete/"), &[]);
    let user = [("username", "dora"), ("password1", NEW), ("password2", NEW), ("usable_password", "true")];
    send(root, "auth/user/add/", &user);
    let dora = format!("/admin/auth/user/{}", app.user("dora").id);
    assert_eq!(root.submit(&format!("{dora}/export_data/"), &[("current_password", PASSWORD)]).status, 200);
    assert_eq!(root.submit(&format!("{dora}/erase/"), &[("current_password", PASSWORD)]).status, 302);
    for tool in ["reset_link", "unlock", "end_everything"] {
        send(root, &format!("auth/user/{ann}/{tool}/"), &[]);
    }
    let (first, second) = (token(app), token(app));
    send(root, "token_blacklist/blacklistedtoken/add/", &[("token", &first)]);
    let row = last(app, "token_blacklist_blacklistedtoken");
    send(root, &format!("token_blacklist/blacklistedtoken/{row}/change/"), &[("token", &second)]);
    send(root, &format!("token_blacklist/blacklistedtoken/{row}/delete/"), &[]);
    send(root, "vestibule/post/add/", &[("title", "One"), ("body", "Text"), ("owner", &ann)]);
    let post = last(app, "vestibule_post");
    send(root, &format!("vestibule/post/{post}/change/"), &[("title", "Two"), ("body", "Text"), ("owner", &ann)]);
    send(root, &format!("vestibule/post/{post}/delete/"), &[]);
    let selected =
        |action: &'static str, id: &str| [("action", action.to_owned()), ("_selected_action", id.to_owned())];
    let several = |path: &str, action: &'static str, id: &str| {
        let fields = selected(action, id);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        send(root, path, &fields);
    };
    several("auth/user/", "log_out_everywhere", &ann);
    let attempt = last(app, "axes_accessattempt");
    several("axes/accessattempt/", "cleanup_expired_attempts", &attempt);
    for (model, table) in [
        ("accessattempt", "axes_accessattempt"),
        ("accesslog", "axes_accesslog"),
        ("accessfailurelog", "axes_accessfailurelog"),
    ] {
        several(&format!("axes/{model}/"), "delete_selected", &last(app, table));
    }
    app.logged_in("ann");
    let sessions = root.get("/admin/sessions/session/?q=ann");
    let session = sessions.attribute("input[name=_selected_action]", "value").expect("a session");
    several("sessions/session/", "delete_selected", &session);
}

#[test]
fn everything_that_can_be_done_in_the_admin_is_an_entry() {
    let app = site().start();
    let (root, permission) = (app.in_admin("root"), app.permission("auth.view_user").to_string());
    do_everything(&app, &root, &permission);
    let all = entries(&app);
    let done: BTreeSet<(String, String)> =
        all.iter().map(|entry| (entry.action.clone(), entry.model.clone())).collect();
    assert_eq!(possible().difference(&done).collect::<Vec<_>>(), [] as [&(String, String); 0]);
    assert_eq!(findings(&app), [""; 0]);
    assert!(
        all.iter().all(|entry| entry.actor == "root" && entry.ip_address.as_deref() == Some("127.0.0.1")),
        "{all:?}"
    );
    let ended = all.iter().filter(|entry| entry.action == "end_everything").count();
    assert_eq!(ended, 2, "one by the tool, one by the action");

    let told = |action: &str, model: &str| -> Vec<Value> {
        let of = all.iter().filter(|entry| entry.action == action && entry.model == model);
        let changes = |entry: &vestibule::audit::Recorded| {
            Value::Object(entry.changes.iter().map(|(name, old, new)| (name.to_owned(), json!([old, new]))).collect())
        };
        of.map(changes).collect()
    };
    assert_eq!(told("addition", "auth.group"), [json!({ "name": [null, "pilots"] })]);
    let name = app.database.text(&format!(
        "SELECT c.app_label || ' | ' || p.name FROM auth_permission p JOIN django_content_type c \
         ON c.id = p.content_type_id WHERE p.id = {permission}"
    ));
    let changed = &told("change", "auth.group")[0];
    assert_eq!(changed["name"], json!(["pilots", "flyers"]));
    let given = changed["permissions"][1][0].as_str().expect("a permission in words");
    assert!(given.contains(name.as_deref().and_then(|name| name.rsplit(" | ").next()).expect("a name")), "{given}");
    assert_eq!(
        told("change", "auth.user"),
        [json!({
            "email": ["ann@example.org", "ann@new.example"],
            "is_staff": [false, true],
            "groups": [[], ["flyers"]],
        })]
    );
    assert_eq!(told("change", "vestibule.post")[0]["title"], json!(["One", "Two"]));
    assert_eq!(told("deletion", "vestibule.post")[0]["owner"], json!(["ann", null]));
    assert_eq!(told("deletion", "sessions.session")[0]["user"], json!(["ann", null]));
    assert_eq!(told("password_set", "auth.user"), [json!({})]);

    // What opens anything stands nowhere in it.
    let text = format!("{all:?}");
    let hashes: Vec<String> = ["root", "ann", "bob"].iter().map(|name| app.user(name).password).collect();
    let keys = app.database.text("SELECT session_key FROM django_session LIMIT 1").expect("a session");
    let data = app.database.text("SELECT session_data FROM django_session LIMIT 1").expect("a session");
    let tokens = app.database.text("SELECT token FROM token_blacklist_outstandingtoken LIMIT 1").expect("a token");
    for secret in hashes.iter().chain([&keys, &data, &tokens]).map(String::as_str).chain([PASSWORD, NEW, "argon2"]) {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn what_people_do_with_their_own_account_is_an_entry() {
    let app = site().setting("REGISTRATION_OPEN", "true").start();
    let link_to = |address: &str| {
        let letters = app.mails();
        let letter = letters.iter().rfind(|letter| letter.to == address).expect("a letter");
        let url =
            letter.text.lines().find(|line| line.contains("/account/confirm/")).expect("a link").trim().to_owned();
        url.split_at(url.find("/account/").expect("a path")).1.to_owned()
    };
    let ann = app.logged_in("ann");
    let fields = [("old_password", PASSWORD), ("new_password1", NEW), ("new_password2", NEW)];
    assert_eq!(ann.submit("/account/password_change/", &fields).status, 302);
    assert_eq!(ann.submit("/account/", &[("first_name", "Ann"), ("last_name", "Lee")]).status, 302);
    assert_eq!(ann.submit("/account/email/", &[("email", "ann@new.example"), ("password", NEW)]).status, 302);
    assert_eq!(ann.submit(&link_to("ann@new.example"), &[]).status, 302);
    assert_eq!(ann.submit("/account/logout_everywhere/", &[("password", NEW)]).status, 302);
    let bob = app.logged_in("bob");
    assert_eq!(bob.submit("/account/delete/", &[("password", PASSWORD)]).status, 302);
    let fields = [("username", "zoe"), ("email", "zoe@example.org"), ("password1", NEW), ("password2", NEW)];
    assert_eq!(app.client().submit("/account/register/", &fields).status, 302);
    assert_eq!(app.client().submit(&link_to("zoe@example.org"), &[]).status, 302);

    let all: Vec<String> = entries(&app)
        .iter()
        .map(|entry| {
            let changes: Vec<String> =
                entry.changes.iter().map(|(name, old, new)| format!(" {name} {old} {new}")).collect();
            format!("{} {} {}{}", entry.actor, entry.action, entry.object_repr, changes.concat())
        })
        .collect();
    assert_eq!(
        all,
        [
            "ann password_changed ann",
            "ann name_changed ann first_name \"\" \"Ann\" last_name \"\" \"Lee\"",
            "ann email_changed ann email \"ann@example.org\" \"ann@new.example\"",
            "ann end_everything ann",
            "bob account_deleted bob username \"bob\" null email \"bob@example.org\" null",
            "zoe registered zoe username null \"zoe\" email null \"zoe@example.org\"",
            "zoe registration_confirmed zoe is_active false true",
        ]
    );
    assert_eq!(findings(&app), [""; 0]);
}

#[test]
fn what_commands_change_is_an_entry() {
    let place = Program::init().with_superuser("root");
    let run = |arguments: &[&str], input: &str| {
        let mut command = place.command(arguments);
        let command = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("the program");
        std::io::Write::write_all(&mut child.stdin.take().expect("its input"), input.as_bytes()).expect("a reader");
        let output = child.wait_with_output().expect("its output");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        assert!(output.status.success(), "{arguments:?}: {}", text(output.stderr));
        text(output.stdout)
    };
    run(&["changepassword", "root", "--password-stdin"], &format!("{NEW}\n"));
    run(&["axes_reset"], "");
    run(&["axes_reset_username", "root"], "");
    run(&["axes_reset_ip", "192.0.2.1"], "");
    run(&["axes_reset_logs"], "");
    run(&["axes_reset_failure_logs"], "");
    let listed = run(&["audit", "list"], "");
    let actions: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').skip(2).collect()).collect();
    let told: Vec<(&str, &str)> = actions.iter().map(|line| (line[0], line[2])).collect();
    assert_eq!(
        told,
        [
            ("vestibule createsuperuser", "superuser_created"),
            ("vestibule changepassword", "password_set"),
            ("vestibule axes_reset", "axes_reset"),
            ("vestibule axes_reset_username", "axes_reset_username"),
            ("vestibule axes_reset_ip", "axes_reset_ip"),
            ("vestibule axes_reset_logs", "axes_reset_logs"),
            ("vestibule axes_reset_failure_logs", "axes_reset_failure_logs"),
        ]
    );
    assert!(!listed.contains(NEW) && !listed.contains("argon2"), "{listed}");
    assert!(run(&["audit", "verify"], "").starts_with("7 entries, all in order, head 7:"));
}

#[test]
fn the_audit_log_is_seen_by_whom_it_is_for_and_changed_by_nobody() {
    let app = site().with_staff("sam", &["vestibule.view_auditentry"]).with_staff("tim", &["auth.view_user"]).start();
    let root = app.in_admin("root");
    let change = format!("/admin/auth/user/{}/change/", app.user("ann").id);
    let form = [("email", "ann@new.example"), ("first_name", "<b>Ann</b>"), ("current_password", PASSWORD)];
    assert_eq!(root.submit_filled(&change, &form).status, 302);
    let sam = app.in_admin("sam");
    let list = sam.get("/admin/vestibule/auditentry/");
    let heads = list.texts("#result_list thead th");
    assert_eq!(heads, ["Time", "By", "Action", "Model", "Object", "IP Address"]);
    assert_eq!(list.texts("#result_list tbody tr").len(), 1);
    let number = entries(&app)[0].id;
    let path = format!("/admin/vestibule/auditentry/{number}/");
    let page = sam.get(&format!("{path}change/"));
    let text = page.text("main");
    for part in ["“ann@example.org” → “ann@new.example”", "“” → “<b>Ann</b>”", "root", "127.0.0.1", "auth.user"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!page.body.contains("<b>Ann"));
    for client in [&sam, &root] {
        let token = client.get("/account/").csrf_token();
        for last in ["change/", "delete/"] {
            assert_eq!(client.post(&format!("{path}{last}"), &[("csrfmiddlewaretoken", &token)]).status, 403, "{last}");
        }
    }
    let tim = app.in_admin("tim");
    assert_eq!((tim.get("/admin/vestibule/auditentry/").status, tim.get(&format!("{path}change/")).status), (403, 403));
    assert_eq!(findings(&app), [""; 0]);
}
