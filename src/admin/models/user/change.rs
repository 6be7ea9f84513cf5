//! A user is changed: the last superuser stays one, and whose rights or address change hears of it.

use super::{DANGEROUS, id_of};
use crate::{
    accounts::By,
    admin::{Context, Saved, form::Form, options::Options, record::Record, save},
    auth::{AuthError, models::user},
    events::Kind,
    users::User,
};

/// Said where nobody would be left to run the site.
pub const LAST_SUPERUSER: &str = "Nobody else administers this site. Make somebody else a superuser first.";
const GONE: &str = "This user was deleted meanwhile.";
/// Said to whoever lost what they need, or of whom they may not touch any more, between two clicks.
const NOT_ALLOWED: &str = "You may not change this user any more.";

/// Writes what is right, and all that follows.
pub fn save(
    context: &mut Context<'_>,
    options: &Options,
    form: &mut Form,
    record: &Record,
) -> Result<Saved, AuthError> {
    let Some(before) = user::find(context.db, id_of(record))? else {
        form.general.push(GONE.to_owned());
        return Ok(Saved::Refused);
    };
    if !context.editor.may_act_for(context.db, &before)? {
        form.general.push(NOT_ALLOWED.to_owned());
        return Ok(Saved::Refused);
    }
    if (before.is_superuser || form.has_changed("is_superuser")) && !keeps_a_superuser(context, form, &before)? {
        return Ok(Saved::Refused);
    }
    let saved = save::save(context, options, form, Some(record))?;
    if form.has_changed("role") {
        user::set_role(context.db, before.id, form.text("role"))?;
    }
    tell(context, options, form, &before)?;
    Ok(saved)
}

/// Whether somebody administers the site then, and the editor does now; all who do wait for each other here.
fn keeps_a_superuser(context: &mut Context<'_>, form: &mut Form, before: &User) -> Result<bool, AuthError> {
    let superusers = user::lock_superusers(context.db)?;
    if !superusers.contains(&context.editor.user.id) {
        form.general.push(NOT_ALLOWED.to_owned());
        return Ok(false);
    }
    let lost = ["is_superuser", "is_active"].into_iter().find(|name| form.flag(name) == Some(false));
    let is_last = superusers.iter().all(|id| *id == before.id);
    if let (Some(lost), true) = (lost, is_last) {
        form.refuse(lost, LAST_SUPERUSER);
    }
    Ok(lost.is_none() || !is_last)
}

fn tell(context: &mut Context<'_>, options: &Options, form: &Form, before: &User) -> Result<(), AuthError> {
    let by = By { editor: &context.editor.user, client: context.client, own_key: context.own_key };
    if form.has_changed("email") {
        context.accounts.after_email_change(context.db, by, before, form.text("email"))?;
    }
    let rights = DANGEROUS.iter().filter(|name| **name != "email" && form.has_changed(name));
    let labels: Vec<&str> = rights.filter_map(|name| options.field(name)).map(|field| field.label).collect();
    if !labels.is_empty() {
        context.accounts.record_by(context.db, by, Kind::RightsChanged, before, &labels.join(", "))?;
    }
    Ok(())
}
