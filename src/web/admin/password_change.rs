//! `/admin/password_change/`: the same as the account's own page, in the frame of the admin and for the staff alone.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    frame::Frame,
    staff::{Staff, StaffForm},
};
use crate::{
    site::Site,
    web::{
        PageError,
        account::password_change::{Fields, PasswordChangeForm, try_to_change},
        extract::Form,
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "admin/auth/password_change.html")]
pub struct AdminPasswordChangePage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// Whose password it is, for password managers.
    pub username: String,
    /// The password as it is.
    pub old_password: Field,
    /// The new one.
    pub new_password1: Field,
    /// The new one again.
    pub new_password2: Field,
}

/// After it.
#[derive(Debug, Template)]
#[template(path = "admin/auth/password_change_done.html")]
pub struct AdminPasswordChangeDonePage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
}

shown!(AdminPasswordChangePage, AdminPasswordChangeDonePage);

const PATH: &str = "password_change/";

async fn frame(request: &HttpRequest, staff: &Staff, title: &'static str) -> Result<Frame, PageError> {
    let frame = staff.run(move |context| Ok(Frame::new(context, title, None).step("Password change", PATH)));
    Ok(frame.await?.saying(request))
}

async fn show(request: &HttpRequest, staff: &Staff, fields: Fields) -> Result<HttpResponse, PageError> {
    let Fields { old_password, new_password1, new_password2 } = fields;
    let frame = frame(request, staff, "Change your password").await?;
    let (page, username) = (Page::new(request, Some(&staff.user)), staff.user.username.clone());
    render(&AdminPasswordChangePage { page, frame, username, old_password, new_password1, new_password2 })
}

/// Shows the form.
pub async fn get(request: HttpRequest, site: web::Data<Site>, staff: Staff) -> Result<HttpResponse, PageError> {
    show(&request, &staff, Fields::empty(&site)).await
}

/// Changes the password, keeps this session under a new key, and ends all else.
pub async fn post(request: HttpRequest, site: web::Data<Site>, form: StaffForm) -> Result<HttpResponse, PageError> {
    let StaffForm { staff, data } = form;
    let form = PasswordChangeForm::bind(&data);
    match try_to_change(&request, &site, &staff.client, &staff.user, &form).await? {
        None => Ok(redirect::to(&site.path("/admin/password_change/done/"))),
        Some(fields) => show(&request, &staff, fields).await,
    }
}

/// Says that it was done.
pub async fn done(request: HttpRequest, staff: Staff) -> Result<HttpResponse, PageError> {
    let frame = frame(&request, &staff, "Your password was changed").await?;
    render(&AdminPasswordChangeDonePage { page: Page::new(&request, Some(&staff.user)), frame })
}
