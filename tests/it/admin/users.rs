//! Users are added, looked at and changed.

use crate::support::TestApp;

const USERS: &str = "/admin/auth/user/";

#[test]
fn staff_see_the_list_and_a_form() {
    let app = TestApp::init().with_superuser("root").with_staff("sam", &["auth.view_user"]).start();
    let sam = app.in_admin("sam");
    assert_eq!(sam.get(USERS).status, 200);
    let id = app.user("root").id;
    let page = sam.get(&format!("{USERS}{id}/change/"));
    assert_eq!((page.status, page.texts("button[name=_save]").len()), (200, 0));
}
