//! `token_blacklist_blacklistedtoken` (simplejwt's `BlacklistedTokenAdmin`). A token that is put here is ended in our own row of
//! it too, and stays ended when it is taken off: what was ended once may be in a thief's hands.

use super::{TOKEN_BLACKLIST, USER};
use crate::{
    admin::{
        Context, ModelAdmin, Saved,
        form::{Clean, Form, already},
        options::{Field, Fieldset, Initial, Kind, Options, To},
        record::Record,
        save,
    },
    auth::AuthError,
    db::statement::{Statement, Value, text_of},
    events::{self, Event, Kind as What},
    jwt::models::{outstanding, token},
    users::model as user,
};

/// Refresh tokens that are good no more.
pub struct BlacklistedTokenAdmin;

const TOKEN: To = To {
    model: ("token_blacklist", "outstandingtoken"),
    table: "token_blacklist_outstandingtoken",
    repr: "'Token for ' || coalesce(u.username, 'None') || ' (' || r.jti || ')'",
    from: "FROM token_blacklist_outstandingtoken r LEFT JOIN auth_user u ON u.id = r.user_id",
    order: "r.user_id, r.id DESC",
};

impl ModelAdmin for BlacklistedTokenAdmin {
    fn options(&self) -> Options {
        let of_token = |name, label, kind, sql| Field::new(name, label, kind, sql).blank();
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("token", "Token", Kind::ForeignKey(TOKEN), "t.token_id")
                .unique()
                .help("The ID of the outstanding token that is to be ended."),
            of_token("token_jti", "Jti", Kind::Text(255), "o.jti"),
            of_token("token_user", "User", Kind::ForeignKey(USER), "o.user_id"),
            of_token("token_created_at", "Created at", Kind::DateTime, "o.created_at"),
            of_token("token_expires_at", "Expires at", Kind::DateTime, "o.expires_at"),
            Field::new("blacklisted_at", "Blacklisted at", Kind::DateTime, "t.blacklisted_at").initial(Initial::OnAdd),
        ];
        Options {
            about: "Refresh tokens that are good no more. A token that was ended on this site stays ended if it is \
                    taken off this list; one that only Django has blacklisted is good again.",
            joins: "LEFT JOIN token_blacklist_outstandingtoken o ON o.id = t.token_id",
            repr: "token_jti",
            list_display: vec!["token_jti", "token_user", "token_created_at", "token_expires_at", "blacklisted_at"],
            search_fields: vec!["token_user", "token_jti"],
            search_help_text: "By the number of the user or the token’s id (jti).",
            ordering: vec!["token_user", "-id"],
            fieldsets: vec![Fieldset::new("", ["token"])],
            ..Options::new(
                TOKEN_BLACKLIST,
                "blacklistedtoken",
                ("Blacklisted Token", "Blacklisted Tokens"),
                "token_blacklist_blacklistedtoken",
                fields,
            )
        }
    }

    fn repr(&self, _: &Options, record: &Record) -> String {
        let username = if record.is_null("token_user") { "None" } else { record.label("token_user") };
        format!("Blacklisted token for {username}")
    }

    fn needs(&self) -> Vec<&'static str> {
        vec!["token_user"]
    }

    fn subject(&self, record: &Record) -> Option<i32> {
        record.text("token_user").parse().ok()
    }

    fn may_be_dangerous(&self) -> bool {
        true
    }

    /// Another token in the place of this takes this one off the list.
    fn is_dangerous(&self, form: &Form, record: Option<&Record>) -> bool {
        record.is_some() && form.has_changed("token")
    }

    fn is_deletion_dangerous(&self) -> bool {
        true
    }

    fn save(
        &self,
        context: &mut Context<'_>,
        options: &Options,
        form: &mut Form,
        record: Option<&Record>,
    ) -> Result<Saved, AuthError> {
        let Some(Clean::Int(Some(id))) = form.values.get("token").cloned() else { return Ok(Saved::Refused) };
        let saved = match record {
            Some(_) => save::save(context, options, form, record)?,
            None => add(context, options, form, id)?,
        };
        if saved != Saved::Refused && form.has_changed("token") {
            end(context, id)?;
        }
        Ok(saved)
    }
}

/// Blacklists a token, unless somebody else has just now.
fn add(context: &mut Context<'_>, options: &Options, form: &mut Form, id: i64) -> Result<Saved, AuthError> {
    let now = context.now();
    if !outstanding::blacklist(context.db, id, now)? {
        if let Some(field) = options.field("token") {
            form.refuse(field.name, already(options, field));
        }
        return Ok(Saved::Refused);
    }
    let row = Statement::new(format!("SELECT {} FROM {} WHERE token_id = ", text_of("id"), options.table));
    Ok(Saved::Written(row.bind(Value::Int(id)).value(context.db)?.unwrap_or_default()))
}

/// Ends the token in our row of it, and notes that for its owner.
fn end(context: &mut Context<'_>, id: i64) -> Result<(), AuthError> {
    let row = Statement::new("SELECT jti, CAST(user_id AS text) FROM token_blacklist_outstandingtoken WHERE id = ");
    let Some(row) = row.bind(Value::Int(id)).rows(context.db)?.into_iter().next() else { return Ok(()) };
    let [Some(jti), owner] = row.as_slice() else { return Ok(()) };
    let now = context.now();
    token::end(context.db, jti, None, now)?;
    let owner = match owner.as_deref().and_then(|id| id.parse().ok()) {
        Some(id) => user::find(context.db, id)?,
        None => None,
    };
    let Some(owner) = owner else { return Ok(()) };
    let by = format!("by {} in the admin", context.editor.user.username);
    let event = Event::new(What::TokenEnded, context.client).of(owner.id, &owner.username).detail(&by);
    Ok(events::record(context.db, &event, now)?)
}
