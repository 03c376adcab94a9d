//! What a run is asked, and all that it reads before it begins.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use bylaw_audit::{
    Resolver,
    lexicon::Lexicon,
    log::{
        format::{Format, Formats},
        judge::Asking,
        records::{self, Published, Totals},
        run::{Asked, Identity},
        source::{Headers, Limits},
        time::zone_of,
    },
};
use bylaw_law::Law;
use bylaw_mapping::{Day, LogMapping};
use jiff::{civil::Date, tz::TimeZone};
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    args::AuditLog,
    audit::{anchor::hex, bytes},
    files, law,
};

/// How rows are decided: what `audit explain` needs to decide one again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::audit) struct Options {
    pub(in crate::audit) program: String,
    pub(in crate::audit) jurisdiction: String,
    pub(in crate::audit) owner: Option<String>,
    pub(in crate::audit) actor: Option<String>,
    pub(in crate::audit) format: String,
    pub(in crate::audit) mapping: Option<String>,
    pub(in crate::audit) on: Option<Date>,
    pub(in crate::audit) figures: Option<PathBuf>,
    pub(in crate::audit) registry: Vec<PathBuf>,
    pub(in crate::audit) lexicon: Option<PathBuf>,
    pub(in crate::audit) zone: Option<String>,
    pub(in crate::audit) files: Vec<PathBuf>,
    pub(in crate::audit) with_identifiers: bool,
    /// The law, the lexicon and every file that was read besides the logs, by its hash.
    #[serde(default)]
    pub(in crate::audit) inputs: BTreeMap<String, String>,
}

impl Options {
    pub(in crate::audit) fn from(options: &AuditLog) -> Result<Self> {
        if options.owner.as_ref().is_some_and(|owner| owner.trim().is_empty()) {
            return Err(miette!(
                help = "name whose cameras or records these are, or leave --owner out",
                "the owner's name is empty"
            ));
        }
        let mapping = options.mapping.as_ref().map(|path| path.display().to_string());
        Ok(Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            jurisdiction: options.jurisdiction.clone(),
            owner: options.owner.clone(),
            actor: options.actor.clone(),
            format: options.format.clone(),
            mapping,
            on: options.on,
            figures: options.figures.clone(),
            registry: options.registry.clone(),
            lexicon: options.lexicon.clone(),
            zone: options.zone.clone(),
            files: options.files.clone(),
            with_identifiers: options.with_identifiers,
            inputs: BTreeMap::new(),
        })
    }

    /// With what was read besides the logs.
    pub(in crate::audit) fn with_inputs(&self, inputs: &BTreeMap<String, String>) -> Self {
        Self { inputs: inputs.clone(), ..self.clone() }
    }
}

/// What was read for a run.
#[derive(Debug)]
pub(in crate::audit) struct Prepared<'a> {
    law: &'a Law,
    options: &'a Options,
    resolver: Resolver,
    lexicon: Lexicon,
    formats: Arc<Formats>,
    asked: Option<Arc<Format>>,
    mapping: Option<Arc<LogMapping>>,
    published: Vec<Published>,
    groups: Vec<String>,
    zone: TimeZone,
    zone_name: String,
    place: String,
    words: Vec<String>,
    all_asked: String,
    inputs: BTreeMap<String, String>,
    command: String,
}

impl<'a> Prepared<'a> {
    pub(in crate::audit) fn new(law: &'a Law, options: &'a Options) -> Result<Self> {
        law.find_jurisdiction(&options.jurisdiction)?;
        let mut resolver = Resolver::new()?;
        for path in &options.registry {
            resolver.add_registry(&path.display().to_string(), &bytes(path)?)?;
        }
        let lexicon = match &options.lexicon {
            Some(path) => Lexicon::read_file(&path.display().to_string(), &files::read(path)?)?,
            None => Lexicon::built_in()?,
        };
        let mut formats = Formats::built_in()?;
        let asked = asked_format(&mut formats, &options.format)?;
        let mapping = match &options.mapping {
            Some(name) => {
                let text = files::read(Path::new(name))?;
                Some(Arc::new(LogMapping::parse(name, &text, law, &options.jurisdiction)?))
            }
            None => None,
        };
        let published = match &options.figures {
            Some(path) => {
                let name = path.display().to_string();
                let read = Published::read(&name, &files::read(path)?);
                read.map_err(|problem| miette!("{problem}"))?
            }
            None => Vec::new(),
        };
        let (zone, zone_name) = zone(options)?;
        let words = words(options);
        // What the files hold that were read besides matters as much as their names.
        let inputs = inputs(law, options)?;
        let asked_alone = Options { inputs: BTreeMap::new(), ..options.clone() };
        let all_asked = format!("{asked_alone:?}\n{inputs:?}");
        let groups =
            mapping.iter().flat_map(|mapping| mapping.group_by.iter().map(|one| one.name.clone()));
        Ok(Self {
            law,
            options,
            resolver,
            lexicon,
            formats: Arc::new(formats),
            asked,
            groups: groups.collect(),
            mapping,
            published,
            zone,
            zone_name,
            place: law::name(&options.jurisdiction),
            words,
            all_asked,
            inputs,
            command: command(),
        })
    }

    /// What the run is asked.
    pub(in crate::audit) fn asked(&self, threads: Option<NonZeroUsize>, link: bool) -> Asked<'_> {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Asked {
            law: self.law,
            path: &self.options.jurisdiction,
            resolver: &self.resolver,
            lexicon: &self.lexicon,
            asking: Asking {
                owner: self.options.owner.as_deref(),
                actor: self.options.actor.as_deref(),
            },
            mapping: self.mapping.as_deref(),
            on: self.options.on,
            headers: self.headers(),
            zone: self.zone.clone(),
            limits: Limits::default(),
            threads: threads.unwrap_or_else(cores),
            link,
            words: &self.all_asked,
        }
    }

    fn headers(&self) -> Headers {
        match &self.mapping {
            None => Headers::of_formats(&self.formats, self.asked.as_ref()),
            Some(mapping) => {
                let known = Arc::clone(mapping);
                let firsts = mapping.header.iter().map(String::as_str);
                Headers::new(move |cells| records::layout(&known, cells), firsts)
            }
        }
    }

    /// Identities of figures that the log and what was published must satisfy.
    pub(in crate::audit) fn identities(&self, totals: Option<&Totals>) -> Vec<Identity> {
        match (&self.mapping, totals) {
            (Some(mapping), Some(totals)) => {
                records::published::identities(mapping, totals, &self.published)
            }
            _ => self.published.iter().flat_map(Published::check).collect(),
        }
    }

    /// The law, the lexicon and every file that was read besides the logs, by its hash.
    pub(in crate::audit) const fn inputs(&self) -> &BTreeMap<String, String> {
        &self.inputs
    }

    pub(in crate::audit) const fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    pub(in crate::audit) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The day on which the law is asked about every row, in place of its own.
    pub(in crate::audit) fn on(&self) -> Option<Date> {
        let fixed = self.mapping.as_ref().and_then(|mapping| match mapping.on {
            Day::Fixed(day) => Some(day),
            Day::Column { .. } => None,
        });
        self.options.on.or(fixed)
    }

    pub(in crate::audit) fn zone_name(&self) -> &str {
        &self.zone_name
    }

    pub(in crate::audit) fn place(&self) -> &str {
        &self.place
    }

    pub(in crate::audit) fn options(&self) -> &[String] {
        &self.words
    }

    pub(in crate::audit) fn command(&self) -> &str {
        &self.command
    }
}

/// The format that was asked for: a built-in one by its name, or a file.
fn asked_format(formats: &mut Formats, asked: &str) -> Result<Option<Arc<Format>>> {
    if asked == "auto" {
        return Ok(None);
    }
    if let Some(format) = formats.named(asked) {
        return Ok(Some(Arc::clone(format)));
    }
    if !Path::new(asked).exists() {
        let known: Vec<&str> = formats.names().collect();
        return Err(miette!(
            help = format!("it is auto, a file, or one of {}", known.join(", ")),
            "there is no format `{asked}`"
        ));
    }
    let before: Vec<String> = formats.names().map(str::to_owned).collect();
    formats.add(asked, &files::read(Path::new(asked))?)?;
    let added =
        formats.names().find(|name| !before.iter().any(|known| known == name)).map(str::to_owned);
    Ok(added.and_then(|name| formats.named(&name).cloned()))
}

/// The law, the program's own words, and every file that is read besides the logs, by its hash.
fn inputs(law: &Law, options: &Options) -> Result<BTreeMap<String, String>> {
    let mut inputs = BTreeMap::from([("program".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]);
    let mut hasher = Sha256::new();
    for jurisdiction in law.jurisdictions() {
        hasher.update(jurisdiction.hash.as_bytes());
    }
    inputs.insert("law".to_owned(), hex(&hasher.finalize()));
    let mapping = options.mapping.as_ref().map(PathBuf::from);
    let format = Some(PathBuf::from(&options.format)).filter(|path| path.is_file());
    let read = options.registry.iter().chain(&options.lexicon).chain(&options.figures);
    for path in read.chain(&mapping).chain(&format) {
        inputs.insert(path.display().to_string(), hex(&Sha256::digest(bytes(path)?)));
    }
    Ok(inputs)
}

fn zone(options: &Options) -> Result<(TimeZone, String)> {
    let known = zone_of(&options.jurisdiction).map(|zone| zone.name.to_owned());
    let name = options.zone.clone().or(known).ok_or_else(|| {
        miette!(
            help = "name one with --zone, such as America/Los_Angeles",
            "no time zone is known for {}",
            options.jurisdiction
        )
    })?;
    let zone =
        TimeZone::get(&name).into_diagnostic().wrap_err_with(|| format!("the time zone {name}"))?;
    Ok((zone, name))
}

/// What was set, in words.
fn words(options: &Options) -> Vec<String> {
    let mut words = Vec::new();
    let mut say = |what: &str, value: Option<&str>| {
        words.extend(value.map(|value| format!("{what} {value}")));
    };
    say("the owner is", options.owner.as_deref());
    say("who acts is", options.actor.as_deref());
    say(
        "the format was asked for:",
        Some(options.format.as_str()).filter(|format| *format != "auto"),
    );
    for path in &options.registry {
        say("organizations are told by", path.to_str());
    }
    say("reasons are read by", options.lexicon.as_ref().and_then(|path| path.to_str()));
    say("the law is asked of one day,", options.on.map(|on| on.to_string()).as_deref());
    words
}

/// The command as it was typed.
fn command() -> String {
    let quoted = std::env::args().skip(1).map(|word| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@+".contains(&byte);
        if !word.is_empty() && word.bytes().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    format!("bylaw {}", quoted.collect::<Vec<_>>().join(" "))
}
