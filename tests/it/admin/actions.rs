//! What is done with several rows of a list at once, by Django's protocol.

use time::Duration;
use vestibule::{
    admin::{
        Context, ModelAdmin,
        action::{Action, Done},
        options::{Field, Kind, Options, Related},
        record::Record,
    },
    auth::{AuthError, models::NewUser},
};

use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

const USERS: &str = "/admin/auth/user/";
const GROUPS: &str = "/admin/auth/group/";
const TEAMS: &str = "/admin/shop/team/";

/// A site whose superuser is `root`.
pub(super) fn site() -> TestAppBuilder {
    with_staff(TestApp::init().setting("NOTIFY_NEW_DEVICE", "false"), "root", true)
}

/// With a member of the staff more.
pub(super) fn with_staff(app: TestAppBuilder, username: &str, is_superuser: bool) -> TestAppBuilder {
    app.with(NewUser { username: username.to_owned(), is_staff: true, is_superuser, ..NewUser::default() })
}

/// Lets somebody do something.
pub(super) fn permit(app: &TestApp, username: &str, app_label: &str, codename: &str) {
    app.database.execute(&format!(
        "INSERT INTO auth_user_user_permissions (user_id, permission_id)
         SELECT u.id, p.id FROM auth_user u, auth_permission p
         JOIN django_content_type c ON c.id = p.content_type_id
         WHERE u.username = '{username}' AND c.app_label = '{app_label}' AND p.codename = '{codename}'"
    ));
}

/// Sends a form of the admin with a good token.
pub(super) fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Response {
    let token = client.get("/account/").csrf_token();
    let mut all = vec![("csrfmiddlewaretoken", token.as_str())];
    all.extend(fields);
    client.post(path, &all)
}

/// What the next page says of what was done.
pub(super) fn said(client: &Client, path: &str) -> Vec<String> {
    client.get(path).texts(".notice")
}

fn add_groups(app: &TestApp, names: &[&str]) -> Vec<String> {
    let add = |name: &&str| {
        app.database.execute(&format!("INSERT INTO auth_group (name) VALUES ('{name}')"));
        app.database.number(&format!("SELECT id FROM auth_group WHERE name = '{name}'")).to_string()
    };
    names.iter().map(add).collect()
}

fn groups(app: &TestApp) -> i64 {
    app.database.number("SELECT count(*) FROM auth_group")
}

/// A table of another crate with an action of its own, of which the editor may not delete `kept`.
struct TeamAdmin {
    dangerous: bool,
}

impl ModelAdmin for TeamAdmin {
    fn options(&self) -> Options {
        let fields =
            vec![Field::new("id", "ID", Kind::Key, "t.id"), Field::new("name", "Name", Kind::Text(50), "t.name")];
        let action = |name, description, question, is_dangerous| Action {
            name,
            description,
            permission: "auth.change_group",
            question,
            is_dangerous,
            run: shout,
        };
        Options {
            repr: "name",
            list_display: vec!["name"],
            search_fields: vec!["name"],
            ordering: vec!["-name"],
            export: vec!["id", "plan"],
            secrets: &["plan"],
            actions: vec![
                action("shout", "Shout", "", false),
                action("ask", "Ask and shout", "Shall they shout?", false),
                action("danger", "Shout dangerously", "", true),
            ],
            related: vec![Related {
                verbose_name: "player",
                verbose_name_plural: "Players",
                model: Some(("auth", "group")),
                from: "FROM player r",
                column: "r.team_id",
                repr: "r.name",
                cascades: false,
                table: "player",
            }],
            ..Options::new(("shop", "Shop"), "team", ("team", "teams"), "team", fields)
        }
    }

    fn allows(&self, _: &mut Context<'_>, action: &str, record: &Record) -> Result<bool, AuthError> {
        Ok(action != "delete" || record.text("name") != "kept")
    }

    fn is_deletion_dangerous(&self) -> bool {
        self.dangerous
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what an action may answer")]
fn shout(_: &mut Context<'_>, _: &Options, records: &[Record]) -> Result<Done, AuthError> {
    let names: Vec<&str> = records.iter().map(|record| record.text("name")).collect();
    Ok(Done::new(format!("Shouted: {}", names.join(" "))))
}

fn shop(dangerous: bool) -> TestApp {
    open_shop(site(), dangerous)
}

fn open_shop(site: TestAppBuilder, dangerous: bool) -> TestApp {
    let app = site.customize(move |site| site.admin(TeamAdmin { dangerous })).start();
    app.database
        .execute("CREATE TABLE team (id integer NOT NULL PRIMARY KEY, name varchar(50) NOT NULL, plan varchar(50))");
    app.database.execute("CREATE TABLE player (id integer NOT NULL PRIMARY KEY, name varchar(50), team_id integer)");
    app
}

fn add_teams(app: &TestApp, names: &[&str]) {
    for name in names {
        let id = app.database.number("SELECT coalesce(max(id), 0) + 1 FROM team");
        app.database.execute(&format!("INSERT INTO team (id, name) VALUES ({id}, '{name}')"));
    }
}

#[test]
fn chosen_rows_are_deleted_after_a_page_that_names_them_and_each_is_logged() {
    let app = site().start();
    let ids = add_groups(&app, &["b", "a", "c"]);
    app.database
        .execute(&format!("INSERT INTO auth_user_groups (user_id, group_id) SELECT id, {} FROM auth_user", ids[0]));
    let root = app.logged_in("root");
    let chosen = [("_selected_action", ids[0].as_str()), ("_selected_action", ids[1].as_str())];
    let first = [chosen[0], chosen[1], ("action", "delete_selected"), ("select_across", "0"), ("index", "0")];
    let page = send(&root, GROUPS, &first);
    assert_eq!((page.status, page.text("h1")), (200, "Delete multiple objects".to_owned()));
    assert_eq!(page.texts(".deletion-summary li"), ["Groups: 2", "User-group relationships: 1"]);
    assert_eq!(page.texts(".deletion-objects li"), ["Group: a", "Group: b", "User-group relationships: root"]);
    assert_eq!(groups(&app), 3, "only asked");
    let again = [chosen[0], chosen[1], ("action", "delete_selected"), ("post", "yes")];
    let done = send(&root, &format!("{GROUPS}?q=&o=1"), &again);
    assert_eq!((done.status, done.location()), (302, "/admin/auth/group/?q=&o=1"));
    assert_eq!(said(&root, GROUPS), ["Successfully deleted 2 groups."]);
    assert_eq!(groups(&app), 1);
    let logged =
        "SELECT object_repr FROM django_admin_log WHERE action_flag = 3 AND change_message = '' ORDER BY id LIMIT 1";
    assert_eq!(app.database.text(logged).as_deref(), Some("a"), "in the order of the list");
    assert_eq!(app.database.number("SELECT count(*) FROM django_admin_log"), 2);
    let done = send(&root, GROUPS, &[("_selected_action", &ids[2]), ("action", "delete_selected"), ("post", "yes")]);
    assert_eq!((done.status, said(&root, GROUPS).join("")), (302, "Successfully deleted 1 group.".to_owned()));
}

#[test]
fn the_confirmation_carries_on_what_was_chosen() {
    let app = site().start();
    add_groups(&app, &["one", "two", "other"]);
    let root = app.logged_in("root");
    let path = format!("{GROUPS}?q=o");
    let across = [("_selected_action", "0"), ("action", "delete_selected"), ("select_across", "1"), ("index", "0")];
    let page = send(&root, &path, &across);
    let names = page.body.matches("name=\"_selected_action\"").count();
    assert_eq!((names, page.body.contains("select_across")), (3, false), "what is confirmed is what is done");
    add_groups(&app, &["too late"]);
    let hidden: Vec<(String, String)> = page
        .body
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split('"').next()?.to_owned()))
        })
        .collect();
    let fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(root.post(&path, &fields).location(), path);
    assert_eq!(groups(&app), 1);
}

#[test]
fn all_that_a_search_leaves_are_meant_on_all_pages_and_nothing_else() {
    let app = shop(false);
    let names: Vec<String> = (0..120).map(|number| format!("x{number}")).collect();
    add_teams(&app, &names.iter().map(String::as_str).collect::<Vec<_>>());
    add_teams(&app, &["other"]);
    let root = app.logged_in("root");
    let across = [("_selected_action", "1"), ("action", "delete_selected"), ("select_across", "1"), ("post", "yes")];
    let done = send(&root, &format!("{TEAMS}?q=x"), &across);
    assert_eq!((done.status, done.location()), (302, "/admin/shop/team/?q=x"));
    assert_eq!(app.database.text("SELECT name FROM team").as_deref(), Some("other"));
    assert_eq!(said(&root, TEAMS), ["Successfully deleted 120 teams."]);
    let other = [("_selected_action", "121"), ("action", "delete_selected"), ("post", "yes")];
    assert_eq!(send(&root, &format!("{TEAMS}?q=x"), &other).status, 302);
    assert_eq!(app.database.number("SELECT count(*) FROM team"), 1, "it is not in this list");
}

#[test]
fn very_many_rows_go_in_batches_and_those_of_a_dangerous_kind_do_not() {
    for dangerous in [false, true] {
        let app = shop(dangerous);
        let values: Vec<String> = (1..=1_001).map(|id| format!("({id}, 'n{id}')")).collect();
        app.database.execute(&format!("INSERT INTO team (id, name) VALUES {}", values.join(", ")));
        let root = app.logged_in("root");
        let across = [("_selected_action", "1"), ("action", "delete_selected"), ("select_across", "1")];
        let page = send(&root, TEAMS, &across);
        let confirmed = [&across[..], &[("post", "yes")]].concat();
        if dangerous {
            assert_eq!(page.status, 302);
            assert!(said(&root, TEAMS).concat().starts_with("You chose 1001 teams."));
            send(&root, TEAMS, &confirmed);
            assert_eq!(app.database.number("SELECT count(*) FROM team"), 1_001);
            continue;
        }
        assert!(page.body.contains("and 901 more teams") && page.body.contains("Teams: 1001"));
        assert!(page.body.contains("name=\"select_across\" value=\"1\""));
        assert!(page.body.matches("_selected_action").count() == 1, "not one field for each");
        assert_eq!(send(&root, TEAMS, &confirmed).status, 302);
        assert_eq!(said(&root, TEAMS), ["Successfully deleted 1001 teams."]);
        assert_eq!(app.database.number("SELECT count(*) FROM team"), 0);
        assert_eq!(app.database.number("SELECT count(*) FROM django_admin_log WHERE action_flag = 3"), 1_001);
    }
}

#[test]
fn of_very_many_rows_those_that_may_not_be_deleted_are_left() {
    let app = shop(false);
    let values: Vec<String> = (1..=1_200).map(|id| format!("({id}, 'n{id}')")).collect();
    app.database.execute(&format!("INSERT INTO team (id, name) VALUES {}", values.join(", ")));
    // In the order of the list the last.
    app.database.execute("UPDATE team SET name = 'kept' WHERE id = 300");
    let root = app.logged_in("root");
    let across = [("_selected_action", "1"), ("action", "delete_selected"), ("select_across", "1"), ("post", "yes")];
    assert_eq!(send(&root, TEAMS, &across).status, 302);
    let told = ["Successfully deleted 1199 teams.", "Not deleted, as that is not allowed: 1 team."];
    assert_eq!(said(&root, TEAMS), told);
    assert_eq!(app.database.text("SELECT name FROM team").as_deref(), Some("kept"));
}

#[test]
fn what_is_secret_is_not_exported_even_if_somebody_lists_it() {
    let app = shop(false);
    add_teams(&app, &["red"]);
    app.database.execute("UPDATE team SET plan = 'attack at dawn'");
    let root = app.logged_in("root");
    for format in ["csv", "json"] {
        let file = root.get(&format!("{TEAMS}export/?format={format}"));
        assert!(file.body.contains("red") && file.body.contains('1') && !file.body.contains("dawn"), "{}", file.body);
        assert!(!file.body.contains("plan"));
    }
    assert_eq!(root.get(&format!("{TEAMS}?plan__startswith=a")).status, 400);
}

#[test]
fn what_may_not_be_deleted_is_named_and_keeps_all() {
    let app = shop(false);
    add_teams(&app, &["kept", "free"]);
    let root = app.logged_in("root");
    let both = [("_selected_action", "1"), ("_selected_action", "2"), ("action", "delete_selected")];
    let page = send(&root, TEAMS, &both);
    assert_eq!(page.texts(".deletion-kept li"), ["kept"]);
    assert!(!page.body.contains("Yes, I’m sure"));
    assert_eq!(send(&root, TEAMS, &[&both[..], &[("post", "yes")]].concat()).status, 403);
    assert_eq!(app.database.number("SELECT count(*) FROM team"), 2);
}

#[test]
fn rows_that_point_at_each_other_go_together() {
    let app = shop(false);
    app.database
        .execute("ALTER TABLE team ADD COLUMN parent_id integer REFERENCES team (id) DEFERRABLE INITIALLY DEFERRED");
    add_teams(&app, &["free", "below"]);
    app.database.execute("UPDATE team SET parent_id = 1 WHERE id = 2");
    let root = app.logged_in("root");
    let both = [("_selected_action", "1"), ("_selected_action", "2"), ("action", "delete_selected")];
    assert!(send(&root, TEAMS, &both).body.contains("Yes, I’m sure"));
    assert_eq!(send(&root, TEAMS, &[&both[..], &[("post", "yes")]].concat()).status, 302);
    assert_eq!(app.database.number("SELECT count(*) FROM team"), 0);
}

#[test]
fn rows_of_others_that_would_go_too_take_their_own_permission() {
    let app = open_shop(with_staff(site(), "eve", false), false);
    add_teams(&app, &["red"]);
    app.database.execute("INSERT INTO player (id, name, team_id) VALUES (1, 'Zoe', 1)");
    permit(&app, "eve", "shop", "view_team");
    permit(&app, "eve", "shop", "delete_team");
    let eve = app.logged_in("eve");
    let chosen = [("_selected_action", "1"), ("action", "delete_selected")];
    let page = send(&eve, TEAMS, &chosen);
    assert!(page.texts(".deletion-summary li").contains(&"Players: 1 (you may not delete these)".to_owned()));
    assert!(page.texts(".deletion-objects li").contains(&"Players: Zoe".to_owned()));
    let confirmed = [&chosen[..], &[("post", "yes")]].concat();
    assert_eq!(send(&eve, TEAMS, &confirmed).status, 403);
    permit(&app, "eve", "auth", "delete_group");
    assert_eq!(send(&eve, TEAMS, &confirmed).status, 302);
    assert_eq!(
        app.database.number("SELECT count(*) FROM team") + app.database.number("SELECT count(*) FROM player"),
        0
    );
}

/// What is sent, the status of the answer, and what the next page says.
type Case<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

#[test]
fn each_way_to_choose_nothing_is_answered_as_in_django() {
    const UNSELECTED: &str = "Items must be selected in order to perform actions on them. No items have been changed.";
    let app = site().start();
    let ids = add_groups(&app, &["a"]);
    let (root, id) = (app.logged_in("root"), ("_selected_action", ids[0].as_str()));
    let delete = ("action", "delete_selected");
    let cases: &[Case<'_>] = &[
        (&[("index", "0"), delete], 302, UNSELECTED),
        (&[("index", "0"), delete, ("select_across", "1")], 302, UNSELECTED),
        (&[id, ("index", "0")], 302, "No action selected."),
        (&[id, ("index", "0"), ("action", "")], 302, "No action selected."),
        (&[id, ("index", "0"), ("action", "nosuch")], 302, "No action selected."),
        (&[id, ("action", "nosuch"), ("post", "yes")], 302, "No action selected."),
        (&[id, delete, ("_save", "Save"), ("post", "yes")], 200, ""),
        (&[], 200, ""),
        (&[("post", "yes"), delete], 200, ""),
        (&[("_selected_action", "abc"), delete, ("post", "yes")], 302, ""),
        (&[("_selected_action", "999999"), delete, ("post", "yes")], 302, ""),
        (&[("_selected_action", "99999999999999999999"), delete, ("post", "yes")], 302, ""),
        (&[id, delete, ("post", "")], 200, ""),
        // Of two bars of actions the button tells which was used.
        (&[id, ("action", ""), delete, ("index", "0"), ("post", "yes")], 302, "No action selected."),
        (&[id, delete, ("action", ""), ("index", "7"), ("post", "yes")], 302, "No action selected."),
    ];
    for (fields, status, message) in cases {
        let answer = send(&root, GROUPS, fields);
        assert_eq!(answer.status, *status, "{fields:?}");
        if *status == 302 {
            assert_eq!(said(&root, GROUPS).concat(), *message, "{fields:?}");
        }
        assert_eq!(groups(&app), 1, "{fields:?}");
    }
    let none = send(&root, GROUPS, &[("_selected_action", "abc"), delete]);
    assert!(none.status == 200 && none.body.contains("Groups: 0"), "nothing to confirm");
    assert_eq!(send(&root, &format!("{GROUPS}?nosuch=1"), &[id, delete]).location(), "/admin/auth/group/?e=1");
    let chosen = [id, ("action", ""), delete, ("index", "1"), ("post", "1")];
    assert_eq!((send(&root, GROUPS, &chosen).status, groups(&app)), (302, 0));
}

#[test]
fn who_may_only_view_sees_the_list_and_nothing_is_done() {
    let app = with_staff(with_staff(site(), "eve", false), "max", false).start();
    let ids = add_groups(&app, &["a"]);
    permit(&app, "eve", "auth", "view_group");
    let confirmed = [("_selected_action", ids[0].as_str()), ("action", "delete_selected"), ("post", "yes")];
    let eve = app.logged_in("eve");
    let answer = send(&eve, GROUPS, &confirmed);
    assert!(answer.status == 200 && answer.body.contains("result_list") && !answer.body.contains("_selected_action"));
    assert_eq!(send(&app.logged_in("max"), GROUPS, &confirmed).status, 403);
    assert_eq!(groups(&app), 1);
    permit(&app, "max", "auth", "delete_group");
    assert_eq!((send(&app.logged_in("max"), GROUPS, &confirmed).status, groups(&app)), (403, 1), "nor see them");
    permit(&app, "max", "auth", "delete_user");
    permit(&app, "max", "auth", "change_user");
    permit(&app, "eve", "auth", "change_user");
    let max = app.user("max").id.to_string();
    let kept = [("_selected_action", max.as_str()), ("action", "delete_selected"), ("post", "yes")];
    assert_eq!((send(&eve, USERS, &kept).status, said(&eve, USERS)), (302, vec!["No action selected.".to_owned()]));
}

#[test]
fn a_form_from_elsewhere_is_refused_before_anybody_is_asked_who_they_are() {
    let app = site().with_user("ann").start();
    let confirmed = [("_selected_action", "1"), ("action", "delete_selected"), ("post", "yes")];
    assert_eq!(app.client().post(GROUPS, &confirmed).status, 403);
    assert_eq!(app.logged_in("root").post(GROUPS, &confirmed).status, 403);
    let answer = send(&app.logged_in("ann"), GROUPS, &confirmed);
    assert_eq!((answer.status, answer.location()), (302, "/admin/login/?next=/admin/auth/group/"));
}

#[test]
fn dangerous_deletions_ask_for_ones_own_password_again() {
    let app = shop(true);
    add_teams(&app, &["red", "blue"]);
    let root = app.logged_in("root");
    let confirmed = [("_selected_action", "1"), ("action", "delete_selected"), ("post", "yes")];
    app.clock.advance(Duration::seconds(400));
    assert!(send(&root, TEAMS, &confirmed[..2]).body.contains("id_current_password"));
    for wrong in [None, Some("wrong")] {
        let typed: Vec<_> = confirmed.iter().copied().chain(wrong.map(|text| ("current_password", text))).collect();
        let page = send(&root, TEAMS, &typed);
        assert!(page.status == 200 && !page.texts("#id_current_password_error").is_empty());
        assert_eq!(app.database.number("SELECT count(*) FROM team"), 2);
    }
    let right = [&confirmed[..], &[("current_password", PASSWORD)]].concat();
    assert_eq!(send(&root, TEAMS, &right).status, 302);
    assert_eq!(app.database.number("SELECT count(*) FROM team"), 1);
}

#[test]
fn an_action_of_a_models_own_is_done_at_once_or_after_its_question_or_with_ones_password() {
    let app = shop(false);
    add_teams(&app, &["red", "blue", "green"]);
    let root = app.logged_in("root");
    let both = [("_selected_action", "1"), ("_selected_action", "3")];
    let with = |action| [&both[..], &[("action", action), ("index", "0")]].concat();
    assert_eq!(send(&root, TEAMS, &with("shout")).location(), TEAMS);
    assert_eq!(said(&root, TEAMS), ["Shouted: red green"]);
    let page = send(&root, TEAMS, &with("ask"));
    assert!(page.status == 200 && page.body.contains("Shall they shout?") && page.text("h1") == "Ask and shout");
    assert_eq!(page.texts(".action-objects li"), ["Team: red", "Team: green"]);
    assert!(said(&root, TEAMS).is_empty());
    assert_eq!(send(&root, TEAMS, &[&with("ask")[..], &[("post", "yes")]].concat()).status, 302);
    assert_eq!(said(&root, TEAMS), ["Shouted: red green"]);
    assert_eq!(send(&root, TEAMS, &with("danger")).status, 302, "they have just logged in");
    app.clock.advance(Duration::seconds(400));
    said(&root, TEAMS);
    assert!(send(&root, TEAMS, &with("danger")).body.contains("id_current_password"));
    assert!(said(&root, TEAMS).is_empty());
}

#[test]
fn users_are_logged_out_everywhere_and_who_did_it_is_noted() {
    let app = site().with_user("ann").with_user("bob").start();
    let (root, ann, bob) = (app.logged_in("root"), app.logged_in("ann"), app.logged_in("bob"));
    let login = serde_json::json!({ "username": "ann", "password": PASSWORD }).to_string();
    let tokens = app.client().send_body("POST", "/api/auth/login/", "application/json", &login);
    let refresh: serde_json::Value = serde_json::from_str(&tokens.body).expect("tokens");
    let id = app.user("ann").id.to_string();
    let chosen = [("_selected_action", id.as_str()), ("action", "log_out_everywhere"), ("index", "0")];
    assert_eq!(send(&root, USERS, &chosen).status, 200);
    assert!(ann.is_logged_in(), "only asked");
    assert_eq!(send(&root, USERS, &[&chosen[..], &[("post", "yes")]].concat()).status, 302);
    assert_eq!(said(&root, USERS), ["Logged out 1 user everywhere."]);
    assert!(!ann.is_logged_in() && bob.is_logged_in() && root.is_logged_in());
    let body = serde_json::json!({ "refresh": refresh["refresh"] }).to_string();
    assert_eq!(app.client().send_body("POST", "/api/auth/refresh/", "application/json", &body).status, 401);
    let detail = app.database.text("SELECT detail FROM vestibule_event WHERE kind = 'everything_ended'");
    assert_eq!(detail.as_deref(), Some("by root in the admin"));
    assert_eq!(
        app.database.text("SELECT change_message FROM django_admin_log").as_deref(),
        Some("Logged out everywhere.")
    );
}
