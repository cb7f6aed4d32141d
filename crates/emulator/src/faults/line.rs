//! A TCP connection that a response in progress can end in a given way, or slow down.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How a connection ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a FIN, after the data written so far.
    Closed,
    /// With an RST. Data that was not sent yet is lost.
    Reset,
}

/// Where a response sets how its connection ends, and how it writes until then. The first setting
/// counts.
#[derive(Clone, Default)]
pub(super) struct Ending {
    end: Arc<OnceLock<End>>,
    interval: Arc<OnceLock<Duration>>,
}

impl Ending {
    pub(super) fn set(&self, end: End) {
        // A later setting changes nothing: the connection is already ending.
        let _ = self.end.set(end);
    }

    /// Delays every byte from now on by this time, including those of the header.
    pub(super) fn trickle(&self, interval: Duration) {
        // A later setting changes nothing: the connection is already slow.
        let _ = self.interval.set(interval);
    }

    pub(super) fn is_set(&self) -> bool {
        self.end.get().is_some()
    }
}

/// The connection. Dropping it ends it as set.
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
            // It fails if the other side has already gone, and then there is nothing to reset.
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
