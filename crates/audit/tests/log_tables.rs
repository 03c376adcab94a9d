//! Parquet and tables on pages.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/sources.rs"]
mod support;

use std::{path::PathBuf, process::Command, sync::Arc, time::Duration};

use arrow_array::{
    Array, ArrayRef, Int32Array, ListArray, RecordBatch, StringArray, TimestampMillisecondArray,
    TimestampNanosecondArray, types::Int32Type,
};
use bylaw_audit::log::{
    Field,
    source::{self, Body, Columns, Limits, Texts},
};
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

use support::{file, headers, read, read_as};

#[test]
fn parquet_rows_are_those_of_a_csv() {
    let path = file("rows.parquet", parquet(&searches(5), 2));
    let read = read(&path);
    assert_eq!((read.problems.as_slice(), read.shape.as_str()), ([].as_slice(), "Parquet"));
    assert_eq!((read.lines(), read.chunks), (vec![1, 2, 3, 4, 5], 3), "row groups of two rows");
    assert_eq!(read.rows[0].1, ["a0", "", "2026-03-20T00:06:23.972Z", "0", "stolen"]);
    assert_eq!(read.rows[4].1, ["a4", "", "2026-03-20T04:06:23.972Z", "4", "bolo"]);
}

#[test]
fn parquet_texts_stay_dictionaries_and_times_stay_numbers() {
    let path = file("typed.parquet", parquet(&searches(1000), 600));
    let chunks = columns(&path, &Limits::default());
    assert_eq!(
        chunks.iter().map(|columns| (columns.rows(), columns.first_row)).collect::<Vec<_>>(),
        [(600, 1), (400, 601)]
    );
    let Some(Texts::Dictionary { keys, values }) = chunks[1].texts(Field::Reason) else {
        panic!("it is a dictionary")
    };
    assert_eq!((keys.len(), values.len()), (400, 3));
    let key = usize::try_from(keys.value(0)).expect("small");
    assert_eq!(values.value(key), "stolen");
    let instants = chunks[1].instants(Field::At).expect("they are times");
    assert_eq!((instants.utc, instants.seconds(0)), (true, Some(1_773_965_183 + 600 * 3600)));
    assert!(chunks[0].texts(Field::At).is_none() && chunks[0].instants(Field::Reason).is_none());
    assert!(chunks[0].texts(Field::Networks).is_none() && chunks[0].texts(Field::Plate).is_none());

    let limits = Limits { parquet_fields: Some(vec![Field::Reason]), ..Limits::default() };
    let narrow = columns(&path, &limits);
    assert_eq!(narrow[0].batch.num_columns(), 1);
    assert!(narrow[0].texts(Field::Reason).is_some() && narrow[0].instants(Field::At).is_none());
}

#[test]
fn parquet_texts_of_many_values_are_plain() {
    let long: Vec<String> = (0..30_000).map(|row| format!("{row:0>64}")).collect();
    let ids: ArrayRef = Arc::new(StringArray::from(long.clone()));
    let reasons: ArrayRef = Arc::new(StringArray::from(vec![Some("x"); 30_000]));
    let times: ArrayRef =
        Arc::new(TimestampNanosecondArray::from([Some(-1), None, Some(i64::MAX)].repeat(10_000)));
    let batch =
        RecordBatch::try_from_iter([("id", ids), ("searchDate", times), ("reason", reasons)])
            .expect("they fit");
    let path = file("plain.parquet", parquet(&batch, 30_000));
    let chunks = columns(&path, &Limits::default());
    let Some(Texts::Plain(ids)) = chunks[0].texts(Field::Id) else { panic!("it is no dictionary") };
    assert_eq!((chunks[0].rows(), ids.value(29_999)), (30_000, long[29_999].as_str()));
    let times = chunks[0].instants(Field::At).expect("they are times");
    assert_eq!((times.utc, times.seconds(0), times.seconds(1)), (false, Some(-1), None));
    let texts: Vec<String> =
        read(&path).rows.into_iter().take(3).map(|mut row| row.1.remove(1)).collect();
    assert_eq!(texts, ["1969-12-31 23:59:59.999999999", "", "2262-04-11 23:47:16.854775807"]);
}

#[test]
fn parquet_that_cannot_be_read() {
    let whole = parquet(&searches(2000), 1000);
    let cases: [(&str, Vec<u8>, &str); 3] = [
        ("cut", whole[..whole.len() / 2].to_vec(), "damaged or cut short"),
        ("magic", b"PAR1".to_vec(), "damaged or cut short"),
        (
            "other",
            parquet(
                &RecordBatch::try_from_iter([(
                    "x",
                    Arc::new(Int32Array::from(vec![1])) as ArrayRef,
                )])
                .expect("it fits"),
                1,
            ),
            "no known format",
        ),
    ];
    for (name, bytes, words) in cases {
        let read = read(&file(&format!("{name}.parquet"), bytes));
        assert!(read.problem().1.contains(words), "{name}: {read:?}");
    }
    let mut damaged = whole;
    damaged[4..60].fill(0xff);
    let read = read(&file("damaged.parquet", damaged));
    assert!(
        read.problem().0 == Some(1) && read.problem().1.contains("rows 1 to 1000 are not read"),
        "{:?}",
        read.problems
    );
    assert_eq!((read.rows.len(), read.rows[0].0), (1000, 1001), "the next row group is read");

    let list: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])]));
    let nested = |name| {
        RecordBatch::try_from_iter([
            ("id", Arc::new(StringArray::from(vec!["a1"])) as ArrayRef),
            ("searchDate", Arc::new(StringArray::from(vec!["2026-03-20"]))),
            (name, Arc::clone(&list)),
        ])
        .expect("they fit")
    };
    let unknown = support::read(&file("nested.parquet", parquet(&nested("other"), 1)));
    assert_eq!(unknown.rows, [(1, ["a1", "2026-03-20", ""].map(str::to_owned).to_vec())]);
    let known = support::read(&file("known.parquet", parquet(&nested("reason"), 1)));
    assert!(known.problem().1.contains("`reason` is of a type that is not read"), "{known:?}");
}

const PAGE: &str = "                         Search audit, March 2026

    id       userId     searchDate                 networkCount    reason
    a1       ***        2026-03-20 00:06:23                   1    suspect vehicle,
                                                                   stolen plate
    a2       ***        2026-03-20 10:40:35                 304    locate
                                  Page 1 of 2
\u{c}    id     userId   searchDate             networkCount   reason
    a3     ***      2026-03-21 10:40:35              1
    a4     ***      2026-03-21 10:40:36              1   a text that is wide
    a5     ***   2026-03-21 1             7       x
    a6     ***  2026-03-21 10:40:37 and more of it       1   x
                                                   and more
                                     2 / 2
";

#[test]
fn tables_on_pages() {
    let read = read(&file("page.txt", PAGE));
    assert_eq!(read.shape, "text in UTF-8, in columns that stand under each other");
    assert_eq!(read.lines(), [4, 6, 9, 10, 11]);
    assert_eq!(
        read.rows[0].1,
        ["a1", "***", "2026-03-20 00:06:23", "1", "suspect vehicle, stolen plate"]
    );
    assert_eq!(read.rows[1].1[3..], ["304", "locate"]);
    assert_eq!(read.rows[2].1[4], "");
    assert_eq!((read.headers, read.formats.len()), (2, 2));
    let rows: Vec<Option<u64>> = read.problems.iter().map(|problem| problem.0).collect();
    assert_eq!(rows, [Some(12), Some(13)], "{:?}", read.problems);
}

#[test]
fn a_pdf_is_read_by_pdftotext() {
    if Command::new("pdftotext").arg("-v").output().is_err() {
        eprintln!("skipped: pdftotext is not installed");
        return;
    }
    let path = file("page.pdf", pdf(PAGE.split('\u{c}').next().unwrap_or_default()));
    let read = read(&path);
    assert_eq!(read.problems, [], "{read:?}");
    assert_eq!(read.rows.iter().map(|row| row.1[0].as_str()).collect::<Vec<_>>(), ["a1", "a2"]);
    assert_eq!(read.rows[0].1[4], "suspect vehicle, stolen plate");
    let broken = support::read(&file("broken.pdf", "%PDF-1.4\nnothing"));
    assert_eq!(broken.problems.len(), 1, "{broken:?}");
    assert!(broken.rows.is_empty());
}

#[test]
fn a_pdf_without_the_program_or_with_one_that_hangs() {
    let path = file("some.pdf", "%PDF-1.4\n");
    let missing = Limits { pdftotext: PathBuf::from("no-such-program"), ..Limits::default() };
    assert!(read_as(&path, &headers(None), &missing).problem().1.contains("install it"));
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/never-ends.sh");
    let hangs = Limits {
        pdftotext: PathBuf::from(program),
        pdf_time: Duration::from_millis(200),
        ..Limits::default()
    };
    let read = read_as(&path, &headers(None), &hangs);
    assert!(read.problem().1.contains("took longer than"), "{read:?}");
}

fn searches(rows: i32) -> RecordBatch {
    let ids: ArrayRef =
        Arc::new(StringArray::from((0..rows).map(|row| format!("a{row}")).collect::<Vec<_>>()));
    let users: ArrayRef =
        Arc::new(StringArray::from((0..rows).map(|_| None::<&str>).collect::<Vec<_>>()));
    let times: ArrayRef = Arc::new(
        TimestampMillisecondArray::from(
            (0..i64::from(rows)).map(|row| 1_773_965_183_972 + row * 3_600_000).collect::<Vec<_>>(),
        )
        .with_timezone("UTC"),
    );
    let networks: ArrayRef = Arc::new(Int32Array::from((0..rows).collect::<Vec<_>>()));
    let reason = |row: i32| ["stolen", "bolo", "locate"][usize::try_from(row % 3).expect("small")];
    let reasons: ArrayRef = Arc::new(StringArray::from((0..rows).map(reason).collect::<Vec<_>>()));
    let columns = [
        ("id", ids, false),
        ("userId", users, true),
        ("searchDate", times, false),
        ("networkCount", networks, false),
        ("reason", reasons, false),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).expect("they fit")
}

fn parquet(batch: &RecordBatch, group: usize) -> Vec<u8> {
    let written = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(group))
        .build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), Some(written)).expect("memory takes it");
    writer.write(batch).expect("memory takes it");
    writer.into_inner().expect("memory takes it")
}

fn columns(path: &std::path::Path, limits: &Limits) -> Vec<Columns> {
    let chunks = source::open(path, &headers(None), limits).expect("it opens");
    let columns = chunks.map(|chunk| match chunk.expect("it can be read").body {
        Body::Columns(columns) => columns,
        Body::Text { .. } | Body::Cells(_) => panic!("it is Parquet"),
    });
    columns.collect()
}

/// A page of these lines, in letters of one width.
fn pdf(lines: &str) -> Vec<u8> {
    let lines: String = lines
        .lines()
        .map(|line| format!("({}) Tj T*\n", line.replace('(', "\\(").replace(')', "\\)")))
        .collect();
    let content = format!("BT /F1 8 Tf 10 TL 20 700 Td\n{lines}ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 800 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut places = String::new();
    for (object, number) in objects.iter().zip(1..) {
        places += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let table = pdf.len();
    pdf += &format!(
        "xref\n0 6\n0000000000 65535 f \n{places}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    );
    pdf.into_bytes()
}
