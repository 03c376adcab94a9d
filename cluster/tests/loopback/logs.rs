//! Logs as agencies get them, with what is wrong with them, made up.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use datafusion::{
    arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMillisecondArray},
    parquet::arrow::ArrowWriter,
};
use flate2::{Compression, write::GzEncoder};

/// Rows in all files together that cannot be read: one in Windows-1252, one with too many cells, and one at
/// which a gzip file was cut off.
pub(crate) const NOT_READ: usize = 3;

const VENDOR: &str = "ID, Name, Org Name, Total Networks Searched, Total Devices Searched, Time Frame, \
                      License Plate, Reason, Case #, Filters, Search Time, Search Type, Text Prompt, Moderation\n";
const PORTAL: &str =
    "agency_slug,id,userId,searchDate,networkCount,reason,offenseType,caseNumber\n";

const ORGANIZATIONS: [&str; 7] = [
    "Alder Grove CA PD",
    "Bell Harbor County CA SO",
    "Flint Hill TX PD",
    "US Border Patrol San Diego Sector [Federal]",
    "Homeland Security Investigations [Federal]",
    "Old Mill CA PD [Inactive]",
    "Kestrel Bay Regional",
];
const REASONS: [&str; 11] = [
    "",
    "investigation",
    "stolen vehicle",
    "25-123456",
    "\"25-199, 211PC\"",
    "Immigration (civil/administrative) - overstay",
    "ICE",
    "ICE Impersonation",
    "HSI-Drug Lead",
    "***",
    "zzyzx",
];

/// Writes all of them, and says where.
pub(crate) fn write(folder: &Path) -> Vec<PathBuf> {
    let month = |number| format!("{VENDOR}{}", vendor(number, 700));
    let portal = format!("{PORTAL}{}", portal(400));
    let mut files: Vec<(String, Vec<u8>)> =
        (1..=8).map(|number| (format!("month-{number}.csv"), month(number).into_bytes())).collect();
    files.push(("byte-order.csv".to_owned(), format!("\u{feff}{}", month(9)).into_bytes()));
    files.push(("packed.csv.gz".to_owned(), packed(&month(10))));
    // The same rows once more, with the header in the middle, and another system's rows at the end.
    let released = format!("{}{VENDOR}{}{portal}", month(1), vendor(11, 50));
    files.push(("released.csv".to_owned(), released.into_bytes()));
    files.push(("portal.csv".to_owned(), portal.into_bytes()));
    files.push(("table.csv".to_owned(), TABLE.as_bytes().to_vec()));
    files.push(("unreadable-rows.csv".to_owned(), unreadable()));
    let cut = packed(&month(12));
    files.push(("cut.csv.gz".to_owned(), cut[..cut.len() / 2].to_vec()));
    files.push(("no-log.csv".to_owned(), vec![0x7f, b'E', b'L', b'F', 0, 0, 1, 2, 3, 255, 254]));
    let mut paths: Vec<PathBuf> = files
        .into_iter()
        .map(|(name, bytes)| {
            let path = folder.join(name);
            fs::write(&path, bytes).expect("a log can be written");
            path
        })
        .collect();
    paths.push(parquet(&folder.join("loaded.parquet")));
    paths
}

const TABLE: &str = "month,org_name,org_state,searches,reasons\n\
                     2025-01,Flint Hill PD,TX,19,HSI-Drug Lead; HSI-Labor Trafficking\n\
                     2025-01,Bell Harbor PD,CA,\"1,209\",Immigration violation\n";

/// Rows of the vendor's export: two lines in a cell, an em dash for a number, every seventh row twice.
fn vendor(month: usize, rows: usize) -> String {
    let mut text = String::new();
    for number in 0..rows {
        let search = number - usize::from(number % 7 == 6);
        let pick = search * 31 + month * 17;
        let devices = if pick.is_multiple_of(5) { "\u{2014}\u{2014}" } else { "2310" };
        let (day, hour) = (1 + pick % 28, 1 + pick % 12);
        let time = format!("{:02}/{day:02}/2025, {hour:02}:15:09 PM UTC", 1 + month % 12);
        text.push_str(&format!(
            "{month:08x}-{search:04x}-4000-8000-00000000abcd,***,{organization},110,{devices},\"{time}\n{time}\",\
             Z*0028*,{reason},,***,\"{time}\",search,,\n",
            organization = ORGANIZATIONS[pick % ORGANIZATIONS.len()],
            reason = REASONS[pick % REASONS.len()],
        ));
    }
    text
}

fn portal(rows: usize) -> String {
    let mut text = String::new();
    for number in 0..rows {
        let slug = ["alder-grove-ca-pd", "bell-harbor-county-ca-so"][number % 2];
        text.push_str(&format!(
            "{slug},{number:08x}-0000-4000-8000-0000000000ff,***,2026-03-{day:02}T0{hour}:06:23.972Z,{networks},{reason},,\n",
            day = 1 + number % 28,
            hour = number % 10,
            networks = number % 3,
            reason = REASONS[number % REASONS.len()],
        ));
    }
    text
}

/// Rows among which one is in another encoding and one has more cells than there are columns.
fn unreadable() -> Vec<u8> {
    let mut bytes = format!("{PORTAL}{}", portal(20)).into_bytes();
    bytes.extend(b"alder-grove-ca-pd,1234abcd-1,***,2026-03-02T01:06:23.972Z,1,caf\xe9,,\n");
    bytes.extend(b"alder-grove-ca-pd,1234abcd-2,***,2026-03-02T01:06:23.972Z,1,a,b,c,d,e,f,2026-03-02T01:06:23.972Z,h\n");
    bytes
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}

/// A log that somebody loaded into a table: times have a type.
fn parquet(path: &Path) -> PathBuf {
    let rows = 0..500_usize;
    let text = |cells: Vec<String>| Arc::new(StringArray::from(cells)) as ArrayRef;
    let at: Vec<i64> = rows.clone().map(|row| 1_750_000_000_000 + row as i64 * 7_919_000).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "id",
            text(
                rows.clone().map(|row| format!("{row:08x}-0000-4000-8000-00000000beef")).collect(),
            ),
        ),
        ("org name", text(rows.clone().map(|row| ORGANIZATIONS[row % 7].to_owned()).collect())),
        ("reason", text(rows.map(|row| REASONS[row % 11].trim_matches('"').to_owned()).collect())),
        ("search time", Arc::new(TimestampMillisecondArray::from(at).with_timezone("UTC"))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let file = fs::File::create(path).expect("a log can be written");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("Parquet");
    writer.write(&batch).expect("Parquet");
    writer.close().expect("Parquet");
    path.to_owned()
}
