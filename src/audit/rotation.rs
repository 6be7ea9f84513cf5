//! The head under another key. Entries stay under the one that they were made with, which verifies them.

use super::{
    head::Sealed,
    model,
    seal::{head_seal, sealed_by},
};
use crate::{auth::AuthError, crypto::SecretKeys, db::Db};

/// The place of the key that sealed the head, as [`SecretKeys::all`] counts; `None` for an empty log, and if none of ours did.
pub fn head_key(db: &mut Db, keys: &SecretKeys) -> Result<Option<usize>, AuthError> {
    Ok(model::head(db)?.and_then(|head| place(&head, keys)))
}

/// Seals the head with the key that signs if an older one of ours did: else the next entry would stand after a head that
/// nobody knows once the older key is dropped.
pub fn seal_anew(db: &mut Db, keys: &SecretKeys) -> Result<(), AuthError> {
    if head_key(db, keys)?.is_none_or(|place| place == 0) {
        return Ok(());
    }
    db.write(|db| {
        // Somebody may have appended meanwhile.
        let Some(head) = model::hold_head(db)?.filter(|head| place(head, keys).is_some_and(|place| place > 0)) else {
            return Ok(());
        };
        let seal = head_seal(keys.current(), head.number, &head.hash);
        Ok(model::set_head(db, &Sealed { seal, ..head })?)
    })
}

fn place(head: &Sealed, keys: &SecretKeys) -> Option<usize> {
    sealed_by(keys, head.number, &head.hash, &head.seal)
}
