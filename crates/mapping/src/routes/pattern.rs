//! Paths, and the patterns of a mapping's routes.
//!
//! A gateway and the program behind it may read one path differently. So a path is either read in
//! the one way that leaves no doubt, or refused: no `.` or `..`, no empty segment but the last, no
//! encoded or backward slash, nothing that is not UTF-8.

/// A path's segments, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segments(Vec<String>);

/// What a route's path looks like: `/patrons/{patron}/address`, `/files/{rest...}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
    rest: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Named(String),
}

impl Segments {
    /// Reads a path without its query. None where two programs could read it differently.
    #[must_use]
    pub fn read(path: &str) -> Option<Self> {
        let below = path.strip_prefix('/')?;
        if below.contains('\\') || below.contains('#') {
            return None;
        }
        // One slash at the end means nothing to most programs; two would be an empty segment.
        let below = below.strip_suffix('/').unwrap_or(below);
        if below.is_empty() {
            return (path == "/").then(|| Self(Vec::new()));
        }
        below.split('/').map(segment).collect::<Option<_>>().map(Self)
    }
}

fn segment(text: &str) -> Option<String> {
    let decoded = decoded(text)?;
    // A parameter after `;` is part of the segment to some programs and not to others.
    let clear = !matches!(&*decoded, "" | "." | "..")
        && !decoded.contains(['/', '\\', ';', '%'])
        && !decoded.chars().any(char::is_control);
    clear.then_some(decoded)
}

/// Percent-decodes; None where that is not possible, or not UTF-8.
#[must_use]
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in one line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let below = text.strip_prefix('/').ok_or("a path begins with `/`")?;
        let mut pattern = Self { parts: Vec::new(), rest: None };
        for part in below.split('/').filter(|_| !below.is_empty()) {
            if pattern.rest.is_some() {
                return Err("`{name...}` takes all that is left, so it stands last".to_owned());
            }
            pattern.add(part)?;
        }
        Ok(pattern)
    }

    fn add(&mut self, part: &str) -> Result<(), String> {
        let name = part.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        let Some(name) = name else {
            let plain = segment(part).filter(|plain| plain == part && !part.contains(['{', '}']));
            let literal = plain.ok_or_else(|| format!("`{part}` is no segment of a path"))?;
            self.parts.push(Part::Literal(literal));
            return Ok(());
        };
        let (name, is_rest) = match name.strip_suffix("...") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !plain {
            return Err(format!("`{part}` needs a name of letters, digits and `_`"));
        }
        if self.names().any(|known| known == name) {
            return Err(format!("`{name}` stands twice"));
        }
        if is_rest {
            self.rest = Some(name.to_owned());
        } else {
            self.parts.push(Part::Named(name.to_owned()));
        }
        Ok(())
    }

    /// The names of its segments.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let named = self.parts.iter().filter_map(|part| match part {
            Part::Named(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        });
        named.chain(self.rest.as_deref())
    }

    /// The named segments of a path that it fits.
    #[must_use]
    pub(crate) fn fit<'a>(&'a self, path: &Segments) -> Option<Vec<(&'a str, String)>> {
        let (own, rest) = path.0.split_at_checked(self.parts.len())?;
        if self.rest.is_none() && !rest.is_empty() {
            return None;
        }
        let mut named = Vec::new();
        for (part, segment) in self.parts.iter().zip(own) {
            match part {
                Part::Literal(literal) if literal != segment => return None,
                Part::Literal(_) => {}
                Part::Named(name) => named.push((name.as_str(), segment.clone())),
            }
        }
        named.extend(self.rest.as_deref().map(|name| (name, rest.join("/"))));
        Some(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(pattern: &str, path: &str) -> Option<String> {
        let pattern = Pattern::parse(pattern).expect("it is a pattern");
        let named = pattern.fit(&Segments::read(path)?)?;
        Some(named.iter().map(|(name, value)| format!("{name}={value};")).collect())
    }

    #[test]
    fn patterns_fit_whole_paths() {
        let rows: &[(&str, &str, Option<&str>)] = &[
            ("/", "/", Some("")),
            ("/", "/a", None),
            ("/patrons/{patron}/address", "/patrons/17/address", Some("patron=17;")),
            ("/patrons/{patron}/address", "/patrons/17/address/", Some("patron=17;")),
            ("/patrons/{patron}/address", "/patrons/%31%37/addres%73", Some("patron=17;")),
            ("/patrons/{patron}/address", "/patrons/17", None),
            ("/patrons/{patron}/address", "/patrons/17/address/more", None),
            ("/patrons/{patron}/address", "/patrons/17/Address", None),
            ("/files/{rest...}", "/files/a/b%20c", Some("rest=a/b c;")),
            ("/files/{rest...}", "/files", Some("rest=;")),
            ("/{a}/{b}", "/x/y", Some("a=x;b=y;")),
        ];
        for &(pattern, path, expected) in rows {
            assert_eq!(fitted(pattern, path).as_deref(), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_path_that_can_be_read_in_two_ways_is_not_read() {
        for path in [
            "",
            "a",
            "*",
            "//",
            "/a//b",
            "/a//",
            "/./a",
            "/a/..",
            "/a/%2e%2E/b",
            "/a%2fb",
            "/a%5Cb",
            "/a\\b",
            "/a;v=1/b",
            "/a%3Bb",
            "/%",
            "/%4",
            "/%zz",
            "/%ff",
            "/a%00",
            "/a%2561",
            "/a#b",
        ] {
            assert_eq!(Segments::read(path), None, "{path}");
        }
    }

    #[test]
    fn a_wrong_pattern_says_what_is_wrong() {
        let said: Vec<String> =
            ["a", "/a//b", "/{}", "/{a b}", "/{a}/{a}", "/{a...}/b", "/a{b}", "/..", "/a%41"]
                .iter()
                .map(|text| Pattern::parse(text).expect_err("it is none"))
                .collect();
        insta::assert_debug_snapshot!(said, @r#"
        [
            "a path begins with `/`",
            "`` is no segment of a path",
            "`{}` needs a name of letters, digits and `_`",
            "`{a b}` needs a name of letters, digits and `_`",
            "`a` stands twice",
            "`{name...}` takes all that is left, so it stands last",
            "`a{b}` is no segment of a path",
            "`..` is no segment of a path",
            "`a%41` is no segment of a path",
        ]
        "#);
    }
}
