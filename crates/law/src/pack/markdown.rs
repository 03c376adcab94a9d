//! The Markdown of a pack: front matter, sections, Cedar blocks and tables, each with its place in
//! the file.

use std::ops::Range;

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, MetadataBlockKind, Options, Parser, Tag, TagEnd,
};

use crate::error::{Problem, SourceFile};

/// The parts of one file.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) front: Option<Block>,
    pub(super) sections: Vec<Section>,
}

/// A heading and what stands under it.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) depth: u8,
    pub(super) prose: String,
    pub(super) cedar: Vec<Block>,
    pub(super) tables: Vec<Table>,
}

/// Text and its place.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) text: String,
    pub(super) place: Range<usize>,
}

/// A table of worked cases: its first column is called `case`.
#[derive(Debug)]
pub(super) struct Table {
    /// Place of the header.
    pub(super) place: Range<usize>,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One row, with the place of the whole row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    pub(super) place: Range<usize>,
}

/// Splits a file into its parts.
pub(super) fn read(file: &SourceFile, problems: &mut Vec<Problem>) -> Document {
    let options = Options::ENABLE_TABLES | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut events = Parser::new_ext(&file.text, options).into_offset_iter();
    let mut document = Document::default();
    let mut section = Section::default();
    while let Some((event, place)) = events.next() {
        match event {
            Event::Start(Tag::MetadataBlock(MetadataBlockKind::PlusesStyle)) => {
                document.front = Some(gather(
                    &mut events,
                    TagEnd::MetadataBlock(MetadataBlockKind::PlusesStyle),
                    place,
                ));
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let heading = gather(&mut events, TagEnd::Heading(level), place);
                document.sections.push(std::mem::replace(
                    &mut section,
                    Section { heading: heading.text, depth: depth(level), ..Section::default() },
                ));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language)))
                if &*language == "cedar" =>
            {
                section.cedar.push(gather(&mut events, TagEnd::CodeBlock, place));
            }
            Event::Start(Tag::Table(_)) => {
                let table = read_table(&mut events);
                if table.columns.first().is_some_and(|column| column == "case") {
                    section.tables.push(table);
                } else {
                    prose(&mut section, file, place);
                }
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                skip(&mut events, &TagEnd::CodeBlock);
                // Whatever it holds, a rule may be meant: a misspelt fence must not make it vanish.
                let fenced = matches!(kind, CodeBlockKind::Fenced(_));
                let what = if fenced {
                    "a fenced block that is not read"
                } else {
                    "an indented block that is not read"
                };
                problems.push(
                    Problem::new("law::markdown", what)
                        .help("rules stand between ```cedar and ```; anything else is prose")
                        .at(file, place),
                );
            }
            Event::Start(tag) => {
                let inside = skip(&mut events, &tag.to_end());
                if file.text.get(place.clone()).is_some_and(|text| text.starts_with('|')) {
                    problems.push(
                        Problem::new("law::markdown", "a table that is not read")
                            .help("a line of dashes stands under its header: | --- | --- | --- |")
                            .at(file, place.clone()),
                    );
                }
                if let Some(place) = hidden_cedar(&tag, &place).or(inside) {
                    problems.push(
                        Problem::new("law::markdown", "a Cedar block that is not read")
                            .help("fence it with ```cedar alone, outside lists and quotations")
                            .at(file, place),
                    );
                }
                prose(&mut section, file, place);
            }
            Event::Rule | Event::Html(_) => {}
            Event::Text(_)
            | Event::Code(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::InlineHtml(_) => {
                problems.push(
                    Problem::new("law::markdown", "text outside any paragraph").at(file, place),
                );
            }
            Event::End(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }
    document.sections.push(section);
    document.sections.retain(|section| {
        section.depth > 0 || !section.cedar.is_empty() || !section.tables.is_empty()
    });
    document
}

type Events<'a> = pulldown_cmark::OffsetIter<'a, pulldown_cmark::DefaultBrokenLinkCallback>;

/// The text up to the end of the current element. The place is that of the text where it is one
/// piece.
fn gather(events: &mut Events<'_>, end: TagEnd, outer: Range<usize>) -> Block {
    let mut text = String::new();
    let mut start = None;
    let mut finish = outer.end;
    for (event, place) in events.by_ref() {
        match event {
            Event::End(tag) if tag == end => break,
            Event::Text(piece) | Event::Code(piece) => {
                text.push_str(&piece);
                start.get_or_insert(place.start);
                finish = place.end;
            }
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    Block { text, place: start.unwrap_or(outer.start)..finish }
}

/// Passes over an element; returns the place of a Cedar block in it.
fn skip(events: &mut Events<'_>, end: &TagEnd) -> Option<Range<usize>> {
    let mut depth = 1;
    let mut hidden = None;
    for (event, place) in events.by_ref() {
        if let Event::Start(tag) = &event {
            hidden = hidden.or_else(|| hidden_cedar(tag, &place));
        }
        match event {
            Event::Start(tag) if tag.to_end() == *end => depth += 1,
            Event::End(tag) if tag == *end => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    hidden
}

/// The place of a fenced block whose language is Cedar's, however it is written.
fn hidden_cedar(tag: &Tag<'_>, place: &Range<usize>) -> Option<Range<usize>> {
    let Tag::CodeBlock(CodeBlockKind::Fenced(language)) = tag else { return None };
    let first = language.split([' ', ',', '{']).next().unwrap_or_default();
    first.eq_ignore_ascii_case("cedar").then(|| place.clone())
}

fn read_table(events: &mut Events<'_>) -> Table {
    let mut table = Table { place: 0..0, columns: Vec::new(), rows: Vec::new() };
    let mut row = Row { cells: Vec::new(), place: 0..0 };
    while let Some((event, place)) = events.next() {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => row = Row { cells: Vec::new(), place },
            Event::Start(Tag::TableCell) => {
                let cell = gather(events, TagEnd::TableCell, place);
                row.cells.push(cell.text.trim().to_owned());
            }
            Event::End(TagEnd::TableHead) => {
                table.columns = std::mem::take(&mut row.cells);
                table.place = row.place.clone();
            }
            Event::End(TagEnd::TableRow) => {
                table
                    .rows
                    .push(std::mem::replace(&mut row, Row { cells: Vec::new(), place: 0..0 }));
            }
            Event::End(TagEnd::Table) => break,
            _ => {}
        }
    }
    table
}

fn prose(section: &mut Section, file: &SourceFile, place: Range<usize>) {
    if let Some(text) = file.text.get(place) {
        if !section.prose.is_empty() {
            section.prose.push_str("\n\n");
        }
        section.prose.push_str(text.trim_end());
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
