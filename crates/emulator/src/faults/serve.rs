//! A connection from its acceptance to its end, with what it is to meet on the way.

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

use super::answer::{self, Answer};
use super::line::{Ending, Line};
use super::plan::ConnectionFault;
use crate::exchange;
use crate::shared::Shared;
use crate::wire;

/// Stands in for the plain `serve` of `server`.
pub(crate) async fn serve(mut stream: TcpStream, connection: usize, shared: Arc<Shared>) {
    let _open = shared.faults.open.enter();
    // As without faults: it is a matter of speed alone.
    let _ = stream.set_nodelay(true);
    let fault = shared.faults.plan().next_connection();
    match fault {
        None => {}
        Some(ConnectionFault::ResetOnAccept) => {
            // It fails only if the client has gone already.
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
        // A client that does not trust the certificate goes away in the middle: no event here.
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(line).await {
                http(stream, connection, &shared, ending).await;
            }
        }
    }
}

/// Answers HTTP until the client goes away, or an answer ends the connection.
async fn http<I>(io: I, connection: usize, shared: &Arc<Shared>, ending: Ending)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let service =
        service_fn(|request| hindered(request, connection, Arc::clone(shared), ending.clone()));
    let mut served = pin!(http1::Builder::new().serve_connection(TokioIo::new(io), service));
    // An ending is set from within this very poll, by a call or by its answer.
    future::poll_fn(|cx| match served.as_mut().poll(cx) {
        Poll::Pending if !ending.is_set() => Poll::Pending,
        _ => Poll::Ready(()),
    })
    .await;
}

/// The ordinary answer, and what happens to it on its way.
async fn hindered(
    request: Request<Incoming>,
    connection: usize,
    shared: Arc<Shared>,
    ending: Ending,
) -> Result<Response<Answer>, Infallible> {
    let counted = shared.faults.calls.enter();
    let operation = wire::operation(request.headers()).ok();
    let mut response = exchange::answer(request, connection, Arc::clone(&shared)).await?;
    let clock = shared.faults.plan().clock;
    if clock != 0
        && let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(shifted(clock)))
    {
        response.headers_mut().insert(DATE, date);
    }
    let fault = shared.faults.plan().next(operation);
    Ok(answer::deliver(response, fault, ending, counted, &shared.faults.held).await)
}

/// The time now, this many seconds off.
fn shifted(seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
}

/// Closes a connection without a reset, whatever the client has sent or is about to send.
async fn close(stream: &mut TcpStream) {
    let mut ignored = [0; 1024];
    // Closing with unread bytes would reset it; an error means that the client has gone, which is
    // the end as well.
    let _ = stream.shutdown().await;
    while matches!(stream.read(&mut ignored).await, Ok(1..)) {}
}
