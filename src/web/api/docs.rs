//! `/api/docs/`: the API described for people, with commands to copy.

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use askama::Template;

use super::{
    schema::{Body, Operation, Security},
    serializer::Serializer,
};
use crate::{
    client::Client,
    web::{
        PageError,
        page::{Page, render},
        urls::Urls,
    },
};

#[derive(Template)]
#[template(path = "api/docs.html")]
struct DocsPage {
    page: Page,
    schema_url: String,
    operations: Vec<Described>,
}

/// An operation as the page shows it.
struct Described {
    id: String,
    method: String,
    path: String,
    summary: &'static str,
    description: &'static str,
    access: &'static str,
    fields: Vec<Row>,
    parameters: Vec<Row>,
    answers: Vec<Row>,
    command: String,
}

/// A name and what it means.
struct Row {
    name: String,
    meaning: String,
}

/// Shows it.
pub async fn get(
    request: HttpRequest,
    page: Page,
    client: Client,
    urls: web::Data<Urls>,
) -> Result<HttpResponse, PageError> {
    let base = format!("{}{}", client.origin(), page.prefix);
    let mut operations = Vec::new();
    for url in urls.all() {
        for (method, operation) in url.operations() {
            operations.push(describe(url.name, url.path, method, operation, &base));
        }
    }
    let schema_url = request.url_for_static("schema").map(|url| url.path().to_owned()).unwrap_or_default();
    render(&DocsPage { page, schema_url, operations })
}

fn describe(name: &str, path: &str, method: &Method, operation: &Operation, base: &str) -> Described {
    let row = |name: &str, meaning: &str| Row { name: name.to_owned(), meaning: meaning.to_owned() };
    let (sent, whole) = match operation.body {
        Body::None => (None, false),
        Body::Whole(serializer) => (Some(serializer), true),
        Body::Partial(serializer) => (Some(serializer), false),
    };
    let fields = sent.map(Serializer::sent).into_iter().flatten().map(|field| {
        let meaning = if whole { field.help.to_owned() } else { format!("{} May be left out.", field.help) };
        Row { name: field.name.to_owned(), meaning }
    });
    let answers = operation.all_answers();
    Described {
        id: format!("{name}-{}", method.as_str().to_ascii_lowercase()),
        method: method.to_string(),
        path: path.to_owned(),
        summary: operation.summary,
        description: operation.description,
        access: match operation.security {
            Security::None => "Open to all.",
            Security::Optional => "With or without a token.",
            Security::Required => "With an access token, or a session and its CSRF token.",
        },
        fields: fields.collect(),
        parameters: operation.parameters.iter().map(|parameter| row(parameter.name, parameter.help)).collect(),
        answers: answers.iter().map(|answer| row(&answer.status.to_string(), answer.description)).collect(),
        command: command(path, method, operation, sent, base),
    }
}

/// What one types into a shell.
fn command(path: &str, method: &Method, operation: &Operation, sent: Option<&Serializer>, base: &str) -> String {
    let mut lines = vec!["curl".to_owned()];
    if !matches!((method, sent), (&Method::GET, None) | (&Method::POST, Some(_))) {
        lines[0] = format!("curl -X {method}");
    }
    if operation.security != Security::None {
        lines.push("-H \"Authorization: Bearer $ACCESS\"".to_owned());
    }
    if let Some(serializer) = sent {
        let fields = serializer.sent().map(|field| format!("\"{}\": \"…\"", field.name)).collect::<Vec<_>>().join(", ");
        lines.push("-H \"Content-Type: application/json\"".to_owned());
        lines.push(format!("-d '{{{fields}}}'"));
    }
    lines.push(format!("{base}{}", path.replace("{id}", "1")));
    lines.join(" \\\n  ")
}
