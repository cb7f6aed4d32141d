//! What a server may send: bytes, the parts of a JSON text, and informational responses, each up to
//! a limit.
//!
//! A small part of a text becomes a large structure when it is parsed (`{}` is 2 bytes, and an
//! entry of a list some hundreds), so parts are counted as well as bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use futures_util::future::{Either, select};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::ext::on_informational;
use tokio::sync::Notify;
use tokio::task::coop;

/// The most bytes of a response: twenty secrets of 64 KB have less, even if every character is
/// escaped as `\u0001`.
const MOST_BYTES: usize = 8 << 20;

/// The most bytes of all responses that are read at the same time.
const MOST_AT_ONCE: usize = 24 << 20;

/// The most objects, arrays and commas of a JSON text outside of its strings: a hundred secrets
/// with all their tags have a third of it.
const MOST_PARTS: usize = 1 << 16;

/// The most responses of status 1xx before the one that counts.
const MOST_INFORMATIONAL: usize = 16;

/// A response that goes beyond a limit. It is not one of AWS's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct TooLarge(pub(super) &'static str);

/// A connection that ended in the middle of a response.
#[derive(Debug, thiserror::Error)]
#[error("the answer of {host} was cut off")]
pub(super) struct CutOff {
    host: String,
    source: BoxError,
}

/// What is held at this moment of all the responses of one client.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlight(Arc<AtomicUsize>);

/// Makes a request, and gives a response whose body ends at the limits.
pub(super) async fn limited(
    connector: SharedHttpConnector,
    request: HttpRequest,
    host: String,
    in_flight: InFlight,
) -> Result<HttpResponse, ConnectorError> {
    let flooded = Arc::new(Notify::new());
    let request = counted(request, flooded.clone()).map_err(ConnectorError::user)?;
    let call = connector.call(request);
    let response = match select(call, Box::pin(flooded.notified())).await {
        Either::Left((response, _)) => response?,
        Either::Right(_) => {
            let flood = TooLarge("it sends informational responses (1xx) without end");
            return Err(ConnectorError::other(flood.into(), None));
        }
    };
    Ok(response.map(|body| {
        let counts = Counts::new(&in_flight);
        SdkBody::from_body_1_x(Limited { body, host: host.clone(), counts })
    }))
}

/// The same request, which tells of too many informational responses. Reading them is given up
/// early: there is one more buffer to be parsed for each read from the connection, and nothing else
/// runs meanwhile.
fn counted(request: HttpRequest, flooded: Arc<Notify>) -> Result<HttpRequest, BoxError> {
    let mut request = request.try_into_http1x()?;
    let count = AtomicUsize::new(0);
    on_informational(&mut request, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) >= MOST_INFORMATIONAL {
            flooded.notify_one();
            // As if something had been read: the connection's task yields when its budget is spent.
            if let Poll::Ready(proceed) =
                coop::poll_proceed(&mut Context::from_waker(Waker::noop()))
            {
                proceed.made_progress();
            }
        }
    });
    Ok(HttpRequest::try_from(request)?)
}

/// A body with an end, which fails with [`TooLarge`], or with [`CutOff`] where the connection does.
struct Limited {
    body: SdkBody,
    host: String,
    counts: Counts,
}

impl Body for Limited {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.body).poll_frame(context);
        polled.map(|frame| match frame? {
            Ok(frame) => {
                let counted = frame.data_ref().map_or(Ok(()), |bytes| this.counts.add(bytes));
                Some(counted.map(|()| frame).map_err(Into::into))
            }
            Err(source) => Some(Err(CutOff { host: this.host.clone(), source }.into())),
        })
    }

    fn size_hint(&self) -> SizeHint {
        // What a server says of its length is not to be believed.
        SizeHint::default()
    }
}

#[derive(Debug)]
struct Counts {
    bytes: usize,
    parts: Parts,
    in_flight: InFlight,
}

impl Counts {
    fn new(in_flight: &InFlight) -> Self {
        Counts { bytes: 0, parts: Parts::default(), in_flight: in_flight.clone() }
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        self.bytes += bytes.len();
        let in_flight = bytes.len() + self.in_flight.0.fetch_add(bytes.len(), Ordering::Relaxed);
        self.parts.add(bytes);
        if self.bytes > MOST_BYTES || self.parts.count > MOST_PARTS {
            return Err(TooLarge("the answer is longer than any of AWS's"));
        }
        if in_flight > MOST_AT_ONCE {
            return Err(TooLarge("the answers together are longer than 24 MiB"));
        }
        Ok(())
    }
}

/// The body was read, or is not wanted any more.
impl Drop for Counts {
    fn drop(&mut self) {
        self.in_flight.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Counts the parts of a JSON text, as it comes in.
#[derive(Debug, Default)]
struct Parts {
    count: usize,
    in_string: bool,
    escaped: bool,
}

impl Parts {
    fn add(&mut self, bytes: &[u8]) {
        // Most of a long text is inside of strings.
        let in_string = self.in_string && !self.escaped;
        if in_string && !bytes.contains(&b'"') && !bytes.contains(&b'\\') {
            return;
        }
        for byte in bytes {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = self.in_string,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' | b',' if !self.in_string => self.count += 1,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_outside_of_strings() {
        let check = |chunks: &[&str], expected: usize| {
            let mut parts = Parts::default();
            chunks.iter().for_each(|chunk| parts.add(chunk.as_bytes()));
            assert_eq!(parts.count, expected, "{chunks:?}");
        };
        check(&[r#"{"a":[{},{}]}"#], 5);
        check(&[r#"{"SecretString":"{\"a\":[1,2],\"b\":{}}"}"#], 1);
        check(&[r#"{"a":"\\"#, r#"","b":["#, "]"], 3);
        check(&[r#"{"a":"\"#, r#"",{{{"}"#], 1);
        check(&["no JSON, at all"], 1);
    }

    #[test]
    fn what_is_in_flight_is_limited_together() {
        let in_flight = InFlight::default();
        let counts = || Counts::new(&in_flight);
        let (mut one, mut other) = (counts(), counts());
        let chunk = vec![b'x'; 7 << 20];
        one.add(&chunk).unwrap();
        let held = [counts(), counts()].map(|mut counts| counts.add(&chunk).map(|()| counts));
        assert_eq!(other.add(&chunk).unwrap_err().0, "the answers together are longer than 24 MiB");
        drop((one, other, held));
        counts().add(&chunk).unwrap();
        let long = vec![b'x'; (8 << 20) + 1];
        assert_eq!(counts().add(&long).unwrap_err().0, "the answer is longer than any of AWS's");
        let many = "{},".repeat((1 << 15) + 1);
        assert_eq!(
            counts().add(many.as_bytes()).unwrap_err().0,
            "the answer is longer than any of AWS's"
        );
    }
}
