//! Text of every shape becomes rows with their lines, and what cannot be read is named.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/sources.rs"]
mod support;

use std::{fs, io::Write, path::PathBuf};

use bylaw_audit::log::source::{Limits, sha256};
use flate2::{Compression, write::GzEncoder};

use support::{file, headers, read, read_as};

const HEADER: &str = "id,userId,searchDate,networkCount,reason\n";

#[test]
fn every_way_to_write_the_same_rows() {
    let plain = format!(
        "{HEADER}a1,***,2026-03-20T00:06:23.972Z,1,\"two\nlines\"\na2,***,2026-03-20T10:40:35.868Z,304,x\n"
    );
    let rows = read(&file("plain.csv", &plain)).rows;
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(rows[0].1, ["a1", "***", "2026-03-20T00:06:23.972Z", "1", "two\nlines"]);
    let tabs = plain.replace(',', "\t");
    let ways: [(&str, Vec<u8>); 11] = [
        ("mark.csv", format!("\u{feff}{plain}").into()),
        ("crlf.csv", plain.replace("searchDate", " SearchDate").into()),
        ("blank.csv", plain.replace("a2", "\n\na2").into()),
        ("cut.csv", plain.trim_end().into()),
        ("semicolons.csv", plain.replace(',', ";").into()),
        ("tabs.tsv", tabs.clone().into()),
        ("bars.txt", plain.replace(',', "|").into()),
        ("old.csv", plain.replace('\n', "\r").into()),
        ("utf16.csv", utf16(&tabs, u16::to_le_bytes)),
        ("utf16be.csv", utf16(&plain, u16::to_be_bytes)),
        ("packed.csv.gz", [gzip(&plain.as_bytes()[..60]), gzip(&plain.as_bytes()[60..])].concat()),
    ];
    for (name, bytes) in ways {
        let read = read(&file(name, bytes));
        assert_eq!(read.problems, [], "{name}");
        assert_eq!(
            read.rows.iter().map(|row| &row.1).collect::<Vec<_>>(),
            rows.iter().map(|row| &row.1).collect::<Vec<_>>(),
            "{name}"
        );
        assert_eq!(read.formats, [("portal-audit".to_owned(), 0)], "{name}");
        assert_eq!(read.notes, [""; 0], "{name}");
        assert_eq!(read.lines(), if name == "blank.csv" { [2, 6] } else { [2, 4] }, "{name}");
    }
    let crlf = read(&file("crlf.csv", plain.replace('\n', "\r\n")));
    assert_eq!((crlf.lines(), crlf.rows.len()), (vec![2, 4], 2));
    assert_eq!(
        read(&file("shape.gz", gzip(plain.as_bytes()))).shape,
        "text in UTF-8, with commas between cells, packed with gzip"
    );
}

#[test]
fn titles_above_the_header_are_passed_over() {
    let text = format!(
        "\u{feff}City of Example,,,\n\n\"Search audit\",\"March\"\n\n\n\n{HEADER}a1,b,2026-01-01 00:00:00,1,x\n"
    );
    let read = read(&file("titles.csv", text));
    assert_eq!((read.lines(), read.headers), (vec![8], 1));
    assert_eq!(read.notes, ["6 lines above the header are no rows and were passed over"]);
    let far = format!("{}{HEADER}", "title\n".repeat(21));
    let (row, what) = read_problem("far.csv", far.as_bytes());
    assert!(
        row.is_none() && what.contains("no header that is known") && what.contains("--format"),
        "{what}"
    );
}

#[test]
fn headers_in_the_middle_of_a_file() {
    let org = "ID,Org_Name,Total_Networks_Searched,Total_Devices_Searched,Time_Frame_Start,Time_Frame_End,Reason,Search_Time,Search_Type,Moderation\n";
    let text = format!(
        "{HEADER}a1,b,2026-01-01T00:00:00Z,1,x\n{HEADER}\u{feff}{HEADER}a2,b,2026-01-01T00:00:00Z,1,\"{HEADER}\"\n{org}b1,Redbud CA PD,1,1,,,y,\"11/14/2025, 09:53:36 AM UTC\",lookup,\nReason;DateTime\n1;2021-12-14 08:49:47\nid,no header\n{HEADER}"
    );
    let read = read(&file("middle.csv", text));
    let formats = [
        ("portal-audit", 0),
        ("portal-audit", 2),
        ("vendor-organization-audit", 3),
        ("reason-and-time", 4),
    ];
    assert_eq!(read.formats, formats.map(|(name, number)| (name.to_owned(), number)));
    assert_eq!(read.lines(), [2, 5, 8, 10, 11]);
    assert_eq!(read.rows[1].1[4], HEADER, "a header inside a cell is text");
    assert_eq!((read.headers, read.problems.len()), (6, 0), "{read:?}");
}

#[test]
fn a_file_without_header_needs_a_format() {
    let text = "a1,b,2026-01-01T00:00:00Z,1,x\na2,b,2026-01-01T00:00:00Z,1,y\n";
    let path = file("headless.csv", text);
    assert!(read(&path).problem().1.contains("--format"));
    let asked = read_as(&path, &headers(Some("portal-audit")), &Limits::default());
    assert_eq!((asked.lines(), asked.headers), (vec![1, 2], 0));
    let wrong = read_as(&path, &headers(Some("reason-and-time")), &Limits::default());
    assert!(wrong.rows.is_empty() && wrong.problems.len() == 1, "five columns are not two");
    let only = read(&file("only.csv", HEADER));
    assert_eq!((only.rows.len(), only.problems.len(), only.formats.len()), (0, 0, 1));
}

#[test]
fn a_header_that_lies() {
    let text = format!(
        "Reason,DateTime\n{}{HEADER}a1,b,2026-01-01T00:00:00Z,1,x\n",
        "2021-12-14 08:49:47,bolo\n".repeat(5)
    );
    let read = read(&file("lies.csv", text));
    assert_eq!((read.lies, read.rows.len()), (5, 6));
    assert!(
        read.problem().0 == Some(1) && read.problem().1.contains("the header lies"),
        "{read:?}"
    );
}

#[test]
fn one_bad_row_does_not_keep_the_others() {
    let good = "a1,b,2026-01-01T00:00:00Z,1,x\n";
    let limits = Limits { record_bytes: 1 << 20, ..Limits::default() };
    let long = format!("z,{}\n", "0123456789".repeat(700_000));
    let cases: [(&str, Vec<u8>, usize, &str); 5] = [
        (
            "latin",
            [
                HEADER.as_bytes(),
                good.as_bytes(),
                b"a2,b,2026-01-01T00:00:00Z,1,caf\xe9\n",
                good.as_bytes(),
            ]
            .concat(),
            3,
            "UTF-8",
        ),
        ("long", [HEADER, good, &long, good].concat().into(), 3, "longer than 1 MiB"),
        ("quote", [HEADER, good, "\"a2,b\n", good, good].concat().into(), 3, "never closed"),
        (
            "quotes",
            [HEADER, good, "\"a2,b\n", &good.repeat(80_000)].concat().into(),
            3,
            "never closed",
        ),
        ("last", [HEADER, good, good, "a2,\"b"].concat().into(), 4, "never closed"),
    ];
    for (name, bytes, line, words) in cases {
        let rows =
            bytes.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"a1,")).count();
        let read = read_as(&file(&format!("bad-{name}.csv"), bytes), &headers(None), &limits);
        let (row, what) = read.problem();
        assert_eq!(row, u64::try_from(line).ok(), "{name}");
        assert!(what.contains(words) && !what.contains("caf"), "{what}");
        assert_eq!(read.rows.len(), rows, "{name}");
    }
    let nul = read(&file("nul.csv", format!("{HEADER}a1,b,2026-01-01T00:00:00Z,1,x\0y\n")));
    assert_eq!(nul.rows[0].1[4], "x\0y");
    let lone = utf16(
        &format!("{HEADER}a1,b,2026-01-01T00:00:00Z,1,@\na2,b,2026-01-01T00:00:00Z,1,y\n"),
        |unit| if unit == 64 { 0xd800 } else { unit }.to_le_bytes(),
    );
    let lone = read(&file("lone.csv", lone));
    assert_eq!((lone.problem().0, lone.lines()), (Some(2), vec![3]));
}

#[test]
fn gzip_that_is_cut_or_damaged_gives_its_whole_rows() {
    let rows: String = (0..50_000)
        .map(|row| format!("a{row},b,2026-01-01T00:00:00Z,1,r{}\n", row * 7919 % 50_021))
        .collect();
    let whole = gzip(format!("{HEADER}{rows}").as_bytes());
    let cut = read(&file("cut.csv.gz", &whole[..whole.len() / 2]));
    assert!(cut.rows.len() > 10_000 && cut.rows.len() < 40_000, "{}", cut.rows.len());
    let next = u64::try_from(cut.rows.len()).expect("few") + 2;
    assert_eq!(
        cut.problem(),
        (Some(next), "the gzip file is cut short; what comes from here on is not read")
    );
    assert!(cut.rows.iter().all(|(_, cells)| cells.len() == 5));
    let mut damaged = whole.clone();
    damaged[whole.len() / 2..whole.len() / 2 + 40].fill(0xff);
    let problems = read(&file("damaged.csv.gz", damaged)).problems;
    let last = &problems.last().expect("it is damaged").1;
    assert!(last.contains("what comes from here on is not read"), "{problems:?}");
    let tail = read(&file("tail.csv.gz", [whole, b"no gzip".to_vec()].concat()));
    assert_eq!((tail.rows.len(), tail.problem().0), (50_000, Some(50_002)));
    assert!(read_problem("short.csv.gz", &gzip(b"")[..5]).1.contains("cut short"));
}

#[test]
fn what_is_no_log_is_named_with_what_to_do() {
    let tar = [vec![b'x'; 257], b"ustar".to_vec()].concat();
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("empty.csv", Vec::new(), "it is empty"),
        (
            "noise.csv",
            (0..4096_u32).flat_map(|at| (at.wrapping_mul(2_654_435_761)).to_be_bytes()).collect(),
            "it is no text",
        ),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "as XLSX"),
        ("x.bz2", b"BZh91AY".to_vec(), "unpack it"),
        ("x.zst", b"\x28\xb5\x2f\xfd".to_vec(), "unpack it"),
        ("x.tar", tar.clone(), "tar archive"),
        ("x.tar.gz", gzip(&tar), "no text; unpack it"),
        ("half.csv", b"\xff\xfei".to_vec(), "no header"),
        ("words.csv", b"Dear records officer,\n\nplease find enclosed\n".to_vec(), "no header"),
    ];
    for (name, bytes, words) in cases {
        let (row, what) = read_problem(name, &bytes);
        assert!(row.is_none() && what.contains(words), "{name}: {what}");
    }
    assert!(read(&PathBuf::from(env!("CARGO_TARGET_TMPDIR"))).problem().1.contains("folder"));
    assert!(read(&PathBuf::from("no such file")).problem().1.contains("cannot be opened"));
    let lies = read(&file("really.csv", gzip(HEADER.as_bytes())));
    assert_eq!(lies.notes, ["its name says otherwise, but it is gzip"]);
}

#[test]
fn a_file_that_grows_is_read_as_it_was_and_named() {
    let row = "a1,b,2026-01-01T00:00:00Z,1,x\n";
    let path = file("grows.csv", format!("{HEADER}{}", row.repeat(100_000)));
    let mut source = bylaw_audit::log::source::open(&path, &headers(None), &Limits::default())
        .expect("it opens");
    let size = source.size();
    let mut append = fs::OpenOptions::new().append(true).open(&path).expect("it opens");
    append.write_all(row.repeat(100_000).as_bytes()).expect("it grows");
    let items: Vec<_> = source.by_ref().collect();
    let read: usize = items
        .iter()
        .flatten()
        .filter_map(|chunk| chunk.body.records())
        .map(|mut records| std::iter::from_fn(|| records.read().map(|_| ())).count())
        .sum();
    assert_eq!(read, 100_000);
    let last = items.last().expect("there are some").as_ref().expect_err("it changed");
    assert!(last.what.contains("changed while it was read"), "{last}");
    assert!(items.iter().flatten().all(|chunk| chunk.bytes_read <= size));
}

#[test]
fn hashes() {
    let path = file("abc", "abc");
    let mut told = Vec::new();
    let hash = sha256(&path, |read| told.push(read)).expect("it is there");
    assert_eq!(
        hash,
        ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(), 3)
    );
    assert_eq!(told, [3]);
}

/// The pieces of a file, parsed one by one, are the records of the csv crate over the whole of it.
#[test]
fn pieces_agree_with_the_csv_crate() {
    const TOKENS: [&[u8]; 16] = [
        b"\"",
        b"\"",
        b"\"\"",
        b",",
        b",",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"a",
        b"bc ",
        b"\xff",
        b"\xc3\xa9",
        b"\xef\xbb\xbf",
        b";",
        b"\n\n",
    ];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % u64::try_from(below).expect("small")).expect("small")
    };
    let mut cuts = 0;
    for round in 0..400 {
        let mut bytes = HEADER.as_bytes().to_vec();
        for _ in 0..next(300) {
            bytes.extend_from_slice(TOKENS[next(TOKENS.len())]);
        }
        // Whatever is open is closed.
        bytes.extend_from_slice(b"x\"\nlast");
        let expected = by_the_csv_crate(&bytes);
        let limits = Limits { piece_bytes: 1 + next(120), ..Limits::default() };
        let read = read_as(&file("random.csv", &bytes), &headers(None), &limits);
        assert_eq!(read.rows, expected.0, "round {round}: {:?}", String::from_utf8_lossy(&bytes));
        let unread = read.problems.iter().filter(|problem| problem.1.contains("UTF-8"));
        let unread: Vec<u64> = unread.filter_map(|problem| problem.0).collect();
        assert_eq!(unread, expected.1, "round {round}");
        cuts += read.chunks;
    }
    assert!(cuts > 2000, "files were cut into {cuts} pieces");
}

type Expected = (Vec<(u64, Vec<String>)>, Vec<u64>);

/// Rows with their lines, and the lines of rows that are not in UTF-8.
fn by_the_csv_crate(bytes: &[u8]) -> Expected {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let (mut rows, mut unread) = (Vec::new(), Vec::new());
    for record in reader.byte_records().skip(1) {
        let record = record.expect("a slice can be read");
        let mut begins =
            usize::try_from(record.position().expect("it has one").byte()).expect("small");
        while matches!(bytes[begins], b'\r' | b'\n') {
            begins += 1;
        }
        let above = bytes[..begins].iter().filter(|&&byte| byte == b'\n').count();
        let line = u64::try_from(above).expect("few") + 1;
        let cells: Result<Vec<String>, _> =
            record.iter().map(|cell| String::from_utf8(cell.to_vec())).collect();
        match cells {
            Ok(cells) => rows.push((line, cells)),
            Err(_) => unread.push(line),
        }
    }
    (rows, unread)
}

/// Every file of the folder that `BYLAW_DATA` names has as many rows as its README says.
#[test]
fn published_files_import_whole() {
    let Some(data) = std::env::var_os("BYLAW_DATA").map(PathBuf::from) else {
        eprintln!("skipped: BYLAW_DATA is not set");
        return;
    };
    let counts = [
        ("alpr-search-audits/portal_search_audits.csv.gz", 26_821),
        ("alpr-search-audits/san_mateo_pd_search_audit.csv", 36),
        ("alpr-search-audits/eugene_or_pd_search_audit.csv.gz", 1_932),
        ("alpr-search-audits/okaloosa_fl_so_org_audit.csv.gz", 2_909),
        ("alpr-search-audits/irvine_ca_pd_audit_reasons.csv.gz", 17_987),
        ("alpr-immigration-reasons/network_audit_reasons.csv", 29),
        ("alpr-immigration-reasons/other_sensitive_reasons.csv", 7),
        ("alpr-immigration-reasons/keyword_traps.csv", 3),
    ];
    for (name, rows) in counts {
        let read = read(&data.join(name));
        assert_eq!((read.rows.len(), read.problems.len(), read.lies), (rows, 0, 0), "{name}");
    }
}

fn read_problem(name: &str, bytes: &[u8]) -> (Option<u64>, String) {
    let read = read(&file(name, bytes));
    assert!(read.rows.is_empty(), "{name}");
    let (row, what) = read.problem();
    (row, what.to_owned())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory takes it");
    packed.finish().expect("memory takes it")
}

/// UTF-16 with its mark.
fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
}
