//! The HTTP call that Envoy asks about, as a mapping's expressions see it.

use std::collections::{BTreeMap, HashMap};

use envoy_types::pb::envoy::service::auth::v3::{CheckRequest, attribute_context::HttpRequest};

use crate::mapping::{Json, Object, Segments, decoded};

/// A call that can be read in one way only.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: Segments,
    /// The path without its query, as the caller wrote it.
    written: String,
    host: String,
    headers: BTreeMap<String, String>,
    query: HashMap<String, Vec<String>>,
    /// What the gateway's own configuration adds for the route.
    extensions: HashMap<String, String>,
    /// Whom the gateway has identified by a certificate.
    pub(crate) peer: Option<String>,
}

impl Call {
    /// None where two programs could read its path or query differently.
    pub(crate) fn read(check: CheckRequest) -> Option<Self> {
        let attributes = check.attributes?;
        let extensions = attributes.context_extensions;
        let peer = attributes.source.map(|source| source.principal);
        let peer = peer.filter(|name| !name.is_empty());
        let http = attributes.request?.http?;
        let headers = headers(&http);
        let (written, query) = match http.path.split_once('?') {
            Some((path, query)) => (path.to_owned(), parameters(query)?),
            None => (http.path, HashMap::new()),
        };
        let path = Segments::read(&written)?;
        let (method, host) = (http.method, http.host);
        Some(Self { method, path, written, host, headers, query, extensions, peer })
    }

    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The names of the headers that begin so; some programs take `_` for `-`.
    pub(crate) fn headers_named(&self, start: &str) -> impl Iterator<Item = String> {
        self.headers.keys().filter(move |name| name.replace('_', "-").starts_with(start)).cloned()
    }

    /// `context` in the expressions of a mapping: no caller can say any of it.
    pub(crate) fn context(&self) -> Object<'_> {
        let text = |(name, value): (&'_ String, &'_ String)| {
            (name.clone(), Json::Text(value.clone().into()))
        };
        self.extensions.iter().map(text).collect()
    }

    /// `request` in the expressions of a mapping, with the segments that the route names.
    pub(crate) fn request<'a>(&'a self, named: &'a [(&'a str, String)]) -> Object<'a> {
        let text = |text: &'a str| Json::Text(text.into());
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), text(value)));
        let query = self.query.iter().map(|(name, values)| (name.as_str(), parameter(values)));
        let segments = named.iter().map(|(name, value)| (*name, text(value)));
        Object::from_iter([
            ("method", text(&self.method)),
            ("path", text(&self.written)),
            ("host", text(&self.host)),
            ("headers", Json::Object(headers.collect())),
            ("query", Json::Object(query.collect())),
            ("segments", Json::Object(segments.collect())),
        ])
    }
}

/// One value is text. Of several, programs differ in which one counts: they stay a list, of which
/// no fact is made unless the mapping says how.
fn parameter(values: &[String]) -> Json<'_> {
    match values {
        [value] => Json::Text(value.into()),
        values => Json::List(values.iter().map(|value| Json::Text(value.into())).collect()),
    }
}

fn headers(http: &HttpRequest) -> BTreeMap<String, String> {
    let text = |(key, value): (&String, &String)| (key.to_ascii_lowercase(), value.clone());
    let mut headers: BTreeMap<_, _> = http.headers.iter().map(text).collect();
    // With `encode_raw_headers` they come as a list instead. Repeated ones are joined, as HTTP has
    // it and as Envoy does in the other form.
    for header in http.header_map.iter().flat_map(|map| &map.headers) {
        let raw = String::from_utf8_lossy(&header.raw_value);
        let value = if header.value.is_empty() { &*raw } else { &*header.value };
        headers
            .entry(header.key.to_ascii_lowercase())
            .and_modify(|known: &mut String| {
                known.push(',');
                known.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    headers
}

fn parameters(query: &str) -> Option<HashMap<String, Vec<String>>> {
    let mut parameters = HashMap::<String, Vec<String>>::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |part: &str| decoded(&part.replace('+', " "));
        parameters.entry(text(key)?).or_default().push(text(value)?);
    }
    Some(parameters)
}
