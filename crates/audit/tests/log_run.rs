//! Whole runs over generated logs: what is found does not depend on how rows are spread over files, threads
//! or columns, nor on a run having been broken off.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/packs.rs"]
mod packs;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use bylaw_audit::{
    Resolver,
    lexicon::Lexicon,
    log::{
        Verdict,
        format::Formats,
        judge::Asking,
        run::{self, Asked, Audited, Output, RunError},
        source::{Headers, Limits},
        time::zone_of,
    },
};
use flate2::{Compression, write::GzEncoder};
use packs::LAW;

static RESOLVER: LazyLock<Resolver> =
    LazyLock::new(|| Resolver::new().expect("the crate's files are right"));
static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::built_in().expect("the crate's files are right"));
static FORMATS: LazyLock<Arc<Formats>> =
    LazyLock::new(|| Arc::new(Formats::built_in().expect("the crate's files are right")));

const HEADER: &str = "ID, Name, Org Name, Total Networks Searched, Time Frame, License Plate, Reason, Case #, Search Time";
const ORGANIZATIONS: [&str; 6] = [
    "Alder Grove CA PD",
    "Oakland CA PD",
    "Reno NV PD",
    "Houston TX PD [Inactive]",
    "San Diego Sector Border Patrol (CA)",
    "Regional Network 7",
];
const REASONS: [&str; 9] = [
    "stolen vehicle",
    "investigation",
    "\"homicide, follow up\"",
    "",
    "***",
    "25-10441",
    "Immigration (civil/administrative) - text",
    "HSI",
    "\"said \"\"ice cream\"\"\"",
];

#[test]
fn findings_do_not_depend_on_how_rows_are_spread_over_files() {
    let folder = folder("spread");
    let rows = rows(400, 11);
    let mut chance = Chance(5);
    let whole = found(&folder, "whole", &[log(&rows)]);
    let mut mixed = rows.clone();
    for at in (1..mixed.len()).rev() {
        mixed.swap(at, chance.below(at + 1));
    }
    let thirds = [log(&rows[..130]), log(&rows[130..131]), log(&rows[131..])];
    let joined = [thirds.concat()];
    let again = [log(&rows), log(&rows[50..200]), log(&rows)];
    let packed = [zipped(&log(&rows[..200])), log(&rows[200..])];
    assert!(whole.len() > 300, "the log says too little");
    for (name, files) in [
        ("mixed", vec![log(&mixed)]),
        ("split", thirds.to_vec()),
        ("joined", joined.to_vec()),
        ("again", again.to_vec()),
        ("packed", packed.to_vec()),
    ] {
        let here = found(&folder, name, &files);
        assert_eq!(distinct(&here), distinct(&whole), "{name}");
    }
}

#[test]
fn a_second_release_with_less_in_it_shows_as_a_difference() {
    let folder = folder("releases");
    let mut first = rows(60, 3);
    first[7] = row(7, ORGANIZATIONS[1], REASONS[6]);
    let mut second = first.clone();
    second[7] = row(7, ORGANIZATIONS[1], "investigation");
    let files = write(&folder, &[log(&first), log(&second)]);
    let output = folder.join("out");
    let audited = audit(&files, Some(&output), 2).expect("it runs");
    let differences: Vec<_> = audited
        .differences
        .counts
        .iter()
        .map(|(key, count)| (key.0.name(), key.1.name(), *count))
        .collect();
    assert_eq!(differences, [("reason", "replaced", 1)]);
    assert_eq!(audited.differences.linked, 60);
    assert_eq!(audited.differences.strength_changed.values().sum::<u64>(), 1);
    assert_eq!(audited.releases.len(), 1);
    assert_eq!(audited.tally.rows, 120);
    let listed = fs::read_to_string(output.join("differences.csv")).expect("it is written");
    assert_eq!(listed.lines().count(), 2, "{listed}");
}

#[test]
fn as_many_threads_as_there_are_count_the_same_in_the_same_order() {
    let folder = folder("threads");
    let files = write(&folder, &[log(&rows(40_000, 17)), log(&rows(100, 1))]);
    let one = audit(&files, None, 1).expect("it runs");
    assert_eq!(one.tally.rows, 40_100);
    for threads in [2, 5] {
        let output = folder.join(format!("out-{threads}"));
        let many = audit(&files, Some(&output), threads).expect("it runs");
        assert_eq!(cells(&many), cells(&one), "{threads} threads");
        assert_eq!(many.files[0].states, one.files[0].states);
        assert_eq!(many.files[0].marks, one.files[0].marks);
        assert_eq!(many.files[0].days, one.files[0].days);
        let again = folder.join(format!("again-{threads}"));
        audit(&files, Some(&again), threads).expect("it runs");
        let order = |folder: &Path| {
            read(folder).into_iter().map(|finding| finding.says).collect::<Vec<_>>()
        };
        assert_eq!(order(&output), order(&again));
    }
}

#[test]
fn a_run_that_was_broken_off_goes_on() {
    let folder = folder("broken");
    let files = write(&folder, &[log(&rows(50, 2)), log(&rows(70, 9))]);
    let output = folder.join("out");
    // The second file's findings have nowhere to go.
    let obstacle = output.join("findings/part-00256.csv.part");
    fs::create_dir_all(output.join("unfinished")).expect("a folder");
    let begun = audit_watched(&files, Some(&output), 1, "asked", &|progress| {
        if progress.file == 1 {
            fs::create_dir_all(&obstacle).expect("a folder");
        }
    });
    assert!(matches!(begun, Err(RunError::Output(_))), "{begun:?}");
    let first = output.join("findings/part-00000.parquet");
    let before =
        fs::metadata(&first).and_then(|file| file.modified()).expect("the first file was ended");
    fs::remove_dir(&obstacle).expect("it is there");

    let other = audit_watched(&files, Some(&output), 1, "asked otherwise", &|_| ());
    assert!(matches!(other, Err(RunError::Folder { .. })), "{other:?}");
    let read_again = AtomicUsize::new(0);
    let audited = audit_watched(&files, Some(&output), 1, "asked", &|progress| {
        read_again.fetch_max(1 + usize::from(progress.file == 0) * 100, Ordering::Relaxed);
    })
    .expect("it goes on");
    assert_eq!(read_again.load(Ordering::Relaxed), 1, "the first file was read again");
    assert_eq!(fs::metadata(&first).and_then(|file| file.modified()).expect("it is there"), before);
    assert_eq!(cells(&audited), cells(&audit(&files, None, 1).expect("it runs")));
    let all = read(&output);
    assert_eq!(all.len(), 120);
    // Both parts were numbered with one key: rows 0 to 49 of the two logs are the same searches.
    let numbers: BTreeSet<&str> = all.iter().map(|finding| finding.number.as_str()).collect();
    assert!(numbers.len() < 120);
    run::close(&output).expect("it is ended");
    assert!(!output.join("unfinished").exists());
    let third = audit_watched(&files, Some(&output), 1, "asked", &|_| ());
    assert!(matches!(third, Err(RunError::Folder { .. })), "{third:?}");
}

#[test]
fn a_file_that_changed_meanwhile_is_read_again() {
    let folder = folder("changed");
    let mut files = write(&folder, &[log(&rows(10, 2))]);
    files.push(folder.join("missing.csv"));
    let output = folder.join("out");
    audit_watched(&files, Some(&output), 2, "", &|_| ()).expect("it runs");
    fs::write(&files[0], log(&rows(20, 2))).expect("a file");
    fs::write(&files[1], log(&rows(5, 4))).expect("a file");
    let audited = audit_watched(&files, Some(&output), 1, "", &|_| ()).expect("it runs");
    assert_eq!(audited.tally.rows, 25);
    assert_eq!(read(&output).len(), 25);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
    let folder = folder("bad");
    let good = log(&rows(30, 6));
    let mut cut = zipped(&log(&rows(3000, 6)));
    cut.truncate(cut.len() / 2);
    let mut wrong = log(&rows(10, 6));
    wrong.extend(b"8a,***,Caf\xe9 PD,1,a,b,c,d,e\n");
    let mut files = write(&folder, &[cut, b"\x00\x01\x02binary".to_vec(), wrong, good]);
    files.push(folder.join("missing.csv"));
    let audited = audit(&files, None, 2).expect("it runs");
    let told: Vec<bool> = audited.files.iter().map(|file| !file.problems.is_empty()).collect();
    assert_eq!(told, [true, true, true, false, true]);
    assert_eq!(audited.files[3].rows, 30);
    assert_eq!((audited.files[2].rows, audited.files[2].rows_not_read), (10, 1));
    assert!(audited.files[0].rows > 100, "the rows before the cut are read");
    for problem in audited.files.iter().flat_map(|file| &file.problems) {
        assert!(!problem.what.is_empty() && !problem.what.contains("Caf"), "{problem}");
    }
    assert_eq!(audited.tally.rows, audited.files.iter().map(|file| file.rows).sum::<u64>());
}

#[test]
fn columns_count_as_rows_do() {
    let folder = folder("columns");
    let path = folder.join("audit.parquet");
    let rows = 5000;
    let text = |cell: &dyn Fn(usize) -> Option<String>| -> ArrayRef {
        Arc::new((0..rows).map(cell).collect::<StringArray>())
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", text(&|row| Some(format!("{row:08x}-0000-4000-8000-000000000000")))),
        ("Org Name", text(&|row| Some(ORGANIZATIONS[row % 6].to_owned()))),
        (
            "Reason",
            text(&|row| (row % 10 != 0).then(|| REASONS[row * 7 % 9].trim_matches('"').to_owned())),
        ),
        ("Case #", text(&|row| (row % 3 == 0).then(|| format!("25-{row}")))),
        (
            "Search Time",
            Arc::new(
                (0..rows)
                    .map(|row| {
                        (row % 11 != 0).then_some((1_748_000_000 + 977 * row as i64) * 1_000_000)
                    })
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
        ),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )
    .expect("a batch");
    let file = fs::File::create(&path).expect("a file");
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("it is written");
    writer.close().expect("it is written");
    let files = [path];
    let asked = |link| asked(2, "", link);
    let fast = asked(false).audit(&files, Output::Nowhere, &|_| ()).expect("it runs");
    let slow = asked(true).audit(&files, Output::Nowhere, &|_| ()).expect("it runs");
    assert!(fast.files[0].problems.is_empty(), "{:?}", fast.files[0]);
    assert_eq!(fast.tally.rows, rows as u64);
    assert!(fast.tally.with(Verdict::Barred) > 1000 && fast.tally.with(Verdict::CannotTell) > 500);
    assert_eq!(cells(&fast), cells(&slow));
    assert_eq!(fast.files[0].days, slow.files[0].days);
}

fn audit(files: &[PathBuf], output: Option<&Path>, threads: usize) -> Result<Audited, RunError> {
    audit_watched(files, output, threads, "", &|_| ())
}

fn audit_watched(
    files: &[PathBuf],
    output: Option<&Path>,
    threads: usize,
    words: &str,
    watch: &(dyn Fn(run::Progress) + Sync),
) -> Result<Audited, RunError> {
    let output = match output {
        Some(path) => Output::Folder { path, with_identifiers: false },
        None => Output::Nowhere,
    };
    asked(threads, words, true).audit(files, output, watch)
}

fn asked(threads: usize, words: &str, link: bool) -> Asked<'_> {
    Asked {
        law: &LAW,
        path: "us/ca",
        resolver: &RESOLVER,
        lexicon: &LEXICON,
        asking: Asking { owner: Some("Alder Grove CA PD"), actor: None },
        mapping: None,
        on: None,
        headers: Headers::of_formats(&FORMATS, None),
        zone: zone_of("us/ca").and_then(|zone| zone.time_zone()).expect("the zone is known"),
        limits: Limits::default(),
        threads: NonZeroUsize::new(threads).expect("some threads"),
        link,
        words,
    }
}

/// A finding as it stands in `findings.csv`.
#[derive(Debug, Clone)]
struct Found {
    number: String,
    /// All columns but its number and its place.
    says: Vec<String>,
}

/// Runs over these logs and reads what was found.
fn found(folder: &Path, name: &str, logs: &[Vec<u8>]) -> Vec<Found> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder).expect("a folder");
    let files = write(&folder, logs);
    let output = folder.join("out");
    let audited = audit(&files, Some(&output), 2).expect("it runs");
    assert!(audited.files.iter().all(|file| file.problems.is_empty()), "{:?}", audited.files);
    let found = read(&output);
    assert_eq!(found.len() as u64, audited.tally.rows);
    found
}

fn read(folder: &Path) -> Vec<Found> {
    let mut csv = csv::Reader::from_path(folder.join("findings.csv")).expect("it is written");
    let header = csv.headers().expect("it has a header").clone();
    let records = csv.records().map(|record| {
        let record = record.expect("it is whole");
        let mut says = Vec::new();
        for (name, cell) in header.iter().zip(&record) {
            if !["finding", "file", "sha256", "line"].contains(&name) {
                says.push(format!("{name}={cell}"));
            }
        }
        Found { number: record[0].to_owned(), says }
    });
    records.collect()
}

/// What the findings say, each number once. The numbers themselves differ from run to run.
fn distinct(found: &[Found]) -> BTreeMap<Vec<String>, usize> {
    let mut by_number: BTreeMap<&str, &Vec<String>> = BTreeMap::new();
    for finding in found {
        let before = by_number.insert(&finding.number, &finding.says);
        assert!(before.is_none_or(|before| *before == finding.says), "one number, two findings");
    }
    let mut distinct = BTreeMap::new();
    for says in by_number.values() {
        *distinct.entry((*says).clone()).or_default() += 1;
    }
    distinct
}

fn cells(audited: &Audited) -> BTreeMap<String, (u64, u64)> {
    audited
        .tally
        .cells()
        .map(|(key, count)| (format!("{key:?}"), (count.rows, count.acts)))
        .collect()
}

/// So many searches; of some there are two rows, as vendors' exports have.
fn rows(count: usize, seed: u64) -> Vec<String> {
    let mut chance = Chance(seed);
    let mut rows = Vec::new();
    for number in 0..count {
        let (organization, reason) = (chance.below(6), chance.below(9));
        rows.push(row(number, ORGANIZATIONS[organization], REASONS[reason]));
    }
    rows
}

fn row(number: usize, organization: &str, reason: &str) -> String {
    let (day, hour, minute) = (1 + number % 28, 1 + number % 12, number % 60);
    format!(
        "{number:08x}-0000-4000-8000-0000000000aa,***,{organization},{},\"06/01/2025, 01:00:00 AM UTC\n06/02/2025, 01:00:00 AM UTC\",***,{reason},,\"06/{day:02}/2025, {hour:02}:{minute:02}:09 AM UTC\"\n",
        number % 300,
    )
}

fn log(rows: &[String]) -> Vec<u8> {
    format!("\u{feff}{HEADER}\n{}", rows.concat()).into_bytes()
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut to = GzEncoder::new(Vec::new(), Compression::fast());
    to.write_all(bytes).expect("memory takes it");
    to.finish().expect("memory takes it")
}

fn write(folder: &Path, logs: &[Vec<u8>]) -> Vec<PathBuf> {
    let named = |(number, bytes): (usize, &Vec<u8>)| {
        let path = folder.join(format!("log-{number}.csv"));
        fs::write(&path, bytes).expect("a file");
        path
    };
    logs.iter().enumerate().map(named).collect()
}

/// A new folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("log_run").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the last run's folder");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}
