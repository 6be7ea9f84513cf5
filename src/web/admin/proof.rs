//! The editor's own password, given again before what a stranger at an open browser must not do. A form that asks for it
//! does so only if it was not given within `SUDO_TIMEOUT`; a log-in counts.

use actix_web::{HttpRequest, web};

use super::staff::Staff;
use crate::{
    settings::Secret,
    site::Site,
    web::{PageError, account::proof, extract::FormData, page::Field},
};

/// The field in which it is asked for: Django's forms have none of that name.
const FIELD: &str = "current_password";
const MISSING: &str = "Give your own password to do this.";

/// Whether it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Whether it was, in this form or a little before.
    pub is_given: bool,
    errors: Vec<String>,
}

impl Proof {
    /// Before anything is sent.
    pub fn before(request: &HttpRequest, site: &Site) -> Self {
        Self { is_given: proof::is_fresh(request, site), errors: Vec::new() }
    }

    /// What a form says. One that is wrong counts as a failed log-in, as everywhere.
    pub async fn of(
        request: &HttpRequest,
        site: &web::Data<Site>,
        staff: &Staff,
        data: &FormData,
    ) -> Result<Self, PageError> {
        let (before, password) = (Self::before(request, site), data.text(FIELD));
        if before.is_given || password.is_empty() {
            return Ok(before);
        }
        let errors = proof::demand(request, site, &staff.client, &staff.user, &Secret::new(password)).await?;
        Ok(Self { is_given: errors.is_empty(), errors })
    }

    /// Whether something was typed, and was wrong.
    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The field, where it is needed; with `must`, what was asked for can't be done without.
    pub fn field(&self, must: bool) -> Option<Field> {
        if self.is_given {
            return None;
        }
        let missing = must.then(|| MISSING.to_owned()).filter(|_| self.errors.is_empty());
        let errors = self.errors.iter().cloned().chain(missing).collect();
        Some(Field::new(FIELD, "Your own password").help("To be sure that it is you.").errors(errors))
    }
}
