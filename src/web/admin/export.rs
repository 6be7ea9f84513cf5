//! `/admin/<app>/<model>/export/`: a list as a file.
//!
//! It is sent while it is read: a part is asked of the database when the one before has gone out, and meanwhile nobody
//! holds a connection. When the client goes away nothing more is read.

use std::{
    pin::Pin,
    task::{self, Poll},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    http::{Method, header},
    rt,
    web::{self, Bytes},
};
use tokio::sync::mpsc;

use super::{ModelPath, changelist::refuse, model, query, staff::Staff};
use crate::{
    admin::export::{Export, Format},
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
    let (sender, receiver) = mpsc::channel(1);
    if *request.method() != Method::HEAD {
        let user = (staff.user.id, staff.user.username.clone());
        tracing::info!(user_id = user.0, username = user.1, app, model = name, "a list is exported");
        rt::spawn(send(sender, staff, (app, name), export, first));
    }
    let content_type = match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Json => "application/json",
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")))
        .body(Sent(receiver)))
}

type Part = Result<Bytes, PageError>;

/// Reads part by part, as long as somebody takes them.
async fn send(
    sender: mpsc::Sender<Part>,
    staff: Staff,
    (app, name): ModelPath,
    mut export: Export,
    mut part: Option<String>,
) {
    while let Some(text) = part {
        if sender.send(Ok(text.into())).await.is_err() {
            tracing::info!(app, model = name, rows = export.rows, "an export was broken off");
            return;
        }
        let (mut going_on, path) = (export, (app.clone(), name.clone()));
        let read = staff.run(move |context| {
            let model = model(context, &path.0, &path.1)?;
            if !context.may(model, "view") {
                return Err(PageError::PermissionDenied);
            }
            let part = going_on.next(context, model)?;
            Ok((going_on, part))
        });
        (export, part) = match read.await {
            Ok(read) => read,
            Err(error) => {
                tracing::error!(app, model = name, %error, "an export was broken off");
                // The client sees that the file is not whole.
                let _ = sender.send(Err(error)).await;
                return;
            }
        };
    }
    tracing::info!(app, model = name, rows = export.rows, "a list was exported");
}

/// A file that is being read.
struct Sent(mpsc::Receiver<Part>);

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
