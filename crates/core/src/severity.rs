//! How severe an error is. [`StoreErrorKind::severity`](crate::store::StoreErrorKind::severity)
//! decides it for an error of a store, and everything that contains such an error uses that.

/// How severe an error is. Of several errors the most severe counts, which is the last here. The
/// command line has an exit code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// There is no value.
    Missing,
    /// A response or a value that cannot be used.
    Unusable,
    /// AWS was not reached, throttled until the deadline, or did not respond in time.
    Unreachable,
    /// Access denied, undecryptable included.
    Denied,
    /// No credentials, no region, a refused endpoint, or invalid AWS settings.
    Setup,
}

impl Severity {
    /// All of them, the most severe first.
    pub const MOST_SEVERE_FIRST: [Severity; 5] = [
        Severity::Setup,
        Severity::Denied,
        Severity::Unreachable,
        Severity::Unusable,
        Severity::Missing,
    ];
}
