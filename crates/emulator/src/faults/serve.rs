//! A connection from its acceptance to its end, with its faults.

use std::convert::Infallible;
use std::future::{self, Future as _};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use hyper::body::Incoming;
use hyper::header::{DATE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::line::{Ending, Line};
use super::plan::ConnectionFault;
use super::response::{self, PacedBody};
use crate::exchange;
use crate::shared::Shared;
use crate::wire;

/// Replaces the plain `serve` of `server`.
pub(crate) async fn serve(mut stream: TcpStream, connection: usize, shared: Arc<Shared>) {
    let _open = shared.faults.open.enter();
    // As without faults: it affects only the speed.
    let _ = stream.set_nodelay(true);
    let fault = shared.faults.plan().next_connection();
    match fault {
        None => {}
        Some(ConnectionFault::ResetOnAccept) => {
            // It fails only if the client has already gone.
            let _ = stream.set_zero_linger();
            return;
        }
        Some(ConnectionFault::CloseOnAccept) => return close(&mut stream).await,
        Some(ConnectionFault::NeverAnswerHandshake) => future::pending().await,
    }

    let ending = Ending::default();
    let line = Line::new(stream, ending.clone());
    match &shared.faults.tls {
        None => http(line, connection, &shared, ending).await,
        // A client that does not trust the certificate disconnects in the middle. That is not an
        // error here.
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(line).await {
                http(stream, connection, &shared, ending).await;
            }
        }
    }
}

/// Serves HTTP until the client disconnects, or a response ends the connection.
async fn http<I>(io: I, connection: usize, shared: &Arc<Shared>, ending: Ending)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let service =
        service_fn(|request| hindered(request, connection, Arc::clone(shared), ending.clone()));
    let mut served = pin!(http1::Builder::new().serve_connection(TokioIo::new(io), service));
    // A call or its response sets an ending during this very poll.
    future::poll_fn(|cx| match served.as_mut().poll(cx) {
        Poll::Pending if !ending.is_set() => Poll::Pending,
        _ => Poll::Ready(()),
    })
    .await;
}

/// The usual response, and what happens to it on its way.
async fn hindered(
    request: Request<Incoming>,
    connection: usize,
    shared: Arc<Shared>,
    ending: Ending,
) -> Result<Response<PacedBody>, Infallible> {
    let counted = shared.faults.calls.enter();
    let operation = wire::operation(request.headers()).ok();
    let mut response = exchange::respond(request, connection, Arc::clone(&shared)).await?;
    let clock = shared.faults.plan().clock;
    if clock != 0
        && let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(shifted(clock)))
    {
        response.headers_mut().insert(DATE, date);
    }
    let fault = shared.faults.plan().next(operation);
    Ok(response::deliver(response, fault, ending, counted, &shared.faults.held).await)
}

/// The current time, shifted by this many seconds.
fn shifted(seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
}

/// Closes a connection without a reset, whatever the client has sent or is about to send.
async fn close(stream: &mut TcpStream) {
    let mut ignored = [0; 1024];
    // Closing with unread bytes would reset it. An error means that the client has gone, which is
    // also the end.
    let _ = stream.shutdown().await;
    while matches!(stream.read(&mut ignored).await, Ok(1..)) {}
}
