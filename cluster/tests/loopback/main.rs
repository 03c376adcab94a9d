//! An audit by a scheduler and two executors on loopback, against the same audit on this machine alone.

mod logs;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use bylaw_audit::log::output::COLUMNS;
use datafusion::{
    arrow::util::display::{ArrayFormatter, FormatOptions},
    parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bylaw-cluster");
const WHAT: [&str; 4] = ["--jurisdiction", "us/ca", "--owner", "Alder Grove CA PD"];

/// Where a row stands.
type Place = (String, String);
/// Its columns by name.
type Row = BTreeMap<String, String>;

#[test]
fn two_executors_find_what_one_machine_finds_row_for_row() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("loopback");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let files = logs::write(&folder);

    let alone = succeeded(local(&files, &folder.join("alone")));
    succeeded(cluster(&files, &folder));
    let ours = findings(&folder.join("cluster"));
    let theirs = findings(&folder.join("alone"));

    let (read, problems): (Vec<_>, Vec<_>) =
        ours.into_iter().partition(|row| row["problem"].is_empty());
    same_rows(&read, &theirs);
    same_numbers(&read, &theirs);
    let not_read = problems.iter().filter(|row| !row["line"].is_empty()).count();
    assert_eq!(alone.trim(), format!("{} rows, {not_read} not read", theirs.len()));
    assert_eq!(not_read, logs::NOT_READ);
    // The file that is no log.
    assert_eq!(problems.len() - not_read, 1, "{problems:?}");

    let verdicts = |rows: &[Row]| {
        let mut counts = BTreeMap::new();
        rows.iter().for_each(|row| *counts.entry(row["verdict"].clone()).or_insert(0) += 1);
        counts
    };
    assert_eq!(verdicts(&read).len(), 3, "{:?}", verdicts(&read));
    counts_are_those_of(&folder.join("cluster"), &read, problems.len());
    both_worked(&folder.join("logs"), read.len() + problems.len());
}

fn local(files: &[PathBuf], output: &Path) -> Output {
    let command = &mut Command::new(PROGRAM);
    command.arg("local").args(WHAT).arg("--output").arg(output).args(files);
    command.output().expect("the program starts")
}

/// Starts everything as people do, by the script.
fn cluster(files: &[PathBuf], folder: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("run.sh");
    Command::new("bash")
        .arg(script)
        .args(["2", "--", PROGRAM, "audit"])
        .args(WHAT)
        .arg("--output")
        .arg(folder.join("cluster"))
        .args(files)
        .env("BYLAW_CLUSTER", PROGRAM)
        .env("BYLAW_CLUSTER_BIND", "127.0.0.1:0")
        .env("BYLAW_CLUSTER_CORES", "1")
        .env("BYLAW_CLUSTER_LOGS", folder.join("logs"))
        .env("RUST_LOG", "warn,bylaw_cluster=debug")
        .output()
        .expect("bash starts")
}

fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Every row of the findings in a folder.
fn findings(folder: &Path) -> Vec<Row> {
    let parts = fs::read_dir(folder.join("findings")).expect("there are findings");
    let mut parts: Vec<PathBuf> = parts.map(|part| part.expect("a part").path()).collect();
    parts.sort();
    parts.iter().flat_map(|part| parquet(part)).collect()
}

fn parquet(path: &Path) -> Vec<Row> {
    let file = fs::File::open(path).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let mut rows = Vec::new();
    for batch in reader.build().expect("Parquet") {
        let batch = batch.expect("a batch");
        let options = FormatOptions::default();
        let cells =
            |column| ArrayFormatter::try_new(column, &options).expect("a column with words");
        let columns: Vec<_> = batch.columns().iter().map(|column| cells(column.as_ref())).collect();
        let schema = batch.schema();
        for row in 0..batch.num_rows() {
            let named = schema.fields().iter().zip(&columns);
            rows.push(
                named
                    .map(|(field, cells)| (field.name().clone(), cells.value(row).to_string()))
                    .collect(),
            );
        }
    }
    rows
}

fn place(row: &Row) -> Place {
    (row["file"].clone(), row["line"].clone())
}

/// All columns but the findings' numbers, which each run makes with a key of its own.
fn same_rows(ours: &[Row], theirs: &[Row]) {
    assert_eq!(ours.len(), theirs.len());
    let theirs: BTreeMap<Place, &Row> = theirs.iter().map(|row| (place(row), row)).collect();
    assert_eq!(ours.len(), theirs.len(), "no two rows stand in one line");
    for row in ours {
        let other = theirs[&place(row)];
        for column in COLUMNS.iter().filter(|column| **column != "finding") {
            assert_eq!(row[*column], other[*column], "{column} of {:?}", place(row));
        }
    }
}

/// Rows have one number in one run where they have one number in the other.
fn same_numbers(ours: &[Row], theirs: &[Row]) {
    let numbers: BTreeMap<Place, &str> =
        theirs.iter().map(|row| (place(row), row["finding"].as_str())).collect();
    let (mut there, mut back) = (BTreeMap::new(), BTreeMap::new());
    for row in ours {
        let (one, other) = (row["finding"].as_str(), numbers[&place(row)]);
        assert_eq!(*there.entry(one).or_insert(other), other);
        assert_eq!(*back.entry(other).or_insert(one), one);
    }
    assert!(there.len() < ours.len(), "some rows are of one search");
}

/// The table of counts sums up to the rows.
fn counts_are_those_of(folder: &Path, read: &[Row], problems: usize) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in parquet(&folder.join("counts.parquet")) {
        *counts.entry(row["verdict"].clone()).or_default() +=
            row["rows"].parse::<usize>().expect("a number");
    }
    let mut expected = BTreeMap::from([("not_read".to_owned(), problems)]);
    read.iter().for_each(|row| *expected.entry(row["verdict"].clone()).or_default() += 1);
    assert_eq!(counts, expected);
}

/// Both executors read and decided, and every row was decided once.
fn both_worked(logs: &Path, rows: usize) {
    let (mut read, mut decided) = (0, 0);
    for number in 1..=2 {
        let log = fs::read_to_string(logs.join(format!("executor-{number}.log"))).expect("a log");
        let sum = |before: &str| -> usize {
            let numbers =
                log.lines().filter_map(|line| line.split_once(before)?.1.split(' ').next());
            numbers.map(|number| number.parse::<usize>().expect("a number")).sum()
        };
        assert!(sum("] read ") > 0, "executor {number} has read nothing:\n{log}");
        read += sum("] read ");
        decided += sum("] decides ");
    }
    assert_eq!((read, decided), (rows, rows));
}
