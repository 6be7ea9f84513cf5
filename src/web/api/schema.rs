//! `/api/schema/`: the API described for programs (`OpenAPI` 3.1), made of the table of URLs and of what its handlers say of
//! themselves.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Map, Value, json};

use super::serializer::Serializer;
use crate::{
    site::Site,
    web::urls::{Url, Urls},
};

/// What a handler says of itself.
#[derive(Debug)]
pub struct Operation {
    /// In a few words.
    pub summary: &'static str,
    /// In a sentence or two.
    pub description: &'static str,
    /// Whether one must say who one is.
    pub security: Security,
    /// What is sent.
    pub body: Body,
    /// What stands in the query.
    pub parameters: &'static [Parameter],
    /// How it may end, beside what any operation of its kind may end with.
    pub answers: &'static [Answer],
}

/// Whether one must say who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Security {
    /// Nobody looks.
    None,
    /// One may.
    Optional,
    /// One must.
    Required,
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// Nothing.
    None,
    /// All fields.
    Whole(&'static Serializer),
    /// Any fields.
    Partial(&'static Serializer),
}

/// Something in a query.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// What it looks like, as a regular expression.
    pub pattern: &'static str,
}

/// How an operation may end.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// When.
    pub description: &'static str,
    content: Content,
}

#[derive(Debug, Clone, Copy)]
enum Content {
    None,
    EmptyObject,
    Of(&'static Serializer),
    Partly(&'static Serializer, &'static [&'static str]),
    Page(&'static Serializer),
    Invalid,
    Refusal,
    Keys,
    Schema,
}

impl Answer {
    const fn new(status: u16, description: &'static str, content: Content) -> Self {
        Self { status, description, content }
    }

    /// With all that a serializer shows.
    pub const fn of(status: u16, description: &'static str, shown: &'static Serializer) -> Self {
        Self::new(status, description, Content::Of(shown))
    }

    /// With what a serializer shows, of which these are always there.
    pub const fn partly(
        status: u16,
        description: &'static str,
        shown: &'static Serializer,
        always: &'static [&'static str],
    ) -> Self {
        Self::new(status, description, Content::Partly(shown, always))
    }

    /// With a page of what a serializer shows.
    pub const fn page(status: u16, description: &'static str, shown: &'static Serializer) -> Self {
        Self::new(status, description, Content::Page(shown))
    }

    /// With `{"detail": …}`.
    pub const fn refusal(status: u16, description: &'static str) -> Self {
        Self::new(status, description, Content::Refusal)
    }

    /// With `{}`.
    pub const fn empty_object(status: u16, description: &'static str) -> Self {
        Self::new(status, description, Content::EmptyObject)
    }

    /// With nothing.
    pub const fn empty(status: u16, description: &'static str) -> Self {
        Self::new(status, description, Content::None)
    }

    pub(super) const fn keys(status: u16, description: &'static str) -> Self {
        Self::new(status, description, Content::Keys)
    }

    fn schema(&self) -> Option<Value> {
        Some(match self.content {
            Content::None => return None,
            Content::EmptyObject => json!({"type": "object", "additionalProperties": false}),
            Content::Of(shown) => shown.response_schema(),
            Content::Partly(shown, always) => {
                let mut schema = shown.response_schema();
                schema["required"] = json!(always);
                schema
            }
            Content::Page(shown) => page(&shown.response_schema()),
            Content::Invalid => json!({"$ref": "#/components/schemas/Invalid"}),
            Content::Refusal => json!({"$ref": "#/components/schemas/Refusal"}),
            Content::Keys => json!({
                "type": "object",
                "properties": {"keys": {"type": "array", "items": {"type": "object", "required": ["kty"]}}},
                "required": ["keys"],
            }),
            Content::Schema => json!({"type": "object", "required": ["openapi", "info", "paths"]}),
        })
    }
}

fn page(entry: &Value) -> Value {
    let address = json!({"type": ["string", "null"], "format": "uri"});
    json!({
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "next": address,
            "previous": address,
            "results": {"type": "array", "items": entry},
        },
        "required": ["count", "next", "previous", "results"],
        "additionalProperties": false,
    })
}

impl Operation {
    /// How it may end: what it says, and what any operation of its kind may end with.
    pub fn all_answers(&self) -> Vec<Answer> {
        let mut answers = self.answers.to_vec();
        let mut add = |answer: Answer| {
            if answers.iter().all(|known| known.status != answer.status) {
                answers.push(answer);
            }
        };
        if !matches!(self.body, Body::None) {
            add(Answer::new(400, "What was sent can't be read, or fields of it are wrong.", Content::Invalid));
            add(Answer::refusal(408, "What was sent did not arrive in time."));
            add(Answer::refusal(413, "What was sent is too large."));
            add(Answer::refusal(415, "What was sent is neither JSON nor a form."));
        }
        if self.security != Security::None {
            add(Answer::refusal(401, "There is no token or session, or it is good no more."));
        }
        if self.security == Security::Required {
            add(Answer::refusal(403, "Not allowed, or a session without its CSRF token."));
        }
        add(Answer::refusal(503, "The site is too busy, or can't reach its database."));
        answers.sort_by_key(|answer| answer.status);
        answers
    }

    fn describe(&self, id: &str, path: &str) -> Value {
        let parameters = self.parameters.iter().map(Parameter::describe).chain(path_parameters(path));
        let answers = self.all_answers();
        let responses = answers.iter().map(|answer| (answer.status.to_string(), answer.describe()));
        let mut described = json!({
            "operationId": id,
            "summary": self.summary,
            "description": self.description,
            "parameters": parameters.collect::<Vec<_>>(),
            "responses": responses.collect::<Map<_, _>>(),
            "security": match self.security {
                Security::None => json!([]),
                Security::Optional => json!([{}, {"bearer": []}, {"session": []}]),
                Security::Required => json!([{"bearer": []}, {"session": []}]),
            },
        });
        let sent = match self.body {
            Body::None => return described,
            Body::Whole(serializer) => serializer.request_schema(true),
            Body::Partial(serializer) => serializer.request_schema(false),
        };
        let kinds = ["application/json", "application/x-www-form-urlencoded"];
        let content: Map<_, _> = kinds.into_iter().map(|kind| (kind.to_owned(), json!({"schema": sent}))).collect();
        // Of what may be left out, all may be.
        described["requestBody"] = json!({"required": matches!(self.body, Body::Whole(_)), "content": content});
        described
    }
}

impl Answer {
    fn describe(&self) -> Value {
        let mut described = json!({"description": self.description});
        match self.status {
            401 => {
                described["headers"] = json!({"WWW-Authenticate": {"required": true, "schema": {"type": "string"}}});
            }
            // A lock that has no end has none.
            429 => described["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}}}),
            _ => {}
        }
        if let Some(schema) = self.schema() {
            described["content"] = json!({"application/json": {"schema": schema}});
        }
        described
    }
}

impl Parameter {
    fn describe(&self) -> Value {
        let schema = json!({"type": "string", "pattern": self.pattern});
        json!({"name": self.name, "in": "query", "description": self.help, "schema": schema})
    }
}

/// The parts of a path that stand for something.
fn path_parameters(path: &str) -> impl Iterator<Item = Value> + use<> {
    let names: Vec<String> =
        path.split('/').filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned())).collect();
    names.into_iter().map(|name| {
        let schema = json!({"type": "integer", "format": "int64", "minimum": 1});
        json!({"name": name, "in": "path", "required": true, "schema": schema})
    })
}

/// The document for a site below `prefix`.
pub fn document(urls: &[Url], prefix: &str, session_cookie: &str) -> Value {
    let mut paths = Map::new();
    for url in urls {
        let operations: Map<_, _> = url
            .operations()
            .map(|(method, operation)| {
                let method = method.as_str().to_ascii_lowercase();
                let id = format!("{}_{method}", url.name.replace('-', "_"));
                (method, operation.describe(&id, url.path))
            })
            .collect();
        if !operations.is_empty() {
            paths.insert(url.path.to_owned(), operations.into());
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vestibule",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Tokens, whoever holds them, and what they may do.",
        },
        "servers": [{"url": if prefix.is_empty() { "/" } else { prefix }}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "session": {"type": "apiKey", "in": "cookie", "name": session_cookie},
            },
            "schemas": {
                "Refusal": {
                    "type": "object",
                    "description": "Why, for people in `detail` and for programs in `code`.",
                    "properties": {"detail": {"type": "string"}, "code": {"type": "string"}},
                    "required": ["detail"],
                },
                "Invalid": {
                    "type": "object",
                    "description": "What is wrong with each field; or in `detail` why nothing could be read.",
                    "additionalProperties": {
                        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
                    },
                },
            },
        },
    })
}

/// Of [`get`].
pub const GET: Operation = Operation {
    summary: "Schema",
    description: "This document.",
    security: Security::None,
    body: Body::None,
    parameters: &[],
    answers: &[Answer::new(200, "The document.", Content::Schema)],
};

/// Shows it.
pub async fn get(request: HttpRequest, site: web::Data<Site>) -> HttpResponse {
    let urls = request.app_data::<web::Data<Urls>>().map(|urls| urls.all()).unwrap_or_default();
    let settings = &site.settings;
    let document = document(&urls, settings.server.script_name.as_str(), &settings.sessions.cookie_name);
    HttpResponse::build(StatusCode::OK).json(document)
}
