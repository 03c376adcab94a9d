//! Transparency portals: JSON objects, one in the file, one a line, or in an array.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{Direction, Entry, List};

/// What portals and those who collect them call the lists.
const OUTBOUND: [&str; 7] = [
    "sharing_outbound",
    "outbound",
    "shared_with",
    "sharing_with",
    "organizations_shared_with",
    "networks_im_sharing",
    "external_organizations_with_access",
];
const INBOUND: [&str; 6] = [
    "sharing_inbound",
    "inbound",
    "shared_with_me",
    "networks_shared_with_me",
    "receiving_from",
    "shared_by",
];
const OWNER: [&str; 6] = ["crawled_name", "agency", "agency_name", "organization", "name", "slug"];
const DAY: [&str; 6] = ["archived_date", "date", "as_of", "on", "last_updated", "crawled_date"];

/// Whether the text is JSON, and read. A plain list may begin with a bracket too: `[Federal] …`.
pub(super) fn read(list: &mut List, text: &str) -> bool {
    let start = text.trim_start();
    if start.starts_with('[') {
        let Ok(values) = serde_json::from_str::<Vec<Value>>(text) else { return false };
        list.is("a JSON array", "it begins with [ and is JSON to its end");
        for value in &values {
            portal(list, value, 1);
        }
        return true;
    }
    if !start.starts_with('{') {
        return false;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            list.is("a portal's JSON", "it is one JSON object");
            portal(list, &value, 1);
        }
        Err(_) => json_lines(list, text),
    }
    true
}

fn json_lines(list: &mut List, text: &str) {
    list.is("portals as JSON lines", "it begins with { and is no single object");
    for (line, row) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Value>(line) {
            Ok(value) => portal(list, &value, row),
            Err(error) => {
                let at = error.column();
                list.problem(Some(row), format!("the line is no JSON (column {at})"));
            }
        }
    }
}

fn portal(list: &mut List, value: &Value, row: u64) {
    if let Value::String(name) = value {
        list.rows += 1;
        list.add(Entry { organization: name.clone(), direction: None, row, owner: None, on: None });
        return;
    }
    let Value::Object(portal) = value else {
        list.problem(Some(row), "it is neither a portal nor a name");
        return;
    };
    let lists = [(OUTBOUND.as_slice(), Direction::Outbound), (&INBOUND, Direction::Inbound)];
    let lists = lists.map(|(keys, direction)| (first(portal, keys), direction));
    if lists.iter().all(|(found, _)| found.is_none()) {
        list.problem(Some(row), "the object has no list of those with whom data is shared");
        return;
    }
    list.rows += 1;
    let owner = text(portal, &OWNER).map(str::to_owned);
    let on = text(portal, &DAY).and_then(day);
    let names_before = list.entries.len();
    for (found, direction) in lists {
        for name in names(list, found, row) {
            let (owner, direction) = (owner.clone(), Some(direction));
            list.add(Entry { organization: name, direction, row, owner, on });
        }
    }
    if list.entries.len() == names_before {
        let who = owner.unwrap_or_else(|| "the portal".to_owned());
        list.notes.push(format!(
            "row {row}: {who} lists nobody, which may mean that it publishes no list"
        ));
    }
}

/// The names of a list: text, or objects with a name, or one text with a name a line.
fn names(list: &mut List, found: Option<&Value>, row: u64) -> Vec<String> {
    let Some(found) = found else { return Vec::new() };
    let items = match found {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        other => std::slice::from_ref(other),
    };
    let mut names = Vec::new();
    for item in items {
        match item {
            Value::String(name) => names.extend(name.lines().map(str::to_owned)),
            Value::Object(object) if text(object, &OWNER).is_some() => {
                names.extend(text(object, &OWNER).map(str::to_owned));
            }
            _ => list.problem(Some(row), "an item of the portal's list is no name"),
        }
    }
    names.retain(|name| !name.trim().is_empty());
    names
}

fn first<'a>(portal: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| portal.get(*key))
}

fn text<'a>(portal: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    let texts = keys.iter().filter_map(|key| portal.get(*key)?.as_str());
    texts.map(str::trim).find(|text| !text.is_empty())
}

/// A day, or the day of a moment.
fn day(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}
