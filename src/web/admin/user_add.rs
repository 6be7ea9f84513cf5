//! `/admin/auth/user/add/`, the first of two steps: name and password. The second is the form of the new user.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    changelist::the,
    frame::{Frame, Level, path_of, say},
    leave::preserved,
    model, query,
    staff::{Staff, StaffForm},
};
use crate::{
    admin::{Context, Registered, form::Form, form::Submitted, models::user::password},
    auth::{hashers::unusable_password, validators::Person},
    site::Site,
    web::{
        PageError,
        account::new_password::{FIRST, NewPassword, empty_fields},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "admin/auth/user_add.html")]
pub struct UserAddPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// The name.
    pub username: Field,
    /// Whether a password opens the account.
    pub usable_password: Usable,
    /// The password.
    pub password1: Field,
    /// The same again.
    pub password2: Field,
}

shown!(UserAddPage);

/// Whether a password opens an account: `usable_password` in Django's forms.
#[derive(Debug, Clone, Default)]
pub struct Usable {
    /// Whether none does.
    pub is_disabled: bool,
    /// What is wrong with the choice.
    pub errors: Vec<String>,
}

impl Usable {
    /// What was chosen; nothing counts as yes.
    pub fn of(sent: Option<&str>) -> Self {
        match sent {
            None | Some("true") => Self::default(),
            Some("false") => Self { is_disabled: true, errors: Vec::new() },
            Some(other) => {
                let error = format!("Select a valid choice. {other} is not one of the available choices.");
                Self { is_disabled: false, errors: vec![error] }
            }
        }
    }
}

/// What the page is made of.
struct Typed {
    username: Field,
    usable_password: Usable,
    passwords: (Field, Field),
}

fn username_field(model: &Registered) -> Field {
    let field = model.options.field("username");
    Field::new("username", "Username").help(field.map_or("", |field| field.help_text))
}

fn open<'a>(context: &Context<'a>) -> Result<&'a Registered, PageError> {
    let model = model(context, "auth", "user")?;
    if context.may(model, "add") { Ok(model) } else { Err(PageError::PermissionDenied) }
}

fn frame(context: &Context<'_>, model: &Registered) -> Frame {
    Frame::new(context, "Add user", Some(model)).step("Add user", format!("{}add/", path_of(model)))
}

fn show(request: &HttpRequest, staff: &Staff, frame: Frame, typed: Typed) -> Result<HttpResponse, PageError> {
    let Typed { username, usable_password, passwords: (password1, password2) } = typed;
    let (page, frame) = (Page::new(request, Some(&staff.user)), frame.saying(request));
    render(&UserAddPage { page, frame, username, usable_password, password1, password2 })
}

/// An empty form, but for a name that the query may give.
pub async fn get(request: HttpRequest, site: web::Data<Site>, staff: Staff) -> Result<HttpResponse, PageError> {
    let (frame, username) = staff
        .run(|context| {
            let model = open(context)?;
            Ok((frame(context, model), username_field(model)))
        })
        .await?;
    let username = username.value(query(&request).get("username").unwrap_or_default());
    let passwords = empty_fields(FIRST, &site.auth);
    show(&request, &staff, frame, Typed { username, usable_password: Usable::default(), passwords })
}

/// Adds the user.
pub async fn post(request: HttpRequest, site: web::Data<Site>, form: StaffForm) -> Result<HttpResponse, PageError> {
    let (submitted, usable_password) = (form.submitted(), Usable::of(form.data.get("usable_password")));
    let (staff, new_password) = (form.staff, NewPassword::bind(&form.data, FIRST));
    let (named, frame) = look(&staff, submitted.clone()).await?;
    let passwords = if usable_password.is_disabled {
        empty_fields(FIRST, &site.auth)
    } else {
        let (new_password, username) = (new_password.clone(), named.text("username").to_owned());
        site.think(move |auth| new_password.fields(auth, &Person { username: &username, ..Person::default() })).await?
    };
    let is_good = [&usable_password.errors, &passwords.0.errors, &passwords.1.errors].iter().all(|all| all.is_empty());
    let mut wrong = named.errors.get("username").cloned().unwrap_or_default();
    if wrong.is_empty() && is_good {
        let encoded = if usable_password.is_disabled {
            unusable_password()
        } else {
            let password = new_password.secret().clone();
            site.hash(&staff.client, move |auth| auth.hashers.make_password(password.expose())).await?
        };
        match add(&staff, named, encoded).await? {
            Ok((id, username)) => return Ok(leave(&request, &site, &submitted, &id, &username)),
            Err(errors) => wrong = errors,
        }
    }
    let username = Field::new("username", "Username").value(submitted.text("username")).errors(wrong);
    show(&request, &staff, frame, Typed { username, usable_password, passwords })
}

async fn look(staff: &Staff, submitted: Submitted) -> Result<(Form, Frame), PageError> {
    let looked = staff.run(move |context| {
        let model = open(context)?;
        Ok((password::bind_new(context, model, submitted)?, frame(context, model)))
    });
    looked.await
}

/// Key and name of the new user, or what is wrong with the name.
async fn add(
    staff: &Staff,
    mut form: Form,
    encoded: String,
) -> Result<Result<(String, String), Vec<String>>, PageError> {
    let added = staff.run(move |context| {
        let model = open(context)?;
        Ok(match password::add(context, model, &mut form, &encoded)? {
            Some(person) => Ok((person.id.to_string(), person.username)),
            None => Err(form.errors.remove("username").unwrap_or_default()),
        })
    });
    added.await
}

fn leave(request: &HttpRequest, site: &Site, submitted: &Submitted, id: &str, username: &str) -> HttpResponse {
    let (list, what) = (site.path("/admin/auth/user/"), the("user", username));
    let filters = preserved(query(request).get("_changelist_filters").unwrap_or_default());
    if submitted.get("_addanother").is_some() {
        say(request, Level::Success, format!("{what} was added successfully. You may add another user below."));
        return redirect::to(&format!("{list}add/{filters}"));
    }
    say(request, Level::Success, format!("{what} was added successfully. You may edit it again below."));
    redirect::to(&format!("{list}{id}/change/{filters}"))
}
