use super::{define::section, secret::DatabaseUrl};

section! {
    /// Database.
    pub struct DatabaseSettings {
        /// Where the data lies: an SQLite file, made when it is missing, or a PostgreSQL database (needs a build with
        /// the feature `postgres`).
        "DATABASE_URL" url: DatabaseUrl = DatabaseUrl::new("sqlite://vestibule.sqlite3");
        /// The most connections that this process opens.
        "DATABASE_POOL_SIZE" pool_size: u32 = 10;
        /// How long a request waits for a free connection before it is answered 503.
        "DATABASE_POOL_TIMEOUT" pool_timeout: time::Duration = time::Duration::seconds(5);
        /// How long a request waits for the database's answer, the wait for a connection included, before it is
        /// answered 503.
        "DATABASE_TIMEOUT" timeout: time::Duration = time::Duration::seconds(10);
    }
}
