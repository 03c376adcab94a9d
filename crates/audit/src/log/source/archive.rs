//! A spreadsheet's ZIP, looked through before it is opened: what a program must hold in memory to read it
//! is measured by unpacking it once and keeping nothing.

use std::io::{Read, Seek};

use memchr::memmem;
use zip::ZipArchive;

use super::Limits;

/// A part that is no sheet.
const MOST_PART_BYTES: u64 = 64 << 20;

/// What one string of a spreadsheet takes beside its text.
const STRING_BYTES: u64 = 56;

/// What patterns may be cut in two by reads.
const OVERLAP: usize = 128;

/// What a spreadsheet's parts hold.
#[derive(Debug, Default)]
struct Measure {
    bytes: u64,
    strings: u64,
    /// What the part says about how many strings it has.
    claimed: u64,
    /// The longest stretch in which no cell, string or row ends.
    longest: u64,
}

/// Whether it is safe to open a spreadsheet.
pub(super) fn check(file: impl Read + Seek, limits: &Limits) -> Result<(), String> {
    let mut archive = ZipArchive::new(file).map_err(|_| damaged())?;
    let is_workbook = |name: &str| name.to_ascii_lowercase().ends_with("workbook.xml");
    if !archive.file_names().any(|name| name.is_ok_and(|name| is_workbook(&name))) {
        return Err(other_archive(&archive).to_owned());
    }
    let mut room = limits.unpacked_bytes;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(|_| damaged())?;
        let name = part.name().map_err(|_| damaged())?.to_ascii_lowercase();
        let measure = measure(part, room, limits)?;
        room -= measure.bytes;
        is_small_enough(&name, &measure, limits)?;
    }
    Ok(())
}

fn is_small_enough(name: &str, part: &Measure, limits: &Limits) -> Result<(), String> {
    let is_sheet = name.contains("worksheets/") && name.ends_with(".xml");
    let is_strings = name.ends_with("sharedstrings.xml");
    let most = u64::try_from(limits.record_bytes).unwrap_or(u64::MAX);
    if (is_sheet || is_strings) && part.longest > most {
        let most = most >> 20;
        return Err(format!(
            "a cell of it is longer than {most} MiB unpacked; save the sheet as CSV"
        ));
    }
    let strings = part.strings.max(part.claimed).saturating_mul(STRING_BYTES);
    if is_strings && strings.saturating_add(part.bytes) > limits.shared_strings_bytes {
        return Err(too_large(limits.shared_strings_bytes));
    }
    let is_kept = !is_sheet && !is_strings && !name.contains("/media/");
    if is_kept && part.bytes > MOST_PART_BYTES {
        return Err(too_large(MOST_PART_BYTES));
    }
    Ok(())
}

fn too_large(bytes: u64) -> String {
    format!(
        "unpacked, one part of it takes more than {} MiB of memory: a mistake or a bomb; save the sheet as \
         CSV, which can be of any length",
        bytes >> 20
    )
}

fn measure(mut part: impl Read, room: u64, limits: &Limits) -> Result<Measure, String> {
    let mut measure = Measure::default();
    let (mut buffer, mut kept) = (vec![0; OVERLAP + (1 << 16)], 0);
    let mut last_end = 0;
    loop {
        let free = buffer.get_mut(kept..).unwrap_or_default();
        let length = part.read(free).map_err(|_| damaged())?;
        let Some(seen) = buffer.get(..kept + length) else { return Err(damaged()) };
        let origin = measure.bytes - u64::try_from(kept).unwrap_or(0);
        for end in ends(seen) {
            let end = origin + u64::try_from(end).unwrap_or(0);
            measure.longest = measure.longest.max(end.saturating_sub(last_end));
            last_end = last_end.max(end);
        }
        // A pattern that lies whole in what was kept was counted before.
        let starts = memmem::find_iter(seen, b"<si").filter(|at| at + 3 > kept);
        measure.strings += starts.fold(0, |strings, _| strings + 1);
        measure.claimed = measure.claimed.max(claimed(seen));
        measure.bytes += u64::try_from(length).unwrap_or(0);
        if measure.bytes > room {
            return Err(too_large(limits.unpacked_bytes));
        }
        if length == 0 {
            measure.longest = measure.longest.max(measure.bytes - last_end);
            return Ok(measure);
        }
        let total = kept + length;
        let from = total.saturating_sub(OVERLAP);
        buffer.copy_within(from..total, 0);
        kept = total - from;
    }
}

/// Where cells, strings and rows end.
fn ends(xml: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(b'>', xml).filter(|&at| {
        let tag = xml.get(at.saturating_sub(12)..at).unwrap_or_default();
        let name = tag.rsplit(|&byte| matches!(byte, b'<' | b'/' | b':')).next();
        matches!(name, Some(b"c" | b"si" | b"row"))
    })
}

/// How many strings the part says it has: memory is set aside for so many.
fn claimed(xml: &[u8]) -> u64 {
    const COUNT: &[u8] = b"uniqueCount";
    let counts = memmem::find_iter(xml, COUNT).filter_map(|at| {
        let digits = xml.get(at + COUNT.len()..)?.iter().take(64);
        let digits = digits.skip_while(|byte| !byte.is_ascii_digit());
        let digits = digits.take_while(|byte| byte.is_ascii_digit());
        Some(digits.fold(0_u64, |number, &digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        }))
    });
    counts.max().unwrap_or(0)
}

fn other_archive<R: Read + Seek>(archive: &ZipArchive<R>) -> &'static str {
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("xl/workbook.bin") {
        "it is a binary spreadsheet (XLSB); save it as XLSX or as CSV in UTF-8"
    } else if has("content.xml") {
        "it is an OpenDocument file; save the sheet as XLSX or as CSV in UTF-8"
    } else {
        "it is a ZIP that is no spreadsheet; unpack it and name the files in it"
    }
}

fn damaged() -> String {
    "the spreadsheet is damaged or cut short; get it again, or save the sheet as CSV".to_owned()
}
