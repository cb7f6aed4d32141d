//! One HTTP request and its response: read in its protocol, and passed to the world.

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};

use crate::shared::Shared;
use crate::sts;
use crate::wire::{self, Origin};

/// Far above the largest call: 65,536 characters, each escaped.
const BODY_LIMIT: usize = 1 << 20;

pub(crate) async fn respond(
    request: Request<Incoming>,
    connection: usize,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(response);
    };
    let origin = Origin::from_headers(&head.headers, connection);
    let is_query = sts::is_query(&head.headers);
    let read = if is_query { sts::body } else { wire::body };
    let result = wire::operation(&head.headers)
        .and_then(|operation| Ok((operation, read(&body.to_bytes())?)))
        .and_then(|(operation, body)| shared.world().execute(operation, &origin, body));
    Ok(if is_query { sts::response(result) } else { wire::response(result) })
}
