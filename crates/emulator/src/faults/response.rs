//! How a fault changes a response.

use std::convert::Infallible;
use std::future::{self, Future as _};
use std::pin::Pin;
use std::str::FromStr as _;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use tokio::time::Sleep;

use super::gauge::Counted;
use super::held::Held;
use super::line::{End, Ending};
use super::plan::Fault;

/// Not JSON, not UTF-8, and no line end.
const GARBAGE: &[u8] = b"\x00\xff\xfe{\"SecretString\": \xc3\x28";

/// Every member that a reader expects, each with a wrong type.
const WRONG_SHAPE: &str = r#"{"ARN":7,"Name":[],"SecretString":5,"SecretBinary":{},"VersionId":false,"SecretValues":"x",
"Errors":3,"NextToken":[1],"Parameters":{"Name":"x"},"Parameter":"x","InvalidParameters":true,"SecretList":0}"#;

/// A page as load balancers send it.
const PAGE: &str = "<html>\r\n<head><title>Unavailable</title></head>\r\n<body><h1>Unavailable</h1></body>\r\n</html>\r\n";

/// A piece of an endless response.
static MORE: [u8; 1 << 14] = [b'x'; 1 << 14];

/// Applies the fault to a response. Without a fault the response is unchanged.
pub(super) async fn deliver(
    response: Response<Full<Bytes>>,
    fault: Option<Fault>,
    ending: Ending,
    counted: Counted,
    held: &Held,
) -> Response<PacedBody> {
    let (mut head, body) = response.into_parts();
    let Ok(mut bytes) = body.collect().await.map(http_body_util::Collected::to_bytes);
    let mut replace = |status: StatusCode, content_type: &'static str, body: Bytes| {
        head.status = status;
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        bytes = body;
    };
    let json = "application/x-amz-json-1.1";
    let mut pace = Pace::Whole;
    match fault {
        None => {}
        Some(Fault::Latency(time)) => tokio::time::sleep(time).await,
        Some(Fault::Stall) => future::pending().await,
        Some(Fault::Hold) => held.wait().await,
        Some(Fault::ResetBeforeResponse) => {
            ending.set(End::Reset);
            future::pending().await
        }
        Some(Fault::ResetDuringResponse) => {
            pace = Pace::Half { ending, end: End::Reset, flushed: false }
        }
        Some(Fault::CutDuringResponse) => {
            pace = Pace::Half { ending, end: End::Closed, flushed: false }
        }
        Some(Fault::ResetAfterResponse) => pace = Pace::Last(ending),
        Some(Fault::Trickle(interval)) => {
            pace = Pace::Trickle(interval, Box::pin(tokio::time::sleep(interval)))
        }
        Some(Fault::TrickleHead(interval)) => ending.trickle(interval),
        Some(Fault::Endless) => {
            replace(StatusCode::OK, json, Bytes::from_static(b"{\"SecretString\":\""));
            pace = Pace::Endless;
        }
        Some(Fault::Garbage) => replace(StatusCode::OK, json, Bytes::from_static(GARBAGE)),
        Some(Fault::WrongShape) => {
            replace(StatusCode::OK, json, Bytes::from_static(WRONG_SHAPE.as_bytes()))
        }
        Some(Fault::Body(text)) => replace(StatusCode::OK, json, Bytes::from(text)),
        Some(Fault::Response { status: code, headers, body }) => {
            replace(status(code), json, Bytes::from(body));
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) =
                    (HeaderName::from_str(&name), HeaderValue::from_str(&value))
                {
                    head.headers.insert(name, value);
                }
            }
        }
        Some(Fault::Status(code)) => replace(status(code), json, Bytes::new()),
        Some(Fault::Page(code)) => {
            replace(status(code), "text/html", Bytes::from_static(PAGE.as_bytes()))
        }
        Some(Fault::Redirect(address)) => {
            replace(StatusCode::TEMPORARY_REDIRECT, json, Bytes::new());
            if let Ok(address) = HeaderValue::from_str(&address) {
                head.headers.insert(LOCATION, address);
            }
        }
    }
    Response::from_parts(head, PacedBody::new(bytes, pace, counted))
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The body of a response, at its pace. The call counts as in progress until the body is dropped.
pub(super) struct PacedBody {
    rest: Bytes,
    promised: u64,
    pace: Pace,
    _counted: Counted,
}

enum Pace {
    Whole,
    Trickle(Duration, Pin<Box<Sleep>>),
    /// Half of it, and then the end of the connection.
    Half {
        ending: Ending,
        end: End,
        flushed: bool,
    },
    /// All of it, and then a reset.
    Last(Ending),
    /// All of it, and then more.
    Endless,
}

impl PacedBody {
    fn new(bytes: Bytes, pace: Pace, counted: Counted) -> Self {
        let promised = bytes.len() as u64;
        let rest = match pace {
            Pace::Half { .. } => bytes.slice(..bytes.len() / 2),
            _ => bytes,
        };
        Self { rest, promised, pace, _counted: counted }
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let length = match &mut this.pace {
            Pace::Half { ending, end, flushed } if this.rest.is_empty() => {
                if *flushed {
                    ending.set(*end);
                } else {
                    // hyper writes out the half when a body has no more data yet: return to it
                    // after that.
                    *flushed = true;
                    cx.waker().wake_by_ref();
                }
                return Poll::Pending;
            }
            Pace::Trickle(interval, pause) if !this.rest.is_empty() => {
                if pause.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                *pause = Box::pin(tokio::time::sleep(*interval));
                1
            }
            Pace::Endless if this.rest.is_empty() => {
                this.rest = Bytes::from_static(&MORE);
                MORE.len()
            }
            _ => this.rest.len(),
        };
        let chunk = this.rest.split_to(length);
        Poll::Ready((!chunk.is_empty()).then(|| Ok(Frame::data(chunk))))
    }

    fn size_hint(&self) -> SizeHint {
        match self.pace {
            Pace::Endless => SizeHint::default(),
            _ => SizeHint::with_exact(self.promised),
        }
    }
}

impl Drop for PacedBody {
    fn drop(&mut self) {
        // A body of known length is dropped with its last byte, which is written before the ending
        // is checked.
        if let Pace::Last(ending) = &self.pace {
            ending.set(End::Reset);
        }
    }
}
