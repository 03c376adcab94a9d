//! Reads a page of ours: every tag closed, nothing from elsewhere, and what assistive technology
//! needs in place.

use std::collections::BTreeSet;

/// One opening tag.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    /// The names of the elements around it, the outermost first.
    pub(crate) within: Vec<String>,
    /// The text inside it, entities resolved.
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The elements of a page in order; stops where a tag is not closed in its turn.
pub(crate) fn read(page: &str) -> Vec<Element> {
    let mut rest = page.strip_prefix("<!doctype html>\n").expect("it says what it is");
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while let Some((text, tag_on)) = rest.split_once('<') {
        open.iter().for_each(|&element| elements[element].text += &resolved(text));
        let (tag, after) = tag_on.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop().unwrap_or_else(|| panic!("</{name}> closes nothing"));
            assert_eq!(elements[last].name, name, "closed in the wrong turn");
            continue;
        }
        let within: Vec<String> = open.iter().map(|&outer| elements[outer].name.clone()).collect();
        let element = element(tag, within);
        if element.name == "style" {
            rest = after.split_once("</style>").expect("the style ends").1;
        } else if element.name != "meta" {
            open.push(elements.len());
        }
        elements.push(element);
    }
    assert_eq!((open.len(), rest.trim()), (0, ""), "something is left open");
    elements
}

fn element(tag: &str, within: Vec<String>) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(name.chars().all(|letter| letter.is_ascii_alphanumeric()), "<{tag}> is no tag");
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        if let Some((name, after)) = rest.split_once("=\"")
            && !name.contains(' ')
        {
            let (value, after) = after.split_once('"').expect("a value ends");
            attributes.push((name.to_owned(), resolved(value)));
            rest = after.trim_start();
        } else {
            let (name, after) = rest.split_once(' ').unwrap_or((rest, ""));
            attributes.push((name.to_owned(), String::new()));
            rest = after;
        }
    }
    Element { name: name.to_owned(), attributes, within, text: String::new() }
}

fn resolved(text: &str) -> String {
    let parts: Vec<&str> = text.split('&').collect();
    for part in &parts[1..] {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(known.iter().any(|entity| part.starts_with(entity)), "a bare & before {part}");
    }
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, sign)| text.replace(entity, sign))
}

/// Stops where the page needs anything from elsewhere, or where someone who does not see it, or
/// uses no mouse, would be lost.
pub(crate) fn check(page: &str) -> Vec<Element> {
    let elements = read(page);
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
    let style = style.expect("it has a style").replace("url(#", "");
    assert!(!style.contains("url(") && !style.contains("@import"), "the style needs a file");
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'"));
    let ids: Vec<&str> = elements.iter().filter_map(|element| element.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "two ids are the same");
    for element in &elements {
        assert!(!["script", "link", "img", "iframe"].contains(&element.name.as_str()));
        for (name, value) in &element.attributes {
            assert!(!name.starts_with("on") && name != "src" && name != "style", "{element:?}");
            match name.as_str() {
                "href" => {
                    assert!(ids.contains(&value.trim_start_matches('#')), "{value} is nowhere")
                }
                "aria-labelledby" => assert!(ids.contains(&value.as_str()), "{value} is nowhere"),
                _ => {}
            }
        }
    }
    accessible(&elements);
    elements
}

fn accessible(elements: &[Element]) {
    let count = |name: &str| elements.iter().filter(|element| element.name == name).count();
    for once in ["html", "head", "body", "header", "main", "footer", "h1"] {
        assert_eq!(count(once), 1, "{once}");
    }
    assert_eq!(elements[0].attribute("lang"), Some("en"));
    assert_eq!(count("table"), count("caption"), "a table without a caption");
    let mut depth = 0;
    for element in elements {
        let said = !element.text.trim().is_empty();
        match element.name.as_str() {
            "h1" | "h2" | "h3" | "h4" => {
                let own = element.name.trim_start_matches('h').parse::<usize>().expect("a depth");
                assert!(said && own <= depth + 1, "{} below depth {depth}", element.text);
                depth = own;
            }
            "th" => assert!(element.attribute("scope").is_some() && said, "{element:?}"),
            "svg" => {
                let hidden = element.attribute("aria-hidden") == Some("true");
                assert!(
                    hidden || (element.attribute("role") == Some("img") && said),
                    "{element:?}"
                );
            }
            "a" | "summary" | "title" | "caption" => assert!(said, "{element:?}"),
            "div" if element.attribute("class") == Some("scroll") => {
                let reached = element.attribute("tabindex").zip(element.attribute("aria-label"));
                assert!(reached.is_some(), "{element:?}");
            }
            _ => {}
        }
    }
}
