//! Whether a table has so many rows that its list may not count them.

use std::sync::atomic::{AtomicI64, Ordering};

use time::PrimitiveDateTime;

use super::options::Options;
use crate::{
    auth::AuthError,
    db::{Db, statement::Statement},
};

/// Up to how many rows a table is small: all of them are counted, searched and paged as Django does.
pub const SMALL: i64 = 50_000;
/// For how many seconds a large table is taken for one without another look.
const REMEMBERED: i64 = 600;

/// What is known of a table. Looking takes a few milliseconds where there are very many rows, so it is remembered.
#[derive(Debug, Default)]
pub struct Size(AtomicI64);

impl Size {
    /// Whether it is large.
    pub fn is_large(&self, db: &mut Db, options: &Options, now: PrimitiveDateTime) -> Result<bool, AuthError> {
        let second = now.assume_utc().unix_timestamp();
        if (0..REMEMBERED).contains(&(second - self.0.load(Ordering::Relaxed))) {
            return Ok(true);
        }
        let one_more = format!("SELECT '1' FROM {} LIMIT 1 OFFSET {SMALL}", options.table);
        let is_large = Statement::new(one_more).value(db)?.is_some();
        self.0.store(if is_large { second } else { 0 }, Ordering::Relaxed);
        Ok(is_large)
    }
}
