//! What is kept of somebody, for themselves (GDPR, article 15 and 20).

use serde::Serialize;
use serde_json::{Value, json};
use time::{PrimitiveDateTime, format_description::well_known::Rfc3339, macros::datetime};

use super::{Accounts, links};
use crate::{
    auth::{AuthError, own_sessions, permissions},
    db::Db,
    devices, events, jwt, posts,
    settings::SessionSettings,
    users::{User, model as user},
};

/// How many of the latest events are told.
const EVENTS: i64 = 10_000;
/// Before all that is kept.
const EVER: PrimitiveDateTime = datetime!(1970-01-01 00:00);

impl Accounts {
    /// All that is kept of `user`, but for what opens anything: no hash, no key, no token.
    pub fn data_of(&self, db: &mut Db, user: &User, sessions: &SessionSettings) -> Result<Value, AuthError> {
        let now = self.auth.clock.now();
        Ok(json!({
            "exported_at": moment(now),
            "account": {
                "id": user.id,
                "username": user.username,
                "first_name": user.first_name,
                "last_name": user.last_name,
                "email": user.email,
                "unconfirmed_email": self.awaited_email(db, user)?,
                "is_active": user.is_active,
                "is_staff": user.is_staff,
                "is_superuser": user.is_superuser,
                "role": user::role(db, user.id)?,
                "date_joined": moment(user.date_joined),
                "last_login": user.last_login.map(moment),
            },
            "groups": permissions::groups_of(db, user.id)?,
            "user_permissions": permissions::own_of(db, user.id)?,
            "sessions": self.sessions_of(db, user, sessions)?,
            "programs": self.programs_of(db, user)?,
            "links": all(links::model::sent_to(db, user.id)?, |(kind, made_at)| json!({
                "kind": kind,
                "made_at": moment(made_at),
            })),
            "devices": all(devices::known(db, user, EVER)?, |device| json!({
                "last_seen_at": moment(device.last_seen_at),
                "ip_address": device.ip_address,
                "user_agent": device.user_agent,
            })),
            "events": all(events::recent_of(db, user, EVENTS)?, |event| json!({
                "created_at": moment(event.created_at),
                "kind": event.kind.as_str(),
                "ip_address": event.ip_address,
                "user_agent": event.user_agent,
                "detail": event.detail,
            })),
            "posts": all(posts::list(db, Some(user.id), i64::MAX, 0)?, |post| json!({
                "id": post.id,
                "title": post.title,
                "body": post.body,
                "created_at": moment(post.created_at),
                "updated_at": moment(post.updated_at),
            })),
        }))
    }

    fn sessions_of(&self, db: &mut Db, user: &User, settings: &SessionSettings) -> Result<Value, AuthError> {
        let own = own_sessions::list(db, &self.auth, settings, user, None)?;
        Ok(all(own.sessions, |session| {
            json!({
                "created_at": moment(session.created_at),
                "last_seen_at": moment(session.last_seen_at),
                "expire_date": moment(session.expire_date),
                "ip_address": session.ip_address,
                "user_agent": session.user_agent,
            })
        }))
    }

    fn programs_of(&self, db: &mut Db, user: &User) -> Result<Value, AuthError> {
        let own = jwt::own_tokens::list(db, user, self.auth.clock.now())?;
        Ok(all(own.tokens, |token| {
            json!({
                "started_at": token.started_at.map(moment),
                "last_used_at": token.last_used_at.map(moment),
                "expires_at": moment(token.expires_at),
                "ip_address": token.ip_address,
                "user_agent": token.user_agent,
            })
        }))
    }
}

fn all<T, S: Serialize>(things: Vec<T>, tell: impl Fn(T) -> S) -> Value {
    things.into_iter().map(|thing| serde_json::to_value(tell(thing)).unwrap_or_default()).collect()
}

fn moment(at: PrimitiveDateTime) -> String {
    at.assume_utc().format(&Rfc3339).unwrap_or_default()
}
