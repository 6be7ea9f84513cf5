//! The last resort: a handler that panics is a fault like any other, not a connection that breaks.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use crate::web::PageError;

/// Answers 500. Around each path by itself: further out, what goes on inside needs the request for itself alone.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let kept = request.request().clone();
    match caught(next.call(request)).await {
        Some(response) => response.map(ServiceResponse::map_into_boxed_body),
        // What was said when it happened stands in the log already.
        None => Ok(ServiceResponse::from_err(PageError::Internal("a handler panicked".into()), kept)),
    }
}

/// What `future` makes; `None` if it panics.
async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}
