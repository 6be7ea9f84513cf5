//! A request that can be sent to both, and what is compared of the answers.

use std::net::SocketAddr;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::Client;

#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The part of an answer that must be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub www_authenticate: String,
    pub allow: String,
    pub body: String,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() }
    }

    pub fn post(path: &str, json: impl AsRef<[u8]>) -> Self {
        Self::new("POST", path).header("Content-Type", "application/json").body(json)
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Sends one field as JSON.
    pub fn field(path: &str, name: &str, value: &str) -> Self {
        Self::post(path, json!({name: value}).to_string())
    }

    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// As it is sent.
    pub fn bytes(&self, address: SocketAddr) -> Vec<u8> {
        let line = format!("{} {} HTTP/1.1\r\nHost: {address}\r\nConnection: close", self.method, self.path);
        let length = format!("Content-Length: {}", self.body.len());
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let head: Vec<String> = [line, length].into_iter().chain(headers).collect();
        [head.join("\r\n").as_bytes(), b"\r\n\r\n", &self.body].concat()
    }
}

impl Answer {
    pub fn new(request: &Request, status: u16, headers: &[(String, String)], body: &str) -> Self {
        let header = |name: &str| {
            headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            status,
            content_type: header("content-type"),
            www_authenticate: header("www-authenticate"),
            allow: header("allow"),
            body: if request.method == "HEAD" { String::new() } else { body.to_owned() },
        }
    }

    /// Without what no two answers have in common.
    pub fn comparable(&self) -> Self {
        Self { body: comparable(&self.body), ..self.clone() }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Whoever answers requests: ours, or Django.
pub trait Side {
    fn answer(&self, request: &Request) -> Answer;
}

impl Side for Client {
    fn answer(&self, request: &Request) -> Answer {
        let response = self.exchange(&request.bytes(self.address));
        Answer::new(request, response.status, &response.headers, &response.body)
    }
}

/// The body without what is free: the words of a parser, and in tokens when and under which id they were made.
fn comparable(body: &str) -> String {
    for free in ["JSON parse error - ", "Multipart form parse error - "] {
        if let Some((before, _)) = body.split_once(free) {
            return format!("{before}{free}…");
        }
    }
    let is_token = |part: &&str| part.starts_with("eyJ") && part.matches('.').count() == 2;
    let parts = body.split('"').map(|part| if is_token(&part) { readable(part) } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("\"")
}

/// The head and the claims of a token, as they stand in it.
pub fn readable(token: &str) -> String {
    let text = |part: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap_or_else(|error| panic!("{error}: {token}"));
        String::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}: {token}"))
    };
    let mut parts = token.split('.');
    let (head, claims) = (text(parts.next().unwrap_or_default()), text(parts.next().unwrap_or_default()));
    let values: Value = serde_json::from_str(&claims).unwrap_or_else(|error| panic!("{error}: {claims}"));
    let seconds = |name: &str| values[name].as_i64().unwrap_or_else(|| panic!("{name}: {claims}"));
    // Made within the same few seconds.
    let lifetime = (seconds("exp") - seconds("iat") + 5) / 10 * 10;
    let jti = values["jti"].as_str().unwrap_or_else(|| panic!("jti: {claims}"));
    assert!(jti.len() == 32 && jti.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)), "{claims}");
    let claims = claims
        .replace(&format!("\"exp\":{}", seconds("exp")), &format!("\"exp\":iat+{lifetime}"))
        .replace(&format!("\"iat\":{}", seconds("iat")), "\"iat\":now")
        .replace(jti, "<hex>");
    format!("{head}.{claims}")
}
