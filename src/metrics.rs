//! Numbers for operators, in Prometheus' format.

use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
    core::Collector,
};

use crate::auth::{
    Auth, AuthError,
    hashers::Load,
    signals::{Occasion, Signals},
};

/// What is counted. Clones share the counts.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    events: IntCounterVec,
    hashing: IntGaugeVec,
    connections: IntGaugeVec,
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        let gauge = |name: &str, help: &str, label: &str| IntGaugeVec::new(Opts::new(name, help), &[label]);
        let seconds = HistogramOpts::new("vestibule_http_request_seconds", "Time from a request's head to its answer")
            .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
        let metrics = Self {
            registry: Registry::new(),
            requests: counter("vestibule_http_requests_total", "Answers", &["method", "path", "status"])?,
            seconds: HistogramVec::new(seconds, &["path"])?,
            events: counter("vestibule_auth_events_total", "Log-ins, log-outs and refusals", &["event"])?,
            hashing: gauge(
                "vestibule_hashing",
                "Password hashes: computed, refused, waiting, and free places",
                "state",
            )?,
            connections: gauge("vestibule_database_connections", "Connections to the database", "state")?,
        };
        let all: [Box<dyn Collector>; 5] = [
            Box::new(metrics.requests.clone()),
            Box::new(metrics.seconds.clone()),
            Box::new(metrics.events.clone()),
            Box::new(metrics.hashing.clone()),
            Box::new(metrics.connections.clone()),
        ];
        all.into_iter().try_for_each(|each| metrics.registry.register(each))?;
        Ok(metrics)
    }

    /// Connects the receivers that count events.
    pub fn connect(&self, signals: &mut Signals) {
        let counter = |event: &str| self.events.with_label_values(&[event]);
        signals.user_logged_in.connect(counting(counter("logged_in")));
        signals.user_logged_out.connect(counting(counter("logged_out")));
        signals.user_login_failed.connect(counting(counter("login_failed")));
        let (locked_out, tried) = (counter("locked_out"), counter("tried_while_locked"));
        signals.user_locked_out.connect(move |_, event| {
            if event.begins { &locked_out } else { &tried }.inc();
            Ok(())
        });
    }

    /// Counts an answer. `path` is a pattern of the table of URLs, never what somebody asked for.
    pub fn count_answer(&self, method: &str, path: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[method, path, &status.to_string()]).inc();
        self.seconds.with_label_values(&[path]).observe(took.as_secs_f64());
    }

    /// All of it as text.
    pub fn text(&self, auth: &Auth, load: Load) -> Result<Vec<u8>, prometheus::Error> {
        let set = |gauge: &IntGaugeVec, state: &str, value: u64| {
            gauge.with_label_values(&[state]).set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.hashing, "computed", auth.hashers.runs());
        set(&self.hashing, "refused", load.refused);
        set(&self.hashing, "waiting", load.waiting as u64);
        set(&self.hashing, "free", load.free as u64);
        let pool = auth.database.state();
        set(&self.connections, "idle", pool.idle_connections.into());
        set(&self.connections, "used", (pool.connections - pool.idle_connections).into());
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// A receiver of any signal.
fn counting<E>(counter: IntCounter) -> impl Fn(&mut Occasion<'_>, &E) -> Result<(), AuthError> {
    move |_, _| {
        counter.inc();
        Ok(())
    }
}
