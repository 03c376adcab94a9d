//! What people call a jurisdiction, and how a Markdown page links to its own headings.

/// Path, name, and a name for the head of a column. A place that is missing here is called by its
/// folder.
const NAMES: [(&str, &str, &str); 16] = [
    ("us", "Federal law", "US"),
    ("us/ca", "California", "CA"),
    ("us/ca/lausd", "Los Angeles Unified School District", "LAUSD"),
    ("us/ca/los-angeles", "Los Angeles", "LA City"),
    ("us/ca/los-angeles-county", "Los Angeles County", "LA County"),
    ("us/co", "Colorado", "CO"),
    ("us/fl", "Florida", "FL"),
    ("us/il", "Illinois", "IL"),
    ("us/ma", "Massachusetts", "MA"),
    ("us/ma/boston", "Boston", "Boston"),
    ("us/nj", "New Jersey", "NJ"),
    ("us/ny", "New York State", "NY"),
    ("us/ny/new-york-city", "New York City", "NYC"),
    ("us/or", "Oregon", "OR"),
    ("us/tx", "Texas", "TX"),
    ("us/wa", "Washington State", "WA"),
];

/// What people call it. Two places never have one name.
pub(crate) fn name(path: &str) -> String {
    match known(path) {
        Some((_, name, _)) => name.to_owned(),
        None if path.contains('/') => format!("{} ({path})", from_folder(path)),
        None => from_folder(path),
    }
}

/// A name that fits over a column.
pub(in crate::law) fn short(path: &str) -> String {
    known(path).map_or_else(|| from_folder(path), |(.., short)| short.to_owned())
}

fn known(path: &str) -> Option<(&'static str, &'static str, &'static str)> {
    NAMES.into_iter().find(|(known, ..)| *known == path)
}

/// `us/ca/santa-ana` is Santa Ana.
fn from_folder(path: &str) -> String {
    let folder = path.rsplit('/').next().unwrap_or(path);
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().collect::<String>() + letters.as_str()
        })
    };
    folder.split('-').map(capital).collect::<Vec<_>>().join(" ")
}

/// The anchor that GitHub and most others give a heading.
pub(super) fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ => character.is_alphanumeric().then_some(character),
        })
        .collect()
}

/// A link to a heading of the page.
pub(super) fn link(text: &str, heading: &str) -> String {
    format!("[{text}](#{})", anchor(heading))
}

/// Text of a pack's front matter or annotation, where Markdown would read signs into it.
pub(super) fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut plain, character| {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#') {
            plain.push('\\');
        }
        plain.push(character);
        plain
    })
}

/// `a`, `a and b`, `a, b and c`.
pub(in crate::law) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
