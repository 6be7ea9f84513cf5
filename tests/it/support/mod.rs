//! One-line set-ups: a site of its own, with a database of its own, on a port chosen by the system.

mod client;
mod database;
mod gate;
pub mod hostile;
mod log;
mod oracle;
mod program;
mod raw;
mod snapshot;

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread,
};

use vestibule::{
    accounts::Accounts,
    auth::{
        Auth,
        models::{NewUser, User, user},
    },
    clock::Clock,
    db::{self, Db},
    feed,
    mail::Message,
    outbox::Delivered,
    rotation,
    settings::{DatabaseUrl, Settings},
    site::{Builder, Site},
    tasks,
    web::server::{self, Shared},
};

pub use client::{Client, Response, encode};
pub use database::{TestDatabase, is_postgres, migrations, prepared};
pub use gate::{Gate, cores, until};
pub use log::{keep_log, logged};
pub use oracle::{Oracle, python};
pub use program::{Place, Program, Running, program, without_settings};

/// Long enough for every check of it.
pub const SECRET_KEY: &str = "a-secret-key-for-tests-that-is-longer-than-fifty-characters";
/// The password of everybody whom [`TestAppBuilder::with_user`] makes.
pub const PASSWORD: &str = "correct horse 42";

/// Real schemes at the lowest cost, so that tests take no time.
pub const CHEAP_HASHERS: &str = r#"[
    { NAME = "django.contrib.auth.hashers.Argon2PasswordHasher", OPTIONS = { memory_cost = 8, time_cost = 1 } },
    { NAME = "django.contrib.auth.hashers.PBKDF2PasswordHasher", OPTIONS = { iterations = 10 } },
    "django.contrib.auth.hashers.MD5PasswordHasher",
]"#;

/// A running site. It stops, and its database goes, when dropped.
pub struct TestApp {
    pub address: SocketAddr,
    pub auth: Arc<Auth>,
    pub accounts: Arc<Accounts>,
    pub clock: Clock,
    pub database: Arc<TestDatabase>,
    shared: Shared,
    server: actix_web::dev::ServerHandle,
}

pub struct TestAppBuilder {
    environment: Vec<(String, String)>,
    users: Vec<NewUser>,
    granted: Vec<(String, String)>,
    customize: Box<dyn FnOnce(Builder) -> Builder + Send>,
    database: Arc<TestDatabase>,
    url: Option<String>,
}

impl TestApp {
    pub fn init() -> TestAppBuilder {
        Self::on(TestDatabase::new())
    }

    /// Another instance of this site: the same database and key.
    pub fn beside(&self) -> TestAppBuilder {
        Self::on(Arc::clone(&self.database))
    }

    /// A site on a database that is there already.
    pub fn on(database: impl Into<Arc<TestDatabase>>) -> TestAppBuilder {
        let database = database.into();
        let mut app = TestAppBuilder {
            environment: Vec::new(),
            users: Vec::new(),
            granted: Vec::new(),
            customize: Box::new(|site| site),
            url: None,
            database,
        };
        app = app.setting("SECRET_KEY", SECRET_KEY).setting("PASSWORD_HASHERS", CHEAP_HASHERS);
        app.setting("DATABASE_POOL_SIZE", "4").setting("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    }

    /// A browser without cookies.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A browser in which `username` has logged in by the form.
    pub fn logged_in(&self, username: &str) -> Client {
        let client = self.client();
        let response = client.log_in(username, PASSWORD);
        assert_eq!(response.status, 302, "{username} could not log in: {}", response.body);
        client
    }

    /// A browser in which `username` has logged in to the admin.
    pub fn in_admin(&self, username: &str) -> Client {
        let client = self.client();
        let response = client.log_in_to_admin(username, PASSWORD);
        assert_eq!(response.location(), "/admin/", "{username} could not log in: {}", response.body);
        client
    }

    /// Gives `username` a permission, as `auth.change_user`.
    pub fn grant(&self, username: &str, permission: &str) {
        let (user_id, permission_id) = (self.user(username).id, self.permission(permission));
        self.database.execute(&format!(
            "INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES ({user_id}, {permission_id})"
        ));
    }

    /// The key of a permission, as `auth.change_user`.
    pub fn permission(&self, permission: &str) -> i64 {
        let (app_label, codename) = permission.split_once('.').expect("an app");
        self.database.number(&format!(
            "SELECT p.id FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id \
             WHERE c.app_label = '{app_label}' AND p.codename = '{codename}'"
        ))
    }

    /// A connection to the site's database.
    pub fn db(&self) -> Db {
        self.database.connect()
    }

    pub fn user(&self, username: &str) -> User {
        user::find_by_username(&mut self.db(), username).expect("a query").expect("a user of that name")
    }

    /// How many wait for the hashing pool.
    pub fn waiting(&self) -> usize {
        self.shared.site().hashing_load().waiting
    }

    /// What Prometheus would read.
    pub fn metrics(&self) -> String {
        let site = self.shared.site();
        let metrics = site.metrics.as_ref().expect("METRICS_BIND");
        String::from_utf8(metrics.text(&site.auth, site.hashing_load()).expect("numbers")).expect("text")
    }

    /// Sends what waits, and tells all mail that was sent since the start.
    pub fn mails(&self) -> Vec<Message> {
        let site = self.shared.site();
        while site.office.deliver().expect("an outbox").sent > 0 {}
        site.mailer.sent()
    }

    /// What rests on which key.
    pub fn secret_keys(&self) -> rotation::Status {
        let site = self.shared.site();
        rotation::status(&site.auth, &site.jwt, &site.settings.account).expect("a status")
    }

    /// What a serving site does by itself, as far as it is due.
    pub fn run_tasks(&self) {
        let site = self.shared.site();
        tasks::run_due(&site.accounts, &site.settings);
    }

    /// One round of each who takes events somewhere: how many were told, and how many tries failed.
    pub fn tell_events(&self) -> (u32, u32) {
        let couriers = self.shared.site().couriers.iter();
        couriers.map(|courier| courier.deliver(&self.auth).expect("an outbox")).fold((0, 0), |sum, round| {
            let Delivered { sent, failed } = round;
            (sum.0 + sent, sum.1 + failed)
        })
    }

    /// Real Django on the same database and key.
    pub fn oracle(&self) -> Oracle {
        Oracle::new(self.database.url(), SECRET_KEY)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

impl TestAppBuilder {
    /// An active user with [`PASSWORD`] and the address `<username>@example.org`.
    pub fn with_user(self, username: &str) -> Self {
        let email = format!("{username}@example.org");
        self.with(NewUser { username: username.to_owned(), email, ..NewUser::default() })
    }

    /// A user; without a password, one with [`PASSWORD`].
    pub fn with(mut self, new: NewUser) -> Self {
        self.users.push(new);
        self
    }

    /// As [`Self::with_user`], one of the staff, who may do what `permissions` name, as `auth.change_user`.
    pub fn with_staff(mut self, username: &str, permissions: &[&str]) -> Self {
        self.granted.extend(permissions.iter().map(|permission| (username.to_owned(), (*permission).to_owned())));
        let email = format!("{username}@example.org");
        self.with(NewUser { username: username.to_owned(), email, is_staff: true, ..NewUser::default() })
    }

    /// As [`Self::with_user`], one who may do everything.
    pub fn with_superuser(self, username: &str) -> Self {
        let (username, email) = (username.to_owned(), format!("{username}@example.org"));
        self.with(NewUser { username, email, is_staff: true, is_superuser: true, ..NewUser::default() })
    }

    pub fn setting(mut self, name: &str, value: &str) -> Self {
        let variable = format!("VESTIBULE_{name}");
        self.environment.retain(|(known, _)| *known != variable);
        self.environment.push((variable, value.to_owned()));
        self
    }

    /// By way of another address of its database.
    pub fn at(mut self, url: &str) -> Self {
        self.url = Some(url.to_owned());
        self
    }

    pub fn database_url(&self) -> String {
        self.database.url().to_owned()
    }

    pub fn customize(mut self, customize: impl FnOnce(Builder) -> Builder + Send + 'static) -> Self {
        self.customize = Box::new(customize);
        self
    }

    /// Migrates, makes the users, and serves.
    pub fn start(self) -> TestApp {
        let clock = Clock::movable();
        let settings = Settings::load(None, &self.environment).expect("good settings");
        let settings = settings.with_database(self.url.as_deref().unwrap_or(self.database.url()));
        db::migrate(&settings.database.url, &clock, true).expect("a migrated database");
        let site = Site::builder(settings).clock(clock.clone());
        let site = (self.customize)(site).build().expect("a site");
        let (auth, accounts) = (Arc::clone(&site.auth), Arc::clone(&site.accounts));
        feed::subscribe(&mut auth.db().expect("a connection"), &site.couriers).expect("destinations");
        for mut new in self.users {
            if new.password.is_empty() {
                new.password = auth.hashers.make_password(PASSWORD);
            }
            user::create(&mut auth.db().expect("a connection"), &new, clock.now()).expect("a new user");
        }
        let shared = Shared::new(site).expect("static files");
        let (address, server) = serve(shared.clone());
        let app = TestApp { address, auth, accounts, clock, database: self.database, shared, server };
        for (username, permission) in self.granted {
            app.grant(&username, &permission);
        }
        app
    }
}

fn serve(shared: Shared) -> (SocketAddr, actix_web::dev::ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let server = server::start(shared, listener, 2).expect("a server");
            sender.send(server.handle()).expect("somebody waits");
            server.await.expect("a server that stops in order");
        });
    });
    (address, receiver.recv().expect("a running server"))
}

/// A connection to any database.
pub fn connect(url: &str) -> Db {
    Db::connect(&DatabaseUrl::new(url)).expect("a connection")
}
