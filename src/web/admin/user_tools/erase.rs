//! `/admin/auth/user/<id>/erase/`: the account goes, and their name wherever else it stands.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{Saying, Tool, back};
use crate::{
    accounts::Erased,
    admin::{
        Context,
        log::{Act, Flag},
    },
    audit::{self, Traces},
    auth::{AuthError, own_sessions},
    deletion::{self, DeletionError},
    site::Site,
    users::User,
    web::{
        PageError,
        admin::{
            frame::{Level, say},
            proof::Proof,
            staff::{Staff, StaffForm},
        },
        redirect,
    },
};

const TOOL: Tool = Tool { path: "erase", title: "Erase", permission: "auth.delete_user" };
const OWN: &str = "This is your own account: somebody else has to erase it, or you delete it yourself.";
const LAST: &str = "The last superuser who can log in stays.";
const IN_USE: &str = "Something that another application keeps still belongs to them. Nothing was erased.";

#[expect(clippy::unnecessary_wraps, reason = "other tools look up what they say")]
fn look(context: &mut Context<'_>, person: &User) -> Result<Saying, AuthError> {
    if person.id == context.editor.user.id {
        return Ok(Saying { says: vec![OWN.to_owned()], ..Saying::default() });
    }
    let details = [
        "The account, with its groups, permissions, posts, sessions, devices and what it did here",
        "Events, failed log-ins and locks under their name or address",
        "Mail to them that waits to be sent",
        "Their name in what administrators did to them, in the texts of tokens, and in the audit log, where a pseudonym takes \
         its place",
    ];
    Ok(Saying {
        says: vec![
            format!("Everything that names “{}” will be deleted, for good.", person.username),
            "It stays in backups, in the log output and with those to whom events were sent. They are not written to."
                .to_owned(),
        ],
        details: details.map(str::to_owned).into(),
        button: Some("Erase this person"),
        is_final: true,
    })
}

/// Says what goes.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let proof = Proof::before(&request, &site).field(false);
    TOOL.show_asking(&request, &staff, id.into_inner(), proof, look).await
}

/// Erases.
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
    let erased = form.staff.run(move |context| {
        let (person, _) = TOOL.target(context, &id)?;
        Ok((erase(context, &person)?, person))
    });
    let (erased, person) = erased.await?;
    match erased {
        Ok(pseudonym) => {
            let message = format!("They were erased. Where a name must stand it is {pseudonym} now.");
            say(&request, Level::Success, message);
            Ok(redirect::to(&site.path("/admin/auth/user/")))
        }
        Err(why) => Ok(back(&request, &site, &person, Level::Error, why)),
    }
}

/// What stands in place of their name, or why nothing was done.
fn erase(context: &mut Context<'_>, person: &User) -> Result<Result<String, String>, PageError> {
    if person.id == context.editor.user.id {
        return Ok(Err(OWN.to_owned()));
    }
    let model = super::model(context, "auth", "user")?;
    let sessions = own_sessions::keys(context.db, context.auth, person)?;
    let erased = context.write(|context| -> Result<Erased, DeletionError> {
        let by = Some(&context.editor.user);
        let person = match context.accounts.hold(context.db, by, person)? {
            Ok(person) if context.editor.may_act_for(context.db, &person)? => person,
            Ok(_) => return Ok(Erased::Changed),
            Err(why) => return Ok(why),
        };
        // Before the erasure, which holds the head of the audit log.
        let (id, pseudonym) = (person.id.to_string(), audit::pseudonym_of(&context.auth.keys, &Traces::of(&person)));
        Act::new(Flag::Deletion, &id, &pseudonym).about(Some(person.id)).log(context, &model.options)?;
        context.accounts.erase(context.db, by, context.client, &person, &sessions)
    });
    match erased {
        Ok(Erased::Done { pseudonym, .. }) => Ok(Ok(pseudonym)),
        Ok(Erased::LastSuperuser) => Ok(Err(LAST.to_owned())),
        Ok(Erased::Changed) => Err(PageError::PermissionDenied),
        Ok(Erased::Gone | Erased::HasAccount(_)) => Err(PageError::NotFound),
        Err(DeletionError::InUse) => {
            let held = deletion::held_by(context.db, person)?.join(", ");
            Ok(Err(format!("{IN_USE} It is in {held}.")))
        }
        Err(DeletionError::Auth(error)) => Err(error.into()),
    }
}
