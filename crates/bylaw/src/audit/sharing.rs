//! `bylaw audit sharing`: sharing lists under the law.

mod json;
mod report;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use bylaw_audit::{
    Problem, Resolver,
    sharing::{Asking, Audit, Direction, Entry, Finding, List, NotAsked, Reading, read},
};
use bylaw_law::Law;
use miette::Result;

use crate::{
    args::{AuditSharing, Way},
    audit::bytes,
    decide::today,
    output, packs,
};

/// A list with what was found of each of its organizations, in its order.
struct Audited {
    list: List,
    findings: Vec<(Entry, Finding)>,
}

pub(crate) fn run(packs: Option<&Path>, options: &AuditSharing) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    let mut resolver = Resolver::new()?;
    for path in &options.registry {
        resolver.add_registry(&path.display().to_string(), &bytes(path)?)?;
    }
    let mut audit = audit(&law, &resolver, options)?;
    let audited: Vec<Audited> =
        options.lists.iter().map(|path| audited(&mut audit, read_list(path))).collect();
    if options.json {
        output::print(json::lines(&law, &audited)?)?;
    } else {
        let about = report::About { law: &law, options, own: audit.own_state() };
        output::print(report::text(&about, &audited))?;
    }
    for problem in audited.iter().flat_map(|audited| &audited.list.problems) {
        output::note(format_args!("not read: {problem}"));
    }
    let all_read = audited.iter().all(|audited| audited.list.problems.is_empty());
    Ok(if all_read { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn audit<'a>(law: &'a Law, resolver: &'a Resolver, options: &'a AuditSharing) -> Result<Audit<'a>> {
    let asking = Asking {
        actor: options.actor.as_deref(),
        on: options.on,
        today: today(),
        direction: match options.direction {
            Way::Outbound => Direction::Outbound,
            Way::Inbound => Direction::Inbound,
        },
    };
    Audit::new(law, &options.jurisdiction, resolver, asking).map_err(|error| match error {
        NotAsked::Jurisdiction(error) => error.into(),
        NotAsked::Law(error) => error.into(),
    })
}

/// A list that cannot even be opened is one more that was not read; the others are.
fn read_list(path: &PathBuf) -> List {
    let standard_input = path == Path::new("-");
    let name =
        if standard_input { "standard input".to_owned() } else { path.display().to_string() };
    match bytes(path) {
        Ok(bytes) => {
            let reading = if standard_input { Reading::NameALine } else { Reading::Recognize };
            read(&name, &bytes, reading)
        }
        Err(error) => {
            let why = error.chain().last().map(ToString::to_string).unwrap_or_default();
            let problem = Problem {
                list: name.clone(),
                row: None,
                what: format!("it cannot be opened: {why}"),
            };
            List {
                name,
                shape: None,
                rows: 0,
                entries: Vec::new(),
                notes: Vec::new(),
                problems: vec![problem],
            }
        }
    }
}

fn audited(audit: &mut Audit<'_>, mut list: List) -> Audited {
    let entries = std::mem::take(&mut list.entries);
    let findings = entries
        .into_iter()
        .map(|entry| {
            let finding = audit.decide(&entry);
            (entry, finding)
        })
        .collect();
    Audited { list, findings }
}
