//! `/admin/auth/user/<id>/end_everything/`: every browser and program of theirs is logged out.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{Saying, Tool, back, by, log_it, unless_gone};
use crate::{
    admin::Context,
    auth::{AuthError, own_sessions, session},
    jwt::own_tokens,
    site::Site,
    users::User,
    web::{
        PageError,
        admin::{
            frame::Level,
            staff::{Staff, StaffForm},
        },
        redirect,
    },
};

const TOOL: Tool =
    Tool { path: "end_everything", title: "End all sessions and tokens", permission: "auth.change_user" };

fn look(context: &mut Context<'_>, person: &User) -> Result<Saying, AuthError> {
    let settings = &context.settings.sessions;
    let sessions = own_sessions::list(context.db, context.auth, settings, person, None)?.total;
    let now = context.now();
    let tokens = own_tokens::list(context.db, person, now)?.total;
    let mut says = vec![
        "Every browser in which they are logged in and every program that renews its token will be logged out. They can \
         log in again."
            .to_owned(),
    ];
    if person.id == context.editor.user.id {
        says.push("This is your own account: you will be logged out here too.".to_owned());
    }
    let details = vec![format!("Sessions: {sessions}"), format!("Programs with a refresh token: {tokens}")];
    Ok(Saying { says, details, button: Some("Log them out everywhere"), is_final: true })
}

/// Says what ends.
pub async fn get(request: HttpRequest, staff: Staff, id: web::Path<String>) -> Result<HttpResponse, PageError> {
    TOOL.show(&request, &staff, id.into_inner(), look).await
}

/// Ends it.
pub async fn post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let editor = form.staff.user.id;
    let ended = form.staff.run(move |context| {
        let (person, model) = TOOL.target(context, &id)?;
        let sessions = own_sessions::keys(context.db, context.auth, &person)?;
        let ended = context.write(|context| {
            context.accounts.end_everything_of(context.db, by(context), &person, &sessions)?;
            log_it(context, model, &person, TOOL.path, "Ended all sessions and tokens.")
        });
        ended.map_err(unless_gone)?;
        Ok(person)
    });
    let person = ended.await?;
    if person.id == editor {
        session::flush(&request);
        return Ok(redirect::to(&site.path("/admin/login/")));
    }
    let message = format!("All sessions and tokens of “{}” were ended.", person.username);
    Ok(back(&request, &site, &person, Level::Success, message))
}
