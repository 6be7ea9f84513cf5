//! What happens to requests as such: methods, paths, hosts, bodies, faults.

mod connections;
mod failures;
mod forms;
mod garbage;
mod hosts;
mod methods;
mod paths;
mod statics;

use crate::support::Response;

/// A page of ours that says what went wrong, under the id of its request.
#[track_caller]
fn assert_error_page(response: &Response, status: u16) {
    assert_eq!(response.status, status, "{}", response.body);
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(response.text(".error-status").ends_with(&status.to_string()), "{}", response.body);
    assert_eq!(response.header("x-request-id"), Some(response.text("code").as_str()));
}
