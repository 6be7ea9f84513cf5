//! Many send at the same moment.

use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::{Answer, REFRESH, Request};
use crate::support::Response;

/// How many they are.
const CROWD: usize = 50;

/// Requests that were sent and not yet heard the answer of.
pub struct Sent {
    request: Request,
    streams: Vec<TcpStream>,
}

impl Sent {
    /// One request from everywhere at once, in turns to each of the instances.
    pub fn request(doors: &[SocketAddr], request: Request) -> Self {
        let connect = |number: usize| {
            let stream = TcpStream::connect(doors[number % doors.len()]).expect("a connection");
            stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
            stream
        };
        let mut streams: Vec<TcpStream> = (0..CROWD).map(connect).collect();
        for stream in &mut streams {
            let bytes = request.bytes(stream.peer_addr().expect("an address"));
            stream.write_all(&bytes).expect("a server that listens");
        }
        Self { request, streams }
    }

    /// A refresh token.
    pub fn token(doors: &[SocketAddr], token: &str) -> Self {
        Self::request(doors, Request::field(REFRESH, "refresh", token))
    }

    pub fn answers(self) -> Vec<Answer> {
        let read = |stream| {
            let response = Response::read(&mut BufReader::new(stream));
            Answer::new(&self.request, response.status, &response.headers, &response.body)
        };
        self.streams.into_iter().map(read).collect()
    }
}
