//! A TCP connection that can be told how to end, and how slowly to write, from within the answer
//! that is under way on it.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How a connection ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a FIN, after what was written.
    Closed,
    /// With an RST; what was not yet sent is lost.
    Reset,
}

/// Where an answer says how its connection is to end, and to write until then. The first word
/// counts.
#[derive(Clone, Default)]
pub(super) struct Ending {
    end: Arc<OnceLock<End>>,
    interval: Arc<OnceLock<Duration>>,
}

impl Ending {
    pub(super) fn set(&self, end: End) {
        // A later word changes nothing: the connection ends already.
        let _ = self.end.set(end);
    }

    /// Lets every byte from now on wait for this time, those of the head too.
    pub(super) fn trickle(&self, interval: Duration) {
        // A later word changes nothing: the connection is slow already.
        let _ = self.interval.set(interval);
    }

    pub(super) fn is_set(&self) -> bool {
        self.end.get().is_some()
    }
}

/// The connection; dropping it ends it as it was told.
pub(super) struct Line {
    stream: TcpStream,
    ending: Ending,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Line {
    pub(super) fn new(stream: TcpStream, ending: Ending) -> Self {
        Self { stream, ending, pause: None }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.ending.end.get() == Some(&End::Reset) {
            // It fails where the other side has gone already, and then there is nothing to reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(&interval) = self.ending.interval.get() else {
            return Pin::new(&mut self.stream).poll_write(cx, buf);
        };
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(interval)));
        if pause.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.pause = None;
        Pin::new(&mut self.stream).poll_write(cx, &buf[..buf.len().min(1)])
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
