//! `/admin/auth/user/<id>/reset_link/`: a link by which they choose a new password themselves.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{Saying, Tool, back, by, log_it, unless_gone};
use crate::{
    accounts::{Accounts, Unreachable},
    admin::Context,
    auth::AuthError,
    site::Site,
    users::User,
    web::{
        PageError,
        admin::{
            frame::Level,
            staff::{Staff, StaffForm},
        },
    },
};

const TOOL: Tool = Tool { path: "reset_link", title: "Send a reset link", permission: "auth.change_user" };

fn refusal(person: &User, why: Unreachable) -> String {
    let name = &person.username;
    match why {
        Unreachable::NoAddress => format!("“{name}” has no e-mail address to which a link could be sent."),
        Unreachable::Inactive => format!("“{name}” is not active: a new password would let nobody in."),
        Unreachable::NoPassword => {
            format!("“{name}” logs in without a password. Set one first if that is to change.")
        }
        Unreachable::Flooded => {
            format!("As many letters as may be were sent to {} just now. Try again later.", person.email)
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as of the other tools, which ask the database")]
fn look(_: &mut Context<'_>, person: &User) -> Result<Saying, AuthError> {
    Ok(match Accounts::unreachable(person) {
        Some(why) => Saying { says: vec![refusal(person, why)], ..Saying::default() },
        None => Saying {
            says: vec![
                format!("A link to choose a new password will be sent to {}.", person.email),
                "It works once. Until it is used, the password stays as it is.".to_owned(),
            ],
            button: Some("Send the link"),
            ..Saying::default()
        },
    })
}

/// Says to whom it goes.
pub async fn get(request: HttpRequest, staff: Staff, id: web::Path<String>) -> Result<HttpResponse, PageError> {
    TOOL.show(&request, &staff, id.into_inner(), look).await
}

/// Sends it.
pub async fn post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let sent = form.staff.run(move |context| {
        let (person, model) = TOOL.target(context, &id)?;
        let sent = context.write(|context| {
            let sent = context.accounts.send_reset_link(context.db, by(context), &person)?;
            if sent.is_ok() {
                let words = format!("Sent a link to reset the password to {}.", person.email);
                log_it(context, model, &person, TOOL.path, &words)?;
            }
            Ok::<_, AuthError>(sent)
        });
        Ok((person, sent.map_err(unless_gone)?))
    });
    let (person, sent) = sent.await?;
    let (level, message) = match sent {
        Ok(()) => (Level::Success, format!("A link to choose a new password was sent to {}.", person.email)),
        Err(why) => (Level::Error, refusal(&person, why)),
    };
    Ok(back(&request, &site, &person, level, message))
}
