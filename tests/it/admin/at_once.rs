//! Two administrators at once, of whom one deletes what the other works on.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use vestibule::auth::models::{NewUser, user};

use super::{USERS, change, page};
use crate::support::{Client, TestApp};

/// What the other does with somebody.
fn work(client: &Client, app: &TestApp, username: &str, way: usize) -> (String, Vec<(String, String)>) {
    let path = match way {
        0 => page(app, username, "end_everything"),
        1 => page(app, username, "reset_link"),
        2 => page(app, username, "unlock"),
        3 => page(app, username, "delete"),
        4 => change(app, username),
        5 => "/admin/vestibule/post/add/".to_owned(),
        _ => USERS.to_owned(),
    };
    let id = app.user(username).id.to_string();
    let token = client.get("/account/").csrf_token();
    let form = match way {
        // Its page has a button only where there is something to unlock.
        2 => vec![("csrfmiddlewaretoken".to_owned(), token)],
        5 => client.get(&path).filled(&[("title", "A post"), ("body", "Text"), ("owner", &id)]),
        6 => [
            ("csrfmiddlewaretoken", &*token),
            ("action", "log_out_everywhere"),
            ("post", "yes"),
            ("_selected_action", &id),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        _ => client.get(&path).filled(&[("first_name", "Ann")]),
    };
    (path, form)
}

#[test]
fn who_is_deleted_meanwhile_is_not_found_and_no_fault() {
    let app = TestApp::init().with_superuser("root").with_superuser("zoe").start();
    let mut clients = vec![app.in_admin("root"), app.in_admin("zoe")];
    let password = app.user("root").password;
    for round in 0..42 {
        let username = format!("ann{round}");
        let email = format!("{username}@example.org");
        let new = NewUser { username: username.clone(), email, password: password.clone(), ..NewUser::default() };
        let id = user::create(&mut app.db(), &new, app.clock.now()).expect("a new user").id;
        let forms = [work(&clients[0], &app, &username, 3), work(&clients[1], &app, &username, round % 7)];
        let barrier = Arc::new(Barrier::new(2));
        let threads: Vec<_> = clients
            .into_iter()
            .zip(forms)
            .map(|(client, (path, form))| {
                let barrier = Arc::clone(&barrier);
                thread::spawn(move || {
                    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
                    barrier.wait();
                    (client.post(&path, &form).status, client)
                })
            })
            .collect();
        let statuses: Vec<u16>;
        (statuses, clients) = threads.into_iter().map(|thread| thread.join().expect("no panic")).unzip();
        assert!(statuses.iter().all(|status| *status < 500), "round {round}: {statuses:?}");
        let left = app.database.number(&format!("SELECT count(*) FROM auth_user WHERE id = {id}"));
        assert_eq!(left, 0, "round {round}: {statuses:?}");
    }
}
