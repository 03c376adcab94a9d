//! What the caller behind the gateway reads when it is refused: one answer, as JSON or as a page.

use std::fmt::{self, Write as _};

use bylaw_law::{Decision, Law, Reply, RequestId, Word, Words};
use serde::Serialize;

/// Which of the two a caller reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Html,
}

impl Form {
    /// What the `Accept` header prefers; JSON where it says nothing of both.
    pub(crate) fn preferred(accept: Option<&str>) -> Self {
        let accept = accept.unwrap_or_default();
        let weight = |kinds: &[&str]| {
            let ranges = accept.split(',').filter_map(|range| weight(range, kinds));
            ranges.max().unwrap_or_default()
        };
        let html = weight(&["text/html", "application/xhtml+xml"]);
        let json = weight(&["application/json", "application/*", "*/*"]);
        if html > json { Self::Html } else { Self::Json }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// How much a media range wants one of these kinds, in thousandths.
fn weight(range: &str, kinds: &[&str]) -> Option<u32> {
    let mut parts = range.split(';').map(str::trim);
    let range = parts.next()?;
    if !kinds.iter().any(|kind| range.eq_ignore_ascii_case(kind)) {
        return None;
    }
    let quality = parts.find_map(|part| part.strip_prefix("q="));
    Some(quality.map_or(1000, |text| thousandths(text).unwrap_or(0)))
}

/// `1`, `0.5`, `0.123` as thousandths.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    let part = digits.parse::<u32>().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(1000)?.checked_add(part).map(|all| all.min(1000))
}

/// A refusal by the law.
#[derive(Debug, Serialize)]
pub(crate) struct Denial<'a> {
    decision: bool,
    record: u64,
    receipt: String,
    #[serde(flatten)]
    reply: Reply<'a>,
    #[serde(skip)]
    page: Page<'a>,
}

#[derive(Debug)]
struct Page<'a> {
    law: &'a Law,
    decision: &'a Decision<'a>,
    words: Option<&'a Words>,
}

impl<'a> Denial<'a> {
    pub(crate) fn new(
        law: &'a Law,
        decision: &'a Decision<'a>,
        words: Option<&'a Words>,
        record: u64,
        receipt: String,
    ) -> Self {
        let reply = Reply::new(law, RequestId::default(), decision).with_more(law, None, words);
        Self { decision: false, record, receipt, reply, page: Page { law, decision, words } }
    }

    /// The body.
    pub(crate) fn body(&self, form: Form) -> String {
        match form {
            // What is serialized is plain data, so this does not fail; if it did, an empty body
            // would still be a refusal.
            Form::Json => serde_json::to_string(self).unwrap_or_default(),
            Form::Html => self.html(),
        }
    }

    fn html(&self) -> String {
        let Page { law, decision, words } = &self.page;
        let act = law.vocabulary.actions.get(decision.action).map_or("", |action| &action.say);
        let headline = words.map(|words| words.headline.as_str()).filter(|text| !text.is_empty());
        let mut html = Html::page(&format!("{}: {act}", title(decision.word)));
        html.paragraph(headline.unwrap_or(default_headline(decision.word)));
        if let Some(words) = words {
            for (lead, items) in [
                ("What to say", &words.say),
                ("What to do", &words.act),
                ("Never", &words.never),
                ("Whom to call", &words.call),
            ] {
                html.list(lead, items);
            }
        }
        let facts = decision.needs.iter().filter_map(|&fact| law.vocabulary.facts.get(fact));
        html.list(
            "What must be known first",
            facts.map(|fact| format!("{} ({})", fact.ask, fact.name)),
        );
        let rules = decision.because.iter().map(|&id| {
            let (rule, instrument) = (law.rule(id), law.instrument_of(id));
            format!("{}: {}, {} ({})", rule.id, instrument.title, rule.cite, rule.status)
        });
        html.list("Why", rules);
        html.receipt(
            self.record,
            &self.receipt,
            &format!("{} on {}", decision.jurisdiction.path, decision.on),
        );
        html.end()
    }
}

/// A refusal because something is wrong: the law was not asked, or its answer not recorded.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    pub(crate) decision: bool,
    pub(crate) error: &'a str,
}

impl Failure<'_> {
    pub(crate) fn body(&self, form: Form) -> String {
        match form {
            Form::Json => serde_json::to_string(self).unwrap_or_default(),
            Form::Html => {
                let mut html = Html::page("Not let through");
                html.paragraph(self.error);
                html.end()
            }
        }
    }
}

const fn title(word: Word) -> &'static str {
    match word {
        Word::MustNot => "The law forbids it",
        Word::NeedsFacts => "More must be known first",
        Word::Refer => "Counsel decides this",
        // Refused only where the mapping says that silence means no.
        Word::Must | Word::May | Word::Unregulated => "Not let through",
    }
}

const fn default_headline(word: Word) -> &'static str {
    match word {
        Word::MustNot => "This was not let through, because the law forbids it.",
        Word::NeedsFacts => {
            "This was not let through, because the answer depends on what is not known yet."
        }
        Word::Refer => "This was not let through. It goes to counsel.",
        Word::Must | Word::May | Word::Unregulated => {
            "This was not let through: the law is silent on it, and here that means no."
        }
    }
}

/// A page without script, style or anything to load.
struct Html(String);

impl Html {
    fn page(title: &str) -> Self {
        let title = Escaped(title);
        let mut html = Self(String::new());
        html.add(format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n</head>\n\
             <body>\n<main>\n<h1>{title}</h1>\n"
        ));
        html
    }

    /// Writing to a string does not fail.
    fn add(&mut self, text: fmt::Arguments<'_>) {
        _ = self.0.write_fmt(text);
    }

    fn paragraph(&mut self, text: &str) {
        self.add(format_args!("<p>{}</p>\n", Escaped(text)));
    }

    fn list<T: AsRef<str>>(&mut self, lead: &str, items: impl IntoIterator<Item = T>) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        self.add(format_args!("<h2>{}</h2>\n<ul>\n", Escaped(lead)));
        for item in items {
            self.add(format_args!("<li>{}</li>\n", Escaped(item.as_ref())));
        }
        self.add(format_args!("</ul>\n"));
    }

    fn receipt(&mut self, record: u64, receipt: &str, law: &str) {
        let (receipt, law) = (Escaped(receipt), Escaped(law));
        self.add(format_args!(
            "<p>Recorded as number {record}, <a href=\"{receipt}\">receipt</a>. Decided under the law of {law}.</p>\n"
        ));
    }

    fn end(mut self) -> String {
        self.0.push_str("</main>\n</body>\n</html>\n");
        self.0
    }
}

/// Text in HTML, in and out of quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_preferred() {
        let rows = [
            (None, Form::Json),
            (Some(""), Form::Json),
            (Some("*/*"), Form::Json),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Form::Html),
            (Some("application/json, text/html;q=0.9"), Form::Json),
            (Some("application/json;q=0.1, text/html;q=0.15"), Form::Html),
            (Some("text/html;q=0"), Form::Json),
            (Some("text/html;q=0.5, */*"), Form::Json),
            (Some("text/html;q=nonsense"), Form::Json),
            (Some("text/html;q=9999999999"), Form::Json),
            (Some("TEXT/HTML"), Form::Html),
        ];
        for (accept, form) in rows {
            assert_eq!(Form::preferred(accept), form, "{accept:?}");
        }
    }

    #[test]
    fn outside_text_is_no_markup() {
        let page = Failure { decision: false, error: "<script>\"&'" }.body(Form::Html);
        assert!(page.contains("<p>&lt;script&gt;&quot;&amp;&#39;</p>"), "{page}");
    }
}
