//! The log on standard error, and traces to a collector.

use std::{io, panic::PanicHookInfo, str::FromStr};

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::{Level, Metadata, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, layer::SubscriberExt, registry::Registry,
};

use super::config::{Config, Format};

/// Ends with the service: what is not yet sent to the collector is sent when it is dropped.
#[derive(Debug)]
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

/// Starts the log, and the sending of traces where a collector is configured. Runs inside the
/// asynchronous runtime, which the sending needs.
pub(crate) fn start(config: &Config) -> Result<Telemetry> {
    let provider = match &config.telemetry {
        Some(telemetry) => Some(provider(&telemetry.otlp)?),
        None => None,
    };
    let traces = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("bylaw")));
    let subscriber = Registry::default()
        .with(filter(&config.log.level)?)
        .with(traces.with_filter(filter_fn(is_ours)))
        .with(lines(config.log.format).with_filter(filter_fn(may_be_told)));
    // A second one is refused; the first one stays, as in tests of this program.
    _ = tracing::subscriber::set_global_default(subscriber);
    std::panic::set_hook(Box::new(log_panic));
    Ok(Telemetry(provider))
}

/// Where it happened, and not what: the message may hold what a call sent.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "a panic: this is a mistake in the program");
}

/// The libraries below log what passes through them, headers with tokens included: at no level are
/// their words for a log or a collector.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("bylaw")
}

/// Their warnings are, which speak of themselves.
fn may_be_told(metadata: &Metadata<'_>) -> bool {
    is_ours(metadata) || *metadata.level() <= Level::WARN
}

/// The filter that a configuration names.
pub(crate) fn filter(level: &str) -> Result<EnvFilter> {
    // A lone word that is no level would be taken for a part of the program, and silence the rest.
    let is_unknown =
        |part: &&str| !part.contains(['=', '[']) && LevelFilter::from_str(part).is_err();
    if let Some(part) = level.split(',').map(str::trim).find(is_unknown) {
        return Err(miette!(
            help = "error, warn, info, debug or trace, or part=level",
            "log.level: `{part}` is no level"
        ));
    }
    EnvFilter::try_new(level).map_err(|error| {
        miette!(help = "error, warn, info, debug or trace, or part=level", "log.level: {error}")
    })
}

fn lines<S>(format: Format) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    match format {
        Format::Text => lines.with_ansi(false).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    }
}

fn provider(endpoint: &str) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .into_diagnostic()
        .wrap_err("telemetry.otlp: traces cannot be sent")?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name("bylaw").build())
        .build())
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown()
        {
            crate::output::note(format_args!("the last traces were not sent: {error}"));
        }
    }
}
