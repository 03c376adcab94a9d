//! Colors, which never carry meaning alone, and the width of the terminal.

use anstyle::{AnsiColor, Style};
use bylaw_law::Word;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const TITLE: Style = Style::new().bold().underline();

/// What is as it should be, what is not, and what is in doubt; the words say the same.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const DOUBT: Style = AnsiColor::Yellow.on_default().bold();

/// How an answer looks; its words say the same.
pub(crate) const fn of(word: Word) -> Style {
    let color = match word {
        Word::Must | Word::May => AnsiColor::Green,
        Word::MustNot => AnsiColor::Red,
        Word::Unregulated => AnsiColor::Cyan,
        Word::Refer | Word::NeedsFacts => AnsiColor::Yellow,
    };
    color.on_default().bold()
}

/// The answer as a person reads it.
pub(crate) const fn words(word: Word) -> &'static str {
    match word {
        Word::Must => "MUST",
        Word::MustNot => "MUST NOT",
        Word::May => "MAY",
        Word::Unregulated => "UNREGULATED",
        Word::Refer => "REFER TO COUNSEL",
        Word::NeedsFacts => "MORE FACTS ARE NEEDED",
    }
}

/// Columns to write in.
pub(crate) fn width() -> usize {
    textwrap::termwidth().clamp(40, 100)
}

/// Wraps text under an indent.
pub(crate) fn wrap(text: &str, indent: &str) -> String {
    textwrap::fill(text, options(indent, indent))
}

/// Wraps an item of a list: the first line is marked.
pub(crate) fn item(mark: &str, text: &str) -> String {
    let rest = " ".repeat(mark.chars().count());
    textwrap::fill(text, options(mark, &rest))
}

/// Lines break at blanks only: an id or a date stays whole.
fn options<'a>(first: &'a str, rest: &'a str) -> textwrap::Options<'a> {
    textwrap::Options::new(width())
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// Has errors printed as graphical reports of the terminal's width.
pub(crate) fn install() {
    // A second hook is refused; the first one stays.
    _ = miette::set_hook(Box::new(|_| {
        let options = miette::MietteHandlerOpts::new()
            .width(width())
            .context_lines(1)
            .break_words(false)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        Box::new(options.build())
    }));
}
