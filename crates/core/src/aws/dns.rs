//! Resolves the names of hosts by the system, each on a thread of its own: where none can be
//! started, that is an error, and tokio would panic.

use std::net::ToSocketAddrs;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use tokio::sync::oneshot;

use super::thread::on_thread;

#[derive(Clone, Debug)]
pub(super) struct SystemResolver;

impl ResolveDns for SystemResolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        let host = name.to_owned();
        let (sender, receiver) = oneshot::channel();
        let work = move || _ = sender.send(Ok((host, 0).to_socket_addrs()));
        DnsFuture::new(async move {
            let resolved = on_thread(work, receiver).map_err(ResolveDnsError::new)?.await;
            let addresses =
                resolved.map_err(ResolveDnsError::new)?.map_err(ResolveDnsError::new)?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}
