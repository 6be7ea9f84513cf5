//! `/api/docs/`: the API described for people, with commands to copy.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use askama::Template;

use super::{
    schema::{Body, Operation, Security},
    serializer::{Field, Serializer},
};
use crate::{
    client::Client,
    site::Site,
    web::{
        PageError,
        page::{Page, render, shown},
        urls::Urls,
    },
};

#[derive(Template)]
#[template(path = "api/docs.html")]
struct DocsPage {
    page: Page,
    schema_url: String,
    steps: Vec<Step>,
    operations: Vec<Described>,
    /// What any operation may answer with, beside what it says itself.
    common_answers: Vec<Row>,
}

shown!(DocsPage);

/// One of the first steps.
struct Step {
    title: &'static str,
    explanation: &'static str,
    command: String,
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

impl Row {
    fn new(name: &impl ToString, meaning: impl Into<String>) -> Self {
        Self { name: name.to_string(), meaning: meaning.into() }
    }
}

/// Shows it.
pub async fn get(
    request: HttpRequest,
    page: Page,
    client: Client,
    site: web::Data<Site>,
    urls: web::Data<Urls>,
) -> Result<HttpResponse, PageError> {
    let shell = Shell {
        base: format!("{}{}", client.origin(), page.prefix),
        scheme: site.settings.jwt.auth_header_types.first(),
        rotates: site.settings.jwt.rotate_refresh_tokens,
    };
    let (mut operations, mut common) = (Vec::new(), BTreeMap::new());
    for url in urls.all() {
        for (method, operation) in url.operations() {
            operations.push(describe(url.name, url.path, method, operation, &shell));
            let own: Vec<u16> = operation.answers.iter().map(|answer| answer.status).collect();
            let others = operation.all_answers().into_iter().filter(|answer| !own.contains(&answer.status));
            common.extend(others.map(|answer| (answer.status, answer.description)));
        }
    }
    let common_answers = common.into_iter().map(|(status, meaning)| Row::new(&status, meaning)).collect();
    let schema_url = request.url_for_static("schema").map(|url| url.path().to_owned()).unwrap_or_default();
    render(&DocsPage { page, schema_url, steps: shell.first_steps(), operations, common_answers })
}

fn describe(name: &str, path: &str, method: &Method, operation: &Operation, shell: &Shell<'_>) -> Described {
    let (sent, whole) = match operation.body {
        Body::None => (None, false),
        Body::Whole(serializer) => (Some(serializer), true),
        Body::Partial(serializer) => (Some(serializer), false),
    };
    let fields = sent.map(Serializer::sent).into_iter().flatten().map(|field| {
        let meaning = if whole { field.help.to_owned() } else { format!("{} May be left out.", field.help) };
        Row::new(&field.name, meaning)
    });
    let in_path = path.split('/').filter(|part| part.starts_with('{')).map(|part| Row::new(&part, "A whole number."));
    let in_query = operation.parameters.iter().map(|parameter| Row::new(&parameter.name, parameter.help));
    let answers = operation.answers.iter().map(|answer| Row::new(&answer.status, answer.description));
    Described {
        id: format!("{name}-{}", method.as_str().to_ascii_lowercase()),
        method: method.to_string(),
        path: path.to_owned(),
        summary: operation.summary,
        description: operation.description,
        access: match (operation.security, method) {
            (Security::None, _) => "Open to all.",
            (Security::Optional, _) => "Open to all; an access token or a session says who asks.",
            (Security::Required, &Method::GET) => "Needs an access token or a session.",
            (Security::Required, _) => "Needs an access token, or a session and its CSRF token in `X-CSRFToken`.",
        },
        fields: fields.collect(),
        parameters: in_path.chain(in_query).collect(),
        answers: answers.collect(),
        command: shell.command(path, method, operation, sent),
    }
}

/// What one types. Nothing in it needs more than a POSIX shell, curl and jq.
struct Shell<'a> {
    /// What stands before every path.
    base: String,
    /// The first word of the `Authorization` header.
    scheme: &'a str,
    /// Whether a refresh token is answered with a new one.
    rotates: bool,
}

impl Shell<'_> {
    fn first_steps(&self) -> Vec<Step> {
        let Self { base, scheme, rotates } = self;
        let access = r#"ACCESS=$(echo "$TOKENS" | jq -r .access)"#;
        let both = format!("{access}\n{}", r#"REFRESH=$(echo "$TOKENS" | jq -r .refresh)"#);
        let renewed = if *rotates { both.as_str() } else { access };
        vec![
            Step {
                title: "Log in",
                explanation: "In place of `ann` and `…` put a name and its password.",
                command: format!(
                    "TOKENS=$(curl -fsS \\\n  --data-urlencode 'username=ann' \\\n  --data-urlencode 'password=…' \\\n  \
                     '{base}/api/auth/login/')\n{both}"
                ),
            },
            Step {
                title: "Ask for something",
                explanation: "The access token says who asks.",
                command: format!("curl -H \"Authorization: {scheme} $ACCESS\" \\\n  '{base}/api/profile/'"),
            },
            Step {
                title: "Refresh",
                explanation: "When the access token has expired, the refresh token gives another.",
                command: format!(
                    "TOKENS=$(curl -fsS -d \"refresh=$REFRESH\" \\\n  '{base}/api/auth/refresh/')\n{renewed}"
                ),
            },
            Step {
                title: "Log out",
                explanation: "Ends the refresh token.",
                command: format!("curl -d \"refresh=$REFRESH\" \\\n  '{base}/api/auth/logout/'"),
            },
        ]
    }

    fn command(&self, path: &str, method: &Method, operation: &Operation, sent: Option<&Serializer>) -> String {
        let mut options = Vec::new();
        if !matches!((method, sent), (&Method::GET, None) | (&Method::POST, Some(_))) {
            options.push(format!("-X {method}"));
        }
        if operation.security != Security::None {
            options.push(format!("-H \"Authorization: {} $ACCESS\"", self.scheme));
        }
        options.extend(sent.map(Serializer::sent).into_iter().flatten().map(filled_in));
        let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        options.push(format!("'{}{}'", self.base, path.join("/")));
        format!("curl {}", options.join(" \\\n  "))
    }
}

/// A field with what the first steps have put in a variable, or else with something to be replaced.
fn filled_in(field: &Field) -> String {
    match field.name {
        "refresh" => "-d \"refresh=$REFRESH\"".to_owned(),
        "token" => "-d \"token=$ACCESS\"".to_owned(),
        name => format!("--data-urlencode '{name}=…'"),
    }
}
