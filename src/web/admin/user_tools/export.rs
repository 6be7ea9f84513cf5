//! `/admin/auth/user/<id>/export_data/`: all that is kept of somebody, as a file for a data officer.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use super::{Saying, Tool, log_it, unless_gone};
use crate::{
    admin::Context,
    auth::AuthError,
    site::Site,
    users::User,
    web::{
        PageError,
        admin::{
            proof::Proof,
            staff::{Staff, StaffForm},
        },
    },
};

const TOOL: Tool = Tool { path: "export_data", title: "Export data", permission: "auth.change_user" };

#[expect(clippy::unnecessary_wraps, reason = "as of the other tools, which ask the database")]
fn look(_: &mut Context<'_>, person: &User) -> Result<Saying, AuthError> {
    Ok(Saying {
        says: vec![
            format!("All that is kept of “{}” will be sent to you as one JSON file.", person.username),
            "That is the account, sessions, programs, devices, events, posts, failed log-ins, and both logs. No password, key or \
             token is in it."
                .to_owned(),
            "What you may not see elsewhere in the admin is left out.".to_owned(),
            "It is noted in the audit log that you have it.".to_owned(),
        ],
        button: Some("Download the data"),
        ..Saying::default()
    })
}

/// Says what is in it.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let proof = Proof::before(&request, &site).field(false);
    TOOL.show_asking(&request, &staff, id.into_inner(), proof, look).await
}

/// Sends it.
pub async fn post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let id = id.into_inner();
    if let Some(page) = TOOL.ask_for_proof(&request, &site, &form, &id, look).await? {
        return Ok(page);
    }
    let exported = form.staff.run(move |context| {
        let (person, model) = TOOL.target(context, &id)?;
        let data = context
            .accounts
            .export_of(context.db, &person, &context.settings.sessions, |permission| context.editor.may(permission))?;
        let noted = context.write(|context| log_it(context, model, &person, "exported", "Exported their data."));
        noted.map_err(unless_gone)?;
        Ok((person.id, data))
    });
    let (id, data) = exported.await?;
    let text = serde_json::to_string_pretty(&data).map_err(|error| PageError::Internal(error.into()))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"user-{id}.json\"")))
        .body(text))
}
