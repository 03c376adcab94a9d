//! One spelling for the words of agencies: `Police Dept.`, `PD` and `police department` are one.

use super::Token;

/// Ways to write a word, longest first where one begins another.
const SPELLINGS: &[(&[&str], &str)] = &[
    (&["united", "states", "of", "america"], "us"),
    (&["united", "states"], "us"),
    (&["u", "s"], "us"),
    (&["usa"], "us"),
    (&["department", "of", "public", "safety"], "dps"),
    (&["dept", "of", "public", "safety"], "dps"),
    (&["public", "safety", "department"], "dps"),
    (&["public", "safety", "dept"], "dps"),
    (&["office", "of", "the", "district", "attorney"], "da"),
    (&["district", "attorneys", "office"], "da"),
    (&["district", "attorney", "office"], "da"),
    (&["district", "attorneys"], "da"),
    (&["district", "attorney"], "da"),
    (&["das", "office"], "da"),
    (&["da", "office"], "da"),
    (&["sheriffs", "police", "department"], "so"),
    (&["sheriffs", "department"], "so"),
    (&["sheriffs", "dept"], "so"),
    (&["sheriffs", "office"], "so"),
    (&["sheriff", "department"], "so"),
    (&["sheriff", "dept"], "so"),
    (&["sheriff", "office"], "so"),
    (&["sheriffs"], "so"),
    (&["sheriff"], "so"),
    (&["police", "department"], "pd"),
    (&["police", "dept"], "pd"),
    (&["police", "dep"], "pd"),
    (&["police", "dpt"], "pd"),
    (&["fire", "department"], "fd"),
    (&["fire", "dept"], "fd"),
    (&["home", "owners", "association"], "hoa"),
    (&["homeowners", "association"], "hoa"),
    (&["homeowner", "association"], "hoa"),
    (&["home", "owners", "assoc"], "hoa"),
    (&["homeowners", "assoc"], "hoa"),
    (&["california", "state", "university"], "csu"),
    (&["cal", "state"], "csu"),
    (&["community", "college", "district"], "ccd"),
    (&["department"], "dept"),
    (&["taskforce"], "task-force"),
    (&["task", "force"], "task-force"),
    (&["saint"], "st"),
    (&["fort"], "ft"),
    (&["twp"], "township"),
    (&["corp"], "corporation"),
    (&["calfire"], "cal-fire"),
    (&["cal", "fire"], "cal-fire"),
    (&["calif"], "california"),
];

/// Words for an agency, beside which people write the state.
const AGENCIES: [&str; 40] = [
    "pd",
    "police",
    "so",
    "sd",
    "da",
    "dps",
    "fd",
    "fire",
    "marshal",
    "marshals",
    "constable",
    "constables",
    "campus",
    "tribal",
    "parks",
    "probation",
    "csu",
    "ccd",
    "hoa",
    "dept",
    "troopers",
    "lasd",
    "task-force",
    "tf",
    "dtf",
    "district",
    "authority",
    "human",
    "veterans",
    "public",
    "hidta",
    "agency",
    "corrections",
    "superior",
    "municipal",
    "housing",
    "unified",
    "airport",
    "transit",
    "transportation",
];

/// Whether people write the state beside that word.
pub(super) fn is_agency_word(word: &str) -> bool {
    AGENCIES.contains(&word)
}

/// Puts the one spelling for each.
pub(super) fn canonical(tokens: &[Token]) -> Vec<Token> {
    let mut put: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let spelled = SPELLINGS.iter().find(|(words, _)| starts(rest, words));
        let (word, length) = match spelled {
            Some((words, one)) => ((*one).to_owned(), words.len()),
            None => (first.word.clone(), 1),
        };
        put.push(Token { word, ..first.clone() });
        rest = rest.get(length..).unwrap_or(after);
    }
    county_sheriffs(&mut put);
    put
}

fn starts(tokens: &[Token], words: &[&str]) -> bool {
    tokens.len() >= words.len()
        && tokens.iter().zip(words).all(|(token, word)| token.word == *word)
        && tokens
            .iter()
            .take(words.len())
            .all(|token| Some(token.group) == tokens.first().map(|first| first.group))
}

/// `San Diego County CA SD` and `Kern County SD` are sheriff's departments, no South Dakota.
fn county_sheriffs(tokens: &mut [Token]) {
    let county = tokens.iter().position(|token| token.word == "county");
    let last = tokens.iter().rposition(|token| token.word == "sd" && token.group == 0);
    let (Some(county), Some(last)) = (county, last) else { return };
    let ends = tokens.iter().skip(last + 1).all(|token| token.group != 0);
    let near = last == county + 1 || last == county + 2;
    if ends
        && near
        && let Some(token) = tokens.get_mut(last)
    {
        "so".clone_into(&mut token.word);
    }
}
