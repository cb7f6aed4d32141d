//! One hydration from plan to report, under its deadline: the stages, one after the other.

use std::path::Path;

use crate::describe::describe;
use crate::env::Env;
use crate::extract::extract;
use crate::fetch::{Fetched, fetch};
use crate::limits::Limits;
use crate::plan::Plan;
use crate::reason::Reason;
use crate::report::{Hydration, Report, report};
use crate::resolve::{resolve, resolve_without};
use crate::stores::Stores;

/// Runs a plan against the stores: resolve, fetch, extract, report.
///
/// Never fails: what could not be read is in the report, and the log is told of it by
/// [`emit`](crate::events::emit).
pub async fn hydrate(
    manifest: &Path,
    plan: Plan,
    env: &Env,
    stores: &Stores,
    limits: &Limits,
) -> Hydration {
    let resolved = resolve(plan, stores, limits).await;
    let mut fetched = fetch(resolved, stores, limits).await;
    fetched.hide_values();
    report(manifest, extract(fetched), env)
}

/// The same without any call: for a plan that [is local](Plan::is_local), or where AWS could not be
/// addressed at all.
///
/// `reason` is what the entries that were to be read are reported with.
pub fn hydrate_without(manifest: &Path, plan: Plan, env: &Env, reason: &Reason) -> Hydration {
    let resolved = resolve_without(plan, reason);
    let fetched = Fetched {
        entries: resolved.entries,
        absent: resolved.absent,
        values: Default::default(),
        read: Vec::new(),
    };
    report(manifest, extract(fetched), env)
}

/// Asks whether every value of the plan is there, without reading one: resolve, describe, report.
pub async fn check_live(
    manifest: &Path,
    plan: Plan,
    env: &Env,
    stores: &Stores,
    limits: &Limits,
) -> Report {
    let resolved = resolve(plan, stores, limits).await;
    report(manifest, describe(resolved, stores, limits).await, env).report
}
