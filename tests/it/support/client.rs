//! A browser without a screen: keeps cookies, follows nothing by itself.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    time::Duration,
};

use reqwest::{Method, blocking, redirect::Policy};
use scraper::{Html, Selector};

pub struct Client {
    http: blocking::Client,
    pub address: SocketAddr,
    cookies: RefCell<BTreeMap<String, String>>,
    headers: RefCell<BTreeMap<String, String>>,
}

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self::connecting(None, address)
    }

    /// One that calls from an address of its own, as 127.0.0.2, which the system's answers reach without set-up.
    pub fn calling_from(caller: IpAddr, address: SocketAddr) -> Self {
        Self::connecting(Some(caller), address)
    }

    fn connecting(caller: Option<IpAddr>, address: SocketAddr) -> Self {
        let http = blocking::Client::builder().redirect(Policy::none()).no_proxy().timeout(Duration::from_mins(1));
        Self {
            http: http.local_address(caller).build().expect("an HTTP client"),
            address,
            cookies: RefCell::default(),
            headers: RefCell::default(),
        }
    }

    /// Another tab of this browser: what it keeps from now on, the first does not see.
    pub fn tab(&self) -> Self {
        let (http, cookies, headers) = (self.http.clone(), self.cookies.clone(), self.headers.clone());
        Self { http, address: self.address, cookies, headers }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    pub fn forget_cookie(&self, name: &str) {
        self.cookies.borrow_mut().remove(name);
    }

    /// Sent with every request from now on.
    pub fn set_header(&self, name: &str, value: &str) {
        self.headers.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    pub fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, None)
    }

    /// As [`Self::get`], of a server that may go away: fails unless the whole answer came.
    pub fn try_get(&self, path: &str) -> reqwest::Result<Response> {
        self.try_send(Method::GET, path, None)
    }

    /// As [`Self::post`], to a server that may go away: fails unless the whole answer came.
    pub fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Result<Response> {
        let body = encode(fields).into_bytes();
        self.try_send(Method::POST, path, Some(("application/x-www-form-urlencoded".to_owned(), body)))
    }

    pub fn request(&self, method: &str, path: &str) -> Response {
        self.send(Method::from_bytes(method.as_bytes()).expect("a method"), path, None)
    }

    /// Sends a form as it is, without a token unless `fields` has one.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = encode(fields);
        self.post_body(path, "application/x-www-form-urlencoded", body.into_bytes())
    }

    pub fn post_body(&self, path: &str, content_type: &str, body: Vec<u8>) -> Response {
        self.send(Method::POST, path, Some((content_type.to_owned(), body)))
    }

    /// Loads the page at `path`, fills in its last form and sends it, hidden fields included.
    pub fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let page = self.get(path);
        let mut all: Vec<(String, String)> = page.hidden_fields();
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(path, &all)
    }

    pub fn log_in(&self, username: &str, password: &str) -> Response {
        self.submit("/login/", &[("username", username), ("password", password), ("remember", "on")])
    }

    pub fn log_in_to_admin(&self, username: &str, password: &str) -> Response {
        self.submit("/admin/login/", &[("username", username), ("password", password)])
    }

    /// Fills in the form at `path` as [`Self::filled`] and sends it.
    pub fn submit_filled(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let all = self.get(path).filled(fields);
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(path, &all)
    }

    pub fn log_out(&self) -> Response {
        self.submit("/logout/", &[])
    }

    /// Whether the dashboard greets somebody.
    pub fn is_logged_in(&self) -> bool {
        self.get("/dashboard/").status == 200
    }

    /// As [`Self::post_body`], with any method.
    pub fn send_body(&self, method: &str, path: &str, content_type: &str, body: &str) -> Response {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.send(method, path, Some((content_type.to_owned(), body.as_bytes().to_vec())))
    }

    fn send(&self, method: Method, path: &str, body: Option<(String, Vec<u8>)>) -> Response {
        self.try_send(method, path, body).expect("an answer")
    }

    fn try_send(&self, method: Method, path: &str, body: Option<(String, Vec<u8>)>) -> reqwest::Result<Response> {
        let mut request = self.http.request(method, format!("{}{path}", self.origin()));
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in self.headers.borrow().iter() {
            request = request.header(name, value);
        }
        if let Some((content_type, body)) = body {
            request = request.header("content-type", content_type).body(body);
        }
        let response = request.send()?;
        let status = response.status().as_u16();
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let body = response.text()?;
        let response = Response { status, headers, body };
        self.keep(&response);
        Ok(response)
    }

    fn keep(&self, response: &Response) {
        for cookie in response.all("set-cookie") {
            let (name, rest) = cookie.split_once('=').expect("a name");
            let value = rest.split(';').next().unwrap_or_default();
            if rest.to_ascii_lowercase().contains("max-age=0") {
                self.forget_cookie(name);
            } else {
                self.set_cookie(name, value);
            }
        }
    }

    /// Sends bytes as they are and reads until the server closes or has answered.
    pub fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        // A server that has heard enough may stop listening.
        let _ = stream.write_all(request);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The `Set-Cookie` of that name.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        self.all("set-cookie").into_iter().find(|cookie| cookie.starts_with(&format!("{name}=")))
    }

    /// The texts of what the CSS selector finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).expect("a selector");
        let squeeze = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        html.select(&selector).map(|element| squeeze(element.text().collect())).collect()
    }

    pub fn text(&self, selector: &str) -> String {
        self.texts(selector).join("\n")
    }

    /// An attribute of the first element that the CSS selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector).next()?.attr(name).map(str::to_owned)
    }

    pub fn csrf_token(&self) -> String {
        self.attribute("input[name=csrfmiddlewaretoken]", "value").expect("a page with a form")
    }

    /// The fields of the page's last form as a browser sends them, with `fields` in place of what stood there: those named
    /// `!name` are left out.
    pub fn filled(&self, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let replaced = |known: &str| fields.iter().any(|(name, _)| name.trim_start_matches('!') == known);
        let mut all: Vec<(String, String)> =
            self.standing_fields().into_iter().filter(|(name, _)| !replaced(name)).collect();
        let new = fields.iter().filter(|(name, _)| !name.starts_with('!'));
        all.extend(new.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        all
    }

    fn standing_fields(&self) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.body);
        let parsed = |css: &str| Selector::parse(css).expect("a selector");
        let form = html.select(&parsed("main form")).next_back().expect("a form");
        let selected = parsed("option[selected]");
        let mut found = Vec::new();
        for control in form.select(&parsed("input[name], textarea[name], select[name]")) {
            let name = control.attr("name").expect("a name").to_owned();
            let kind = control.attr("type").unwrap_or_default();
            let own = control.attr("value").map(str::to_owned);
            match (control.value().name(), kind) {
                ("select", _) => {
                    let value = |option: scraper::ElementRef<'_>| option.attr("value").unwrap_or_default().to_owned();
                    found.extend(control.select(&selected).map(|option| (name.clone(), value(option))));
                }
                ("textarea", _) => found.push((name, control.text().collect())),
                (_, "checkbox" | "radio") if control.attr("checked").is_none() => {}
                (_, "checkbox" | "radio") => found.push((name, own.unwrap_or_else(|| "on".to_owned()))),
                (_, "submit" | "button") => {}
                _ => found.push((name, own.unwrap_or_default())),
            }
        }
        found
    }

    fn hidden_fields(&self) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse("main form input[type=hidden]").expect("a selector");
        html.select(&selector)
            .filter_map(|input| Some((input.attr("name")?.to_owned(), input.attr("value")?.to_owned())))
            .collect()
    }
}

/// A form as a browser encodes it.
pub fn encode(fields: &[(&str, &str)]) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let escape = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
}
