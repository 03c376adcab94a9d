//! Names that look alike: proposed to a person, never taken to be the same.

use rustc_hash::FxHashMap;

use super::Row;

/// How many names are proposed.
const MOST: usize = 3;
/// Shorter names have too many neighbors.
const SHORTEST: usize = 5;

pub(super) fn near(
    rows: &[Row],
    by_key: &FxHashMap<String, Vec<usize>>,
    text: &str,
    key: &str,
) -> Vec<String> {
    let (words, state) = key.split_once(" @").unwrap_or((key, ""));
    if words.len() < SHORTEST {
        return Vec::new();
    }
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (other, numbers) in by_key {
        let (other_words, other_state) = other.split_once(" @").unwrap_or((other, ""));
        let states_differ = !state.is_empty() && !other_state.is_empty() && state != other_state;
        let allowed = if words.len() < 12 { 1 } else { 2 };
        if states_differ || words.len().abs_diff(other_words.len()) > allowed {
            continue;
        }
        let distance = strsim::osa_distance(words, other_words);
        if distance <= allowed {
            let names = numbers.iter().filter_map(|&row| rows.get(row));
            found.extend(names.map(|row| (distance, row.name.as_str())));
        }
    }
    found.sort_unstable();
    found.dedup();
    let names = found.into_iter().map(|(_, name)| name.to_owned()).filter(|name| name != text);
    let mut proposed: Vec<String> = Vec::new();
    for name in names {
        if !proposed.contains(&name) {
            proposed.push(name);
        }
    }
    proposed.truncate(MOST);
    proposed
}
