//! The part of the handle for tests, with the feature `faults`: network faults, quotas, gauges and
//! TLS.

use super::{Builder, Emulator};
use crate::faults::{ConnectionFault, Fault, TlsIdentity};
use crate::operation::Operation;

/// TLS, only for tests: with the feature `faults`.
impl Builder {
    /// Serves `https://localhost:PORT` with this identity instead of plain HTTP.
    #[must_use]
    pub fn tls(mut self, identity: &TlsIdentity) -> Self {
        self.tls = Some(identity.clone());
        self
    }
}

/// Faults, quotas and gauges, only for tests: with the feature `faults`.
impl Emulator {
    /// Applies a fault to the next `times` calls of an operation, or of any operation for `None`.
    /// `usize::MAX` means forever.
    ///
    /// The call is still recorded and executed. The fault affects only its response. Faults are
    /// used in the order in which they were added. [`clear_faults`](Self::clear_faults)
    /// removes them.
    ///
    /// ```
    /// use hydrant_emulator::{Emulator, Fault, Operation};
    ///
    /// # fn main() -> Result<(), hydrant_emulator::Error> {
    /// let emulator = Emulator::start()?;
    /// // Two responses are lost, the third arrives.
    /// emulator.fault(Some(Operation::GetSecretValue), Fault::ResetBeforeResponse, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fault(&self, operation: Option<Operation>, fault: Fault, times: usize) {
        self.shared.faults.plan().add(operation, fault, times);
    }

    /// Applies a fault to the next `times` connections before a byte is exchanged. `usize::MAX`
    /// means forever.
    pub fn fault_connections(&self, fault: ConnectionFault, times: usize) {
        self.shared.faults.plan().add_connection(fault, times);
    }

    /// Shifts the date in the header of every response by this many seconds, back if negative.
    /// Nothing else in it changes, and no signature is refused because of it.
    /// [`clear_faults`](Self::clear_faults) removes the shift.
    pub fn shift_clock(&self, seconds: i64) {
        self.shared.faults.plan().clock = seconds;
    }

    /// Gives these operations a common quota, as AWS does: `burst` calls at once, and `per_second`
    /// more in each second. Calls beyond it are recorded, get a ThrottlingException, and are not
    /// executed.
    ///
    /// A call counts against every quota that names its operation. With 0 `per_second`, only
    /// `burst` calls succeed. [`clear_faults`](Self::clear_faults) removes the quotas.
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

    /// The number of calls beyond a quota so far, without those that [`throttle`](Self::throttle)
    /// refused.
    #[must_use]
    pub fn throttled(&self) -> usize {
        self.shared.world().limits.throttled()
    }

    /// The number of responses that [`Fault::Hold`] holds now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.shared.faults.held.now()
    }

    /// Releases every response that [`Fault::Hold`] holds now.
    ///
    /// ```
    /// use hydrant_emulator::{Emulator, Fault, Operation};
    ///
    /// # fn main() -> Result<(), hydrant_emulator::Error> {
    /// let emulator = Emulator::start()?;
    /// emulator.fault(Some(Operation::GetSecretValue), Fault::Hold, 1);
    /// // A program starts and makes a call. From then on `emulator.held()` is 1, until this.
    /// emulator.release();
    /// # Ok(())
    /// # }
    /// ```
    pub fn release(&self) {
        self.shared.faults.held.release();
    }

    /// The highest number of calls in progress at one time: received in part, and not completely
    /// answered.
    #[must_use]
    pub fn peak_concurrent_calls(&self) -> usize {
        self.shared.faults.calls.peak()
    }

    /// The number of open connections. A connection that the client closed counts until that is
    /// noticed.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.faults.open.now()
    }
}
