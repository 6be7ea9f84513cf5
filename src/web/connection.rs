//! Connections that end. actix limits the time for the first head on a connection only: a client that was answered once
//! may send a byte now and then, or never end a body that nobody reads, and is kept for ever.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
    time::{Instant, Sleep, sleep},
};

use crate::client::Presence;

/// A stream on which nothing more is heard when nothing was said on it for too long, and that tells when the other end has
/// said its last.
#[derive(Debug)]
pub struct Limited<S> {
    stream: S,
    patience: Duration,
    deadline: Pin<Box<Sleep>>,
    there: watch::Sender<bool>,
    presence: Presence,
}

impl<S> Limited<S> {
    /// A stream on which the next answer must begin within `patience`.
    pub fn new(stream: S, patience: Duration) -> Self {
        let (there, presence) = Presence::watched();
        Self { stream, patience, deadline: Box::pin(sleep(patience)), there, presence }
    }

    /// Whether the other end is there.
    pub fn presence(&self) -> Presence {
        self.presence.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Asked first: else whoever never stops sending is never asked.
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = into.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, into));
        if read.is_err() || into.filled().len() == before {
            // It may still listen: whoever is being served is answered, whoever waits for that need wait no longer.
            self.there.send_replace(false);
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        let next = Instant::now() + self.patience;
        self.deadline.as_mut().reset(next);
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
