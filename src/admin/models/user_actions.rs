//! What can be done with several users at once.

use crate::{
    admin::{
        Context,
        action::{Action, Done},
        log::{Act, Flag},
        options::Options,
        record::Record,
    },
    auth::{AuthError, own_sessions},
    events::{self, Event, Kind},
    jwt,
    users::{User, model as user},
};

/// All of it.
pub(super) fn all() -> Vec<Action> {
    vec![Action {
        name: "log_out_everywhere",
        description: "Log out selected users everywhere",
        permission: "auth.change_user",
        question: "Are you sure? All sessions of these users end, and all programs that they use are logged out.",
        is_dangerous: false,
        run: log_out_everywhere,
    }]
}

/// Ends all sessions and tokens of each, one after the other: that of one need not wait for the others.
fn log_out_everywhere(context: &mut Context<'_>, options: &Options, records: &[Record]) -> Result<Done, AuthError> {
    let mut count = 0;
    for record in records {
        let Ok(id) = record.key.parse() else { continue };
        let Some(user) = user::find(context.db, id)? else { continue };
        match end_everything(context, options, &user) {
            Ok(()) => count += 1,
            // They were deleted meanwhile.
            Err(AuthError::Db(error)) if error.is_foreign_key_violation() => {}
            Err(error) => return Err(error),
        }
    }
    let users = if count == 1 { "1 user".to_owned() } else { format!("{count} users") };
    Ok(Done::new(format!("Logged out {users} everywhere.")))
}

fn end_everything(context: &mut Context<'_>, options: &Options, user: &User) -> Result<(), AuthError> {
    let auth = context.auth;
    let sessions = own_sessions::keys(context.db, auth, user)?;
    let by = format!("by {} in the admin", context.editor.user.username);
    context.write(|context| {
        let now = context.now();
        own_sessions::end_all_but(context.db, auth, user, &sessions, None)?;
        jwt::end_all(context.db, user.id, now)?;
        let event = Event::new(Kind::EverythingEnded, context.client).of(user.id, &user.username).detail(&by);
        events::record(context.db, &event, now)?;
        let id = user.id.to_string();
        let act = Act::new(Flag::Change, &id, &user.username).message("Logged out everywhere.");
        act.named("end_everything").about(Some(user.id)).log(context, options)
    })
}
