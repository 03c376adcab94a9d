//! Counts and latencies for Prometheus.
//!
//! Labels are endpoints, statuses, answers, jurisdictions and clients' numbers: nothing that a
//! caller sent, and nobody's name.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bylaw_law::Word;
use prometheus_client::{
    encoding::{
        EncodeLabelSet,
        text::{encode_eof, encode_registry},
    },
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use crate::error::{Error, Result};

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    seconds: Family<EndpointLabels, Histogram, fn() -> Histogram>,
    /// By jurisdiction: each client sees those of its own.
    answers: RwLock<HashMap<Arc<str>, Family<AnswerLabels, Counter>>>,
    law_loads: Family<OutcomeLabels, Counter>,
    gauges: Gauges,
}

/// What is read off when the metrics are asked for.
#[derive(Debug, Default)]
struct Gauges {
    in_flight: Gauge,
    queue: Gauge,
    log_size: Gauge,
    recording: Gauge,
    law_loaded_at: Gauge,
}

/// The state of the service at the moment the metrics are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Calls in flight.
    pub(crate) in_flight: usize,
    /// Records that wait to be written.
    pub(crate) queue: usize,
    /// Leaves in the log.
    pub(crate) log_size: u64,
    /// Whether the recorder can record.
    pub(crate) recording: bool,
    /// When the law in force was loaded, in seconds since 1970.
    pub(crate) law_loaded_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    endpoint: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    endpoint: &'static str,
    jurisdiction: Arc<str>,
    client: u64,
    answer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("bylaw");
        let calls = Family::default();
        let seconds = Family::new_with_constructor(latencies as fn() -> Histogram);
        let law_loads = Family::default();
        registry.register("calls", "HTTP and Envoy calls by endpoint and status", calls.clone());
        registry.register_with_unit(
            "call",
            "Time from the call to its reply by endpoint",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register("law_loads", "Attempts to load another law", law_loads.clone());
        let gauges = Gauges::default();
        gauges.register(&mut registry);
        Self { registry, calls, seconds, answers: RwLock::default(), law_loads, gauges }
    }

    /// Counts one call to `endpoint`: a route as the router writes it, or `envoy`.
    pub fn called(&self, endpoint: &str, status: u16, elapsed: Duration) {
        let endpoint = endpoint.to_owned();
        self.seconds
            .get_or_create(&EndpointLabels { endpoint: endpoint.clone() })
            .observe(elapsed.as_secs_f64());
        self.calls.get_or_create(&CallLabels { endpoint, status }).inc();
    }

    /// Counts one recorded answer.
    pub(crate) fn answered(
        &self,
        endpoint: &'static str,
        jurisdiction: &Arc<str>,
        client: u64,
        word: Word,
    ) {
        let labels = AnswerLabels {
            endpoint,
            jurisdiction: Arc::clone(jurisdiction),
            client,
            answer: word.name(),
        };
        self.answers_of(jurisdiction).get_or_create(&labels).inc();
    }

    fn answers_of(&self, jurisdiction: &Arc<str>) -> Family<AnswerLabels, Counter> {
        let known = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answers) = known.get(jurisdiction) {
            return answers.clone();
        }
        drop(known);
        let mut known = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(Arc::clone(jurisdiction)).or_default().clone()
    }

    /// Counts one attempt to load another law.
    pub(crate) fn law_loaded(&self, loaded: bool) {
        let outcome = if loaded { "loaded" } else { "refused" };
        self.law_loads.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// The text that Prometheus reads, with the answers of one jurisdiction.
    pub(crate) fn text(&self, moment: Moment, jurisdiction: &Arc<str>) -> Result<String> {
        self.gauges.set(moment);
        let mut of_jurisdiction = Registry::with_prefix("bylaw");
        let answers = self.answers_of(jurisdiction);
        of_jurisdiction.register("answers", "Recorded answers by word", answers);
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)
            .and_then(|()| encode_registry(&mut text, &of_jurisdiction))
            .and_then(|()| encode_eof(&mut text))
            .map_err(|_| Error::Internal { what: "metrics" })?;
        Ok(text)
    }
}

/// From a tenth of a millisecond to thirteen seconds.
fn latencies() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 2.0, 18))
}

impl Gauges {
    fn register(&self, registry: &mut Registry) {
        registry.register("calls_in_flight", "Calls being answered", self.in_flight.clone());
        registry.register("recorder_queue", "Records that wait to be durable", self.queue.clone());
        registry.register("log_size", "Leaves in the ledger", self.log_size.clone());
        registry.register("recording", "1 where answers can be recorded", self.recording.clone());
        registry.register(
            "law_loaded_at_seconds",
            "When the law in force was loaded, in seconds since 1970",
            self.law_loaded_at.clone(),
        );
    }

    fn set(&self, moment: Moment) {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.in_flight.set(i64::try_from(moment.in_flight).unwrap_or(i64::MAX));
        self.queue.set(i64::try_from(moment.queue).unwrap_or(i64::MAX));
        self.log_size.set(whole(moment.log_size));
        self.recording.set(i64::from(moment.recording));
        self.law_loaded_at.set(moment.law_loaded_at);
    }
}

#[cfg(test)]
mod tests {
    use bylaw_law::Word;

    use super::{Metrics, Moment};

    #[test]
    fn a_jurisdiction_is_shown_its_own_answers_alone() {
        let metrics = Metrics::new();
        for (client, jurisdiction) in [(1, "us/ca/city"), (2, "us/ca/county")] {
            metrics.answered("evaluation", &jurisdiction.into(), client, Word::May);
        }
        let moment =
            Moment { in_flight: 0, queue: 0, log_size: 2, recording: true, law_loaded_at: 0 };
        let text = metrics.text(moment, &"us/ca/city".into()).expect("text");
        let answers: Vec<_> =
            text.lines().filter(|line| line.starts_with("bylaw_answers_total")).collect();
        assert_eq!(answers.len(), 1, "{text}");
        assert!(answers.iter().all(|line| line.contains("\"us/ca/city\"")), "{text}");
    }
}
