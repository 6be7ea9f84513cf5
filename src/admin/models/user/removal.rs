//! Users are deleted, all or none: with what Django would delete, with their sessions, and never the last superuser.

use super::{change::LAST_SUPERUSER, id_of};
use crate::{
    accounts::By,
    admin::{
        Context,
        deletion::Deleted,
        log,
        options::{Options, Related},
        record::Record,
    },
    auth::{AuthError, models::user, own_sessions},
    deletion::{self, DeletionError},
    events::Kind,
    users::User,
};

const IN_USE: &str = "Something that another application keeps still belongs to them. Nobody was deleted.";
/// Of so many at most all sessions are looked for. Those of others that Django made and nobody has used here open nothing
/// once their owner is gone, and `clearsessions` takes them away.
const FEW: usize = 20;

/// Deletes them.
pub fn delete(context: &mut Context<'_>, options: &Options, records: &[Record]) -> Result<Deleted, AuthError> {
    let mut leaving = Vec::new();
    for record in records {
        let Some(person) = user::find(context.db, id_of(record))? else { continue };
        if !context.editor.may_act_for(context.db, &person)? {
            return Ok(Deleted::Refused(format!(
                "You may not delete “{}”, who may do more than you.",
                person.username
            )));
        }
        let sessions =
            if records.len() > FEW { Vec::new() } else { own_sessions::keys(context.db, context.auth, &person)? };
        leaving.push((person, sessions));
    }
    // In one order, so that no two wait for each other.
    leaving.sort_by_key(|(person, _)| person.id);
    let deleted = context.write(|context| remove(context, options, records, &leaving));
    match deleted {
        Ok(deleted) => Ok(deleted),
        Err(DeletionError::InUse) => Ok(Deleted::Refused(IN_USE.to_owned())),
        Err(DeletionError::Auth(error)) => Err(error),
    }
}

fn remove(
    context: &mut Context<'_>,
    options: &Options,
    records: &[Record],
    leaving: &[(User, Vec<String>)],
) -> Result<Deleted, DeletionError> {
    if let Some(refusal) = refusal(context, leaving)? {
        return Ok(Deleted::Refused(refusal));
    }
    let by = By { editor: &context.editor.user, client: context.client, own_key: context.own_key };
    // Which groups they are in is gone with them.
    let acts: Vec<_> = records
        .iter()
        .map(|record| log::deletion(context, options, record, (&record.key, record.text("username"))))
        .collect::<Result<_, _>>()?;
    let mut gone = 0;
    for (person, sessions) in leaving {
        // Somebody else deleted them meanwhile.
        if !deletion::hold(context.db, person)? {
            continue;
        }
        context.accounts.record_by(context.db, by, Kind::AccountDeleted, person, "")?;
        gone += usize::from(deletion::delete(context.db, context.auth, person, sessions)?);
    }
    // With an account go the rows of what it did, so of who deletes themselves no row would stay in Django's log.
    let is_own = leaving.iter().any(|(person, _)| person.id == context.editor.user.id);
    for act in acts {
        if is_own { act.note(context, options)? } else { act.log(context, options)? }
    }
    Ok(Deleted::Gone(gone))
}

/// Why not. Whoever deletes a superuser waits here for all others who do.
fn refusal(context: &mut Context<'_>, leaving: &[(User, Vec<String>)]) -> Result<Option<String>, AuthError> {
    if !leaving.iter().any(|(person, _)| person.is_superuser) {
        return Ok(None);
    }
    let superusers = user::lock_superusers(context.db)?;
    if !superusers.contains(&context.editor.user.id) {
        return Ok(Some("You are no superuser any more.".to_owned()));
    }
    let stays = superusers.iter().any(|id| leaving.iter().all(|(person, _)| person.id != *id));
    Ok((!stays).then(|| LAST_SUPERUSER.to_owned()))
}

/// What goes with a user, as the confirmation names it.
pub fn related() -> Vec<Related> {
    let kind = |verbose_name, verbose_name_plural, table, from, repr| Related {
        verbose_name,
        verbose_name_plural,
        model: None,
        from,
        column: "r.user_id",
        repr,
        cascades: false,
        table,
    };
    vec![
        kind("log entry", "Log entries", "django_admin_log", "FROM django_admin_log r", "r.object_repr"),
        kind(
            "user-group relationship",
            "User-group relationships",
            "auth_user_groups",
            "FROM auth_user_groups r JOIN auth_group g ON g.id = r.group_id",
            "g.name",
        ),
        kind(
            "user-permission relationship",
            "User-permission relationships",
            "auth_user_user_permissions",
            "FROM auth_user_user_permissions r JOIN auth_permission p ON p.id = r.permission_id",
            "p.name",
        ),
        Related {
            model: Some(("vestibule", "post")),
            column: "r.owner_id",
            cascades: true,
            ..kind("post", "Posts", "vestibule_post", "FROM vestibule_post r", "r.title")
        },
        Related { cascades: true, ..kind("session", "Sessions", "vestibule_session", "FROM vestibule_session r", "") },
        kind(
            "outstanding token",
            "Outstanding tokens, which end and stay as nobody’s",
            "token_blacklist_outstandingtoken",
            "FROM token_blacklist_outstandingtoken r",
            "",
        ),
    ]
}
