//! The database: one pool over SQLite or PostgreSQL, migrations, and what Diesel must know of the tables.
//!
//! SQL stands with its rows, in the `model` files of the modules that own them; here is only what all of them share.

mod afterwards;
mod backup;
pub mod batches;
mod connection;
mod database;
mod django;
mod error;
mod indexes;
mod migrate;
mod reader;
mod references;
pub mod schema;
mod shape;
pub mod statement;
mod steps;
mod together;
mod turn;
mod wal_index;

pub use afterwards::after_commit;
pub use backup::{BackupError, backup};
pub use connection::{Db, create_private};
pub use database::{Database, Manager, Pooled};
pub use django::{APPS, App, Recorded, content_type_of, record_models, recorded};
pub use error::DbError;
pub use migrate::{
    MigrateError, Migrated, has_table, is_current, look, migrate, migrate_with, pending, pending_with, plan_with,
    user_table, was_adopted,
};
pub use reader::Reader;
pub use references::{Reference, holding, references};
pub use shape::{Misfit, misfits};
pub use steps::{Migrations, came_later};
