//! What orchestrators and operators ask.

use std::thread;

use diesel::connection::SimpleConnection;

use crate::support::{PASSWORD, TestApp, is_postgres};

#[test]
fn probes_are_answered_whatever_host_they_name_and_set_nothing() {
    let app = TestApp::init().setting("SECURE_SSL_REDIRECT", "true").setting("ALLOWED_HOSTS", "example.org").start();
    let client = app.client();
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let response = client.get(path);
        assert_eq!((response.status, response.body.as_str()), (200, body), "{path}");
        assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(response.all("set-cookie"), [] as [&str; 0]);
        assert_eq!(client.request("HEAD", path).status, 200);
        assert_eq!(client.request("POST", path).status, 405);
    }
}

#[test]
fn a_site_that_cannot_write_lives_but_is_not_ready_until_it_can() {
    let app = TestApp::init().start();
    let client = app.client();
    app.database.execute("ALTER TABLE __diesel_schema_migrations RENAME TO away");
    let response = client.get("/readyz");
    assert_eq!((response.status, response.body.as_str()), (503, "not ready\n"));
    assert!(response.header("retry-after").is_some());
    assert_eq!(client.get("/healthz").status, 200);
    app.database.execute("ALTER TABLE away RENAME TO __diesel_schema_migrations");
    assert_eq!(client.get("/readyz").status, 200);
    if is_postgres() {
        return;
    }
    let mut writer = app.db();
    writer.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    assert_eq!(client.get("/readyz").status, 503);
    assert_eq!(client.get("/healthz").status, 200);
    writer.batch_execute("ROLLBACK").expect("unlocked");
    assert_eq!(client.get("/readyz").status, 200);
}

#[test]
fn numbers_name_paths_of_the_table_and_nobody() {
    let app = TestApp::init().with_user("ann").setting("METRICS_BIND", "127.0.0.1:0").start();
    let client = app.logged_in("ann");
    client.get("/dashboard/");
    client.get("/setup/a-secret-token/");
    client.get("/nowhere/a-secret/");
    client.log_out();
    app.client().log_in("ann", "wrong");
    let text = app.metrics();
    for line in [
        r#"vestibule_http_requests_total{method="GET",path="/dashboard/",status="200"} 1"#,
        r#"vestibule_http_requests_total{method="POST",path="/login/",status="302"} 1"#,
        r#"vestibule_auth_events_total{event="logged_in"} 1"#,
        r#"vestibule_auth_events_total{event="logged_out"} 1"#,
        r#"vestibule_auth_events_total{event="login_failed"} 1"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.contains("vestibule_hashing{state=\"free\"}") && text.contains("vestibule_database_connections"));
    assert!(!text.contains("secret") && !text.contains("ann"), "{text}");
    // They are not where the site is.
    assert_eq!(client.get("/metrics").status, 404);
    assert_eq!(client.get("/metrics/").status, 404);
}

#[test]
fn with_every_connection_taken_the_site_heals_as_soon_as_one_is_free() {
    let app = TestApp::init().with_user("ann").setting("DATABASE_POOL_SIZE", "2").start();
    let taken: Vec<_> = (0..2).map(|_| app.auth.database.get().expect("a connection")).collect();
    assert_eq!(app.client().get("/readyz").status, 503);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| app.client().log_in("ann", PASSWORD).status);
        drop(taken);
        assert_eq!(waiting.join().expect("an answer"), 302);
    });
    assert_eq!(app.client().get("/readyz").status, 200);
}
