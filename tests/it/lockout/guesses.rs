//! Many guesses at the same moment, as an attacker sends them.

use std::{
    collections::BTreeMap,
    io::{BufReader, Write},
    net::TcpStream,
    sync::Barrier,
    thread,
    time::Duration,
};

use crate::support::{Client, PASSWORD, Response, encode};

/// Dear enough that checks run side by side.
pub(super) const DEAR_HASHERS: &str = r#"[
    { NAME = "django.contrib.auth.hashers.Argon2PasswordHasher", OPTIONS = { memory_cost = 4096, time_cost = 2 } },
]"#;

/// What one person can be called.
pub(super) const NAMES_OF_ANN: [&str; 5] = ["ann", "ANN", "Ann@Example.org", "ａｎｎ", "a\u{ad}nn"];

/// A log-in, to be sent.
pub(super) struct Guess {
    username: String,
    password: String,
    address: String,
    user_agent: String,
}

impl Guess {
    /// Of a wrong password, from a browser that calls itself another with each number.
    pub(super) fn new(username: &str, address: &str, number: usize) -> Self {
        let password = format!("wrong {number}");
        Self {
            username: username.to_owned(),
            password,
            address: address.to_owned(),
            user_agent: format!("Bot/{number}"),
        }
    }

    /// Of the right one.
    pub(super) fn right(self) -> Self {
        Self { password: PASSWORD.to_owned(), ..self }
    }

    /// Sends all but the last byte.
    fn open(&self, door: &Door) -> (TcpStream, u8) {
        let fields =
            [("csrfmiddlewaretoken", door.token.as_str()), ("username", &self.username), ("password", &self.password)];
        let (body, Self { address, user_agent, .. }) = (encode(&fields), self);
        let mut stream = TcpStream::connect(door.client.address).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout");
        write!(
            stream,
            "POST /login/ HTTP/1.1\r\nHost: {}\r\nCookie: csrftoken={}\r\nX-Forwarded-For: {address}\r\nUser-Agent: \
             {user_agent}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
            door.client.address,
            door.secret,
            body.len(),
            &body[..body.len() - 1]
        )
        .expect("sent");
        (stream, *body.as_bytes().last().expect("a body"))
    }

    /// Sends it, and does not wait for the answer.
    pub(super) fn send(&self, door: &Door) -> TcpStream {
        let (mut stream, last) = self.open(door);
        stream.write_all(&[last]).expect("sent");
        stream
    }
}

/// A server, with what its forms need.
pub(super) struct Door {
    client: Client,
    token: String,
    secret: String,
}

impl Door {
    pub(super) fn new(client: Client) -> Self {
        let token = client.get("/login/").csrf_token();
        let secret = client.cookie("csrftoken").expect("a secret");
        Self { client, token, secret }
    }
}

/// The answer on a connection.
pub(super) fn answer(stream: TcpStream) -> Response {
    Response::read(&mut BufReader::new(stream))
}

/// How often each answer came.
pub(super) type Answers = BTreeMap<(u16, Option<String>), usize>;

/// Sends all guesses at the same moment, by turns to each door: the last byte of each is held back until all are ready.
pub(super) fn all_at_once(doors: &[Door], guesses: &[Guess]) -> Answers {
    const THREADS: usize = 8;
    let mut sockets: Vec<Vec<(TcpStream, u8)>> = (0..THREADS).map(|_| Vec::new()).collect();
    for (at, guess) in guesses.iter().enumerate() {
        sockets[at % THREADS].push(guess.open(&doors[at % doors.len()]));
    }
    let barrier = Barrier::new(THREADS);
    let shoot = |mut sockets: Vec<(TcpStream, u8)>| {
        barrier.wait();
        for (socket, last) in &mut sockets {
            socket.write_all(&[*last]).expect("sent");
        }
        sockets.into_iter().map(|(socket, _)| answer(socket)).collect::<Vec<_>>()
    };
    let responses: Vec<Response> = thread::scope(|scope| {
        let shooters: Vec<_> = sockets.into_iter().map(|sockets| scope.spawn(|| shoot(sockets))).collect();
        shooters.into_iter().flat_map(|shooter| shooter.join().expect("answers")).collect()
    });
    let mut answers = Answers::new();
    for response in responses {
        let soon = response.header("retry-after").filter(|_| response.status == 503).map(str::to_owned);
        *answers.entry((response.status, soon)).or_default() += 1;
    }
    answers
}
