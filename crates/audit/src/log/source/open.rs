//! A file is known by its content, and opened as what it is.

use std::{
    io::{self, Read},
    path::Path,
};

use super::{
    From, Headers, Limits, NO_HEADER, Source,
    buffer::Buffer,
    columns::Parquet,
    detect::{self, Encoding, HEAD, Kind},
    header,
    input::{self, Input},
    pages::{self, Pages},
    spreadsheet::Spreadsheet,
    text::{self, Text},
};

/// What a file is read from, its shape in words, and what is to be said of it.
type Opened = (From, String, Option<String>);

/// The file, known by its content; or why nothing of it can be read.
pub(super) fn source(path: &Path, headers: &Headers, limits: &Limits) -> Result<Source, String> {
    let input = Input::open(path)?;
    let read = input.read_counter();
    let (head, stream) = input::peek(Box::new(input.bytes()?), HEAD);
    let kind = Kind::of(&head);
    let headers = headers.clone();
    let (from, shape, note) = match kind {
        Kind::Other(what) => return Err(what.to_owned()),
        Kind::Zip => plainly(
            kind,
            From::Spreadsheet(Spreadsheet::open(input.whole()?, headers, limits.clone())),
        ),
        Kind::Parquet => {
            let parquet = Parquet::open(input.whole()?, &headers, limits)?;
            plainly(kind, From::Columns(Box::new(parquet)))
        }
        Kind::Pdf => plainly(kind, From::Pages(Box::new(Pages::of_pdf(path, headers, limits)?))),
        Kind::Gzip => packed(Box::new(stream), headers, limits)?,
        Kind::Text(..) => text_of(kind, &head, Box::new(stream), headers, limits)?,
    };
    let name = path.display().to_string();
    let lies =
        (!kind.fits(&name)).then(|| format!("its name says otherwise, but it is {}", kind.name()));
    let notes = note.into_iter().chain(lies).collect();
    Ok(Source {
        name,
        input,
        read,
        from,
        shape,
        notes,
        headers: 0,
        compared: None,
        lies: false,
        waiting: None,
        ended: false,
    })
}

fn plainly(kind: Kind, from: From) -> Opened {
    (from, kind.name().to_owned(), None)
}

fn packed(
    stream: Box<dyn Read + Send>,
    headers: Headers,
    limits: &Limits,
) -> Result<Opened, String> {
    let (head, text) = input::peek(input::gunzip(stream), HEAD);
    let inside = Kind::of(&head);
    if !matches!(inside, Kind::Text(..)) {
        return Err("it is a gzip file of something that is no text; unpack it first".to_owned());
    }
    let (from, shape, note) = text_of(inside, &head, Box::new(text), headers, limits)?;
    Ok((from, format!("{shape}, packed with gzip"), note))
}

/// Text, in records or in columns that stand under each other.
fn text_of(
    kind: Kind,
    head: &[u8],
    mut stream: Box<dyn Read + Send>,
    headers: Headers,
    limits: &Limits,
) -> Result<Opened, String> {
    let Kind::Text(encoding, mark) = kind else { return Err("it is no text".to_owned()) };
    let passed = io::copy(&mut stream.by_ref().take(mark), &mut io::sink());
    passed.map_err(|error| input::unreadable(&error))?;
    let head = usize::try_from(mark).ok().and_then(|mark| head.get(mark..)).unwrap_or_default();
    if encoding == Encoding::Utf8 && detect::is_binary(head) {
        return Err(
            "it is no text, and no other kind of file that is known; ask for the log as CSV"
                .to_owned(),
        );
    }
    let old_lines = encoding == Encoding::Utf8 && detect::has_old_lines(head);
    let stream: Box<dyn Read + Send> = match encoding {
        Encoding::Utf16 { big_endian } => Box::new(input::Utf16::new(stream, big_endian)),
        Encoding::Utf8 if old_lines => Box::new(input::LineFeeds(stream)),
        Encoding::Utf8 => stream,
    };
    match Text::open(Buffer::new(stream), headers, limits) {
        Ok((text, note)) => {
            let delimiter = header::named(text.delimiter());
            let shape = format!("{}, with {delimiter} between cells", kind.name());
            Ok((From::Text(Box::new(text)), shape, note))
        }
        Err((buffer, headers)) if pages::has_header(buffer.rest(), &headers) => {
            let shape = format!("{}, in columns that stand under each other", kind.name());
            let pages = Pages::of_text(buffer.into_stream(), headers);
            Ok((From::Pages(Box::new(pages)), shape, None))
        }
        Err((mut buffer, _)) => Err(match buffer.take_cut() {
            Some(cut) => text::broken_off(&cut),
            None => format!("no header that is known stands in its first lines; {NO_HEADER}"),
        }),
    }
}
