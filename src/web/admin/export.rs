//! `/admin/<app>/<model>/export/`: a list as a file.
//!
//! It is sent while it is read: a part is asked of the database when the one before has gone out, and meanwhile nobody
//! holds a connection. When the client goes away nothing more is read.

use std::{
    pin::Pin,
    task::{self, Poll},
};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::{BodySize, MessageBody},
    http::{Method, header},
    rt,
    web::{self, Bytes},
};
use tokio::sync::mpsc;

use super::{ModelPath, changelist::refuse, model, query, staff::Staff};
use crate::{
    admin::{
        Context,
        export::{Export, Format},
    },
    web::PageError,
};

const FORMAT: &str = "format";

/// Sends the file.
pub async fn get(request: HttpRequest, staff: Staff, path: web::Path<ModelPath>) -> Result<HttpResponse, PageError> {
    let (app, name) = path.into_inner();
    let asked = query(&request);
    let format = Format::named(asked.get(FORMAT).unwrap_or("csv"));
    let params = asked.from_start().with([(FORMAT, None)]);
    let begun = staff.run({
        let (app, name) = (app.clone(), name.clone());
        move |context| {
            let model = model(context, &app, &name)?;
            if !context.may(model, "view") {
                return Err(PageError::PermissionDenied);
            }
            let format = format.ok_or(PageError::BadRequest("A list is exported as csv or json."))?;
            let mut export = match Export::new(context, model, &params, format) {
                Ok(export) => export,
                Err(error) => return Ok(Err(error)),
            };
            let day = context.zone().shown(context.now()).chars().take(10).collect::<String>();
            let file = format!("{}-{day}.{}", slug(model.options.verbose_name_plural), format.extension());
            let first = export.next(context, model)?;
            Ok(Ok((export, first, file, format)))
        }
    });
    let (export, first, file, format) = match begun.await? {
        Ok(begun) => begun,
        Err(error) => {
            let list = request.path().strip_suffix("export/").unwrap_or_default();
            return refuse(list, asked.get("e").is_some(), error);
        }
    };
    let listing = Listing { path: (app, name), export };
    let sent = sent(&request, staff, listing, first);
    let content_type = match format {
        Format::Csv => CSV,
        Format::Json => "application/json",
    };
    Ok(attached(&file, content_type).body(sent))
}

/// How CSV is named in an answer.
pub(super) const CSV: &str = "text/csv; charset=utf-8; header=present";

/// The head of an answer that is a file.
pub(super) fn attached(file: &str, content_type: &'static str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")));
    response
}

/// What is sent part by part.
pub(super) trait Parts: Send + 'static {
    /// What it is, for the log.
    fn what(&self) -> String;

    /// How many rows were read.
    fn rows(&self) -> usize;

    /// The next part, if the editor still may see it; `None` after the last.
    fn next(&mut self, context: &mut Context<'_>) -> Result<Option<String>, PageError>;
}

/// A list of the admin.
struct Listing {
    path: ModelPath,
    export: Export,
}

impl Parts for Listing {
    fn what(&self) -> String {
        format!("{}.{}", self.path.0, self.path.1)
    }

    fn rows(&self) -> usize {
        self.export.rows
    }

    fn next(&mut self, context: &mut Context<'_>) -> Result<Option<String>, PageError> {
        let model = model(context, &self.path.0, &self.path.1)?;
        if !context.may(model, "view") {
            return Err(PageError::PermissionDenied);
        }
        Ok(self.export.next(context, model)?)
    }
}

/// Begins to send the parts, of which the first was read.
pub(super) fn sent(request: &HttpRequest, staff: Staff, parts: impl Parts, first: Option<String>) -> Sent {
    let (sender, receiver) = mpsc::channel(1);
    if *request.method() != Method::HEAD {
        let (user_id, username) = (staff.user.id, staff.user.username.clone());
        tracing::info!(user_id, username, what = parts.what(), "a list is exported");
        rt::spawn(send(sender, staff, parts, first));
    }
    Sent(receiver)
}

type Part = Result<Bytes, PageError>;

/// Reads part by part, as long as somebody takes them.
async fn send(sender: mpsc::Sender<Part>, staff: Staff, mut parts: impl Parts, mut part: Option<String>) {
    let what = parts.what();
    while let Some(text) = part {
        if sender.send(Ok(text.into())).await.is_err() {
            tracing::info!(what, rows = parts.rows(), "an export was broken off");
            return;
        }
        let read = staff.run(move |context| {
            let part = parts.next(context)?;
            Ok((parts, part))
        });
        (parts, part) = match read.await {
            Ok(read) => read,
            Err(error) => {
                tracing::error!(what, %error, "an export was broken off");
                // The client sees that the file is not whole.
                let _ = sender.send(Err(error)).await;
                return;
            }
        };
    }
    tracing::info!(what, rows = parts.rows(), "a list was exported");
}

/// A file that is being read.
pub(super) struct Sent(mpsc::Receiver<Part>);

impl MessageBody for Sent {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.0.poll_recv(context).map(|part| part.map(|part| part.map_err(Into::into)))
    }
}

/// As a file may be called everywhere: "outstanding-tokens".
fn slug(words: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    words.chars().map(plain).collect()
}
