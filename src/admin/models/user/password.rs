//! Passwords of users: what is shown of them, and what sets them. Hashes are made elsewhere, off any connection.

use super::id_of;
use crate::{
    accounts::{By, model as unconfirmed},
    admin::{
        Context, Registered,
        cell::Cell,
        form::{Form, Submitted},
        log::{self, Act, Flag},
        record::{self, Record},
        values::Values,
    },
    auth::{
        AuthError,
        hashers::{Summary, is_usable},
        models::{NewUser, user},
        own_sessions,
    },
    events::Kind,
    users::User,
};

/// The row of the form that speaks of the password.
pub fn shown(context: &mut Context<'_>, record: &Record) -> Result<Vec<Cell>, AuthError> {
    let Some(person) = user::find(context.db, id_of(record))? else { return Ok(Vec::new()) };
    let mut cells: Vec<Cell> = match context.auth.hashers.summary(&person.password) {
        Summary::Unusable => vec![Cell::text("No password set.")],
        Summary::Unknown => vec![Cell::text("Invalid password format or unknown hashing algorithm.")],
        Summary::Known(parts) => {
            parts.into_iter().map(|(name, value)| Cell::text(format!("{name}: {value}"))).collect()
        }
    };
    if context.editor.may("auth.change_user") && context.editor.may_act_for(context.db, &person)? {
        let label = if is_usable(&person.password) { "Reset password" } else { "Set password" };
        cells.push(Cell::Link(label.to_owned(), format!("auth/user/{}/password/", person.id)));
    }
    Ok(cells)
}

/// Reads the name for a new account.
pub fn bind_new(context: &mut Context<'_>, model: &Registered, submitted: Submitted) -> Result<Form, AuthError> {
    Form::bind(context, &*model.admin, &model.options, &["username"], submitted, None)
}

/// Makes an account with a name that is looked at once more, now that nobody else takes one; `None` if it is taken.
pub fn add(
    context: &mut Context<'_>,
    model: &Registered,
    form: &mut Form,
    encoded: &str,
) -> Result<Option<User>, AuthError> {
    let (username, submitted) = (form.text("username").to_owned(), form.submitted.clone());
    let added = context.write(|context| {
        unconfirmed::one_at_a_time(context.db)?;
        *form = bind_new(context, model, submitted)?;
        if !form.is_valid() {
            return Ok(None);
        }
        let new = NewUser { username, password: encoded.to_owned(), ..NewUser::default() };
        let person = user::create(context.db, &new, context.now())?;
        let by = By { editor: &context.editor.user, client: context.client, own_key: context.own_key };
        context.accounts.record_by(context.db, by, Kind::AccountAdded, &person, "")?;
        let (id, message) = (person.id.to_string(), log::added());
        let row = record::find(context.db, &model.options, &id)?.unwrap_or_default();
        let values = Values::of(context, &model.options, &row)?;
        let act = Act::new(Flag::Addition, &id, &person.username).message(&message).about(Some(person.id));
        act.changes(Values::changes(None, Some(&values))).log(context, &model.options)?;
        Ok(Some(person))
    });
    match added {
        // Django beside us doesn't wait.
        Err(AuthError::Db(error)) if error.is_unique_violation() => {
            form.refuse("username", super::TAKEN);
            Ok(None)
        }
        added => added,
    }
}

/// Gives `person` a hash; they as they are then, or `None` if they are gone.
pub fn set(
    context: &mut Context<'_>,
    model: &Registered,
    person: &User,
    encoded: &str,
) -> Result<Option<User>, AuthError> {
    let sessions = own_sessions::keys(context.db, context.auth, person)?;
    context.write(|context| {
        let by = By { editor: &context.editor.user, client: context.client, own_key: context.own_key };
        let Some(changed) = context.accounts.set_password_of(context.db, by, person, encoded, &sessions)? else {
            return Ok(None);
        };
        // As Django: of a password that was disabled the row says nothing.
        let message = log::changed(if is_usable(encoded) { &["password"] } else { &[] });
        let (id, repr) = (person.id.to_string(), person.username.clone());
        let name = if is_usable(encoded) { "password_set" } else { "password_disabled" };
        let act = Act::new(Flag::Change, &id, &repr).message(&message).named(name).about(Some(person.id));
        act.log(context, &model.options)?;
        Ok(Some(changed))
    })
}
