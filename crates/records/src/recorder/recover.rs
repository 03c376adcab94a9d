//! Comparing database and ledger, at the start and after every failure.

use std::ops::Range;

use bylaw_ledger::{Checkpoint, Log, Reader, SignedCheckpoint};
use jiff::tz::TimeZone;

use super::{
    frontier::Frontier,
    work::{Draft, Worker, number},
};
use crate::{
    Entry, Kind, body,
    error::{Error, Result},
    ledger_thread::LedgerThread,
    rows::{self, NewRow},
    store::Remembered,
};

/// How many leaves are read, written or appended at a time.
const CHUNK: u64 = 4_096;

impl Worker {
    /// Puts right what went wrong: reads the ledger's state again, then compares.
    pub(super) async fn recover(&mut self) -> Result<()> {
        if self.ready {
            return Ok(());
        }
        self.ledger.run(Log::reopen).await??;
        self.compare(false).await
    }

    /// Compares both sides, and gives the ledger the leaves it lacks. From then on the worker is
    /// ready to write.
    pub(super) async fn compare(&mut self, accept_gap: bool) -> Result<()> {
        let latest_ms = self.writer.latest().await?;
        self.clock.not_before(latest_ms);
        let rows = rows::count(self.writer.ready().await?).await?;
        let (head, matches) = self.compare_remembered().await?;
        self.size = head.size;
        self.remembered = head;
        if !matches {
            return Err(Error::NotOne { number: self.size.saturating_sub(1) });
        }
        self.compare_last_leaf(rows).await?;
        if rows < self.size {
            if !accept_gap {
                return Err(Error::RestoredOlder { ledger: self.size, database: rows });
            }
            self.fill_gap(rows..self.size).await?;
        }
        self.append_missing().await?;
        self.ready = true;
        let size = self.size;
        self.tell.send_modify(|state| state.size = size);
        Ok(())
    }

    /// Whether the ledger grew out of what the database remembers of it. A smaller one may be an
    /// older copy: it is completed, if its roots will then be those of before. Otherwise it would
    /// be signed for a second history.
    async fn compare_remembered(&mut self) -> Result<(Remembered, bool)> {
        let remembered = self.store.remembered().await?;
        let old = match &remembered {
            Some(old) => Some(SignedCheckpoint::parse(old.note.as_bytes())?.checkpoint),
            None => None,
        };
        let older = old.clone();
        let (head, mut matches) = self
            .ledger
            .run(move |log| {
                let head = Remembered { size: log.size(), note: log.checkpoint().note() };
                let matches = match old {
                    Some(old) if old.size <= head.size => {
                        Reader::new(log.storage()).root(old.size)? == old.root
                    }
                    _ => true,
                };
                Ok::<_, Error>((head, matches))
            })
            .await??;
        if let Some(old) = older.filter(|old| old.size > head.size) {
            matches = self.will_be(head.size, &old).await?;
            tracing::warn!(
                ledger = head.size,
                remembered = old.size,
                matches,
                "the ledger is older than the database remembers it: it is completed if it matches"
            );
            self.tell.send_modify(|state| state.ledger_was_older = true);
        }
        Ok((head, matches))
    }

    /// Whether a ledger of `size`, with the leaves that only the database has, becomes the one of
    /// that checkpoint.
    async fn will_be(&mut self, size: u64, checkpoint: &Checkpoint) -> Result<bool> {
        let mut frontier = self.ledger.run(|log| Frontier::of(log)).await??;
        let mut next = size;
        while next < checkpoint.size {
            let chunk = next..checkpoint.size.min(next + CHUNK);
            next = chunk.end;
            for leaf in rows::leaves(self.writer.ready().await?, chunk).await? {
                frontier.push(&leaf);
            }
        }
        Ok(frontier.root() == checkpoint.root)
    }

    /// The last number that both sides have must be the same on both: leaves are salted, so it
    /// cannot be by chance.
    async fn compare_last_leaf(&mut self, rows: u64) -> Result<()> {
        let Some(last) = rows.min(self.size).checked_sub(1) else { return Ok(()) };
        let ours = rows::leaves(self.writer.ready().await?, last..last + 1).await?;
        let theirs = entries(&self.ledger, last..last + 1).await?;
        if ours == theirs { Ok(()) } else { Err(Error::NotOne { number: last }) }
    }

    /// Appends to the ledger what only the database has.
    async fn append_missing(&mut self) -> Result<()> {
        let rows = rows::count(self.writer.ready().await?).await?;
        let missing = rows.saturating_sub(self.size);
        while self.size < rows {
            let chunk = self.size..rows.min(self.size + CHUNK);
            let leaves = rows::leaves(self.writer.ready().await?, chunk).await?;
            self.append(leaves, self.clock.now()).await?;
        }
        if missing > 0 {
            tracing::info!(leaves = missing, "appended leaves that the ledger lacked");
            self.tell.send_modify(|state| state.appended_again += missing);
        }
        Ok(())
    }

    /// Marks numbers that only the ledger has as lost, and records that they are: in one
    /// transaction, so that no gap is ever filled without its record. The record's leaf is then
    /// what the ledger lacks.
    async fn fill_gap(&mut self, gap: Range<u64>) -> Result<()> {
        let now = self.clock.now();
        let day = now.to_zoned(TimeZone::UTC).date();
        let body = body::Gap { at: now, first: gap.start, last: gap.end.saturating_sub(1) };
        let draft = Draft::seal(Entry::new(Kind::Gap, body::write(&body)?))?;
        let record = number(&self.store, vec![draft], gap.end, now)?;
        let mut transaction = self.writer.begin(&self.remembered, now.as_millisecond()).await?;
        let mut next = gap.start;
        while next < gap.end {
            let chunk = next..gap.end.min(next + CHUNK);
            let numbers = chunk.clone();
            next = chunk.end;
            let leaves = entries(&self.ledger, chunk).await?;
            let lost = |(number, leaf): (u64, Vec<u8>)| {
                let leaf = leaf.try_into().map_err(|_| Error::NotOne { number })?;
                let (kind, sealed) = (Kind::Lost, None);
                Ok(NewRow { number, leaf, kind, day, retention: None, reference: None, sealed })
            };
            let rows = numbers.zip(leaves).map(lost).collect::<Result<_>>()?;
            rows::insert(&mut transaction, rows, self.store.key.id()).await?;
        }
        rows::insert(&mut transaction, record, self.store.key.id()).await?;
        transaction.commit().await.map_err(Error::database("marking what is lost"))?;
        tracing::warn!(from = gap.start, to = gap.end, "marked records as lost");
        Ok(())
    }
}

/// What the ledger has at these numbers.
async fn entries(ledger: &LedgerThread, range: Range<u64>) -> Result<Vec<Vec<u8>>> {
    Ok(ledger.run(move |log| Reader::new(log.storage()).entries(range)).await??)
}
