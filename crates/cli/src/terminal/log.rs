//! Messages on stderr: the format of hydrant's events, and which of them are shown.

use std::ffi::OsStr;
use std::fmt;
use std::sync::OnceLock;

use hydrant_core::shown::{escaped, escaped_json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Event, Level, Subscriber, dispatcher};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::options::{LogFormat, Options};
use crate::failure::Failure;
use crate::terminal::output::{ERROR, HINT, NOTE, WARNING};

/// The target of notices, which only `--quiet` hides.
pub(crate) const NOTICE: &str = "hydrant::notice";

/// The target of a command's failure, which is always shown.
pub(crate) const FAILURE: &str = "hydrant::failure";

/// The log that was started.
static OWN: OnceLock<Dispatch> = OnceLock::new();

/// Starts the log; by default warnings and errors are shown. Events of other crates never are.
pub(crate) fn start(options: &Options) -> Result<(), Failure> {
    let level = level(options, std::env::var_os("HYDRANT_LOG").as_deref());
    install(options.log_format, *level.as_ref().unwrap_or(&LevelFilter::WARN));
    level.map(|_| ())
}

/// Starts the log only for the error of an invalid command line.
pub(crate) fn start_for_usage(format: LogFormat) {
    install(format, LevelFilter::WARN);
}

fn install(format: LogFormat, level: LevelFilter) {
    let notices = if level >= LevelFilter::WARN { level.max(LevelFilter::INFO) } else { level };
    let targets = Targets::new()
        .with_targets(["hydrant", "hydrant_core", "hydrant_ssm"].map(|target| (target, level)))
        .with_targets([(NOTICE, notices), (FAILURE, level.max(LevelFilter::ERROR))]);
    let registry = tracing_subscriber::registry().with(targets);
    // Locked, so that a line stays in one piece.
    let layer = tracing_subscriber::fmt::layer().with_writer(|| anstream::stderr().lock());
    match format {
        LogFormat::Text => registry.with(layer.event_format(Text)).init(),
        LogFormat::Json => registry
            .with(layer.fmt_fields(JsonFields::new()).event_format(EscapedJson::new()))
            .init(),
    }
    // The log is only started once.
    _ = OWN.set(dispatcher::get_default(Dispatch::clone));
}

/// Prints a message even while the log is held back, as it is around calls of the SDK.
pub(crate) fn in_any_case<T>(said: impl FnOnce() -> T) -> T {
    match OWN.get() {
        Some(own) => dispatcher::with_default(own, said),
        None => said(),
    }
}

/// `-v` and `-q` take precedence over `HYDRANT_LOG`.
fn level(options: &Options, variable: Option<&OsStr>) -> Result<LevelFilter, Failure> {
    match (options.quiet, options.verbose, variable.filter(|text| !text.is_empty())) {
        (true, _, _) => Ok(LevelFilter::ERROR),
        (_, 0, None) => Ok(LevelFilter::WARN),
        (_, 0, Some(text)) => text.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
            Failure::usage("HYDRANT_LOG is not one of off, error, warn, info, debug, trace")
        }),
        (_, 1, _) => Ok(LevelFilter::INFO),
        (_, 2, _) => Ok(LevelFilter::DEBUG),
        _ => Ok(LevelFilter::TRACE),
    }
}

/// `hydrant: warning: message`, and its hint on a separate line.
struct Text;

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut texts = Texts::default();
        event.record(&mut texts);
        write_text(&mut writer, *event.metadata().level(), &texts.message, texts.hint.as_deref())
    }
}

pub(crate) fn write_text(
    writer: &mut dyn fmt::Write,
    level: Level,
    message: &str,
    hint: Option<&str>,
) -> fmt::Result {
    let (style, word) = match level {
        Level::ERROR => (ERROR, "error: "),
        Level::WARN => (WARNING, "warning: "),
        _ => (NOTE, ""),
    };
    writeln!(writer, "hydrant: {style}{word}{style:#}{message}")?;
    match hint {
        Some(hint) => writeln!(writer, "  {HINT}hint:{HINT:#} {hint}"),
        None => Ok(()),
    }
}

/// A line of JSON without terminal control characters.
struct EscapedJson(Format<Json>);

impl EscapedJson {
    fn new() -> Self {
        EscapedJson(
            tracing_subscriber::fmt::format()
                .json()
                .flatten_event(true)
                .with_target(false)
                .with_current_span(false)
                .with_span_list(false),
        )
    }
}

impl<S> FormatEvent<S, JsonFields> for EscapedJson
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(&escaped_json(&line))
    }
}

/// The fields of a line.
#[derive(Default)]
struct Texts {
    message: String,
    hint: Option<String>,
}

impl Visit for Texts {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = escaped(&format!("{value:?}")).into_owned();
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = escaped(value).into_owned(),
            "hint" => self.hint = Some(escaped(value).into_owned()),
            _ => {}
        }
    }
}
