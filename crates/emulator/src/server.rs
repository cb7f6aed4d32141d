//! The endpoint: a thread of its own that accepts connections on loopback and answers HTTP.
//!
//! It moves bytes and counts connections. What they mean is for `wire`, what they do for `world`.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

#[cfg(feature = "faults")]
use crate::faults::{Faults, serve};
use crate::sts;
use crate::wire::{self, Origin};
use crate::world::World;

/// Far above the largest call: 65,536 characters, each escaped.
const BODY_LIMIT: usize = 1 << 20;

/// How many connections may wait to be accepted: benchmarks open many at once, and one that is
/// dropped costs a second.
const BACKLOG: u32 = 1024;

/// How long to wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// What the handle and the server's thread share.
pub(crate) struct Shared {
    world: Mutex<World>,
    connections: AtomicUsize,
    #[cfg(feature = "faults")]
    pub(crate) faults: Faults,
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
            connections: AtomicUsize::new(0),
            #[cfg(feature = "faults")]
            faults: Faults::default(),
        }
    }

    /// The world, whatever happened to another thread that held it: a test that panicked must not
    /// fail the next.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// A running server; dropping it ends its thread and closes its connections.
pub(crate) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds to loopback and starts the thread. Port 0 takes a free one.
    pub(crate) fn start(port: u16, shared: Arc<Shared>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _context = runtime.enter();
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
            socket.listen(BACKLOG)?
        };
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread =
            std::thread::Builder::new().name("hydrant-emulator".to_owned()).spawn(move || {
                runtime.spawn(accept(listener, shared));
                // An error means that the sender is gone, which is how it is told to stop.
                let _ = runtime.block_on(stopped);
            })?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dropping the sender wakes the thread; dropping the runtime, which the thread owns, ends
        // the connections.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened, and a drop has no one to tell.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::spawn(serve(stream, connection, Arc::clone(&shared)));
            }
            // Out of file descriptors, say: let the connections that are open make room.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

#[cfg(not(feature = "faults"))]
async fn serve(stream: tokio::net::TcpStream, connection: usize, shared: Arc<Shared>) {
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;

    // Without it a small answer may wait for an acknowledgement; it is a matter of speed alone.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(request, connection, Arc::clone(&shared)));
    // A client that goes away in the middle is no event here.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

pub(crate) async fn answer(
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
        .and_then(|(operation, body)| shared.world().answer(operation, &origin, body));
    Ok(if is_query { sts::response(result) } else { wire::response(result) })
}
