//! A TCP connection that can be told how to end, from within the answer that is under way on it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How a connection ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a FIN, after what was written.
    Closed,
    /// With an RST; what was not yet sent is lost.
    Reset,
}

/// Where an answer says how its connection is to end. The first word counts.
#[derive(Clone, Default)]
pub(super) struct Ending(Arc<OnceLock<End>>);

impl Ending {
    pub(super) fn set(&self, end: End) {
        // A later word changes nothing: the connection ends already.
        let _ = self.0.set(end);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.get().is_some()
    }
}

/// The connection; dropping it ends it as it was told.
pub(super) struct Line {
    stream: TcpStream,
    ending: Ending,
}

impl Line {
    pub(super) fn new(stream: TcpStream, ending: Ending) -> Self {
        Self { stream, ending }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.ending.0.get() == Some(&End::Reset) {
            // It fails where the other side has gone already, and then there is nothing to reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
