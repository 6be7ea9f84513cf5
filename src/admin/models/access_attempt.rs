//! `axes_accessattempt` (`axes.admin.AccessAttemptAdmin`): failures that count. Who deletes rows opens what they locked.

use std::{collections::BTreeMap, sync::Arc};

use super::{AXES, python_time};
use crate::{
    admin::{
        Context, ModelAdmin,
        action::{Action, Done},
        cell::Cell,
        deletion::Deleted,
        filters::{CustomFilter, ListFilter},
        log::{self, Act, Flag},
        options::{Field, Fieldset, Kind, Options},
        record::Record,
    },
    auth::AuthError,
    db::batches::{BATCH, Pace, in_batches},
    events::{self, Event},
    lockout::{Lockout, models::hanging::Policy, reset},
    settings::Settings,
};

/// Failed log-ins, counted by name, address and browser.
pub struct AccessAttemptAdmin {
    /// `None` where nothing locks.
    policy: Option<Policy>,
}

impl AccessAttemptAdmin {
    /// Under these settings.
    pub fn new(settings: &Settings) -> Self {
        let (is_on, lockout) = (Lockout::new(settings).is_on(), &settings.lockout);
        let policy = Policy { limit: i64::from(lockout.failure_limit.get()), cool_off: lockout.cooloff_time.0 };
        Self { policy: (is_on && lockout.lock_out_at_failure).then_some(policy) }
    }

    fn locked_out(policy: Policy) -> ListFilter {
        ListFilter::Custom(CustomFilter {
            title: "locked out",
            parameter: "locked_out",
            lookups: &[("yes", "Yes"), ("no", "No")],
            condition: Arc::new(move |value, now| match value {
                "yes" => Some(policy.locks(now)),
                "no" => Some(crate::db::statement::Statement::new("NOT ").then(policy.locks(now))),
                _ => None,
            }),
        })
    }
}

impl ModelAdmin for AccessAttemptAdmin {
    fn options(&self) -> Options {
        let mut list_display =
            vec!["attempt_time", "ip_address", "user_agent", "username", "path_info", "failures_since_start"];
        let mut list_filter = vec![ListFilter::Field("attempt_time"), ListFilter::Field("path_info")];
        let mut first = vec!["username", "path_info", "failures_since_start", "attempt_time"];
        if let Some(policy) = self.policy {
            list_display.push("status");
            list_filter.push(Self::locked_out(policy));
            first.push("status");
        }
        Options {
            repr: "attempt_time",
            about: "Failed log-ins that count: one row for each name, address and browser. Who is locked out may log in \
                    again when their rows are deleted; what an address did under many names stays locked for its time.",
            list_display,
            list_filter,
            search_fields: vec!["ip_address", "username", "user_agent", "path_info"],
            date_hierarchy: Some("attempt_time"),
            fieldsets: vec![
                Fieldset::new("", first),
                Fieldset::new("Form Data", ["get_data", "post_data"]),
                Fieldset::new("Meta Data", ["user_agent", "ip_address", "http_accept"]),
            ],
            actions: vec![Action {
                name: "cleanup_expired_attempts",
                description: "Clean up expired attempts",
                permission: "axes.delete_accessattempt",
                question: "",
                is_dangerous: false,
                run: clean_up,
            }],
            ..Options::new(AXES, "accessattempt", ("access attempt", "access attempts"), "axes_accessattempt", fields())
                .read_only()
        }
    }

    fn repr(&self, _: &Options, record: &Record) -> String {
        format!("Attempted Access: {}", python_time(record, "attempt_time"))
    }

    fn cell(&self, context: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Cell>, AuthError> {
        let (Some(policy), "status", Ok(key)) = (self.policy, name, record.key.parse()) else { return Ok(None) };
        let now = context.now();
        Ok(Some(match policy.left(context.db, key, now)? {
            ..=0 => Cell::Alarm("Locked Out".to_owned()),
            left => Cell::Text(format!("{left} Attempt Remaining")),
        }))
    }

    /// Some at a time, so that those who log in wait for no more than that. It is recorded who did it, for whom.
    fn delete(&self, context: &mut Context<'_>, options: &Options, records: &[Record]) -> Result<Deleted, AuthError> {
        let mut deleted = 0;
        for batch in records.chunks(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
            deleted += context.write(|context| self.delete_batch(context, options, batch))?;
        }
        Ok(Deleted::Gone(deleted))
    }
}

impl AccessAttemptAdmin {
    fn delete_batch(
        &self,
        context: &mut Context<'_>,
        options: &Options,
        records: &[Record],
    ) -> Result<usize, AuthError> {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for record in records {
            log::log_deletion(context, options, record, (&record.key, &self.repr(options, record)))?;
            *names.entry(record.text("username")).or_default() += 1;
        }
        let (now, editor) = (context.now(), &context.editor.user);
        for (name, count) in names {
            let detail = format!("admin: {} deleted {count} of axes’ rows", editor.username);
            let event = Event::new(events::Kind::LockoutReset, context.client).typed(name).detail(&detail);
            events::record(context.db, &event, now)?;
        }
        let ids: Vec<i32> = records.iter().filter_map(|record| record.key.parse().ok()).collect();
        Ok(reset::delete_attempts(context.db, &ids, now)?.attempts)
    }
}

/// Deletes what counts no more, chosen or not. Django lets whoever may view do this; here it takes leave to delete.
fn clean_up(context: &mut Context<'_>, options: &Options, _: &[Record]) -> Result<Done, AuthError> {
    let cleaned = match context.settings.lockout.cooloff_time.0 {
        Some(cool_off) => {
            let now = context.now();
            let until = now.saturating_sub(cool_off);
            let batch =
                || context.write(|context| Ok::<_, AuthError>(reset::delete_expired_attempts(context.db, until, now)?));
            let cleaned = in_batches(Pace::Brisk, |_| (), batch)?;
            let what = format!("{cleaned} expired access attempts");
            Act::new(Flag::Deletion, "", &what).named("cleanup_expired_attempts").note(context, options)?;
            cleaned
        }
        None => 0,
    };
    Ok(Done::new(format!("Cleaned up {cleaned} expired access attempt{}.", if cleaned == 1 { "" } else { "s" })))
}

fn fields() -> Vec<Field> {
    vec![
        Field::new("id", "ID", Kind::Key, "t.id"),
        Field::new("attempt_time", "Attempt Time", Kind::DateTime, "t.attempt_time"),
        Field::new("ip_address", "IP Address", Kind::Address, "t.ip_address").blank(),
        Field::new("user_agent", "User Agent", Kind::Text(255), "t.user_agent"),
        Field::new("username", "Username", Kind::Text(255), "t.username").blank(),
        Field::new("path_info", "Path", Kind::Text(255), "t.path_info"),
        Field::new("failures_since_start", "Failed Logins", Kind::Integer, "t.failures_since_start"),
        Field::new("status", "Status", Kind::Text(255), ""),
        Field::new("get_data", "GET Data", Kind::LongText, "t.get_data"),
        Field::new("post_data", "POST Data", Kind::LongText, "t.post_data"),
        Field::new("http_accept", "HTTP Accept", Kind::Text(1025), "t.http_accept"),
    ]
}
