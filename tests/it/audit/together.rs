//! Many write at once.

use std::thread;

use vestibule::audit::{self, Entry, Head};

use super::{append, entries, findings, keys};
use crate::support::{PASSWORD, Program, SECRET_KEY, TestApp};

#[test]
fn many_who_change_something_at_once_leave_one_chain() {
    let one = TestApp::init().with_superuser("root").with_superuser("zoe").start();
    let other = one.beside().start();
    let clients: Vec<_> = (0..8).map(|at| [&one, &other][at % 2].in_admin(["root", "zoe"][at / 4])).collect();
    let before = entries(&one).len();
    let threads: Vec<_> = clients
        .into_iter()
        .enumerate()
        .map(|(at, client)| {
            thread::spawn(move || {
                for number in 0..6 {
                    let name = format!("group{at}-{number}");
                    let added = client.submit_filled("/admin/auth/group/add/", &[("name", &name)]);
                    assert_eq!(added.status, 302, "{}", added.body);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert_eq!(entries(&one).len() - before, 48);
    assert_eq!(findings(&one), [""; 0]);
}

#[test]
fn what_is_undone_leaves_no_entry_and_no_gap() {
    let app = TestApp::init().start();
    let own = keys(SECRET_KEY, &[]);
    append(&app, &own, 1);
    let now = app.clock.now();
    let entry = |action: &str| Entry::new(action, &vestibule::client::Client::default());
    app.db()
        .write(|db| {
            audit::append(db, &own, &[entry("first")], now)?;
            let undone = db.write(|db| {
                audit::append(db, &own, &[entry("undone"), entry("undone")], now)?;
                Err::<(), _>(vestibule::auth::AuthError::Busy)
            });
            assert!(undone.is_err());
            audit::append(db, &own, &[entry("last")], now)
        })
        .expect("the rest");
    let gone = app.db().write(|db| {
        audit::append(db, &own, &[entry("gone")], now)?;
        Err::<(), _>(vestibule::auth::AuthError::Busy)
    });
    assert!(gone.is_err());
    let actions: Vec<String> = entries(&app).into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["change", "first", "last"]);
    assert_eq!(findings(&app), [""; 0]);
}

#[test]
fn processes_write_their_heads_to_their_logs_by_which_a_shorter_log_is_found() {
    let program = Program::init().with_superuser("root").start();
    let (beside, _running) = program.beside();
    let clients = [program.client(), beside];
    for client in &clients {
        assert_eq!(client.log_in_to_admin("root", PASSWORD).status, 302);
    }
    thread::scope(|scope| {
        for (at, client) in clients.into_iter().enumerate() {
            scope.spawn(move || {
                for number in 0..5 {
                    let name = format!("group{at}-{number}");
                    assert_eq!(client.submit_filled("/admin/auth/group/add/", &[("name", &name)]).status, 302);
                }
            });
        }
    });
    let log = program.place.log_path();
    let in_log = || {
        let file = std::fs::File::open(&log).expect("a log");
        Head::all_in(std::io::BufReader::new(file)).expect("text").iter().map(|head| head.number).max()
    };
    // The superuser's own, and ten groups. A line is written some milliseconds after the answer.
    crate::support::until(|| in_log() == Some(11));
    let run = |arguments: &[&str]| {
        let output = program.place.command(arguments).output().expect("the program");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    let log = log.to_str().expect("a path");
    let (code, told) = run(&["audit", "verify", "--log", log]);
    let (_, head) = run(&["audit", "head"]);
    assert_eq!((code, told), (Some(0), format!("11 entries, all in order, head {head}")));
    let (code, listed) = run(&["audit", "list", "--user", "root", "--json"]);
    assert_eq!((code, listed.lines().count()), (Some(0), 11), "{listed}");
    assert!(listed.contains("\"changes\":{\"name\":[null,\"group1-4\"]}"), "{listed}");
    program.database().execute(&format!("UPDATE vestibule_audit SET id = {} WHERE id = 1", i64::MIN));
    assert_eq!(run(&["audit", "list"]).1.lines().count(), 11, "one below the first is listed too");

    // The whole log as it was before the first entry, seal and all.
    for sql in ["DELETE FROM vestibule_audit", "UPDATE vestibule_audit_head SET number = 0, hash = '', seal = ''"] {
        program.database().execute(sql);
    }
    assert_eq!(run(&["audit", "verify"]), (Some(0), "0 entries\n".to_owned()));
    let (code, told) = run(&["audit", "verify", "--log", log]);
    assert!(code == Some(1) && told.contains("11: missing: it was noted elsewhere"), "{told}");
    let (code, told) = run(&["audit", "verify", "--head", head.trim()]);
    assert!(code == Some(1) && told.contains("11: missing: it was noted elsewhere"), "{told}");
}
