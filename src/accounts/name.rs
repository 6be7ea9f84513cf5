//! Another name.

use super::Accounts;
use crate::{
    audit::Changes,
    auth::{AuthError, models::user},
    client::Client,
    db::Db,
    users::User,
};

impl Accounts {
    /// Gives `user` another name.
    pub fn change_name(
        &self,
        db: &mut Db,
        client: &Client,
        user: &User,
        first_name: &str,
        last_name: &str,
    ) -> Result<(), AuthError> {
        let fields = [("first_name", &*user.first_name, first_name), ("last_name", &*user.last_name, last_name)];
        let others = fields.into_iter().filter(|(_, old, new)| old != new);
        let changes = others.fold(Changes::new(), |changes, (name, old, new)| changes.with(name, old, new));
        if changes.is_empty() {
            return Ok(());
        }
        db.write(|db| {
            user::set_name(db, user.id, first_name, last_name)?;
            self.audit(db, "name_changed", client, user, changes)
        })
    }
}
