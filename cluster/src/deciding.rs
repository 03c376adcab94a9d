//! Deciders of the single machine, kept from one batch of rows to the next with all that they remember.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bylaw_audit::{
    Resolver,
    log::{
        Judge, Row,
        decide::{Decided, Decider},
        format::Formats,
    },
};
use jiff::tz::TimeZone;

use crate::{
    asking::{Asking, File},
    known,
};

/// Deciders that wait for rows, at most.
const IDLE: usize = 32;

static WAITING: Mutex<Vec<(String, Deciding)>> = Mutex::new(Vec::new());
static RESOLVERS: Mutex<Vec<(Vec<File>, &'static Resolver)>> = Mutex::new(Vec::new());

/// A decider for rows of all formats.
pub(crate) struct Deciding {
    pub(crate) decider: Decider<'static>,
    formats: Arc<Formats>,
    zone: TimeZone,
    /// The format whose times are read now.
    format: String,
}

/// Works with a decider for what is asked, as JSON: one that waits, or else a new one.
pub(crate) fn with<R>(asked: &str, work: impl FnOnce(&mut Deciding) -> R) -> Result<R> {
    let waiting = {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        let place = waiting.iter().position(|(of, _)| of == asked);
        place.map(|place| waiting.remove(place).1)
    };
    let mut deciding = waiting.map_or_else(|| Deciding::new(&serde_json::from_str(asked)?), Ok)?;
    let result = work(&mut deciding);
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.push((asked.to_owned(), deciding));
    // The one that waited longest is of an audit that is over.
    if waiting.len() > IDLE {
        waiting.remove(0);
    }
    Ok(result)
}

impl Deciding {
    pub(crate) fn new(asking: &Asking) -> Result<Self> {
        asking.check()?;
        let (law, lexicon) = (known::law()?, known::lexicon()?);
        let resolver = resolver(asking)?;
        let judge = Judge::new(law, &asking.jurisdiction, resolver, lexicon, asking.parties())?;
        let (formats, zone) = (asking.formats()?, asking.zone()?);
        let general =
            formats.all().next().map(|format| (format.name.clone(), format.clock(zone.clone())));
        let (format, clock) = general.ok_or_else(|| anyhow::anyhow!("there are no formats"))?;
        Ok(Self { decider: Decider::new(judge, lexicon, clock), formats, zone, format })
    }

    /// Decides a row of a file of that format.
    pub(crate) fn decide(&mut self, format: &str, row: &Row<'_>) -> Decided {
        if self.format != format {
            if let Some(known) = self.formats.named(format) {
                self.decider.set_clock(known.clock(self.zone.clone()));
            }
            format.clone_into(&mut self.format);
        }
        self.decider.decide(row)
    }
}

/// A decider borrows its resolver, so one is kept for good for each choice of registries: people use one.
fn resolver(asking: &Asking) -> Result<&'static Resolver> {
    let mut resolvers = RESOLVERS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = resolvers.iter().find(|(registries, _)| *registries == asking.registries);
    if let Some((_, resolver)) = known {
        return Ok(resolver);
    }
    let resolver: &'static Resolver = Box::leak(Box::new(asking.resolver()?));
    resolvers.push((asking.registries.clone(), resolver));
    Ok(resolver)
}
