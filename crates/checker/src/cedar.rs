//! The part of Cedar that packs use: annotated policies over finite facts, and the words of the
//! vocabulary's schema. What it does not know it refuses.

use std::collections::BTreeMap;

/// One policy: a rule, a definition or a claim.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) notes: BTreeMap<String, String>,
    pub(crate) forbids: bool,
    /// The acts it names; none where it leaves `action` bare.
    pub(crate) actions: Option<Vec<String>>,
    pub(crate) condition: Expression,
}

/// What conditions are made of. Whether types fit is seen where they get their meaning.
#[derive(Debug)]
pub(crate) enum Expression {
    Truth(bool),
    Number(i64),
    /// `LegalProcess::"i200"`: type and name.
    Value(String, String),
    List(Vec<Self>),
    Fact(String),
    Term(String),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    If(Box<[Self; 3]>),
    /// Two sides and the comparison between them.
    Compare(&'static str, Box<[Self; 2]>),
    /// The list, and what is looked for in it.
    Contains(Box<[Self; 2]>),
}

/// How deep conditions may nest: reading and evaluating them recurses.
const DEEPEST: usize = 40;

/// Reads the policies of a block.
pub(crate) fn policies(text: &str) -> Result<Vec<Policy>, String> {
    let mut reader = Reader::new(text)?;
    let mut policies = Vec::new();
    while !reader.at_end() {
        policies.push(reader.policy()?);
    }
    Ok(policies)
}

/// Reads one condition, such as that of `@always`.
pub(crate) fn expression(text: &str) -> Result<Expression, String> {
    let mut reader = Reader::new(text)?;
    let expression = reader.expression()?;
    if reader.at_end() { Ok(expression) } else { Err(reader.unexpected()) }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(i64),
    Sign(&'static str),
}

const SIGNS: [&str; 23] = [
    "::", "==", "!=", "<=", ">=", "&&", "||", "(", ")", "{", "}", "[", "]", "@", ",", ";", ":",
    ".", "!", "<", ">", "=", "-",
];

/// Tokens with their lines, read one after the other.
pub(crate) struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Reader {
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = text;
        let mut line = 1;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '\n' => {
                    line += 1;
                    1
                }
                _ if first.is_whitespace() => first.len_utf8(),
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '"' => {
                    let (text, length) = text_literal(rest)
                        .ok_or_else(|| format!("line {line}: a text that is not understood"))?;
                    line += text.matches('\n').count();
                    tokens.push((line, Token::Text(text)));
                    length
                }
                _ if first.is_ascii_alphanumeric() || first == '_' => {
                    let other = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
                    let (word, _) = rest.split_at(rest.find(other).unwrap_or(rest.len()));
                    tokens.push((
                        line,
                        word_or_number(word).map_err(|why| format!("line {line}: {why}"))?,
                    ));
                    word.len()
                }
                _ => {
                    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
                    let sign = sign.ok_or_else(|| format!("line {line}: unexpected `{first}`"))?;
                    tokens.push((line, Token::Sign(sign)));
                    sign.len()
                }
            };
            (_, rest) = rest.split_at(length);
        }
        Ok(Self { tokens, at: 0, depth: 0 })
    }

    pub(crate) fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    pub(crate) fn unexpected(&self) -> String {
        match self.tokens.get(self.at) {
            Some((line, Token::Word(word))) => format!("line {line}: unexpected `{word}`"),
            Some((line, Token::Sign(sign))) => format!("line {line}: unexpected `{sign}`"),
            Some((line, _)) => format!("line {line}: unexpected value"),
            None => "it ends too early".to_owned(),
        }
    }

    /// Passes over this sign or word, if it is the next.
    pub(crate) fn take(&mut self, wanted: &str) -> bool {
        let found = match self.peek() {
            Some(Token::Sign(sign)) => *sign == wanted,
            Some(Token::Word(word)) => word == wanted,
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    pub(crate) fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(crate) fn word(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Text(text)) => {
                let text = text.clone();
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `@key("text") …`, each key once.
    pub(crate) fn notes(&mut self) -> Result<BTreeMap<String, String>, String> {
        let mut notes = BTreeMap::new();
        while self.take("@") {
            let key = self.word()?;
            let mut text = String::new();
            if self.take("(") {
                text = self.text()?;
                self.expect(")")?;
            }
            if notes.insert(key.clone(), text).is_some() {
                return Err(format!("`@{key}` stands twice"));
            }
        }
        Ok(notes)
    }

    /// What `item` reads, with commas between, up to `end`.
    pub(crate) fn list<T>(
        &mut self,
        end: &str,
        mut item: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(item(self)?);
            if !self.take(",") {
                self.expect(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn policy(&mut self) -> Result<Policy, String> {
        let notes = self.notes()?;
        let forbids = self.take("forbid");
        if !forbids {
            self.expect("permit")?;
        }
        for scope in ["(", "principal", ",", "action"] {
            self.expect(scope)?;
        }
        let actions = if self.take("==") {
            Some(vec![self.action()?])
        } else if self.take("in") {
            let listed = self.take("[");
            Some(if listed { self.list("]", Self::action)? } else { vec![self.action()?] })
        } else {
            None
        };
        for scope in [",", "resource", ")"] {
            self.expect(scope)?;
        }
        let mut parts = Vec::new();
        loop {
            let unless = self.take("unless");
            if !unless && !self.take("when") {
                break;
            }
            self.expect("{")?;
            let part = self.expression()?;
            parts.push(if unless { Expression::Not(Box::new(part)) } else { part });
            self.expect("}")?;
        }
        self.expect(";")?;
        Ok(Policy { notes, forbids, actions, condition: Expression::All(parts) })
    }

    fn action(&mut self) -> Result<String, String> {
        self.expect("Action")?;
        self.expect("::")?;
        self.text()
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("a condition nests too deep".to_owned());
        }
        let read = if self.take("if") {
            let condition = self.expression()?;
            self.expect("then")?;
            let then = self.expression()?;
            self.expect("else")?;
            Expression::If(Box::new([condition, then, self.expression()?]))
        } else {
            let parts = self.chain("||", |reader| {
                Ok(one_or(Expression::All, reader.chain("&&", Self::relation)?))
            })?;
            one_or(Expression::Any, parts)
        };
        self.depth -= 1;
        Ok(read)
    }

    fn chain(
        &mut self,
        sign: &str,
        part: impl Fn(&mut Self) -> Result<Expression, String>,
    ) -> Result<Vec<Expression>, String> {
        let mut parts = vec![part(self)?];
        while self.take(sign) {
            parts.push(part(self)?);
        }
        Ok(parts)
    }

    fn relation(&mut self) -> Result<Expression, String> {
        let left = self.unary()?;
        for sign in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.take(sign) {
                return Ok(Expression::Compare(sign, Box::new([left, self.unary()?])));
            }
        }
        if self.take("in") {
            return Ok(Expression::Contains(Box::new([self.unary()?, left])));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, String> {
        let mut negated = false;
        while self.take("!") {
            negated = !negated;
        }
        let inner = self.member()?;
        Ok(if negated { Expression::Not(Box::new(inner)) } else { inner })
    }

    fn member(&mut self) -> Result<Expression, String> {
        let member = if self.take("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            inner
        } else if self.take("[") {
            Expression::List(self.list("]", Self::expression)?)
        } else if self.take("true") {
            Expression::Truth(true)
        } else if self.take("false") {
            Expression::Truth(false)
        } else if self.take("context") {
            self.expect(".")?;
            let name = self.word()?;
            if name == "term" {
                self.expect(".")?;
                Expression::Term(self.word()?)
            } else {
                Expression::Fact(name)
            }
        } else if let Some(number) = self.number() {
            Expression::Number(number)
        } else {
            let kind = self.word()?;
            self.expect("::")?;
            Expression::Value(kind, self.text()?)
        };
        if self.take(".") {
            self.expect("contains")?;
            self.expect("(")?;
            let sought = self.expression()?;
            self.expect(")")?;
            return Ok(Expression::Contains(Box::new([member, sought])));
        }
        Ok(member)
    }

    fn number(&mut self) -> Option<i64> {
        let negative = self.take("-");
        let Some(&Token::Number(number)) = self.peek() else {
            self.at -= usize::from(negative);
            return None;
        };
        self.at += 1;
        Some(if negative { -number } else { number })
    }
}

/// A single part needs nothing around it.
fn one_or(
    around: impl Fn(Vec<Expression>) -> Expression,
    mut parts: Vec<Expression>,
) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            around(parts)
        }
    }
}

fn word_or_number(word: &str) -> Result<Token, String> {
    if word.starts_with(|letter: char| letter.is_ascii_digit()) {
        word.parse().map(Token::Number).map_err(|_| format!("`{word}` is no whole number"))
    } else {
        Ok(Token::Word(word.to_owned()))
    }
}

/// The text between quotation marks, and the length with them.
fn text_literal(rest: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, at + 1)),
            '\\' => text.push(match letters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                plain @ ('"' | '\\' | '\'') => plain,
                _ => return None,
            }),
            _ => text.push(letter),
        }
    }
    None
}
