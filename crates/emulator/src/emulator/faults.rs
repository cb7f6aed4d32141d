//! What only tests ask of the handle, with the feature `faults`: faults of the network, quotas,
//! gauges and TLS.

use super::{Builder, Emulator};
use crate::faults::{ConnectionFault, Fault, TlsIdentity};
use crate::operation::Operation;

/// TLS, for tests alone: with the feature `faults`.
impl Builder {
    /// Serves `https://localhost:PORT` with this identity, in place of plain HTTP.
    #[must_use]
    pub fn tls(mut self, identity: &TlsIdentity) -> Self {
        self.tls = Some(identity.clone());
        self
    }
}

/// Faults, quotas and gauges, for tests alone: with the feature `faults`.
impl Emulator {
    /// Lets the next `times` calls of an operation, or of any for `None`, meet a fault;
    /// `usize::MAX` is for ever.
    ///
    /// The call is recorded and carried out all the same: what suffers is its answer. Faults are
    /// used up in the order they were given in. [`answer_everything`](Self::answer_everything)
    /// takes them back.
    ///
    /// ```
    /// use hydrant_emulator::{Emulator, Fault, Operation};
    ///
    /// # fn main() -> Result<(), hydrant_emulator::Error> {
    /// let emulator = Emulator::start()?;
    /// // Two answers are lost, the third comes through.
    /// emulator.fault(Some(Operation::GetSecretValue), Fault::ResetBeforeAnswer, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fault(&self, operation: Option<Operation>, fault: Fault, times: usize) {
        self.shared.faults.plan().add(operation, fault, times);
    }

    /// Lets the next `times` connections meet a fault before a byte is exchanged; `usize::MAX` is
    /// for ever.
    pub fn fault_connections(&self, fault: ConnectionFault, times: usize) {
        self.shared.faults.plan().add_connection(fault, times);
    }

    /// Puts the clock of every answer this many seconds forward, or back if negative: the date in
    /// its head. Nothing else of it changes, and no signature is refused for it.
    /// [`answer_everything`](Self::answer_everything) takes it back.
    pub fn shift_clock(&self, seconds: i64) {
        self.shared.faults.plan().clock = seconds;
    }

    /// Gives these operations one quota together, as AWS does: `burst` calls at once, and
    /// `per_second` more in each second. What comes beyond is recorded and answered with
    /// ThrottlingException, and is not carried out.
    ///
    /// A call counts against every quota that names its operation. With 0 `per_second`, `burst`
    /// calls are all there are. [`answer_everything`](Self::answer_everything) lifts the quotas.
    ///
    /// ```
    /// use hydrant_emulator::{Emulator, Operation};
    ///
    /// # fn main() -> Result<(), hydrant_emulator::Error> {
    /// let emulator = Emulator::start()?;
    /// emulator.limit(&[Operation::GetParameter, Operation::GetParameters], 40, 40);
    /// emulator.limit(&[Operation::BatchGetSecretValue], 100, 100);
    /// assert_eq!(emulator.throttled(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn limit(&self, operations: &[Operation], per_second: u32, burst: u32) {
        self.shared.world().limits.add(operations, per_second, burst);
    }

    /// How many calls went beyond a quota so far. Those that [`throttle`](Self::throttle) refused
    /// are not among them.
    #[must_use]
    pub fn throttled(&self) -> usize {
        self.shared.world().limits.throttled()
    }

    /// How many answers are kept back now by [`Fault::Hold`].
    #[must_use]
    pub fn held(&self) -> usize {
        self.shared.faults.held.now()
    }

    /// Lets every answer go that [`Fault::Hold`] keeps back now.
    ///
    /// ```
    /// use hydrant_emulator::{Emulator, Fault, Operation};
    ///
    /// # fn main() -> Result<(), hydrant_emulator::Error> {
    /// let emulator = Emulator::start()?;
    /// emulator.fault(Some(Operation::GetSecretValue), Fault::Hold, 1);
    /// // A program is started, and asks; `emulator.held()` is 1 from then on, until this.
    /// emulator.release();
    /// # Ok(())
    /// # }
    /// ```
    pub fn release(&self) {
        self.shared.faults.held.release();
    }

    /// The most calls that were under way at one time: received in part, and not wholly answered.
    #[must_use]
    pub fn peak_concurrent_calls(&self) -> usize {
        self.shared.faults.calls.peak()
    }

    /// How many connections are open now. One that the client closed is counted until that is
    /// noticed.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.faults.open.now()
    }
}
