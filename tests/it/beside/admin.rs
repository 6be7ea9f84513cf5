//! What is done in one admin is in force in the other, and stands in the log of both.

use super::{Django, Here, Pair, Side, There, assert_known, assert_out, beside_each_django, read, tokens};
use crate::support::{Client, PASSWORD, Response};

beside_each_django!(both_admins_are_one);

fn both_admins_are_one(django: &Django) {
    let pair = Pair::start(django, &["root*", "ann", "bob"]);
    for ((one, other), username) in Side::WAYS.into_iter().zip(["ann", "bob"]) {
        // Who logged in to the one and works in the other is asked for the password there before a dangerous step.
        let root = pair.logged_in(other, "root");
        a_group_given_in_one_counts_in_the_other(&pair, &root, one, other, username);
        the_log_of_both_is_one(&pair, &root, username);
        who_is_deactivated_is_out_on_both(&pair, &root, one, other, username);
        who_is_deleted_is_gone_on_both(&pair, &root, one, username);
    }
}

fn id(pair: &Pair, username: &str) -> i64 {
    pair.database().number(&format!("SELECT id FROM auth_user WHERE username = '{username}'"))
}

fn page(pair: &Pair, side: Side, username: &str, page: &str) -> String {
    side.admin(&format!("auth/user/{}/{page}/", id(pair, username)))
}

/// Sends a user's form of which all is as it stands but `fields`.
#[track_caller]
fn edit(pair: &Pair, root: &Client, side: Side, username: &str, fields: &[(&str, &str)]) {
    let path = page(pair, side, username, "change");
    let proof = [("current_password", PASSWORD)];
    let all = [fields, side.pick(&[][..], &proof[..])].concat();
    let answer = root.submit_filled(&path, &all);
    assert_eq!(answer.status, 302, "{side:?}: {}", answer.text(".errornote, .errorlist, .notice"));
}

fn statuses(client: &Client, side: Side) -> [u16; 2] {
    ["auth/user/", "auth/group/"].map(|list| client.get(&side.admin(list)).status)
}

fn a_group_given_in_one_counts_in_the_other(pair: &Pair, root: &Client, one: Side, other: Side, username: &str) {
    let view_user = pair.database().number(
        "SELECT p.id FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id \
         WHERE c.app_label = 'auth' AND p.codename = 'view_user'",
    );
    let name = format!("Readers by {one:?}");
    let fields = [("name", &*name), ("permissions", &*view_user.to_string()), ("current_password", PASSWORD)];
    let added = root.submit_filled(&one.admin("auth/group/add/"), &fields);
    assert_eq!(added.status, 302, "{one:?}: {}", added.body);
    let group = pair.database().number(&format!("SELECT id FROM auth_group WHERE name = '{name}'")).to_string();

    let clerk = pair.logged_in(other, username);
    for side in [other, one] {
        let stranger = clerk.get(&side.admin("auth/user/"));
        assert_eq!((stranger.status, stranger.location().starts_with(&side.admin("login/"))), (302, true), "{side:?}");
    }
    edit(pair, root, one, username, &[("is_staff", "on"), ("groups", &group)]);
    for side in [other, one] {
        assert_eq!(statuses(&clerk, side), [200, 403], "{side:?}");
    }
    // What the other takes away, the one that gave it gives no more.
    edit(pair, root, other, username, &[("!groups", "")]);
    for side in [one, other] {
        assert_eq!(statuses(&clerk, side), [403, 403], "{side:?}");
    }
    assert_known(&clerk, username);
}

fn the_log_of_both_is_one(pair: &Pair, root: &Client, username: &str) {
    let [theirs, ours] = [There, Here].map(|side| {
        let history = root.get(&page(pair, side, username, "history"));
        history.texts("#change-history tbody td:last-child")
    });
    assert_eq!(theirs, ["Changed Staff status and Groups.", "Changed Groups."]);
    assert_eq!(ours, theirs);
    // Django's front page tells an administrator what they did, wherever it was; here a list tells of everybody.
    let recent = root.get(&There.admin("")).texts("#recent-actions-module li a");
    assert_eq!(recent.iter().filter(|text| *text == username).count(), 2, "{recent:?}");
    let list = root.get(&Here.admin("admin/logentry/"));
    assert_eq!(list.texts("#result_list tbody tr").iter().filter(|row| row.contains(username)).count(), 2);
}

fn who_is_deactivated_is_out_on_both(pair: &Pair, root: &Client, one: Side, other: Side, username: &str) {
    let browsers = Side::WAYS.map(|way| (pair.logged_in(way.0, username), way));
    let program = pair.browser();
    let access = [one, other].map(|side| {
        let answer: Response = tokens::ask(&program, side, username, PASSWORD);
        read(&answer)["access"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    });
    edit(pair, root, one, username, &[("!is_active", "")]);
    for (client, way) in &browsers {
        assert_out(client, *way);
    }
    for side in [There, Here] {
        for token in &access {
            let answer = tokens::profile(&program, side, token);
            assert_eq!((answer.status, &read(&answer)["code"]), (401, &"user_inactive".into()), "{side:?}");
        }
        assert_eq!(side.try_password(&pair.browser(), username, PASSWORD).status, 200, "{side:?}");
    }
    edit(pair, root, other, username, &[("is_active", "on")]);
    for side in [There, Here] {
        side.log_in(&pair.browser(), username);
    }
}

fn who_is_deleted_is_gone_on_both(pair: &Pair, root: &Client, side: Side, username: &str) {
    let browsers = Side::WAYS.map(|way| (pair.logged_in(way.0, username), way));
    let path = page(pair, side, username, "delete");
    let token = root.get(&path).csrf_token();
    let fields = [("csrfmiddlewaretoken", &*token), ("post", "yes"), ("current_password", PASSWORD)];
    let answer = root.post(&path, &fields);
    assert_eq!(answer.status, 302, "{side:?}: {}", answer.body);
    for (client, way) in &browsers {
        assert_out(client, *way);
    }
    assert_eq!(pair.database().number(&format!("SELECT count(*) FROM auth_user WHERE username = '{username}'")), 0);
}
