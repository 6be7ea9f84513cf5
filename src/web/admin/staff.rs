//! Who may come in: members of the staff.

use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};

use crate::{
    admin::{Context, editor::Editor, form::Submitted},
    auth::{models::user, session},
    client::Client,
    db::DbError,
    site::Site,
    users::User,
    web::{
        PageError,
        extract::{CsrfForm, CurrentUser, Form, FormData},
        redirect,
    },
};

/// A member of the staff who is logged in; others are led to the admin's log-in page and back (`staff_member_required`).
#[derive(Debug, Clone)]
pub struct Staff {
    /// Who.
    pub user: User,
    /// From where.
    pub client: Client,
    own_key: Option<String>,
    site: web::Data<Site>,
}

impl Staff {
    /// Runs `work` with a connection on a thread that may wait, with all that they may do looked up.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Context<'_>) -> Result<T, PageError> + Send + 'static,
    ) -> Result<T, PageError> {
        let Self { user, client, own_key, site } = self.clone();
        let shared = site.clone();
        site.run(move |db, auth| {
            // Anew: a request that hashed a password took its time, and rights may be gone meanwhile.
            let user = user::find(db, user.id).map_err(DbError::from)?.filter(is_staff);
            let editor = Editor::new(db, user.ok_or(PageError::PermissionDenied)?)?;
            work(&mut Context {
                db,
                auth,
                accounts: &shared.accounts,
                settings: &shared.settings,
                admin: &shared.admin,
                client: &client,
                editor: &editor,
                own_key: own_key.as_deref(),
                entries: None,
            })
        })
        .await
    }
}

impl FromRequest for Staff {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let site = request.app_data::<web::Data<Site>>().ok_or(PageError::Internal("no site is mounted".into()))?;
            let known = CurrentUser::of(&request).await?;
            let Some(user) = known.user().filter(|user| is_staff(user)) else {
                return Err(PageError::LoginRequired(redirect::login_url(&request, &site.path("/admin/login/"))));
            };
            let client = Client::extract(&request).await.unwrap_or_default();
            let own_key = session::session_key(&request);
            Ok(Self { user: user.clone(), client, own_key, site: site.clone() })
        })
    }
}

fn is_staff(user: &User) -> bool {
    user.is_active && user.is_staff
}

/// A form of the staff's. As in Django, one that did not come from a page of ours is refused first, whoever sends it.
#[derive(Debug)]
pub struct StaffForm {
    /// Who sent it.
    pub staff: Staff,
    /// What was typed.
    pub data: FormData,
}

impl StaffForm {
    /// The fields, for [`admin`](crate::admin).
    pub fn submitted(&self) -> Submitted {
        Submitted(self.data.clone().into_pairs())
    }
}

/// Its fields depend on the model: there is nothing to bind.
struct Fields;

impl Form for Fields {
    fn bind(_: &FormData) -> Self {
        Self
    }
}

impl FromRequest for StaffForm {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, form) = (request.clone(), CsrfForm::<Fields>::from_request(request, payload));
        Box::pin(async move {
            let CsrfForm { data, .. } = form.await?;
            Ok(Self { staff: Staff::extract(&request).await?, data })
        })
    }
}
