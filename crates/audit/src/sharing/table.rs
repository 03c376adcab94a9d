//! Tables: CSV of vendors and records desks, with one column of organizations, or one a direction.

use super::{Direction, Entry, List, one_line, why_no_name};

/// Rows above the header in which a title may stand.
const MOST_TITLE_ROWS: usize = 20;

/// Words of which a header for organizations or directions is made, and nothing else.
const HEADER_WORDS: [&str; 42] = [
    "organization",
    "organizations",
    "organisation",
    "organisations",
    "org",
    "orgs",
    "agency",
    "agencies",
    "name",
    "names",
    "network",
    "networks",
    "entity",
    "entities",
    "partner",
    "partners",
    "shared",
    "sharing",
    "share",
    "shares",
    "with",
    "me",
    "us",
    "im",
    "i",
    "am",
    "we",
    "are",
    "my",
    "our",
    "by",
    "to",
    "from",
    "external",
    "the",
    "requesting",
    "receiving",
    "customer",
    "account",
    "outbound",
    "inbound",
    "department",
];
const NAMING: [&str; 15] = [
    "organization",
    "organizations",
    "organisation",
    "organisations",
    "org",
    "orgs",
    "agency",
    "agencies",
    "entity",
    "entities",
    "partner",
    "partners",
    "customer",
    "account",
    "name",
];

/// What the columns hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    organization: Option<usize>,
    outbound: Option<usize>,
    inbound: Option<usize>,
}

/// Whether the text is a table, and read.
pub(super) fn read(list: &mut List, text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let separators = [b',', b'\t', b';'];
    let found = separators.into_iter().find_map(|separator| {
        let records = records(text, separator);
        let (at, header) = header_of(&records)?;
        Some((separator, records, at, header))
    });
    if let Some((separator, records, at, header)) = found {
        let named = [header.organization, header.outbound, header.inbound];
        let cells = records.get(at).map(|(_, cells)| cells.as_slice()).unwrap_or_default();
        let named: Vec<String> = named
            .into_iter()
            .flatten()
            .filter_map(|place| Some(format!("`{}`", one_line(cells.get(place)?))))
            .collect();
        let separator = match separator {
            b'\t' => "tabs",
            b';' => "semicolons",
            _ => "commas",
        };
        list.is(
            "a table",
            format!(
                "row {} is a header with {}, between {separator}",
                line_at(&records, at),
                named.join(", ")
            ),
        );
        rows(list, &records, at, header);
        return true;
    }
    by_content(list, &records(text, b','), first)
}

type Record = (u64, Vec<String>);

/// The records with the lines at which they begin. What the reader of CSV refuses is left out; it
/// refuses no text once rows may differ in length.
fn records(text: &str, separator: u8) -> Vec<Record> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = Lines { text, at: 0, line: 1 };
    let records = reader.records().filter_map(Result::ok);
    records
        .map(|record| {
            let begins = record.position().map_or(0, csv::Position::byte);
            (lines.line_of(begins), record.iter().map(str::to_owned).collect())
        })
        .collect()
}

/// Lines of records in their order. The reader of CSV counts the blank lines before a record to it.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn line_of(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        for (letter, at) in rest.iter().zip(self.at..) {
            if at >= byte && !matches!(letter, b'\n' | b'\r') {
                break;
            }
            self.at = at + 1;
            self.line += u64::from(*letter == b'\n');
        }
        self.line
    }
}

fn line_at(records: &[Record], at: usize) -> u64 {
    records.get(at).map_or(0, |(line, _)| *line)
}

/// The first row that is a header, and what its columns hold.
fn header_of(records: &[Record]) -> Option<(usize, Header)> {
    let rows = records.iter().take(MOST_TITLE_ROWS).enumerate();
    rows.filter_map(|(at, (_, cells))| Some((at, header(cells)?))).next()
}

fn header(cells: &[String]) -> Option<Header> {
    let mut header = Header { organization: None, outbound: None, inbound: None };
    let mut rank = 0;
    for (place, cell) in cells.iter().enumerate() {
        let words = header_words(cell);
        let Some(words) = words else { continue };
        let has = |word: &str| words.iter().any(|known| known == word);
        match direction(&words) {
            Some(Direction::Outbound) => header.outbound = header.outbound.or(Some(place)),
            Some(Direction::Inbound) => header.inbound = header.inbound.or(Some(place)),
            None => {
                // `Organization` says more than `Name`, and that more than `Network`.
                let ranked = match () {
                    () if words == ["name"] || words == ["network"] => 1,
                    () if NAMING.into_iter().any(has) || has("network") || has("networks") => 2,
                    () => 0,
                };
                if ranked > rank {
                    (header.organization, rank) = (Some(place), ranked);
                }
            }
        }
    }
    let found = header.organization.or(header.outbound).or(header.inbound);
    found.is_some().then_some(header)
}

/// The words of a cell that can be a header; none where it has another word.
fn header_words(cell: &str) -> Option<Vec<String>> {
    let cell = cell.to_lowercase().replace(['\'', '\u{2019}', '\u{2018}', '`'], "");
    let words: Vec<String> = cell
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let known = words.iter().all(|word| HEADER_WORDS.contains(&word.as_str()));
    (!words.is_empty() && words.len() <= 8 && known).then_some(words)
}

/// `Networks Shared With Me` come in, `Networks I'm Sharing` go out.
fn direction(words: &[String]) -> Option<Direction> {
    let has = |word: &str| words.iter().any(|known| known == word);
    let mine = has("me") || has("us");
    if has("inbound") || has("receiving") || has("from") || (mine && (has("with") || has("to"))) {
        return Some(Direction::Inbound);
    }
    let shares = has("sharing") || has("share") || has("shared") || has("shares");
    (has("outbound") || shares && !has("by")).then_some(Direction::Outbound)
}

fn rows(list: &mut List, records: &[Record], at: usize, header: Header) {
    let Some((_, titles)) = records.get(at) else { return };
    let below = records.get(at + 1..).unwrap_or_default();
    if let Some((wrong, all)) = lying(below, header).filter(|&(wrong, all)| wrong * 2 > all) {
        list.problem(
            Some(line_at(records, at)),
            format!(
                "the header lies: {wrong} of {all} cells of its organizations are no names; the table \
                 is not read"
            ),
        );
        return;
    }
    for (line, cells) in below {
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        if cells == titles {
            list.notes.push(format!("row {line}: the header again"));
        } else if cells.len() > titles.len() {
            let (has, wants) = (cells.len(), titles.len());
            let what = format!(
                "the row has {has} cells where the header has {wants}: shifted, or a name with a comma \
                 and no quotes; it is not read"
            );
            list.problem(Some(*line), what);
        } else {
            row(list, *line, cells, header);
        }
    }
}

/// How many cells that should be organizations cannot be, and of how many.
fn lying(records: &[Record], header: Header) -> Option<(usize, usize)> {
    let place = header.organization?;
    let cells: Vec<&str> =
        records.iter().filter_map(|(_, cells)| Some(cells.get(place)?.as_str())).collect();
    let wrong = cells.iter().filter(|cell| cell.is_empty() || is_no_organization(cell)).count();
    Some((wrong, cells.len()))
}

fn is_no_organization(cell: &str) -> bool {
    let text = one_line(cell);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let lower = text.to_lowercase();
    why_no_name(&text).is_some()
        || text.contains('@')
        || digits > letters
        || ["true", "false", "yes", "no", "active", "inactive"].contains(&lower.as_str())
}

fn row(list: &mut List, line: u64, cells: &[String], header: Header) {
    list.rows += 1;
    let cell =
        |place: Option<usize>| place.and_then(|place| cells.get(place)).map_or("", String::as_str);
    let entry = |organization: &str, direction| Entry {
        organization: organization.to_owned(),
        direction,
        row: line,
        owner: None,
        on: None,
    };
    let directions = [(header.outbound, Direction::Outbound), (header.inbound, Direction::Inbound)];
    let organization = cell(header.organization);
    if header.organization.is_none() {
        // The columns of directions hold the organizations themselves.
        for (place, direction) in directions {
            for name in cell(place).split([',', ';', '\n']).filter(|name| !name.trim().is_empty()) {
                list.add(entry(name, Some(direction)));
            }
        }
        return;
    }
    if organization.is_empty() {
        list.problem(Some(line), "the row names no organization");
        return;
    }
    let ways: Vec<Direction> = directions
        .into_iter()
        .filter(|&(place, _)| !cell(place).is_empty())
        .map(|(_, direction)| direction)
        .collect();
    if ways.is_empty() {
        list.add(entry(organization, None));
    }
    for direction in ways {
        list.add(entry(organization, Some(direction)));
    }
}

/// A table whose header says nothing known: a column most of whose cells look like agencies.
fn by_content(list: &mut List, records: &[Record], first: &str) -> bool {
    let width = records.first().map_or(0, |(_, cells)| cells.len());
    let even = records.iter().filter(|(_, cells)| cells.len() == width).count();
    if width < 2 || records.len() < 3 || even * 10 < records.len() * 9 || looks_like_agency(first) {
        return false;
    }
    let below = records.get(1..).unwrap_or_default();
    let share = |place: usize| {
        let cells = below.iter().filter_map(|(_, cells)| cells.get(place));
        cells.filter(|cell| looks_like_agency(cell) && !cell.contains(';')).count()
    };
    let Some(place) = (0..width).max_by_key(|&place| (share(place), width - place)) else {
        return false;
    };
    if share(place) * 2 < below.len() {
        return false;
    }
    let header = Header { organization: Some(place), outbound: None, inbound: None };
    list.is(
        "a table",
        format!(
            "its rows have {width} cells, and those of column {} look like agencies",
            place + 1
        ),
    );
    rows(list, records, 0, header);
    true
}

/// Whether a text has a word that agencies have.
pub(super) fn looks_like_agency(text: &str) -> bool {
    const WORDS: [&str; 20] = [
        "pd",
        "so",
        "police",
        "sheriff",
        "sheriffs",
        "da",
        "attorney",
        "patrol",
        "marshal",
        "marshals",
        "safety",
        "fd",
        "fire",
        "constable",
        "probation",
        "corrections",
        "sd",
        "troopers",
        "ranger",
        "campus",
    ];
    let text = text.to_lowercase().replace(['\'', '\u{2019}', '.'], "");
    text.split(|letter: char| !letter.is_alphanumeric()).any(|word| WORDS.contains(&word))
}
