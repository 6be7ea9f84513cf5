use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
    thread,
};

use super::{Server, folder, folder_with, run};
use crate::support::is_postgres;

#[test]
fn a_copy_made_under_load_is_whole_and_holds_all_that_was_acknowledged_before() {
    let folder = folder_with("root");
    let server = Server::start(&folder, 1);
    let log_in = || {
        let client = server.client();
        assert_eq!(client.log_in("root", "a good password").status, 302);
        client.cookie("sessionid").expect("a session")
    };
    let before: Vec<String> = (0..3).map(|_| log_in()).collect();
    thread::scope(|scope| {
        let load = scope.spawn(|| (0..10).for_each(|_| drop(log_in())));
        assert_eq!(
            run(&folder, &["backup", "copy.sqlite3"], &[]),
            (0, "Backup written to copy.sqlite3\n".into(), String::new())
        );
        load.join().expect("no panic");
    });
    let copy = folder.path().join("copy.sqlite3");
    assert_eq!(fs::metadata(&copy).expect("a copy").permissions().mode() & 0o777, 0o600);
    assert!(
        !fs::read_dir(folder.path())
            .expect("a folder")
            .any(|entry| { entry.expect("an entry").file_name().to_string_lossy().contains("draft") })
    );
    drop(server);

    // On another machine: the copy under its proper name, and the key.
    let elsewhere = super::folder();
    fs::copy(&copy, elsewhere.path().join("vestibule.sqlite3")).expect("restored");
    fs::copy(folder.path().join("vestibule.key"), elsewhere.path().join("vestibule.key")).expect("the key");
    let restored = Server::start(&elsewhere, 1);
    for session in &before {
        let client = restored.client();
        client.set_cookie("sessionid", session);
        assert!(client.is_logged_in());
    }
    assert_eq!(run(&elsewhere, &["clearsessions", "--all"], &[]).0, 0);
    let client = restored.client();
    client.set_cookie("sessionid", &before[0]);
    assert!(!client.is_logged_in());
}

#[test]
fn nothing_is_overwritten_and_nothing_half_made_is_left() {
    let folder = folder_with("root");
    fs::write(folder.path().join("there"), "precious").expect("a file");
    let (code, _, stderr) = run(&folder, &["backup", "there"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("there is there already"), "{stderr}");
    assert_eq!(fs::read_to_string(folder.path().join("there")).expect("a file"), "precious");
    let (code, _, stderr) = run(&folder, &["backup", "nowhere/copy"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("no backup in nowhere/copy"), "{stderr}");

    let empty = super::folder();
    let (code, _, stderr) = run(&empty, &["backup", "copy"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("there is no database"), "{stderr}");
    assert_eq!(fs::read_dir(empty.path()).expect("a folder").count(), 0);
}

#[test]
fn postgresql_is_copied_by_its_own_program_and_the_password_stands_on_no_command_line() {
    // A program of that name that writes down how it was called.
    let folder = folder();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    let script = "#!/bin/sh\necho \"$*\" > called\necho \"$PGPASSWORD\" > password\n";
    fs::write(bin.join("pg_dump"), script).expect("a script");
    fs::set_permissions(bin.join("pg_dump"), fs::Permissions::from_mode(0o755)).expect("executable");
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let url = "postgres://app:s3cr%40t@127.0.0.1:1/site?sslmode=require";
    let variables = [("PATH", path.as_str()), ("VESTIBULE_DATABASE_URL", url)];
    assert_eq!(run(&folder, &["backup", "site.dump"], &variables).0, 0);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name).trim().to_owned();
    assert_eq!(read("password"), "s3cr@t");
    assert_eq!(
        read("called"),
        "--format=custom --file site.dump --dbname postgres://app@127.0.0.1:1/site?sslmode=require"
    );
}

#[test]
fn a_dump_of_postgresql_goes_nowhere_but_into_a_new_file_and_leaves_none_if_it_fails() {
    let folder = folder();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    let variables =
        [("PATH", bin.to_str().expect("a path")), ("VESTIBULE_DATABASE_URL", "postgres://127.0.0.1:1/site")];
    let (code, _, stderr) = run(&folder, &["backup", "site.dump"], &variables);
    assert_eq!(code, 1);
    assert!(stderr.contains("pg_dump can't be started"), "{stderr}");
    assert!(!folder.path().join("site.dump").exists());

    fs::write(bin.join("pg_dump"), "#!/bin/sh\necho hashes > link\n").expect("a script");
    fs::set_permissions(bin.join("pg_dump"), fs::Permissions::from_mode(0o755)).expect("executable");
    symlink("elsewhere", folder.path().join("link")).expect("a link to nothing");
    let (code, _, stderr) = run(&folder, &["backup", "link"], &variables);
    assert_eq!(code, 1);
    assert!(stderr.contains("cannot write link"), "{stderr}");
    assert!(!folder.path().join("elsewhere").exists());
}

#[test]
fn a_dump_of_postgresql_restores() {
    let pg_dump = Path::new("/usr/bin/pg_dump");
    if !is_postgres() || !pg_dump.exists() {
        return;
    }
    let app = crate::support::TestApp::init().with_user("ann").start();
    let folder = folder();
    let variables = [("VESTIBULE_DATABASE_URL", app.database.url())];
    let (code, _, stderr) = run(&folder, &["backup", "site.dump"], &variables);
    assert_eq!(code, 0, "{stderr}");
    let listed = Command::new("pg_restore").arg("--list").arg(folder.path().join("site.dump")).output();
    let listed = String::from_utf8(listed.expect("pg_restore").stdout).expect("text");
    assert!(listed.contains("TABLE DATA public auth_user"), "{listed}");
}
