//! Spreadsheets: cells as a CSV would have them, several sheets, and archives that are made to do harm.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/sources.rs"]
mod support;

use std::io::{Cursor, Write};

use bylaw_audit::log::source::{self, Limits};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use support::{file, headers, read, read_as};

const TYPES: &str =
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const PACKAGE: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>"#;

#[test]
fn cells_are_what_a_csv_would_have() {
    let rows = [
        row(1, &[text("City of Example")]),
        row(3, &["id", " userId", "searchDate", "networkCount", "reason"].map(text)),
        row(
            4,
            &[
                shared(0),
                text("***"),
                number("46101.004432870374", 1),
                number("304", 0),
                text("two\nlines"),
            ],
        ),
        row(5, &[shared(1), text("***"), number("46101.004432875", 1), number("0.5", 0)]),
        row(7, &["id", "userId", "searchDate", "networkCount", "reason"].map(text)),
        row(
            8,
            &[
                text("a3"),
                text("***"),
                number("46102", 1),
                number("1", 0),
                text("x"),
                String::from("<c/>"),
                String::from("<c/>"),
            ],
        ),
        row(
            9,
            &[
                number("1234567890123", 0),
                r#"<c t="b"><v>1</v></c>"#.to_owned(),
                r#"<c t="d"><v>2026-03-20T00:06:23</v></c>"#.to_owned(),
                r#"<c t="e"><v>#N/A</v></c>"#.to_owned(),
                number("1.5", 2),
            ],
        ),
    ];
    let read = read(&file("cells.xlsx", workbook(&[("Audit", &rows.concat())], &["a1", "a2"])));
    assert_eq!(read.problems, [], "{read:?}");
    assert_eq!(read.lines(), [4, 5, 8, 9]);
    assert_eq!(
        (read.headers, read.formats.len(), read.shape.as_str()),
        (2, 2, "a spreadsheet (XLSX)")
    );
    assert_eq!(read.rows[0].1, ["a1", "***", "2026-03-20 00:06:23", "304", "two\nlines"]);
    assert_eq!(read.rows[1].1, ["a2", "***", "2026-03-20 00:06:23", "0.5", ""]);
    assert_eq!(read.rows[2].1, ["a3", "***", "2026-03-21 00:00:00", "1", "x"]);
    assert_eq!(
        read.rows[3].1,
        ["1234567890123", "TRUE", "2026-03-20T00:06:23", "#N/A", "12:00:00"]
    );
}

#[test]
fn sheets_in_their_order_and_those_without_header_named() {
    let audit = |id: &str| {
        let header = row(1, &["id", "userId", "searchDate", "networkCount", "reason"].map(text));
        header + &row(2, &[id, "***", "2026-03-20T00:06:23Z", "1", "x"].map(text))
    };
    let notes = row(1, &[text("these are notes")]);
    let sheets: [(&str, &str); 4] =
        [("March", &audit("a1")), ("Notes", &notes), ("Empty", ""), ("April", &audit("a2"))];
    let path = file("sheets.xlsx", workbook(&sheets, &[]));
    let read = read(&path);
    assert_eq!(read.rows.iter().map(|row| row.1[0].as_str()).collect::<Vec<_>>(), ["a1", "a2"]);
    assert_eq!(read.notes, ["sheets without a known header were passed over: `Notes`, `Empty`"]);
    let source = source::open(&path, &headers(None), &Limits::default()).expect("it opens");
    let named: Vec<_> = source.map(|chunk| chunk.expect("it can be read").sheet).collect();
    assert_eq!(named, [Some("March".into()), Some("April".into())]);
    let none = support::read(&file("none.xlsx", workbook(&sheets[1..3], &[])));
    assert!(none.problem().1.contains("no sheet has a header that is known"), "{none:?}");
    let headless = row(1, &["a1", "***", "2026-03-20T00:06:23Z", "1", "x"].map(text));
    let path = file("headless.xlsx", workbook(&[("March", &headless)], &[]));
    assert_eq!(read_as(&path, &headers(Some("portal-audit")), &Limits::default()).lines(), [1]);
}

#[test]
fn many_rows_come_in_chunks() {
    let header = row(1, &["id", "userId", "searchDate", "networkCount", "reason"].map(text));
    let rows: String = (2..12_002)
        .map(|number| row(number, &["a1", "***", "2026-03-20T00:06:23Z", "1", "x"].map(text)))
        .collect();
    let path = file("many.xlsx", workbook(&[("March", &(header + &rows))], &[]));
    let read = read(&path);
    assert_eq!((read.rows.len(), read.problems.len()), (12_000, 0));
    assert!(read.chunks >= 3, "{}", read.chunks);
    // Nobody has to read to the end.
    let mut source = source::open(&path, &headers(None), &Limits::default()).expect("it opens");
    assert!(source.next().is_some_and(|chunk| chunk.is_ok()));
}

#[test]
fn archives_that_are_made_to_do_harm() {
    let limits = Limits {
        unpacked_bytes: 40 << 20,
        shared_strings_bytes: 4 << 20,
        record_bytes: 1 << 20,
        ..Limits::default()
    };
    let header = row(1, &["Reason", "DateTime"].map(text));
    let zeros = "0".repeat(2 << 20);
    let cases: [(&str, Vec<u8>, &str); 8] = [
        (
            "bomb",
            archive(&[("xl/workbook.xml", "x"), ("xl/media/a", &"0".repeat(41 << 20))]),
            "more than 40 MiB of memory: a mistake or a bomb",
        ),
        (
            "cell",
            workbook(&[("A", &(header.clone() + &row(2, &[text(&zeros)])))], &[]),
            "longer than 1 MiB",
        ),
        (
            "strings",
            archive(&[
                ("xl/workbook.xml", "x"),
                ("xl/sharedStrings.xml", &"<si/>".repeat(100_000)),
            ]),
            "more than 4 MiB",
        ),
        (
            "claim",
            archive(&[
                ("xl/workbook.xml", "x"),
                ("xl/sharedStrings.xml", "<sst uniqueCount = \"18446744073709551615\">"),
            ]),
            "more than 4 MiB",
        ),
        ("zip", archive(&[("audit.csv", "id,reason")]), "unpack it"),
        ("ods", archive(&[("content.xml", "x")]), "OpenDocument"),
        ("xlsb", archive(&[("xl/workbook.bin", "x")]), "XLSB"),
        (
            "broken",
            archive(&[("xl/workbook.xml", "<workbook><sheets>")]),
            "no spreadsheet that can be read",
        ),
    ];
    for (name, bytes, words) in cases {
        let read = read_as(&file(&format!("{name}.xlsx"), bytes), &headers(None), &limits);
        let (row, what) = read.problem();
        assert!(row.is_none() && what.contains(words), "{name}: {what}");
        assert!(read.rows.is_empty(), "{name}");
    }
    let whole =
        workbook(&[("A", &(header + &row(2, &["bolo", "2021-12-14 08:49:47"].map(text))))], &[]);
    assert!(
        read(&file("cut.xlsx", &whole[..whole.len() - 40]))
            .problem()
            .1
            .contains("damaged or cut short")
    );
}

#[test]
fn a_sheet_that_breaks_off_gives_the_rows_before() {
    let sheet = row(1, &["Reason", "DateTime"].map(text))
        + &row(2, &["bolo", "2021-12-14 08:49:47"].map(text))
        + "<row r=\"3\"><c t=\"s\"><v>9</v></c></row>";
    let read = read(&file("breaks.xlsx", workbook(&[("A", &sheet)], &[])));
    assert_eq!(read.lines(), [2]);
    assert!(read.problem().0 == Some(3) && read.problem().1.contains("`A` is damaged"), "{read:?}");
}

/// The library computes with whatever stands where a row's number should: its thread ends, not the program.
#[test]
fn a_sheet_that_the_library_does_not_foresee() {
    let sheet =
        row(1, &["Reason", "DateTime"].map(text)) + "<row r=\"99999999999inlineStr\"></row>";
    let read = read(&file("unforeseen.xlsx", workbook(&[("A", &sheet)], &[])));
    assert!(read.rows.is_empty() && read.problem().1.contains("is damaged"), "{read:?}");
}

fn text(text: &str) -> String {
    format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>")
}

fn shared(number: usize) -> String {
    format!("<c t=\"s\"><v>{number}</v></c>")
}

fn number(number: &str, style: u8) -> String {
    format!("<c s=\"{style}\"><v>{number}</v></c>")
}

fn row(number: u32, cells: &[String]) -> String {
    format!("<row r=\"{number}\">{}</row>", cells.concat())
}

/// A workbook of sheets with a name and rows, and of shared strings.
fn workbook(sheets: &[(&str, &str)], strings: &[&str]) -> Vec<u8> {
    const MAIN: &str = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;
    let numbered = || sheets.iter().zip(1..);
    let listed: String = numbered()
        .map(|((name, _), number)| {
            format!(r#"<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>"#)
        })
        .collect();
    let related: String = numbered().map(|(_, number)| format!(r#"<Relationship Id="rId{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>"#)).collect();
    let strings: String = strings.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), TYPES.to_owned()),
        ("_rels/.rels".to_owned(), PACKAGE.to_owned()),
        (
            "xl/workbook.xml".to_owned(),
            format!("<workbook {MAIN}><sheets>{listed}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!(
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{related}</Relationships>"#
            ),
        ),
        ("xl/styles.xml".to_owned(), STYLES.to_owned()),
        (
            "xl/sharedStrings.xml".to_owned(),
            format!(r#"<sst {MAIN} uniqueCount="2">{strings}</sst>"#),
        ),
    ];
    parts.extend(numbered().map(|((_, rows), number)| {
        (
            format!("xl/worksheets/sheet{number}.xml"),
            format!("<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"),
        )
    }));
    let parts: Vec<(&str, &str)> =
        parts.iter().map(|(name, xml)| (name.as_str(), xml.as_str())).collect();
    archive(&parts)
}

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in parts {
        archive.start_file(*name, packed).expect("memory takes it");
        archive.write_all(content.as_bytes()).expect("memory takes it");
    }
    archive.finish().expect("memory takes it").into_inner()
}
