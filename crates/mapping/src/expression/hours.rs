//! `hours(from, to)`: how long something lasted, from two times as a row writes them.

use std::sync::Arc;

use cel::{ExecutionError, Value};
use jiff::{civil::DateTime, fmt::strtime};

/// Its name in expressions.
pub(super) const NAME: &str = "hours";

/// Times as files write them, besides those of ISO 8601: month before day, as in the United States.
const FORMATS: [&str; 5] = [
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y",
];

/// The hours from one time to another by the clock on the wall: a night in which clocks change counts
/// as any other.
pub(super) fn between(from: Arc<String>, to: Arc<String>) -> Result<Value, ExecutionError> {
    let read = |text: &str| {
        time(text).ok_or_else(|| ExecutionError::function_error(NAME, "this is no time"))
    };
    let lasted = read(&to)?.duration_since(read(&from)?);
    Ok(Value::Float(lasted.as_secs_f64() / 3600.0))
}

fn time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let plain = text.strip_suffix('Z').unwrap_or(text);
    plain.parse().ok().or_else(|| {
        FORMATS.iter().find_map(|format| strtime::parse(format, text).ok()?.to_datetime().ok())
    })
}
