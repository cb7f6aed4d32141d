//! The available faults, and which of them the next call or connection gets.
//!
//! This file only plans. `response` applies a fault to a call, and `serve` to a connection.

use std::time::Duration;

use crate::operation::Operation;

/// What may happen to a response on its way.
///
/// ```
/// use std::time::Duration;
/// use hydrant_emulator::{Emulator, Fault, Operation};
///
/// # fn main() -> Result<(), hydrant_emulator::Error> {
/// let emulator = Emulator::start()?;
/// // Every response takes 20 ms, and the next batch is cut off in the middle.
/// emulator.fault(Some(Operation::BatchGetSecretValue), Fault::CutDuringResponse, 1);
/// emulator.fault(None, Fault::Latency(Duration::from_millis(20)), usize::MAX);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The response comes after this time.
    Latency(Duration),
    /// The request is read, and then the connection is reset.
    ResetBeforeResponse,
    /// The head and half of the body are sent, and then the connection is reset.
    ResetDuringResponse,
    /// The whole response is sent, and then the connection is reset: a client cannot use it again.
    ResetAfterResponse,
    /// The head and half of the body are sent, and then the connection is closed, without TLS's
    /// close_notify.
    CutDuringResponse,
    /// The request is read, and no response is sent.
    Stall,
    /// The response is held until [`Emulator::release`](crate::Emulator::release).
    Hold,
    /// The head is sent at once, and then one byte of the body after each interval.
    Trickle(Duration),
    /// One byte after each interval, from the first byte of the head on. This also applies to all
    /// later responses of the connection.
    TrickleHead(Duration),
    /// 200, with an endless JSON string, as fast as the client reads it.
    Endless,
    /// 200, with bytes that are neither JSON nor text.
    Garbage,
    /// 200, with a JSON object whose known members have types that no response has.
    WrongShape,
    /// 200, with this body.
    Body(String),
    /// This status (500 if it is not valid in HTTP), with these headers replacing those with the
    /// same names, and this body.
    Response {
        /// The status.
        status: u16,
        /// Names and values. Invalid ones are left out.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// This status (500 if it is not valid in HTTP), with an empty body.
    Status(u16),
    /// This status (500 if it is not valid in HTTP), with an HTML page as load balancers and
    /// proxies send it.
    Page(u16),
    /// 307 to this address.
    Redirect(String),
}

/// What may happen to a connection before a byte is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionFault {
    /// It is reset.
    ResetOnAccept,
    /// It is closed.
    CloseOnAccept,
    /// It stays open, and nothing is ever read from it or written to it: no TLS handshake, no
    /// response.
    NeverAnswerHandshake,
}

/// The remaining faults, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Plan {
    /// By how many seconds the date of every response is shifted.
    pub(crate) clock: i64,
    calls: Vec<(Option<Operation>, Fault, Left)>,
    connections: Vec<(ConnectionFault, Left)>,
}

impl Plan {
    pub(crate) fn add(&mut self, operation: Option<Operation>, fault: Fault, times: usize) {
        self.calls.push((operation, fault, Left(times)));
    }

    pub(crate) fn add_connection(&mut self, fault: ConnectionFault, times: usize) {
        self.connections.push((fault, Left(times)));
    }

    /// The fault for a call. `operation` is `None` for an unknown one.
    pub(super) fn next(&mut self, operation: Option<Operation>) -> Option<Fault> {
        self.calls
            .iter_mut()
            .filter(|(asked, ..)| asked.is_none() || *asked == operation)
            .find_map(|(_, fault, left)| left.take().then(|| fault.clone()))
    }

    /// The fault for a connection.
    pub(super) fn next_connection(&mut self) -> Option<ConnectionFault> {
        self.connections.iter_mut().find_map(|(fault, left)| left.take().then_some(*fault))
    }
}

/// How often a fault still applies. `usize::MAX` means forever.
struct Left(usize);

impl Left {
    /// Whether it applies once more.
    fn take(&mut self) -> bool {
        let any = self.0 > 0;
        if any && self.0 != usize::MAX {
            self.0 -= 1;
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_met_in_their_order_and_used_up() {
        let mut plan = Plan::default();
        plan.add(Some(Operation::GetSecretValue), Fault::Stall, 1);
        plan.add(None, Fault::Garbage, 2);
        plan.add(Some(Operation::ListSecrets), Fault::Status(500), usize::MAX);
        for (operation, fault) in [
            (Some(Operation::GetSecretValue), Some(Fault::Stall)),
            (Some(Operation::GetSecretValue), Some(Fault::Garbage)),
            (None, Some(Fault::Garbage)),
            (Some(Operation::GetSecretValue), None),
            (None, None),
            (Some(Operation::ListSecrets), Some(Fault::Status(500))),
            (Some(Operation::ListSecrets), Some(Fault::Status(500))),
        ] {
            assert_eq!(plan.next(operation), fault, "{operation:?}");
        }
    }
}
