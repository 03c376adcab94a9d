//! The words for people: what to say, to do, never to do, and whom to call. The engine never
//! invents advice.
//!
//! `guidance.md` may stand in any folder; the nearest folder wins, then the most particular
//! heading. A heading names act, answer and, where wanted, a kind of staff: `##
//! grant_nonpublic_access must_not library_staff`; `*` stands for any act.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde::Serialize;

use crate::{
    answer::Word,
    error::{Problem, SourceFile, nearest},
    law::is_on,
    vocabulary::{ActionId, Vocabulary},
};

/// All words for people, of every folder.
#[derive(Debug, Default)]
pub struct Guidance {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    folder: String,
    action: Option<ActionId>,
    word: Word,
    staff: Option<u8>,
    words: Words,
}

/// What a person is told about one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// The answer in the clerk's own situation, in one sentence.
    pub headline: String,
    /// Sentences to say.
    pub say: Vec<String>,
    /// What to do.
    #[serde(rename = "do")]
    pub act: Vec<String>,
    /// What never to do.
    pub never: Vec<String>,
    /// Roles to call.
    pub call: Vec<String>,
}

impl Guidance {
    /// Reads the guidance files of all folders.
    pub(crate) fn read(
        files: &[&SourceFile],
        vocabulary: &Vocabulary,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut guidance = Self::default();
        for file in files {
            read_file(file, vocabulary, &mut guidance.entries, problems);
        }
        guidance
    }

    /// The words for an answer, nearest folder first, then staff, then act.
    #[must_use]
    pub fn words(
        &self,
        path: &str,
        action: ActionId,
        word: Word,
        staff: Option<u8>,
    ) -> Option<&Words> {
        self.entries
            .iter()
            .filter(|entry| {
                is_on(&entry.folder, path)
                    && entry.word == word
                    && entry.action.is_none_or(|known| known == action)
                    && entry.staff.is_none_or(|known| Some(known) == staff)
            })
            .max_by_key(|entry| (entry.folder.len(), entry.staff.is_some(), entry.action.is_some()))
            .map(|entry| &entry.words)
    }
}

fn read_file(
    file: &SourceFile,
    vocabulary: &Vocabulary,
    entries: &mut Vec<Entry>,
    problems: &mut Vec<Problem>,
) {
    let folder = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let options = Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut entry: Option<Entry> = None;
    let mut text = String::new();
    let mut in_metadata = false;
    for (event, place) in Parser::new_ext(&file.text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => in_metadata = true,
            Event::End(TagEnd::MetadataBlock(_)) => {
                in_metadata = false;
                text.clear();
            }
            Event::Start(Tag::Heading { .. } | Tag::Paragraph | Tag::Item) => text.clear(),
            Event::Text(piece) | Event::Code(piece) if !in_metadata => text.push_str(&piece),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => {
                entries.extend(entry.take());
                match heading(folder, &text, vocabulary) {
                    Ok(begun) => entry = Some(begun),
                    Err((message, help)) => problems
                        .push(Problem::new("law::guidance", message).help(help).at(file, place)),
                }
            }
            Event::End(TagEnd::Paragraph) => {
                if let Some(entry) = &mut entry
                    && entry.words.headline.is_empty()
                {
                    text.trim().clone_into(&mut entry.words.headline);
                }
            }
            Event::End(TagEnd::Item) => {
                let Some(entry) = &mut entry else { continue };
                let (key, words) = text.split_once(':').unwrap_or((&text, ""));
                let list = match key.trim() {
                    "say" => &mut entry.words.say,
                    "do" => &mut entry.words.act,
                    "never" => &mut entry.words.never,
                    "call" => &mut entry.words.call,
                    _ => {
                        let problem = Problem::new(
                            "law::guidance",
                            "an item that is none of say, do, never, call",
                        );
                        problems.push(
                            problem
                                .help("begin each item with `say:`, `do:`, `never:` or `call:`")
                                .at(file, place),
                        );
                        continue;
                    }
                };
                list.push(words.trim().to_owned());
            }
            _ => {}
        }
    }
    entries.extend(entry);
}

fn heading(folder: &str, text: &str, vocabulary: &Vocabulary) -> Result<Entry, (String, String)> {
    let mut names = text.split_whitespace();
    let (act, answer, staff) =
        (names.next().unwrap_or_default(), names.next().unwrap_or_default(), names.next());
    let action = match act {
        "*" => None,
        name => {
            let known = vocabulary.actions.iter().map(|action| action.name.as_str());
            Some(
                vocabulary
                    .action_id(name)
                    .ok_or_else(|| (format!("unknown act `{name}`"), nearest(name, known)))?,
            )
        }
    };
    let word = Word::from_name(answer).ok_or_else(|| {
        (
            format!("`{answer}` is no answer"),
            "write act, answer and kind of staff: grant_nonpublic_access must_not library_staff"
                .to_owned(),
        )
    })?;
    let staff = match staff {
        None => None,
        Some(name) => {
            let actors = vocabulary.facts.get(vocabulary.actor_kind);
            let class = actors.and_then(|fact| fact.class_of(name));
            Some(class.ok_or_else(|| {
                (
                    format!("`actor_kind` has no value `{name}`"),
                    "name a kind of staff of the vocabulary, or none".to_owned(),
                )
            })?)
        }
    };
    Ok(Entry { folder: folder.to_owned(), action, word, staff, words: Words::default() })
}
