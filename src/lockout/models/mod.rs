//! Rows: [`counter`]s are ours, with the [`places`] in them, [`attempt`]s and [`log`]s axes', each an [`access`] and more.

pub mod access;
pub mod attempt;
pub mod counter;
pub mod hanging;
pub mod log;
pub mod places;

use crate::db::Db;

/// The condition that axes' column for addresses equals the text bound at `place`, which is SQL's NULL for no address. On
/// PostgreSQL the column is an `inet`.
fn is_address(db: &Db, place: &str) -> String {
    match db {
        Db::Sqlite(_) => format!("ip_address IS {place}"),
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => {
            format!("(ip_address = CAST({place} AS inet) OR (ip_address IS NULL AND CAST({place} AS text) IS NULL))")
        }
    }
}

/// An address to be written, bound at `place`.
fn address(db: &Db, place: &str) -> String {
    match db {
        Db::Sqlite(_) => place.to_owned(),
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => format!("CAST({place} AS inet)"),
    }
}

/// The column for addresses as text.
fn address_text(db: &Db) -> &'static str {
    match db {
        Db::Sqlite(_) => "ip_address",
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => "host(ip_address)",
    }
}
