//! The endpoint: a separate thread that accepts connections on loopback and serves HTTP.
//!
//! It moves bytes and counts connections. `exchange` interprets requests.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

#[cfg(feature = "faults")]
use crate::faults::serve;
use crate::shared::Shared;

/// How many connections may wait to be accepted: benchmarks open many at once, and a dropped one
/// costs a second.
const BACKLOG: u32 = 1024;

/// How long to wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// A running server. Dropping it ends its thread and closes its connections.
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
                // An error means that the sender is gone, which is the signal to stop.
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
        // Dropping the sender wakes the thread. Dropping the runtime, which the thread owns, ends
        // the connections.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened, and a drop cannot report it.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = shared.count_connection();
                tokio::spawn(serve(stream, connection, Arc::clone(&shared)));
            }
            // For example out of file descriptors: let the open connections finish.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

#[cfg(not(feature = "faults"))]
async fn serve(stream: tokio::net::TcpStream, connection: usize, shared: Arc<Shared>) {
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;

    use crate::exchange;

    // Without it a small response may wait for an acknowledgement. It affects only the speed.
    let _ = stream.set_nodelay(true);
    let service =
        service_fn(move |request| exchange::respond(request, connection, Arc::clone(&shared)));
    // A client that disconnects in the middle is not an error here.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
