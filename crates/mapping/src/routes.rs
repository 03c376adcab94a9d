//! `[[routes]]`: which act an HTTP call is, where a gateway asks.
//!
//! The first route that fits counts. What no route fits is not decided by the law: `unmatched` says
//! whether it passes, and has no default.

mod pattern;

use bylaw_law::vocabulary::ActionId;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Silent,
    read::{Reading, Tables},
    source::FactSource,
};

use self::pattern::Pattern;
pub use self::pattern::{Segments, decoded};

/// The routes of a mapping file.
#[derive(Debug)]
pub struct Routes {
    routes: Vec<Route>,
    /// Whether a call passes that no route fits.
    pub unmatched: Silent,
}

/// One route.
#[derive(Debug)]
pub struct Route {
    /// In capitals; empty for any.
    methods: Vec<String>,
    pattern: Pattern,
    /// The act that such a call is.
    pub action: ActionId,
    /// Facts that the route itself says, over the file's.
    pub facts: Vec<FactSource>,
}

impl Routes {
    /// The first route that fits, with the segments it names.
    #[must_use]
    pub fn find(&self, method: &str, path: &Segments) -> Option<(&Route, Vec<(&str, String)>)> {
        self.routes.iter().find_map(|route| {
            let named = route.pattern.fit(path).filter(|_| route.takes(method))?;
            Some((route, named))
        })
    }
}

impl Route {
    /// HEAD is GET without the body, to the program behind the gateway as well.
    fn takes(&self, method: &str) -> bool {
        let asked = if method == "HEAD" { "GET" } else { method };
        self.methods.is_empty()
            || self.methods.iter().any(|known| known == asked || known == method)
    }
}

/// Reads the routes of a file, where it has any.
pub(super) fn read(
    reading: &mut Reading<'_>,
    file: &DeTable<'_>,
    tables: &Tables<'_, '_>,
) -> Option<Routes> {
    let unmatched = unmatched(reading, file);
    let list = file.get("routes")?;
    let Some(items) = list.get_ref().as_array() else {
        let help = "begin each with [[routes]]".to_owned();
        reading.problem(list.span(), "`routes` is not a list of tables".to_owned(), help);
        return None;
    };
    let routes = items.iter().filter_map(|item| route(reading, item, tables)).collect();
    Some(Routes { routes, unmatched: unmatched? })
}

fn unmatched(reading: &mut Reading<'_>, file: &DeTable<'_>) -> Option<Silent> {
    const HELP: &str = "add unmatched = \"deny\", or unmatched = \"allow\": what no route fits is not \
         decided by the law, and only you can say whether it passes";
    let routes = file.get("routes");
    let Some(value) = file.get("unmatched") else {
        if let Some(routes) = routes {
            reading.problem(routes.span(), "`unmatched` is missing".to_owned(), HELP.to_owned());
        }
        return None;
    };
    if routes.is_none() {
        let help = "add [[routes]], or leave it out".to_owned();
        reading.problem(value.span(), "`unmatched` without routes".to_owned(), help);
    }
    match value.get_ref().as_str() {
        Some("allow") => Some(Silent::Allow),
        Some("deny") => Some(Silent::Deny),
        _ => {
            let message = "`unmatched` is neither \"allow\" nor \"deny\"".to_owned();
            reading.problem(value.span(), message, HELP.to_owned());
            None
        }
    }
}

fn route(
    reading: &mut Reading<'_>,
    item: &Spanned<DeValue<'_>>,
    tables: &Tables<'_, '_>,
) -> Option<Route> {
    let Some(table) = item.get_ref().as_table() else {
        let help = "begin each with [[routes]]".to_owned();
        reading.problem(item.span(), "a route is not a table".to_owned(), help);
        return None;
    };
    reading.check_keys(table, &["method", "path", "act", "facts"]);
    let methods = methods(reading, table.get("method"));
    let facts = reading.section(table, "facts");
    let facts = reading.sources(facts, tables);
    let action = required(reading, item, "act").and_then(|act| reading.act(act));
    let path = required(reading, item, "path");
    let pattern = path.and_then(|path| {
        let parsed = Pattern::parse(reading.text(path)?);
        reading.or_problem(parsed, path.span(), "this is no path of a route")
    });
    Some(Route { methods: methods?, pattern: pattern?, action: action?, facts })
}

fn required<'t, 'i>(
    reading: &mut Reading<'_>,
    item: &'t Spanned<DeValue<'i>>,
    key: &str,
) -> Option<&'t Spanned<DeValue<'i>>> {
    let found = item.get_ref().as_table().and_then(|table| table.get(key));
    if found.is_none() {
        let help = "a route has a path and an act, such as path = \"/patrons/{patron}/address\" \
             and act = \"disclose_information\"";
        reading.problem(item.span(), format!("a route without `{key}`"), help.to_owned());
    }
    found
}

/// One method or a list of them; none means any.
fn methods(reading: &mut Reading<'_>, value: Option<&Spanned<DeValue<'_>>>) -> Option<Vec<String>> {
    let Some(value) = value else { return Some(Vec::new()) };
    let alone = std::slice::from_ref(value);
    let listed: Vec<_> = match value.get_ref().as_array() {
        Some(items) => items.iter().collect(),
        None => alone.iter().collect(),
    };
    listed
        .into_iter()
        .map(|item| {
            let text = reading.text(item)?;
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
            if !plain {
                let help = "write it in capitals: \"GET\", or [\"GET\", \"POST\"]".to_owned();
                reading.problem(item.span(), "this is no HTTP method".to_owned(), help);
            }
            plain.then(|| text.to_owned())
        })
        .collect()
}
