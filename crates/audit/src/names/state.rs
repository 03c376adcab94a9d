//! The states, and where a name speaks of one.
//!
//! `IN`, `OR`, `LA` and `CO` are words and parts of words too, and states lend their names to cities
//! of other states. So a code or a name counts only where it stands as people write a state: in
//! brackets, before a dash at the beginning, right before or after the word for the agency, or last.

use super::{Token, canonical::is_agency_word};

/// A state, the federal district or a territory.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    /// Its two letters.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// How a name speaks of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// In brackets: `(CA)`.
    Bracket,
    /// By its code: `Chino CA PD`.
    Code,
    /// By its name: `Alameda California Police Department`.
    Written,
    /// As the name of an agency of the state itself: `California Highway Patrol`.
    OwnAgency,
    /// As the name of a university: `University of California`.
    University,
    /// By a county whose name no other state has.
    County,
}

/// A state found in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The state.
    pub state: &'static State,
    /// How the name speaks of it.
    pub how: How,
    /// The tokens that say so, from and to.
    pub(super) span: (usize, usize),
}

/// The state of those two letters, in either case.
#[must_use]
pub fn by_code(code: &str) -> Option<&'static State> {
    STATES.iter().find(|state| state.code.eq_ignore_ascii_case(code))
}

/// The state of that code or name.
#[must_use]
pub fn by_text(text: &str) -> Option<&'static State> {
    let text = text.trim();
    by_code(text).or_else(|| STATES.iter().find(|state| state.name.eq_ignore_ascii_case(text)))
}

/// Every place in which the name speaks of a state, the plainest first.
pub(super) fn find(tokens: &[Token], counties: &[(String, &'static State)]) -> Vec<Found> {
    let plain: Vec<usize> = (0..tokens.len())
        .filter(|&at| tokens.get(at).is_some_and(|token| token.group == 0))
        .collect();
    let mut found = brackets(tokens);
    for (place, &at) in plain.iter().enumerate() {
        found.extend(code_at(tokens, &plain, place, at));
        found.extend(written_at(tokens, &plain, place));
    }
    if found.is_empty() {
        found.extend(lone_leading_code(tokens, &plain));
    }
    if found.is_empty() {
        found.extend(county(tokens, &plain, counties));
    }
    found.sort_by_key(|found| found.how as u8);
    found
}

/// Brackets that hold a state and nothing else.
fn brackets(tokens: &[Token]) -> Vec<Found> {
    let last = tokens.iter().map(|token| token.group).max().unwrap_or(0);
    let inside = |group: usize| {
        let from = tokens.iter().position(|token| token.group == group)?;
        let words: Vec<&str> = tokens
            .iter()
            .filter(|token| token.group == group)
            .map(|token| token.word.as_str())
            .collect();
        let state = by_text(&words.join(" "))?;
        Some(Found { state, how: How::Bracket, span: (from, from + words.len()) })
    };
    (1..=last).filter_map(inside).collect()
}

/// A code where people write one.
fn code_at(tokens: &[Token], plain: &[usize], place: usize, at: usize) -> Option<Found> {
    let token = tokens.get(at)?;
    let state = by_code(&token.word)?;
    let word = |place: usize| plain.get(place).and_then(|&at| tokens.get(at));
    let next = word(place + 1);
    let before = place.checked_sub(1).and_then(word);
    let found = Found { state, how: How::Code, span: (at, at + 1) };
    if place == 0 {
        // `CA - Wasco PD`; a name that begins with LA or DE has no dash there.
        return next.is_some_and(|next| next.dash).then_some(found);
    }
    let before = before?;
    if before.word == "of"
        && place >= 2
        && word(place - 2).is_some_and(|at| at.word == "university")
    {
        // `University of CA - Santa Barbara`.
        return (state.code != "PA").then_some(Found { how: How::University, ..found });
    }
    let after_agency = is_agency_word(&before.word);
    let counts = match (next, state.code) {
        // `Riverside CO SO` may be Riverside County's sheriff, `Routt County CO SO` is not; county police are
        // rare.
        (Some(next), "CO") if is_agency_word(&next.word) && before.word != "county" => {
            matches!(next.word.as_str(), "pd" | "police" | "marshal" | "marshals")
        }
        (Some(next), _) if is_agency_word(&next.word) => true,
        (Some(next), _) => after_agency && next.dash,
        // Last of all: `Co` is also a company and a county, `VA` a hospital of Veterans Affairs, `SD` a
        // sheriff's department or school district, `City of LA` a city.
        (None, "CO" | "VA" | "SD" | "LA" | "DE" | "AS" | "GU" | "MP" | "PR" | "VI") => {
            after_agency || token.comma
        }
        (None, _) => true,
    };
    counts.then_some(found)
}

/// `CA Iipay Nation`: a code that begins the name and is no beginning of a place's name.
fn lone_leading_code(tokens: &[Token], plain: &[usize]) -> Option<Found> {
    const SAFE: [&str; 24] = [
        "CA", "AZ", "NV", "NM", "TX", "UT", "WA", "FL", "GA", "NC", "NY", "NJ", "IL", "MN", "WI",
        "KS", "KY", "TN", "OH", "WY", "NE", "CT", "NH", "WV",
    ];
    let at = *plain.first()?;
    let state = by_code(&tokens.get(at)?.word)?;
    (plain.len() > 1 && SAFE.contains(&state.code)).then_some(Found {
        state,
        how: How::Code,
        span: (at, at + 1),
    })
}

/// A state's name where people write one.
fn written_at(tokens: &[Token], plain: &[usize], place: usize) -> Option<Found> {
    // Before these words the state's name is part of a place: Fort Washington, West Virginia Beach.
    const PLACES: [&str; 23] = [
        "mount", "ft", "port", "mt", "lake", "new", "old", "east", "west", "north", "south",
        "little", "camp", "baja", "lower", "upper", "point", "cape", "glen", "city", "town",
        "county", "of",
    ];
    let word = |place: usize| plain.get(place).and_then(|&at| tokens.get(at));
    let (state, length) = name_at(tokens, plain, place)?;
    let from = *plain.get(place)?;
    let span = (from, *plain.get(place + length - 1)? + 1);
    let next = word(place + length);
    let before = place.checked_sub(1).and_then(word).map(|token| token.word.as_str());
    let found = |how| Some(Found { state, how, span });
    let university = before == Some("of")
        && place >= 2
        && word(place - 2).is_some_and(|token| token.word == "university");
    if university {
        // That one is a private university.
        return if state.code == "PA" { None } else { found(How::University) };
    }
    if place == 0 {
        let own = next.is_some_and(|next| begins_own_agency(&next.word));
        return if own { found(How::OwnAgency) } else { None };
    }
    if before.is_some_and(|before| PLACES.contains(&before))
        && !word(place).is_some_and(|at| at.comma)
    {
        return None;
    }
    let ends = next.is_none_or(|next| is_agency_word(&next.word));
    if ends { found(How::Written) } else { None }
}

/// The words with which agencies of a state go on after its name.
fn begins_own_agency(word: &str) -> bool {
    matches!(
        word,
        "highway" | "state" | "dept" | "dps" | "division" | "bureau" | "office" | "attorney"
    )
}

/// The state whose name stands there, the longest first: West Virginia is not Virginia.
fn name_at(tokens: &[Token], plain: &[usize], place: usize) -> Option<(&'static State, usize)> {
    let matches = |state: &&'static State| {
        let words = state.name.split(' ');
        let mut length = 0;
        for word in words {
            let token = tokens.get(*plain.get(place + length)?)?;
            if !token.word.eq_ignore_ascii_case(word) {
                return None;
            }
            length += 1;
        }
        Some((*state, length))
    };
    STATES.iter().filter_map(|state| matches(&state)).max_by_key(|&(_, length)| length)
}

/// A county whose name no other state has.
fn county(
    tokens: &[Token],
    plain: &[usize],
    counties: &[(String, &'static State)],
) -> Option<Found> {
    let words: Vec<&str> =
        plain.iter().filter_map(|&at| tokens.get(at)).map(|token| token.word.as_str()).collect();
    let end = words.iter().position(|&word| word == "county")?;
    let named = match (end, words.as_slice()) {
        (0, ["county", "of", rest @ ..]) => rest,
        _ => words.get(..end)?,
    };
    let named = named.join(" ");
    let (_, state) = counties.iter().find(|(county, _)| {
        if end == 0 { named.starts_with(county.as_str()) } else { named == *county }
    })?;
    Some(Found { state, how: How::County, span: (0, 0) })
}

const fn state(code: &'static str, name: &'static str) -> State {
    State { code, name }
}

/// The fifty states, the District of Columbia and the territories.
pub const STATES: [State; 56] = [
    state("AL", "Alabama"),
    state("AK", "Alaska"),
    state("AZ", "Arizona"),
    state("AR", "Arkansas"),
    state("CA", "California"),
    state("CO", "Colorado"),
    state("CT", "Connecticut"),
    state("DE", "Delaware"),
    state("DC", "District of Columbia"),
    state("FL", "Florida"),
    state("GA", "Georgia"),
    state("HI", "Hawaii"),
    state("ID", "Idaho"),
    state("IL", "Illinois"),
    state("IN", "Indiana"),
    state("IA", "Iowa"),
    state("KS", "Kansas"),
    state("KY", "Kentucky"),
    state("LA", "Louisiana"),
    state("ME", "Maine"),
    state("MD", "Maryland"),
    state("MA", "Massachusetts"),
    state("MI", "Michigan"),
    state("MN", "Minnesota"),
    state("MS", "Mississippi"),
    state("MO", "Missouri"),
    state("MT", "Montana"),
    state("NE", "Nebraska"),
    state("NV", "Nevada"),
    state("NH", "New Hampshire"),
    state("NJ", "New Jersey"),
    state("NM", "New Mexico"),
    state("NY", "New York"),
    state("NC", "North Carolina"),
    state("ND", "North Dakota"),
    state("OH", "Ohio"),
    state("OK", "Oklahoma"),
    state("OR", "Oregon"),
    state("PA", "Pennsylvania"),
    state("RI", "Rhode Island"),
    state("SC", "South Carolina"),
    state("SD", "South Dakota"),
    state("TN", "Tennessee"),
    state("TX", "Texas"),
    state("UT", "Utah"),
    state("VT", "Vermont"),
    state("VA", "Virginia"),
    state("WA", "Washington"),
    state("WV", "West Virginia"),
    state("WI", "Wisconsin"),
    state("WY", "Wyoming"),
    state("PR", "Puerto Rico"),
    state("GU", "Guam"),
    state("VI", "Virgin Islands"),
    state("AS", "American Samoa"),
    state("MP", "Northern Mariana Islands"),
];
