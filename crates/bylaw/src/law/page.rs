//! What the pages for people share: one file each, without script and without anything from
//! elsewhere. Colors and patterns are in the style sheet; each also has its words.

use std::fmt::{self, Display, Write as _};

use bylaw_law::{Law, RuleId, Word, sources::Standing};

pub(super) use bylaw_gate::Escaped;

const STYLE: &str = include_str!("page.css");

/// Patterns that the style sheet colors, so that no picture needs color to be read. A picture that
/// is not displayed would take its patterns along.
const PATTERNS: &str = r#"<svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="slanted" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ground" width="6" height="6"></rect><rect class="mark" width="2" height="6"></rect></pattern>
<pattern id="slanted-b" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ground" width="6" height="6"></rect><rect class="mark" width="2" height="6"></rect></pattern>
<pattern id="level" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="ground" width="4" height="4"></rect><rect class="mark" width="4" height="1.2"></rect></pattern>
<pattern id="upright-same" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"></rect><rect class="mark" width="3.2" height="5"></rect></pattern>
<pattern id="level-same" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="ground" width="4" height="4"></rect><rect class="mark" width="4" height="1.2"></rect></pattern>
<pattern id="dotted" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"></rect><circle class="mark" cx="2.5" cy="2.5" r="1.5"></circle></pattern>
<pattern id="dotted-a" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"></rect><circle class="mark" cx="2.5" cy="2.5" r="1.5"></circle></pattern>
<pattern id="dotted-b" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"></rect><circle class="mark" cx="2.5" cy="2.5" r="1.5"></circle></pattern>
<pattern id="crossed" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="ground" width="6" height="6"></rect><rect class="mark" width="6" height="1.2"></rect><rect class="mark" width="1.2" height="6"></rect></pattern>
</defs></svg>"#;

/// A whole page; `main` is HTML that begins with the page's first heading.
pub(super) fn whole(title: &str, main: &str) -> String {
    let title = Escaped(title);
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>
{STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
{PATTERNS}
<header class="top"><b>Bylaw</b> <span>laws, compared and counted by machine</span></header>
<main id="content">
{main}</main>
<footer>
<p>Made by Bylaw {version} from packs: rules that people wrote after the laws’ texts. How far each was verified stands beside it. No lawyer has reviewed it unless a pack says so. It is not legal advice.</p>
</footer>
</body>
</html>
"##,
        version = env!("CARGO_PKG_VERSION"),
    )
}

/// Text as HTML, with what stands between backticks as code.
pub(super) struct Prose<'a>(pub(super) &'a str);

impl Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split('`').enumerate().try_for_each(|(place, part)| match place % 2 {
            0 => Escaped(part).fmt(f),
            _ => write!(f, "<code>{}</code>", Escaped(part)),
        })
    }
}

/// One part of a bar.
pub(super) struct Part {
    /// Its class in the style sheet.
    pub(super) class: &'static str,
    /// 0 to 1.
    pub(super) share: f64,
}

/// A bar as wide as there is room, told in words to those who do not see it. Its parts are measured
/// in percent, so that it grows with the page and its text does not.
pub(super) fn bar(parts: &[Part], words: &str) -> String {
    let words = Escaped(words);
    let mut svg = format!(r#"<svg class="bar" role="img"><title>{words}</title>"#);
    let mut left = 0.0;
    for part in parts.iter().filter(|part| part.share > 0.0) {
        let (x, width, class) = (left * 100.0, part.share * 100.0, part.class);
        _ = write!(
            svg,
            r#"<rect class="{class}" x="{x:.3}%" width="{width:.3}%" height="100%"></rect>"#
        );
        left += part.share;
    }
    svg + "</svg>"
}

/// What the parts of the bars mean; HTML of the class and the words of each.
pub(super) fn legend(entries: &[(&'static str, String)]) -> String {
    let mut list = "<ul class=\"legend\">\n".to_owned();
    for (class, words) in entries {
        let words = Escaped(words);
        _ = writeln!(
            list,
            r#"<li><svg class="swatch" aria-hidden="true" focusable="false"><rect class="{class}" width="100%" height="100%"></rect></svg> {words}</li>"#
        );
    }
    list + "</ul>\n"
}

/// The answer as a word in its color.
pub(super) fn answer(word: Word) -> String {
    let (class, words) = match word {
        Word::Must => ("must", "must"),
        Word::MustNot => ("must-not", "must not"),
        Word::May => ("may", "may"),
        Word::Unregulated => ("silent", "says nothing"),
        Word::Refer => ("counsel", "counsel decides"),
        Word::NeedsFacts => ("counsel", "needs more facts"),
    };
    format!(r#"<strong class="answer {class}">{words}</strong>"#)
}

/// Rules with their heading, citation and standing; nothing where there is none.
pub(super) fn rules(law: &Law, rules: &[RuleId]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let mut list = "<ul>\n".to_owned();
    for &id in rules {
        let rule = law.rule(id);
        let standing = Standing::of(&rule.status).map_or("", Standing::name);
        _ = writeln!(
            list,
            r#"<li>{}: {} <span class="cite">{}, {standing}</span></li>"#,
            Code(&rule.id),
            Prose(heading(law, id)),
            Escaped(&rule.cite),
        );
    }
    list + "</ul>\n"
}

/// The heading under which a rule stands in its pack.
pub(super) fn heading(law: &Law, id: RuleId) -> &str {
    let name = &law.rule(id).id;
    let mut provisions = law.instrument_of(id).provisions.iter();
    provisions
        .find(|provision| provision.rules.iter().any(|rule| rule.id == *name))
        .map_or("", |provision| provision.heading.as_str())
}

/// A name of ours as code.
pub(super) struct Code<'a>(pub(super) &'a str);

impl Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<code>{}</code>", Escaped(self.0))
    }
}

/// A name that can stand in an `id`.
pub(super) fn slug(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::{Escaped, Part, Prose, bar, slug};

    #[test]
    fn nothing_of_a_pack_is_read_as_html() {
        assert_eq!(
            Escaped("<b onclick='x'>\"&\"").to_string(),
            "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;&quot;"
        );
        assert_eq!(Prose("say `a<b` so").to_string(), "say <code>a&lt;b</code> so");
        assert_eq!(slug("us/ca@\"1\""), "us-ca--1-");
    }

    #[test]
    fn a_bar_has_a_part_for_each_share_that_is_not_nothing() {
        let parts = [("must", 0.25), ("may", 0.0), ("silent", 0.75)]
            .map(|(class, share)| Part { class, share });
        let svg = bar(&parts, "must 25 %");
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains(r#"x="25.000%" width="75.000%""#), "{svg}");
    }
}
