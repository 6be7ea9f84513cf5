//! With which key sites sign, noted now and then: instances may differ while keys are switched, so each notes its own.

use time::Duration;

use super::model;
use crate::{
    audit,
    auth::{Auth, AuthError},
    crypto::fingerprint,
};

/// How often a site notes it.
const NOTE_EVERY: Duration = Duration::minutes(5);
/// For so long after it was last noted a key may have signed: no later than by then it would have been noted again.
pub(super) const UNNOTED: Duration = Duration::minutes(10);

/// Seals the head of the audit log with the key with which this site signs, and notes that it does if that was not noted lately.
pub fn note(auth: &Auth) -> Result<(), AuthError> {
    let (key, now) = (fingerprint(auth.keys.current()), auth.clock.now());
    let mut db = auth.db()?;
    audit::seal_anew(&mut db, &auth.keys)?;
    // Most of the time there is nothing to write, and nobody has to wait.
    if model::find(&mut db, &key)?.is_none_or(|seen| now - seen.last >= NOTE_EVERY) {
        db.write(|db| Ok::<_, AuthError>(model::note(db, &key, now)?))?;
    }
    Ok(())
}
