//! Nobody gives what they don't have: what is newly chosen in a form is compared with what the editor may do.

use std::collections::BTreeSet;

use super::{GROUPS, id_of};
use crate::{
    admin::{
        Context,
        form::Form,
        options::Through,
        record::{self, Record},
    },
    auth::{AuthError, permissions},
    db::statement::{Statement, Value},
};

/// Refuses permissions that are new in the field `name` and that the editor doesn't have.
pub fn refuse_permissions(
    context: &mut Context<'_>,
    form: &mut Form,
    name: &'static str,
    through: &Through,
    record: Option<&Record>,
) -> Result<(), AuthError> {
    let new = newly_chosen(context, form, name, through, record)?;
    let wanted = named(context, Statement::new("SELECT c.app_label || '.' || r.codename ").sql(through.to.from), &new)?;
    let lacking = context.editor.lacks(&wanted);
    if !lacking.is_empty() {
        form.refuse(name, format!("You can’t give what you may not do yourself: {}.", lacking.join(", ")));
    }
    Ok(())
}

/// Refuses groups that are new and may do what the editor may not.
pub fn refuse_groups(context: &mut Context<'_>, form: &mut Form, record: Option<&Record>) -> Result<(), AuthError> {
    for group in newly_chosen(context, form, "groups", &GROUPS, record)? {
        let granted = Statement::new(
            "SELECT c.app_label || '.' || p.codename FROM auth_group_permissions g \
             JOIN auth_permission p ON p.id = g.permission_id JOIN django_content_type c ON c.id = p.content_type_id \
             JOIN auth_group r ON r.id = g.group_id",
        );
        let wanted = named(context, granted, &[group])?;
        let lacking = context.editor.lacks(&wanted);
        if !lacking.is_empty() {
            let group = record::named(context.db, &GROUPS.to, group)?.unwrap_or_default();
            let lacking = lacking.join(", ");
            form.refuse("groups", format!("The group “{group}” may do what you may not do yourself: {lacking}."));
        }
    }
    Ok(())
}

/// Refuses to let somebody into the admin who may do more than the editor, once they are there.
pub fn refuse_staff(context: &mut Context<'_>, form: &mut Form, record: Option<&Record>) -> Result<(), AuthError> {
    let Some(record) = record.filter(|record| !record.is_true("is_staff")) else { return Ok(()) };
    if form.flag("is_staff") != Some(true) {
        return Ok(());
    }
    let lacking = context.editor.lacks(&permissions::granted_to(context.db, id_of(record))?);
    if !lacking.is_empty() {
        let lacking = lacking.join(", ");
        form.refuse("is_staff", format!("They may do what you may not do yourself: {lacking}."));
    }
    Ok(())
}

/// What is chosen in a field and was not before.
fn newly_chosen(
    context: &mut Context<'_>,
    form: &Form,
    name: &str,
    through: &Through,
    record: Option<&Record>,
) -> Result<Vec<i64>, AuthError> {
    let Some(wanted) = form.keys(name) else { return Ok(Vec::new()) };
    let before = match record.and_then(|record| record.key.parse().ok()) {
        Some(key) => record::chosen(context.db, through, &Value::Int(key))?,
        None => Vec::new(),
    };
    Ok(wanted.iter().copied().filter(|key| !before.contains(key)).collect())
}

/// The names, as `auth.change_user`, that a statement finds of rows `r` with these keys.
fn named(context: &mut Context<'_>, statement: Statement, keys: &[i64]) -> Result<BTreeSet<String>, AuthError> {
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let statement = statement.sql(" WHERE r.id IN ").bind_all(keys.iter().copied().map(Value::Int));
    Ok(statement.rows(context.db)?.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}
