//! Two plain pages for people: what the service is, and its interface, made from the `OpenAPI`
//! document. They work without script. Their links are relative: a proxy may serve them below a path.

use std::{
    fmt::{self, Display, Write as _},
    sync::OnceLock,
};

use axum::{
    http::header::CONTENT_TYPE,
    response::{Html, IntoResponse},
};
use serde_json::{Map, Value};

use crate::openapi::DOCUMENT;

/// Everything is forbidden but a style sheet of our own.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("page.css");

/// The one style sheet.
pub(crate) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// What this is, and where to go on.
pub(crate) async fn home() -> Html<&'static str> {
    static PAGE: OnceLock<String> = OnceLock::new();
    Html(PAGE.get_or_init(home_page))
}

/// The interface.
pub(crate) async fn api() -> Html<&'static str> {
    static PAGE: OnceLock<String> = OnceLock::new();
    Html(PAGE.get_or_init(api_page))
}

fn home_page() -> String {
    let main = "
<h1>Bylaw</h1>
<p>This service answers what the law in force says to one act: who may do what, with whose
information, for whom. Each answer names the section that says so. Each is recorded before it is
given, and leaves a receipt that anyone can check.</p>
<p>It is not legal advice, and it holds nobody’s immigration status.</p>
<ul>
<li><a href=\"api\">Interface</a> for programs that ask (<a href=\"openapi.json\">OpenAPI</a>)</li>
<li><a href=\"ledger/checkpoint\">Newest checkpoint</a> of the public ledger, and <a href=\"ledger/keys\">its keys</a></li>
<li><a href=\"healthz\">How the service does</a>, with the hash of each jurisdiction’s law</li>
</ul>
<p>To check a receipt, save <code>/receipts/</code> with its number as a file and run
<code>bylaw ledger check FILE --key KEY</code>, with a line of <a href=\"ledger/keys\">the keys</a>
that you took from a source you trust. It needs no network.</p>";
    whole("Bylaw", main)
}

fn api_page() -> String {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap_or_default();
    let mut main = String::new();
    // Writing into a string cannot fail.
    let _ = write_api(&mut main, &document);
    whole("Bylaw: the interface", &main)
}

fn whole(title: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>\n<main>{main}\n</main>\n</body>\n</html>\n"
    )
}

fn write_api(out: &mut String, document: &Value) -> fmt::Result {
    let info = text(at(document, "/info/description"));
    write!(out, "\n<p><a href=\"./\">Bylaw</a></p>\n<h1>The interface</h1>\n<p>{info}</p>")?;
    write!(out, "\n<p>Send <code>Authorization: Bearer …</code> with a client’s token")?;
    write!(out, " where “token” is named, or come with a client’s certificate.")?;
    write!(out, " The same as <a href=\"openapi.json\">OpenAPI</a>.</p>")?;
    for tag in items(at(document, "/tags")) {
        write!(
            out,
            "\n<h2>{}</h2>\n<p>{}</p>",
            text(at(tag, "/name")),
            text(at(tag, "/description"))
        )?;
        for (path, method, operation) in operations(document) {
            if at(operation, "/tags/0") == at(tag, "/name") {
                write_operation(out, document, path, method, operation)?;
            }
        }
    }
    Ok(())
}

/// Every operation with its path and method, in the order of the document's paths.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(at(document, "/paths")).flat_map(|(path, methods)| {
        members(methods).map(|(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn write_operation(
    out: &mut String,
    document: &Value,
    path: &str,
    method: &str,
    operation: &Value,
) -> fmt::Result {
    let method = method.to_uppercase();
    write!(
        out,
        "\n<h3 id=\"{}\">{method} {}</h3>",
        text(at(operation, "/operationId")),
        Escaped(path)
    )?;
    write!(out, "\n<p><strong>{}.</strong> ", text(at(operation, "/summary")))?;
    write!(out, "{}", text(at(operation, "/description")))?;
    if at(operation, "/security").is_array() {
        write!(out, " Needs a token or a certificate.")?;
    }
    write!(out, "</p>")?;
    let body = at(operation, "/requestBody/content/application~1json");
    if at(body, "/example").is_object() {
        write!(out, "\n<pre>{}</pre>", Escaped(&format!("{:#}", at(body, "/example"))))?;
    }
    write!(out, "\n<table>\n<tbody>")?;
    for parameter in items(at(operation, "/parameters")) {
        let parameter = resolved(document, parameter);
        write_row(out, at(parameter, "/name").as_str().unwrap_or_default(), parameter)?;
    }
    for (name, property) in members(at(resolved(document, at(body, "/schema")), "/properties")) {
        let property = resolved(document, property);
        write_row(out, name, property)?;
    }
    for (status, response) in members(at(operation, "/responses")) {
        let response = resolved(document, response);
        write_row(out, status, response)?;
    }
    write!(out, "\n</tbody>\n</table>")
}

fn write_row(out: &mut String, name: &str, described: &Value) -> fmt::Result {
    let (name, description) = (Escaped(name), text(at(described, "/description")));
    write!(out, "\n<tr><th scope=\"row\"><code>{name}</code></th><td>{description}</td></tr>")
}

/// What a `$ref` of the document points at, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = at(value, "/$ref").as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|target| document.pointer(target)).unwrap_or(value)
}

/// The value at a JSON pointer, null where there is none.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn text(value: &Value) -> Prose<'_> {
    Prose(value.as_str().unwrap_or_default())
}

/// Text as HTML, with what stands between backticks as code.
struct Prose<'a>(&'a str);

impl Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split('`').enumerate().try_for_each(|(place, part)| match place % 2 {
            0 => Escaped(part).fmt(f),
            _ => write!(f, "<code>{}</code>", Escaped(part)),
        })
    }
}

/// Text as HTML, also within an attribute.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => f.write_char(other),
        })
    }
}
