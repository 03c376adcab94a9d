//! `bylaw decide --batch`: a stream of requests, answered in order, in constant memory, on all
//! cores.
//!
//! A reader cuts the input into chunks of whole lines and deals them to the workers in turn; a
//! writer collects the replies in the same turn. Every channel holds few chunks, so that a slow
//! output holds back the input. A bad line is answered with its error and the rest goes on.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, IsTerminal, Read, Write},
    path::Path,
    process::ExitCode,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use bylaw_law::{Defaults, ErrorReply, Law, QuestionError, Reply, RequestId, Scratch};
use indicatif::{ProgressBar, ProgressStyle};
use miette::{IntoDiagnostic, Result, WrapErr, miette};

use crate::{
    args::Decide,
    decide,
    output::{self, OutputError},
    packs,
};

/// Bytes of whole lines that a worker takes at a time.
const CHUNK: usize = 1 << 18;
/// Chunks that wait before and behind each worker.
const WAITING: usize = 2;
/// The most workers: each may hold a few chunks, and memory stays under 64 MB.
const MOST_WORKERS: usize = 8;

pub(crate) fn run(packs: Option<&Path>, input: &Path, options: &Decide) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    if let Some(path) = &options.jurisdiction {
        law.find_jurisdiction(path)?;
    }
    let (source, size) = open(input)?;
    let mut output = create(input, options.output.as_deref())?;
    let bar = progress(size);
    let counts = stream(&law, source, &mut output, &decide::defaults(options), &bar)?;
    bar.finish_and_clear();
    if counts.bad == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let Counts { lines, bad } = counts;
    output::note(format_args!(
        "{bad} of {lines} requests could not be read; each has its error in its place"
    ));
    Ok(ExitCode::from(2))
}

fn open(input: &Path) -> Result<(Box<dyn BufRead + Send>, Option<u64>)> {
    if input == Path::new("-") {
        return Ok((Box::new(BufReader::new(std::io::stdin())), None));
    }
    let file = File::open(input)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot open {}", input.display()))?;
    let size =
        file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
    Ok((Box::new(BufReader::with_capacity(CHUNK, file)), size))
}

/// Opens the output, unless it is the input: that would be emptied before it is read.
fn create(input: &Path, output: Option<&Path>) -> Result<Box<dyn Write>> {
    let Some(path) = output else { return Ok(Box::new(std::io::stdout())) };
    if let (Ok(input), Ok(output)) = (input.canonicalize(), path.canonicalize())
        && input == output
    {
        let help = "name another file for the replies";
        return Err(miette!(help = help, "{} is the file of the requests", path.display()));
    }
    let file = File::create(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", path.display()))?;
    Ok(Box::new(file))
}

/// A bar on a terminal; nothing elsewhere.
fn progress(size: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, look) = match size {
        Some(size) => (
            ProgressBar::new(size),
            "{bar:40} {percent}%  {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        ),
        None => (ProgressBar::no_length(), "{spinner} {bytes} read, {bytes_per_sec}"),
    };
    match ProgressStyle::with_template(look) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Lines in a row, with the number of the first.
struct Chunk {
    first_line: u64,
    bytes: Vec<u8>,
    /// The last line of the chunk is the beginning of one that is too long.
    too_long: bool,
}

/// Replies to a chunk, or the end of them.
struct Answered {
    bytes: Vec<u8>,
    lines: u64,
    bad: u64,
    read: u64,
}

#[derive(Default)]
struct Counts {
    lines: u64,
    bad: u64,
}

fn stream(
    law: &Law,
    source: Box<dyn BufRead + Send>,
    output: &mut dyn Write,
    defaults: &Defaults<'_>,
    bar: &ProgressBar,
) -> Result<Counts> {
    let workers =
        thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST_WORKERS);
    let mut counts = Counts::default();
    thread::scope(|scope| {
        let mut inputs = Vec::with_capacity(workers);
        let mut outputs = Vec::with_capacity(workers);
        for _ in 0..workers {
            let (to_worker, from_reader) = sync_channel::<Chunk>(WAITING);
            let (to_writer, from_worker) = sync_channel::<Answered>(WAITING);
            inputs.push(to_worker);
            outputs.push(from_worker);
            scope.spawn(move || work(law, defaults, &from_reader, &to_writer));
        }
        let reader = scope.spawn(move || deal(source, &inputs));
        let written = collect(&outputs, output, bar, &mut counts);
        // Without a writer the workers stop, and then the reader.
        drop(outputs);
        let read =
            reader.join().unwrap_or_else(|_| Err(std::io::Error::other("the reader stopped")));
        written.map_err(OutputError)?;
        read.into_diagnostic().wrap_err("cannot read the requests")
    })?;
    Ok(counts)
}

fn deal(mut source: Box<dyn BufRead + Send>, workers: &[SyncSender<Chunk>]) -> std::io::Result<()> {
    let mut next_line = 1;
    for worker in workers.iter().cycle() {
        let mut chunk = Chunk {
            first_line: next_line,
            bytes: Vec::with_capacity(CHUNK + CHUNK / 4),
            too_long: false,
        };
        while chunk.bytes.len() < CHUNK {
            let start = chunk.bytes.len();
            let limit = decide::MOST_BYTES as u64 + 1;
            if source.by_ref().take(limit).read_until(b'\n', &mut chunk.bytes)? == 0 {
                break;
            }
            next_line += 1;
            if chunk.bytes.last() != Some(&b'\n') && chunk.bytes.len() - start > decide::MOST_BYTES
            {
                // What is too long is not read at all; its place in the order is kept.
                skip_line(&mut source)?;
                chunk.too_long = true;
                break;
            }
        }
        if chunk.bytes.is_empty() || worker.send(chunk).is_err() {
            break;
        }
    }
    Ok(())
}

fn skip_line(source: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let read = end.map_or(buffer.len(), |end| end + 1);
        source.consume(read);
        if end.is_some() {
            return Ok(());
        }
    }
}

fn work(
    law: &Law,
    defaults: &Defaults<'_>,
    input: &Receiver<Chunk>,
    output: &SyncSender<Answered>,
) {
    let mut scratch = Scratch::default();
    for chunk in input {
        let answered = answer(law, defaults, &chunk, &mut scratch);
        if output.send(answered).is_err() {
            return;
        }
    }
}

fn answer(law: &Law, defaults: &Defaults<'_>, chunk: &Chunk, scratch: &mut Scratch) -> Answered {
    let mut answered = Answered {
        bytes: Vec::with_capacity(chunk.bytes.len() * 2),
        lines: 0,
        bad: 0,
        read: chunk.bytes.len() as u64,
    };
    let mut lines = chunk.bytes.split_inclusive(|&byte| byte == b'\n').peekable();
    let mut number = chunk.first_line;
    while let Some(line) = lines.next() {
        let last = lines.peek().is_none();
        let line = line.trim_ascii();
        if !line.is_empty() {
            answered.lines += 1;
            let result = if last && chunk.too_long {
                (RequestId::default(), Err(QuestionError::TooLong { limit: decide::MOST_BYTES }))
            } else {
                law.read_question(line, defaults)
            };
            answered.bad += u64::from(!reply(law, result, number, scratch, &mut answered.bytes));
        }
        number += 1;
    }
    answered
}

/// Writes the reply to one line; false where it is an error.
fn reply(
    law: &Law,
    (id, question): (RequestId<'_>, Result<bylaw_law::Question<'_>, QuestionError>),
    line: u64,
    scratch: &mut Scratch,
    bytes: &mut Vec<u8>,
) -> bool {
    let decided = question.and_then(|question| law.decide(&question, scratch));
    // INVARIANT: writing to memory does not fail, and every reply is JSON.
    let written = match &decided {
        Ok(decision) => serde_json::to_writer(&mut *bytes, &Reply::new(law, id, decision)),
        Err(error) => serde_json::to_writer(&mut *bytes, &ErrorReply::new(id, line, error)),
    };
    debug_assert!(written.is_ok());
    bytes.push(b'\n');
    decided.is_ok()
}

fn collect(
    workers: &[Receiver<Answered>],
    output: &mut dyn Write,
    bar: &ProgressBar,
    counts: &mut Counts,
) -> std::io::Result<()> {
    let mut output = BufWriter::new(output);
    for worker in workers.iter().cycle() {
        let Ok(answered) = worker.recv() else { break };
        output.write_all(&answered.bytes)?;
        counts.lines += answered.lines;
        counts.bad += answered.bad;
        bar.inc(answered.read);
    }
    output.flush()
}
