//! Requests as bytes, for what no HTTP library would send.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use super::{Client, Response};

impl Client {
    /// Sends bytes as they are and reads one answer. The connection stays open meanwhile: a server that waits for more
    /// fails the test.
    pub fn exchange(&self, request: &[u8]) -> Response {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        // A server that has heard enough may stop listening.
        let _ = stream.write_all(request);
        Response::read(&mut BufReader::new(stream))
    }

    /// As [`Self::exchange`], with the lines that every request needs; `head` is a request line without its version and
    /// perhaps headers.
    pub fn ask(&self, head: &str, body: &[u8]) -> Response {
        let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
        let host = format!("Host: {}", self.address);
        let lines: Vec<&str> =
            [&host as &str].into_iter().chain(headers.lines().filter(|line| !line.is_empty())).collect();
        let head = format!("{line} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"));
        self.exchange(&[head.as_bytes(), body].concat())
    }
}

impl Response {
    /// The next answer on a connection.
    pub fn read(stream: &mut impl BufRead) -> Self {
        let status_line = line(stream);
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer: {status_line:?}"));
        let mut headers = Vec::new();
        while let Some((name, value)) = line(stream).split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if status < 200 {
            return Self::read(stream);
        }
        let mut response = Self { status, headers, body: String::new() };
        let length = response.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
        let mut body = Vec::new();
        stream.take(length).read_to_end(&mut body).expect("a body");
        response.body = String::from_utf8_lossy(&body).into_owned();
        response
    }
}

fn line(stream: &mut impl BufRead) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).expect("an answer in time");
    line.trim_end().to_owned()
}
