//! A mail server that does as a test wants.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Listens as long as the test runs.
pub struct MailServer {
    pub host: &'static str,
    pub port: u16,
    heard: Arc<Heard>,
    /// While nobody listens: keeps the port from others.
    reserved: Option<TcpListener>,
}

#[derive(Default)]
struct Heard {
    behaviour: Mutex<Behaviour>,
    accepted: Mutex<Vec<Accepted>>,
    lines: Mutex<Vec<(bool, String)>>,
}

/// A message that the server has taken.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    pub from: String,
    pub to: String,
    pub message: String,
    /// Whether all of it came by TLS.
    pub encrypted: bool,
}

/// How it behaves; by default as it should, without TLS.
#[derive(Clone, Default)]
pub struct Behaviour {
    /// Never says anything.
    pub silent: bool,
    /// What it answers instead of the usual, after this: `CONNECT`, a command, or `END` after the message.
    pub answer: Option<(&'static str, &'static str)>,
    /// Hangs up instead of answering this.
    pub hangs_up_at: Option<&'static str>,
    /// Offers STARTTLS.
    pub starttls: Option<Arc<ServerConfig>>,
    /// TLS from the first byte.
    pub tls: Option<Arc<ServerConfig>>,
}

trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

impl MailServer {
    pub fn start(behaviour: Behaviour) -> Self {
        let mut server = Self::closed();
        server.host = "127.0.0.1";
        let listener = server.reserved.take().expect("a port");
        server.behave(behaviour);
        server.listen(listener);
        server
    }

    /// A port at which nobody listens until [`Self::open`]: the same port is taken at another address.
    pub fn closed() -> Self {
        let reserved = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = reserved.local_addr().expect("an address").port();
        Self { host: "127.0.0.2", port, heard: Arc::default(), reserved: Some(reserved) }
    }

    pub fn open(&self) {
        self.listen(TcpListener::bind((self.host, self.port)).expect("the port"));
    }

    fn listen(&self, listener: TcpListener) {
        let heard = Arc::clone(&self.heard);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let heard = Arc::clone(&heard);
                thread::spawn(move || heard.serve(stream));
            }
        });
    }

    /// From the next connection on.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.heard.behaviour.lock().expect("a behaviour") = behaviour;
    }

    /// What it took.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.heard.accepted.lock().expect("messages").clone()
    }

    /// Whom it took messages for, in order of the alphabet.
    pub fn recipients(&self) -> Vec<String> {
        let mut recipients: Vec<String> = self.accepted().into_iter().map(|accepted| accepted.to).collect();
        recipients.sort();
        recipients
    }

    /// The commands that came without TLS.
    pub fn heard_in_the_clear(&self) -> Vec<String> {
        let lines = self.heard.lines.lock().expect("lines");
        lines.iter().filter(|(encrypted, _)| !encrypted).map(|(_, line)| line.clone()).collect()
    }

    /// The commands that came by TLS.
    pub fn heard_by_tls(&self) -> Vec<String> {
        let lines = self.heard.lines.lock().expect("lines");
        lines.iter().filter(|(encrypted, _)| *encrypted).map(|(_, line)| line.clone()).collect()
    }
}

impl Heard {
    fn serve(&self, stream: TcpStream) {
        let behaviour = self.behaviour.lock().expect("a behaviour").clone();
        let raw = stream.try_clone().expect("a stream");
        let tls = behaviour.tls.as_ref().map(|config| by_tls(stream.try_clone().expect("a stream"), config));
        let encrypted = tls.is_some();
        let wire = tls.unwrap_or_else(|| Box::new(stream));
        let mut session = Session { heard: self, behaviour, raw, wire, encrypted, mail: Accepted::default() };
        // Ends when somebody hangs up.
        session.converse();
    }
}

fn by_tls(stream: TcpStream, config: &Arc<ServerConfig>) -> Box<dyn Wire> {
    Box::new(StreamOwned::new(ServerConnection::new(Arc::clone(config)).expect("TLS"), stream))
}

struct Session<'a> {
    heard: &'a Heard,
    behaviour: Behaviour,
    raw: TcpStream,
    wire: Box<dyn Wire>,
    encrypted: bool,
    mail: Accepted,
}

impl Session<'_> {
    fn converse(&mut self) -> Option<()> {
        if self.behaviour.silent {
            // Waits until the other side has had enough.
            return self.line().map(drop);
        }
        self.answer("CONNECT", "220 mail.test ESMTP")?;
        loop {
            let line = self.line()?;
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let offers = self.behaviour.starttls.is_some() && !self.encrypted;
                    let starttls = if offers { "250-STARTTLS\r\n" } else { "" };
                    self.answer("EHLO", &format!("250-mail.test\r\n{starttls}250 AUTH PLAIN LOGIN"))?;
                }
                "STARTTLS" => self.start_tls()?,
                "AUTH" => self.answer("AUTH", "235 2.7.0 welcome")?,
                "MAIL" => {
                    self.mail = Accepted { from: address(&line), encrypted: self.encrypted, ..Accepted::default() };
                    self.answer("MAIL", "250 2.1.0 fine")?;
                }
                "RCPT" => {
                    self.mail.to = address(&line);
                    self.answer("RCPT", "250 2.1.5 fine")?;
                }
                "DATA" => self.data()?,
                "QUIT" => return self.answer("QUIT", "221 2.0.0 bye"),
                _ => self.say("500 5.5.2 what?")?,
            }
        }
    }

    fn start_tls(&mut self) -> Option<()> {
        let config = self.behaviour.starttls.clone()?;
        self.answer("STARTTLS", "220 2.0.0 go on")?;
        self.wire = by_tls(self.raw.try_clone().ok()?, &config);
        self.encrypted = true;
        Some(())
    }

    fn data(&mut self) -> Option<()> {
        self.answer("DATA", "354 go on")?;
        if self.behaviour.answer.is_some_and(|(after, _)| after == "DATA") {
            return Some(());
        }
        loop {
            let line = self.line()?;
            if line == "." {
                break;
            }
            self.mail.message += line.strip_prefix('.').unwrap_or(&line);
            self.mail.message += "\r\n";
        }
        // Kept first: whoever has the answer may ask for it.
        let takes = self.behaviour.answer.is_none_or(|(after, _)| after != "END");
        if takes && self.behaviour.hangs_up_at != Some("END") {
            self.heard.accepted.lock().expect("messages").push(self.mail.clone());
        }
        self.answer("END", "250 2.0.0 taken")
    }

    /// Says the usual, or what this test wants instead.
    fn answer(&mut self, after: &str, usual: &str) -> Option<()> {
        if self.behaviour.hangs_up_at == Some(after) {
            let _ = self.raw.shutdown(std::net::Shutdown::Both);
            return None;
        }
        let other = self.behaviour.answer.filter(|(at, _)| *at == after).map(|(_, answer)| answer);
        self.say(other.unwrap_or(usual))
    }

    fn say(&mut self, answer: &str) -> Option<()> {
        self.wire.write_all(format!("{answer}\r\n").as_bytes()).and_then(|()| self.wire.flush()).ok()
    }

    /// The next line; byte by byte, as TLS may begin behind it.
    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            if self.wire.read(&mut byte).ok()? == 0 {
                return None;
            }
            line.push(byte[0]);
        }
        let line = String::from_utf8_lossy(&line[..line.len() - 2]).into_owned();
        self.heard.lines.lock().expect("lines").push((self.encrypted, line.clone()));
        Some(line)
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.rsplit_once('>'));
    inner.map_or(String::new(), |(address, _)| address.to_owned())
}
