//! A whole run: files in, findings and report out.
//!
//! One thread reads a file in chunks, as many as there are cores decide them (`worker`). What they
//! find goes into a folder ([`Output`]), part by part; a run that was broken off goes on with the files it had not
//! ended (`begun`). At the end the copies of each search are compared, and [`Audited`] is all that a report says.

mod begun;
mod columns;
mod explain;
mod worker;

use std::{
    collections::BTreeMap,
    io,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use bylaw_law::Law;
use bylaw_mapping::LogMapping;
use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use self::{begun::Begun, worker::Worker};
pub use self::{
    begun::close,
    explain::{Explained, Shown},
    worker::file_and_sheet,
};
use super::{
    cell::State,
    judge::Asking,
    link::{self, Differences, Releases},
    output::{self, DifferenceList, OutputError},
    records::Totals,
    row::Field,
    source::{self, Body, Chunk, Headers, Limits},
    tally::Tally,
};
use crate::{Resolver, error::Problem, lexicon::Lexicon, sharing::NotAsked};

/// What is asked of the files.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The law.
    pub law: &'a Law,
    /// Whose law it is, such as `us/ca`.
    pub path: &'a str,
    /// What says what organizations are.
    pub resolver: &'a Resolver,
    /// What reads reasons.
    pub lexicon: &'a Lexicon,
    /// Whose logs these are.
    pub asking: Asking<'a>,
    /// The mapping of any other log; none where the files are search audits.
    pub mapping: Option<&'a LogMapping>,
    /// The day on which a mapped log's rows are asked about, in place of their own.
    pub on: Option<Date>,
    /// What rows are headers, and of what.
    pub headers: Headers,
    /// The zone whose days count.
    pub zone: TimeZone,
    /// What a file may take.
    pub limits: Limits,
    /// How many chunks are decided at a time.
    pub threads: NonZeroUsize,
    /// Whether copies of one search are looked for. Rows of mapped logs have none.
    pub link: bool,
    /// Everything asked, in words: a run that was broken off goes on only where they are the same.
    pub words: &'a str,
}

/// Where findings go.
#[expect(missing_debug_implementations, reason = "a function has no text")]
pub enum Output<'a> {
    /// Nowhere: they are counted.
    Nowhere,
    /// Into a folder.
    Folder {
        /// The folder.
        path: &'a Path,
        /// Whether users, plates, reasons and cases go there too.
        with_identifiers: bool,
    },
    /// To this function, row by row, in the order of the rows.
    Each(&'a mut EachFinding<'a>),
}

/// Takes a finding, the number of its file, and the sheet where it has several.
pub type EachFinding<'a> = dyn FnMut(&super::Finding, usize, Option<&str>) -> io::Result<()> + 'a;

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The number of the file.
    pub file: usize,
    /// How much of it was read, in bytes on the disk.
    pub bytes: u64,
}

/// All that a run found, as the report tells it.
#[derive(Debug, Clone, Default)]
pub struct Audited {
    /// The files, in the order given.
    pub files: Vec<FileRead>,
    /// The counts.
    pub tally: Tally,
    /// Copies of one search that do not say the same.
    pub differences: Differences,
    /// Pairs of files that hold the same searches.
    pub releases: Releases,
    /// What a mapped log's rows add up to.
    pub totals: Option<Totals>,
    /// Identities of figures, each with whether it holds.
    pub identities: Vec<Identity>,
}

/// What was read of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FileRead {
    /// Its name as it was given.
    pub name: String,
    /// The hash of its bytes, in hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it was taken for, and why, once for every header in it.
    pub formats: Vec<(String, String)>,
    /// What else is to be said of it.
    pub notes: Vec<String>,
    /// Rows decided.
    pub rows: u64,
    /// Rows that repeat another one of this file cell by cell; they are counted all the same.
    pub repeated: u64,
    /// Header rows after the first.
    pub headers_repeated: u64,
    /// Rows whose cells were moved against their header and could be put right.
    pub shifted: u64,
    /// Rows not read.
    pub rows_not_read: u64,
    /// The file could not be read to its end.
    #[serde(default)]
    pub cut: bool,
    /// What was wrong: what came up with the file as a whole, then the first rows.
    pub problems: Vec<Problem>,
    /// Of each field, how many cells are in each state.
    pub states: BTreeMap<Field, BTreeMap<State, u64>>,
    /// The marks found in place of what was recorded, with their number.
    pub marks: BTreeMap<String, u64>,
    /// The first and the last day of its rows, in the jurisdiction's own time.
    pub days: Option<(Date, Date)>,
}

/// An identity that published figures must satisfy, such as `detainers = declined + honored`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// As it is written.
    pub text: String,
    /// Both sides' values.
    pub sides: (i64, i64),
    /// Whether they are equal.
    pub holds: bool,
}

/// Why a run cannot go on. What is wrong with a file or a row never ends a run.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum RunError {
    /// The law cannot be asked.
    #[error(transparent)]
    NotAsked(#[from] NotAsked),
    /// Findings cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Output(#[from] OutputError),
    /// The folder holds another run.
    #[error("{} holds {what}", folder.display())]
    #[diagnostic(
        code(audit::folder),
        help(
            "name a new folder; what was broken off goes on only if it is asked the same, of the same files"
        )
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What it holds.
        what: &'static str,
    },
    /// A row cannot be read again.
    #[error("{0}")]
    #[diagnostic(code(audit::row))]
    Unread(Problem),
    /// The output took no more.
    #[error("cannot write the output: {0}")]
    #[diagnostic(code(audit::output), help("is the disk full, or did the reader go away?"))]
    Each(#[source] io::Error),
}

/// Problems that are named of a file; the others are counted.
const MOST_PROBLEMS: usize = 50;

impl Asked<'_> {
    /// Decides every row of the files.
    ///
    /// # Errors
    ///
    /// Where the law cannot be asked at all or findings cannot be written. A file that cannot be read is one of
    /// the [`Audited`], with its problem.
    pub fn audit(
        &self,
        files: &[PathBuf],
        output: Output<'_>,
        watch: &(dyn Fn(Progress) + Sync),
    ) -> Result<Audited, RunError> {
        let (folder, with_identifiers, mut each) = match output {
            Output::Nowhere => (None, false, None),
            Output::Folder { path, with_identifiers } => (Some(path), with_identifiers, None),
            Output::Each(each) => (None, false, Some(each)),
        };
        let begun = Begun::open(folder, self.words)?;
        // Rows that are given one by one are given in their order.
        let threads = if each.is_some() { 1 } else { self.threads.get().min(worker::MOST) };
        let mut workers: Vec<Worker<'_>> = Vec::new();
        for number in 0..threads {
            let folder = folder.map(|folder| (folder, with_identifiers));
            let worker = Worker::new(self, &begun, number, folder, workers.first())?;
            workers.push(worker);
        }
        let counts_only =
            folder.is_none() && each.is_none() && !self.link && self.mapping.is_none();
        let mut audited = Audited::default();
        for (number, path) in files.iter().enumerate() {
            // What a mapped log adds up to is known at its end only: it is read from the beginning.
            let ended = if self.mapping.is_some() {
                begun.forget(number)?;
                None
            } else {
                begun.ended(number, path)?
            };
            let (file, tally) = match ended {
                Some(ended) => ended,
                None => {
                    let file =
                        self.file(&mut workers, number, path, &mut each, watch, counts_only)?;
                    begun.end(number, &file)?;
                    file
                }
            };
            audited.files.push(file);
            audited.tally.merge(tally);
        }
        audited.totals =
            workers.into_iter().filter_map(Worker::totals).reduce(|mut totals, other| {
                totals.merge(other);
                totals
            });
        self.compare(&mut audited, &begun, folder)?;
        if let Some(folder) = folder {
            output::finish(folder, &output::finished_parts(folder)?, with_identifiers)?;
            output::write_files(folder, &audited.files)?;
            output::write_releases(folder, &audited.releases, &audited.files)?;
        }
        Ok(audited)
    }

    /// One file.
    fn file(
        &self,
        workers: &mut [Worker<'_>],
        number: usize,
        path: &Path,
        each: &mut Option<&mut EachFinding<'_>>,
        watch: &(dyn Fn(Progress) + Sync),
        counts_only: bool,
    ) -> Result<(FileRead, Tally), RunError> {
        let mut file = FileRead { name: path.display().to_string(), ..FileRead::default() };
        let mut tally = Tally::default();
        let few = Limits { parquet_fields: Some(columns::READ.to_vec()), ..self.limits.clone() };
        let limits = if counts_only { &few } else { &self.limits };
        let opened = source::sha256(path, |_| ()).map_err(|why| Problem {
            list: file.name.clone(),
            row: None,
            what: format!("it cannot be read: {why}"),
        });
        let opened = opened.and_then(|hash| {
            (file.sha256, file.size) = hash;
            source::open(path, &self.headers, limits)
        });
        let mut source = match opened {
            Ok(source) => source,
            Err(problem) => {
                file.problems.push(problem);
                return Ok((file, tally));
            }
        };
        for worker in &mut *workers {
            worker.begin(number, &file);
        }
        let mut last = None;
        // What was wrong last, and whether it was with one row.
        let mut wrong: Option<bool> = None;
        let chunks = (&mut source).filter_map(|step| match step {
            Ok(chunk) => {
                // Rows under a header that lies are counted one by one.
                file.rows_not_read += u64::from(wrong.take() == Some(true) && !chunk.lies);
                let header = (chunk.layout.format.title.clone(), chunk.layout.why.clone());
                if last.replace(chunk.number) != Some(chunk.number)
                    && !file.formats.contains(&header)
                {
                    file.formats.push(header);
                }
                watch(Progress { file: number, bytes: chunk.bytes_read });
                Some(chunk)
            }
            Err(problem) => {
                file.rows_not_read += u64::from(wrong == Some(true));
                wrong = Some(problem.row.is_some());
                if file.problems.len() < MOST_PROBLEMS {
                    file.problems.push(problem);
                }
                None
            }
        });
        match &mut *workers {
            [only] => {
                for chunk in chunks {
                    only.chunk(&chunk, each.as_deref_mut())?;
                }
            }
            workers => share(workers, chunks)?,
        }
        file.notes = source.notes().to_vec();
        file.headers_repeated = u64::from(source.headers().saturating_sub(1));
        for worker in workers {
            worker.end(&mut file, &mut tally)?;
        }
        // Behind the last chunk it is with the rest of the file, and nobody knows how many rows that is.
        file.cut = wrong.is_some();
        Ok((file, tally))
    }

    fn links(&self) -> bool {
        self.link && self.mapping.is_none()
    }

    /// Compares the copies of each search.
    fn compare(
        &self,
        audited: &mut Audited,
        begun: &Begun,
        folder: Option<&Path>,
    ) -> Result<(), RunError> {
        if !self.links() {
            return Ok(());
        }
        let days: Vec<_> = audited.files.iter().map(|file| file.days).collect();
        let notes = begun.notes()?;
        let linked = match folder {
            Some(folder) => {
                let mut list = DifferenceList::create(folder, &audited.files)?;
                let linked = link::compare(&notes, &days, begun.folder(), &mut |difference| {
                    list.add(difference)
                })?;
                list.finish()?;
                linked
            }
            None => link::compare(&notes, &days, begun.folder(), &mut |_| Ok(()))?,
        };
        for (number, repeated) in linked.repeated {
            let file =
                usize::try_from(number).ok().and_then(|number| audited.files.get_mut(number));
            if let Some(file) = file {
                file.repeated = repeated;
            }
        }
        audited.differences = linked.differences;
        audited.releases = linked.releases;
        Ok(())
    }
}

/// Gives each chunk to the worker whose turn it is, so that a run with as many threads finds the same in
/// the same order again.
fn share(workers: &mut [Worker<'_>], chunks: impl Iterator<Item = Chunk>) -> Result<(), RunError> {
    thread::scope(|scope| {
        let mut ends = Vec::new();
        let mut senders = Vec::new();
        for worker in workers {
            let (sender, chunks) = mpsc::sync_channel::<Chunk>(2);
            senders.push(sender);
            ends.push(
                scope.spawn(move || chunks.iter().try_for_each(|chunk| worker.chunk(&chunk, None))),
            );
        }
        for (chunk, sender) in chunks.zip((0..senders.len()).cycle()) {
            // One that hangs up has failed, and says why when it is joined.
            if senders.get(sender).is_none_or(|sender| sender.send(chunk).is_err()) {
                break;
            }
        }
        drop(senders);
        for end in ends {
            // A panic of a thread goes on here.
            end.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        Ok(())
    })
}
