//! What only PostgreSQL has: a network between. On SQLite there is nothing to ask.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use vestibule::{db::Db, settings::DatabaseUrl};

use crate::support::{PASSWORD, TestApp, TestDatabase, is_postgres, prepared};

/// A way to the database on which each turn of the conversation is counted: a question, however many packets it takes,
/// and its answer.
struct Counting {
    address: SocketAddr,
    turns: Arc<AtomicUsize>,
}

impl Counting {
    fn new(database: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let turns = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&turns);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(database).expect("the database");
                let asked = Arc::new(AtomicUsize::new(0));
                forward(&client, &server, {
                    let asked = Arc::clone(&asked);
                    move || asked.store(1, Ordering::SeqCst)
                });
                let count = Arc::clone(&count);
                forward(&server, &client, move || {
                    count.fetch_add(asked.swap(0, Ordering::SeqCst), Ordering::SeqCst);
                });
            }
        });
        Self { address, turns }
    }

    /// How many turns `work` takes.
    fn during(&self, work: impl FnOnce()) -> usize {
        let before = self.turns.load(Ordering::SeqCst);
        work();
        self.turns.load(Ordering::SeqCst) - before
    }
}

fn forward(from: &TcpStream, to: &TcpStream, heard: impl Fn() + Send + 'static) {
    let (mut from, mut to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
    thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            heard();
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

/// Where the test's database is, and the same address by way of `proxy`.
fn place(url: &str) -> SocketAddr {
    let place = url.split_once('@').expect("a user").1.split_once('/').expect("a database").0;
    place.parse().expect("an address")
}

#[test]
fn a_page_costs_one_round_trip() {
    if !is_postgres() {
        return;
    }
    let database = TestDatabase::new();
    let direct = place(database.url());
    let proxy = Counting::new(direct);
    let url = database.url().replace(&direct.to_string(), &proxy.address.to_string());
    let app = TestApp::on(database).at(&url).with_user("ann").setting("DATABASE_POOL_SIZE", "1").start();
    let client = app.logged_in("ann");
    // The first time, statements are prepared.
    assert!(client.is_logged_in() && client.is_logged_in());
    assert_eq!(proxy.during(|| assert!(client.is_logged_in())), 1);
    assert_eq!(proxy.during(|| assert_eq!(app.client().get("/login/").status, 200)), 0);
    assert_eq!(proxy.during(|| assert_eq!(client.get("/static/nothing").status, 404)), 0);
}

#[test]
fn connections_are_encrypted_as_the_address_demands() {
    if !is_postgres() {
        return;
    }
    let database = TestDatabase::new();
    let certificate = prepared("POSTGRES_CERTIFICATE").expect("the server's certificate; `tests/run` makes one");
    let connect = |options: &str| Db::connect(&DatabaseUrl::new(format!("{}?{options}", database.url())));
    assert!(connect(&format!("sslmode=verify-full&sslrootcert={certificate}")).is_ok());
    // Nobody whom the system trusts has signed it.
    let refused = connect("sslmode=verify-full&sslrootcert=system").err().expect("refused").to_string();
    assert!(refused.contains("certificate"), "{refused}");

    let url = format!("{}?sslmode=require", database.url());
    let app = TestApp::on(database).at(&url).with_user("ann").start();
    assert_eq!(app.client().log_in("ann", PASSWORD).status, 302);
    let name = app.database.url().rsplit_once('/').expect("a name").1;
    let count = |what: &str| {
        app.database.number(&format!(
            "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE datname = '{name}' AND pid <> pg_backend_pid() AND {what}"
        ))
    };
    assert!(count("ssl") > 0);
    assert_eq!(count("NOT ssl"), 0);
}
