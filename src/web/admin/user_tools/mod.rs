//! What can be done with one user beside changing them. Each has a page that says what it is about to do, and a button.

pub mod end_everything;
pub mod erase;
pub mod export;
pub mod reset_link;
pub mod unlock;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    frame::{Frame, Level, path_of, say},
    model,
    proof::Proof,
    staff::{Staff, StaffForm},
    user_password::find,
};
use crate::{
    accounts::By,
    admin::{
        Context, Registered,
        log::{Act, Flag},
    },
    auth::AuthError,
    site::Site,
    users::User,
    web::{
        PageError,
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin/auth/user_tool.html")]
pub struct UserToolPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// Whom it is about.
    pub username: String,
    /// Their key.
    pub id: i32,
    /// What it does, or why it can't.
    pub says: Vec<String>,
    /// What it is about, one by one.
    pub details: Vec<String>,
    /// What the button says; `None` if there is nothing to press.
    pub button: Option<&'static str>,
    /// Whether it can't be undone.
    pub is_final: bool,
    /// Where the editor's own password is asked for.
    pub proof: Option<Field>,
}

shown!(UserToolPage);

/// A tool.
struct Tool {
    /// The last part of its path.
    path: &'static str,
    /// What its page is called.
    title: &'static str,
    /// What it takes.
    permission: &'static str,
}

/// What a page says.
#[derive(Default)]
struct Saying {
    says: Vec<String>,
    details: Vec<String>,
    button: Option<&'static str>,
    is_final: bool,
}

impl Tool {
    /// Whom it is about, if the editor may use it on them.
    fn target<'a>(&self, context: &mut Context<'a>, id: &str) -> Result<(User, &'a Registered), PageError> {
        let model = model(context, "auth", "user")?;
        if !context.editor.may(self.permission) || !context.may(model, "view") {
            return Err(PageError::PermissionDenied);
        }
        let person = find(context, model, id)?.ok_or(PageError::NotFound)?;
        if context.editor.may_act_for(context.db, &person)? {
            Ok((person, model))
        } else {
            Err(PageError::PermissionDenied)
        }
    }

    /// Its page.
    async fn show(
        &'static self,
        request: &HttpRequest,
        staff: &Staff,
        id: String,
        look: impl FnOnce(&mut Context<'_>, &User) -> Result<Saying, AuthError> + Send + 'static,
    ) -> Result<HttpResponse, PageError> {
        self.show_asking(request, staff, id, None, look).await
    }

    /// The page that asks for the editor's own password, unless the form has it or they have just given it. Whoever may not use
    /// the tool is not asked.
    async fn ask_for_proof(
        &'static self,
        request: &HttpRequest,
        site: &web::Data<Site>,
        form: &StaffForm,
        id: &str,
        look: impl FnOnce(&mut Context<'_>, &User) -> Result<Saying, AuthError> + Send + 'static,
    ) -> Result<Option<HttpResponse>, PageError> {
        let (staff, target) = (form.staff.clone(), id.to_owned());
        staff.run(move |context| self.target(context, &target).map(drop)).await?;
        let proof = Proof::of(request, site, &form.staff, &form.data).await?;
        if proof.is_given {
            return Ok(None);
        }
        self.show_asking(request, &form.staff, id.to_owned(), proof.field(true), look).await.map(Some)
    }

    /// Its page, with a field for the editor's own password.
    async fn show_asking(
        &'static self,
        request: &HttpRequest,
        staff: &Staff,
        id: String,
        proof: Option<Field>,
        look: impl FnOnce(&mut Context<'_>, &User) -> Result<Saying, AuthError> + Send + 'static,
    ) -> Result<HttpResponse, PageError> {
        let seen = staff.run(move |context| {
            let (person, model) = self.target(context, &id)?;
            let path = format!("{}{}/", path_of(model), person.id);
            let frame = Frame::new(context, self.title, Some(model))
                .step(person.username.clone(), format!("{path}change/"))
                .step(self.title, format!("{path}{}/", self.path));
            Ok((look(context, &person)?, person, frame))
        });
        let (Saying { says, details, button, is_final }, person, frame) = seen.await?;
        let (page, frame) = (Page::new(request, Some(&staff.user)), frame.saying(request));
        let (username, id) = (person.username, person.id);
        let proof = proof.filter(|_| button.is_some());
        render(&UserToolPage { page, frame, username, id, says, details, button, is_final, proof })
    }
}

/// Who does it.
fn by<'a>(context: &Context<'a>) -> By<'a> {
    By { editor: &context.editor.user, client: context.client, own_key: context.own_key }
}

/// Logs it: in the admin's own log in words, in the audit log by its name.
fn log_it(
    context: &mut Context<'_>,
    model: &Registered,
    person: &User,
    name: &str,
    words: &str,
) -> Result<(), AuthError> {
    let id = person.id.to_string();
    let act = Act::new(Flag::Change, &id, &person.username).named(name).about(Some(person.id));
    act.message(words).log(context, &model.options)
}

/// What is noted of somebody who was deleted meanwhile points nowhere, and the database refuses it.
fn unless_gone(error: AuthError) -> PageError {
    match error {
        AuthError::Db(error) if error.is_foreign_key_violation() => PageError::NotFound,
        error => error.into(),
    }
}

/// Leads back to the user's page with a message.
fn back(request: &HttpRequest, site: &Site, person: &User, level: Level, message: String) -> HttpResponse {
    say(request, level, message);
    redirect::to(&site.path(&format!("/admin/auth/user/{}/change/", person.id)))
}
