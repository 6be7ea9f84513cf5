//! `token_blacklist_outstandingtoken` (simplejwt's `OutstandingTokenAdmin`), but for the token itself, which opens the account
//! of its owner and is shown nowhere.

use super::{TOKEN_BLACKLIST, USER};
use crate::{
    admin::{
        Context, ModelAdmin,
        cell::Cell,
        options::{Field, Fieldset, Kind, Options},
        record::Record,
    },
    auth::AuthError,
    devices,
};

/// Refresh tokens that were given.
pub struct OutstandingTokenAdmin;

impl ModelAdmin for OutstandingTokenAdmin {
    fn options(&self) -> Options {
        let noted = |name, label, kind, sql| Field::new(name, label, kind, sql).blank();
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("user", "User", Kind::ForeignKey(USER), "t.user_id").blank(),
            Field::new("jti", "Jti", Kind::Text(255), "t.jti").unique(),
            Field::new("created_at", "Created at", Kind::DateTime, "t.created_at").blank(),
            Field::new("expires_at", "Expires at", Kind::DateTime, "t.expires_at"),
            noted("blacklisted_at", "Blacklisted at", Kind::DateTime, "b.blacklisted_at"),
            noted("started_at", "Logged in at", Kind::DateTime, "v.started_at"),
            noted("ended_at", "Ended here at", Kind::DateTime, "v.ended_at"),
            noted("device", "Program", Kind::Text(255), "v.user_agent"),
            noted("user_agent", "User Agent", Kind::Text(255), "v.user_agent"),
            noted("ip_address", "IP Address", Kind::Text(39), "v.ip_address"),
        ];
        let mut options = Options {
            about: "Refresh tokens that were given to programs. To end one, blacklist it.",
            joins: "LEFT JOIN token_blacklist_blacklistedtoken b ON b.token_id = t.id \
                    LEFT JOIN vestibule_token v ON v.jti = t.jti",
            repr: "jti",
            list_display: vec!["jti", "user", "created_at", "expires_at"],
            search_fields: vec!["user", "jti"],
            search_help_text: "By the number of the user or the token’s id (jti).",
            ordering: vec!["user", "-id"],
            export: vec!["blacklisted_at", "ip_address", "user_agent"],
            fieldsets: vec![
                Fieldset::new("", ["id", "user", "jti", "created_at", "expires_at"]),
                Fieldset::new("State", ["blacklisted_at", "ended_at"]),
                Fieldset::new("Program", ["device", "user_agent", "ip_address", "started_at"]),
            ],
            secrets: &["token"],
            ..Options::new(
                TOKEN_BLACKLIST,
                "outstandingtoken",
                ("Outstanding Token", "Outstanding Tokens"),
                "token_blacklist_outstandingtoken",
                fields,
            )
        }
        .read_only();
        options.can_delete = false;
        options
    }

    fn repr(&self, _: &Options, record: &Record) -> String {
        let username = if record.is_null("user") { "None" } else { record.label("user") };
        format!("Token for {username} ({})", record.text("jti"))
    }

    fn cell(&self, _: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Cell>, AuthError> {
        Ok(match name {
            "device" if record.is_null("device") => Some(Cell::Empty),
            "device" => Some(Cell::text(devices::describe(record.text("device")))),
            _ => None,
        })
    }

    fn needs(&self) -> Vec<&'static str> {
        vec!["user", "jti"]
    }
}
