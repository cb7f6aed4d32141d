//! The faults there are, and which of them the next call or connection meets.
//!
//! Nothing is done here: what a fault does to a call stands in `answer`, to a connection in
//! `serve`.

use std::time::Duration;

use crate::operation::Operation;

/// What may happen to an answer on its way.
///
/// ```
/// use std::time::Duration;
/// use hydrant_emulator::{Emulator, Fault, Operation};
///
/// # fn main() -> Result<(), hydrant_emulator::Error> {
/// let emulator = Emulator::start()?;
/// // Every answer takes 20 ms, but the next batch is cut off in the middle.
/// emulator.fault(Some(Operation::BatchGetSecretValue), Fault::CutDuringAnswer, 1);
/// emulator.fault(None, Fault::Latency(Duration::from_millis(20)), usize::MAX);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The answer comes after this time.
    Latency(Duration),
    /// The request is read, and then the connection is reset.
    ResetBeforeAnswer,
    /// The head and half of the body are sent, and then the connection is reset.
    ResetDuringAnswer,
    /// The answer is sent whole, and then the connection is reset: a client that wants to use it
    /// again cannot.
    ResetAfterAnswer,
    /// The head and half of the body are sent, and then the connection is closed, without the
    /// farewell of TLS.
    CutDuringAnswer,
    /// The request is read, and never answered.
    Stall,
    /// The answer is kept back until [`Emulator::release`](crate::Emulator::release).
    Hold,
    /// The head is sent at once, and then one byte of the body after each interval.
    Trickle(Duration),
    /// One byte after each interval, from the first of the head on. So are all later answers of the
    /// connection.
    TrickleHead(Duration),
    /// 200, with a JSON string that never ends, as fast as it is read and no faster.
    Endless,
    /// 200, with bytes that are neither JSON nor text.
    Garbage,
    /// 200, with a JSON object whose known members have types that no answer has.
    WrongShape,
    /// 200, with this body.
    Body(String),
    /// This status, 500 if HTTP knows no such, with these headers in the place of those of their
    /// names, and this body.
    Answer {
        /// The status.
        status: u16,
        /// Names and values; what is none is left out.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// This status, 500 if HTTP knows no such, with an empty body.
    Status(u16),
    /// This status, 500 if HTTP knows no such, with a page of HTML as load balancers and proxies
    /// send it.
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
    /// It stays open, and nothing is ever read from it or written to it: no handshake of TLS, no
    /// answer.
    NeverAnswerHandshake,
}

/// The faults that are yet to be met, in the order in which they were given.
#[derive(Default)]
pub(crate) struct Plan {
    /// How many seconds the clock of every answer is off.
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

    /// The fault that a call meets; `operation` is `None` for one that is unknown.
    pub(super) fn next(&mut self, operation: Option<Operation>) -> Option<Fault> {
        self.calls
            .iter_mut()
            .filter(|(asked, ..)| asked.is_none() || *asked == operation)
            .find_map(|(_, fault, left)| left.take().then(|| fault.clone()))
    }

    /// The fault that a connection meets.
    pub(super) fn next_connection(&mut self) -> Option<ConnectionFault> {
        self.connections.iter_mut().find_map(|(fault, left)| left.take().then_some(*fault))
    }
}

/// How many times a fault is yet to be met; `usize::MAX` is for ever.
struct Left(usize);

impl Left {
    /// Whether there is one more time.
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
