//! Recording: which audit log a hydrator has, and the records of its reads.

use std::path::Path;

use hydrant_core::Report;
use hydrant_core::plan::Plan;

use crate::audit::{AuditLog, LogPath, Reads, Who};
use crate::builder::AuditLogChoice;
use crate::connection::Connection;
use crate::error::Error;
use crate::hydrator::{AUDIT_LOG, Hydrator};

impl Hydrator {
    /// The audit log for calls on behalf of someone, if there is one.
    pub(crate) async fn audit_log(
        &self,
        connection: &Connection,
        actor: Option<&str>,
    ) -> Option<AuditLog> {
        let path = match &self.shared.options.audit_log {
            AuditLogChoice::Off => return None,
            AuditLogChoice::Path(path) => LogPath::Given(path.clone()),
            AuditLogChoice::Settings => LogPath::OfManifest {
                file: self.shared.manifest.settings().audit_log.clone()?,
                folder: self.shared.manifest.path().parent().unwrap_or(Path::new("")).to_owned(),
            },
        };
        let command = self.shared.options.audit_as.as_deref().unwrap_or("library");
        Some(AuditLog::new(path, command, Who::here(actor, connection.access_key_id().await)))
    }

    pub(crate) async fn begin_record(
        &self,
        action: &'static str,
        plan: &Plan,
        connection: &Connection,
        actor: Option<&str>,
    ) -> Result<Option<Reads>, Error> {
        self.wait_for(AUDIT_LOG);
        match self.audit_log(connection, actor).await {
            Some(log) => Ok(Some(Reads::begin(&log, action, plan).await?)),
            None => Ok(None),
        }
    }

    /// Where entries stop the start, that is the more severe news: the log is told of the other.
    pub(crate) async fn end_record(
        &self,
        record: Option<Reads>,
        report: &Report,
        strict: bool,
    ) -> Result<(), Error> {
        let Some(record) = record else { return Ok(()) };
        self.wait_for(AUDIT_LOG);
        match record.end(report).await {
            Err(error) if report.severity(strict).is_some() => {
                let source = error.io_error();
                tracing::error!("{error}: {source}");
                Ok(())
            }
            ended => Ok(ended?),
        }
    }
}
