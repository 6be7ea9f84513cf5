//! The API, beside real DRF and simplejwt.

mod django;
mod mint;
mod request;
mod table;

use crate::support::{TestApp, TestAppBuilder};

pub use django::Django;
pub use mint::Mint;
pub use request::{Answer, Request, Side};

const LOGIN: &str = "/api/auth/login/";
const REFRESH: &str = "/api/auth/refresh/";
const VERIFY: &str = "/api/auth/verify/";
const LOGOUT: &str = "/api/auth/logout/";
const PROFILE: &str = "/api/profile/";

/// A site with `ann`, where nobody is locked out: these tests are not about guessing.
fn site() -> TestAppBuilder {
    TestApp::init().with_user("ann").setting("AXES_ENABLED", "false")
}
