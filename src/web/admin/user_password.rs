//! `/admin/auth/user/<id>/password/`: somebody gets a new password, or one that opens nothing.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    frame::{Frame, Level, path_of, say},
    model,
    proof::Proof,
    staff::{Staff, StaffForm},
    user_add::Usable,
};
use crate::{
    admin::{Context, Registered, models::user::password},
    auth::{
        hashers::{is_usable, unusable_password},
        models::user,
        session,
        validators::Person,
    },
    site::Site,
    users::User,
    web::{
        PageError,
        account::new_password::{FIRST, NewPassword, empty_fields},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "admin/auth/user_password.html")]
pub struct UserPasswordPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// Whose password.
    pub username: String,
    /// Their key.
    pub id: i32,
    /// Whether they have one now.
    pub is_usable: bool,
    /// Whether one shall open the account.
    pub usable_password: Usable,
    /// The password.
    pub password1: Field,
    /// The same again.
    pub password2: Field,
    /// Where the editor's own password is asked for.
    pub proof: Option<Field>,
}

shown!(UserPasswordPage);

const CONFLICT: &str = "Conflicting form data submitted. Please try again.";

/// Whom a page is about, if the editor may set their password, and their model.
pub(super) fn target<'a>(context: &mut Context<'a>, id: &str) -> Result<(User, &'a Registered), PageError> {
    let model = model(context, "auth", "user")?;
    if !context.may(model, "change") {
        return Err(PageError::PermissionDenied);
    }
    let person = find(context, model, id)?.ok_or(PageError::NotFound)?;
    if context.editor.may_act_for(context.db, &person)? {
        Ok((person, model))
    } else {
        Err(PageError::PermissionDenied)
    }
}

/// The user who is named so in a path.
pub(super) fn find(context: &mut Context<'_>, model: &Registered, id: &str) -> Result<Option<User>, PageError> {
    let found = model.find(context, id)?.and_then(|record| record.key.parse().ok());
    Ok(match found {
        Some(id) => user::find(context.db, id).map_err(crate::db::DbError::from)?,
        None => None,
    })
}

async fn look(staff: &Staff, id: String) -> Result<(User, Frame), PageError> {
    let looked = staff.run(move |context| {
        let (person, model) = target(context, &id)?;
        let path = format!("{}{}/", path_of(model), person.id);
        let title = if is_usable(&person.password) { "Change password" } else { "Set password" };
        let frame = Frame::new(context, title, Some(model)).step(person.username.clone(), format!("{path}change/"));
        Ok((person, frame.step(title, format!("{path}password/"))))
    });
    looked.await
}

struct Typed {
    usable_password: Usable,
    passwords: (Field, Field),
    proof: Option<Field>,
}

fn show(
    request: &HttpRequest,
    staff: &Staff,
    (person, frame): (User, Frame),
    typed: Typed,
) -> Result<HttpResponse, PageError> {
    let Typed { usable_password, passwords: (password1, password2), proof } = typed;
    render(&UserPasswordPage {
        page: Page::new(request, Some(&staff.user)),
        frame: frame.saying(request),
        id: person.id,
        is_usable: is_usable(&person.password),
        username: person.username,
        usable_password,
        password1,
        password2,
        proof,
    })
}

/// Shows the form.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let about = look(&staff, id.into_inner()).await?;
    let proof = Proof::before(&request, &site).field(false);
    let passwords = empty_fields(FIRST, &site.auth);
    show(&request, &staff, about, Typed { usable_password: Usable::default(), passwords, proof })
}

/// Sets the password.
pub async fn post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let StaffForm { staff, data } = form;
    let (person, frame) = look(&staff, id.clone()).await?;
    let proof = Proof::of(&request, &site, &staff, &data).await?;
    // Who has no password gets one here, or none of this is done.
    let sent = data.get("usable_password").filter(|_| is_usable(&person.password));
    let (usable_password, new_password) = (Usable::of(sent), NewPassword::bind(&data, FIRST));
    let passwords = if usable_password.is_disabled {
        empty_fields(FIRST, &site.auth)
    } else {
        let (new_password, about) = (new_password.clone(), person.clone());
        site.think(move |auth| new_password.fields(auth, &Person::from(&about))).await?
    };
    let is_good = [&usable_password.errors, &passwords.0.errors, &passwords.1.errors].iter().all(|all| all.is_empty());
    if !is_good || !proof.is_given {
        let proof = proof.field(true);
        return show(&request, &staff, (person, frame), Typed { usable_password, passwords, proof });
    }
    if usable_password.is_disabled && data.get("unset-password").is_none() {
        say(&request, Level::Error, CONFLICT);
        return Ok(redirect::to(&site.path(&format!("/admin/auth/user/{}/password/", person.id))));
    }
    let encoded = if usable_password.is_disabled {
        unusable_password()
    } else {
        let password = new_password.secret().clone();
        site.hash(&staff.client, move |auth| auth.hashers.make_password(password.expose())).await?
    };
    let done = if usable_password.is_disabled {
        "Password-based authentication was disabled."
    } else {
        "Password changed successfully."
    };
    let changed = set(&staff, id.into_inner(), encoded).await?;
    if changed.id == staff.user.id {
        session::renew(&request, &site.auth, &changed)?;
    }
    say(&request, Level::Success, done);
    Ok(redirect::to(&site.path(&format!("/admin/auth/user/{}/change/", changed.id))))
}

async fn set(staff: &Staff, id: String, encoded: String) -> Result<User, PageError> {
    let set = staff.run(move |context| {
        let (person, model) = target(context, &id)?;
        password::set(context, model, &person, &encoded)?.ok_or(PageError::NotFound)
    });
    set.await
}
