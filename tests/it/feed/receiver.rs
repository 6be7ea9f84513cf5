//! A program that listens for events and answers as a test wants.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;

/// The secret, and what its bytes are.
pub const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
fn key() -> Vec<u8> {
    (0..32).collect()
}

/// What it says to a request.
#[derive(Debug, Clone)]
pub enum Answer {
    Status(u16),
    RedirectTo(String),
    /// Nothing for so long, and then 200.
    Late(Duration),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Told {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Told {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    /// As the specification says how to verify.
    pub fn is_signed(&self) -> bool {
        let signed = format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.body);
        self.headers.get("webhook-signature").is_some_and(|signature| is_signature(signature, &signed))
    }
}

pub fn is_signature(signature: &str, signed: &str) -> bool {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key()).expect("any key");
    mac.update(signed.as_bytes());
    let encoded = signature.strip_prefix("v1,").expect("a version");
    mac.verify_slice(&STANDARD.decode(encoded).expect("base64")).is_ok()
}

/// It listens as long as the test runs.
pub struct Receiver {
    pub address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    told: Mutex<Vec<Told>>,
    answers: Mutex<VecDeque<Answer>>,
}

impl Receiver {
    /// Says 200.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (address, state) = (listener.local_addr().expect("an address"), Arc::<State>::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                thread::spawn(move || state.serve(&stream));
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook/s3cret-path", self.address)
    }

    /// Says these first.
    pub fn will_say(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.answers.lock().expect("answers").extend(answers);
    }

    /// What it was told so far.
    pub fn told(&self) -> MutexGuard<'_, Vec<Told>> {
        self.state.told.lock().expect("requests")
    }

    pub fn kinds(&self) -> Vec<String> {
        self.told().iter().map(Told::kind).collect()
    }
}

impl State {
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = || {
                let mut line = String::new();
                reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
                Some(line.trim_end().to_owned())
            };
            let path = line()?.split(' ').nth(1)?.to_owned();
            let mut headers = BTreeMap::new();
            while let Some(header) = line().filter(|line| !line.is_empty()) {
                let (name, value) = header.split_once(": ")?;
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            let mut body = vec![0; headers.get("content-length").map_or(Ok(0), |length| length.parse()).ok()?];
            reader.read_exact(&mut body).ok()?;
            self.told.lock().expect("requests").push(Told { path, headers, body: String::from_utf8(body).ok()? });
            let answer = self.answers.lock().expect("answers").pop_front().unwrap_or(Answer::Status(200));
            let (status, more) = match answer {
                Answer::Status(status) => (status, String::new()),
                Answer::RedirectTo(url) => (307, format!("location: {url}\r\n")),
                Answer::Late(time) => {
                    thread::sleep(time);
                    (200, String::new())
                }
            };
            let mut stream = stream;
            let head = format!("HTTP/1.1 {status} So\r\n{more}content-length: 2\r\n\r\nok");
            stream.write_all(head.as_bytes()).ok()?;
        }
    }
}
