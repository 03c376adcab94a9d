//! The bytes of a file, unpacked and in UTF-8, as a stream.

use std::{
    fmt,
    fs::File,
    io::{self, Chain, Cursor, Read, Seek},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use flate2::read::MultiGzDecoder;

/// A regular file, read no further than it was long when it was opened: what is appended meanwhile would
/// not be in its hash.
pub(super) struct Input {
    file: File,
    pub(super) size: u64,
    changed: Option<SystemTime>,
    read: Arc<AtomicU64>,
}

impl Input {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| format!("it cannot be opened: {error}"))?;
        let about = file.metadata().map_err(|error| unreadable(&error))?;
        if about.is_dir() {
            return Err("it is a folder; name the files in it".to_owned());
        }
        if !about.is_file() {
            return Err("it is no regular file; save it as one first".to_owned());
        }
        if about.len() == 0 {
            return Err("it is empty".to_owned());
        }
        let changed = about.modified().ok();
        Ok(Self { file, size: about.len(), changed, read: Arc::default() })
    }

    /// How much was read so far.
    pub(super) fn read_counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Its bytes from the beginning.
    pub(super) fn bytes(&self) -> Result<Counted<io::Take<File>>, String> {
        let Counted { from, read } = self.whole()?;
        Ok(Counted { from: from.take(self.size), read })
    }

    /// The same file, to be read at any place. Only one of these may be in use.
    pub(super) fn whole(&self) -> Result<Counted<File>, String> {
        let again = self.file.try_clone().and_then(|mut file| file.rewind().map(|()| file));
        let from = again.map_err(|error| unreadable(&error))?;
        Ok(Counted { from, read: Arc::clone(&self.read) })
    }

    /// Whether it is still the file that was opened.
    pub(super) fn is_unchanged(&self) -> bool {
        self.file
            .metadata()
            .is_ok_and(|about| about.len() == self.size && about.modified().ok() == self.changed)
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("size", &self.size).finish_non_exhaustive()
    }
}

/// A file's bytes, counted.
pub(super) struct Counted<R> {
    pub(super) from: R,
    pub(super) read: Arc<AtomicU64>,
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, place: io::SeekFrom) -> io::Result<u64> {
        self.from.seek(place)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.from.read(buffer)?;
        self.read.fetch_add(u64::try_from(length).unwrap_or(0), Ordering::Relaxed);
        Ok(length)
    }
}

/// A stream of which the beginning was looked at.
pub(super) type Stream = Chain<Cursor<Vec<u8>>, Box<dyn Read + Send>>;

pub(super) fn unreadable(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}

/// The beginning of a stream, and the whole of it.
pub(super) fn peek(mut from: Box<dyn Read + Send>, length: usize) -> (Vec<u8>, Stream) {
    let mut head = Vec::new();
    // What fails here fails again when the rest is read.
    let failed =
        from.by_ref().take(u64::try_from(length).unwrap_or(u64::MAX)).read_to_end(&mut head).err();
    let rest: Box<dyn Read + Send> = match failed {
        None => from,
        Some(error) => Box::new(Failing(Some(error))),
    };
    (head.clone(), Cursor::new(head).chain(rest))
}

/// The text in a gzip file, of however many members.
pub(super) fn gunzip(packed: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(1 << 16, packed)))
}

/// A stream that ended in an error.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Lines that end in `\r` alone, as old systems wrote them, end in `\n`.
pub(super) struct LineFeeds<R>(pub(super) R);

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        for byte in buffer.iter_mut().take(length).filter(|byte| **byte == b'\r') {
            *byte = b'\n';
        }
        Ok(length)
    }
}

/// UTF-16 as UTF-8. What is no UTF-16 becomes a byte that is no UTF-8, so that its row is named.
pub(super) struct Utf16<R> {
    from: R,
    big_endian: bool,
    /// A code unit cut in two, and the first half of a pair.
    odd: Option<u8>,
    high: Option<u16>,
    ready: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    /// The stream stands after the byte-order mark.
    pub(super) const fn new(from: R, big_endian: bool) -> Self {
        let ready = Vec::new();
        Self { from, big_endian, odd: None, high: None, ready, at: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut raw = [0; 1 << 13];
        let length = self.from.read(&mut raw)?;
        self.ready.clear();
        self.at = 0;
        self.ended = length == 0;
        for &byte in raw.iter().take(length) {
            match self.odd.take() {
                None => self.odd = Some(byte),
                Some(first) if self.big_endian => self.unit(u16::from_be_bytes([first, byte])),
                Some(first) => self.unit(u16::from_le_bytes([first, byte])),
            }
        }
        if self.ended && (self.odd.take().is_some() | self.high.take().is_some()) {
            self.ready.push(0xff);
        }
        Ok(())
    }

    fn unit(&mut self, unit: u16) {
        let is_high = (0xd800..0xdc00).contains(&unit);
        let units = match self.high.take() {
            None if is_high => {
                self.high = Some(unit);
                return;
            }
            Some(_) if is_high => {
                self.high = Some(unit);
                self.ready.push(0xff);
                return;
            }
            first => first.into_iter().chain([unit]),
        };
        for letter in char::decode_utf16(units) {
            match letter {
                Ok(letter) => {
                    self.ready.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Err(_) => self.ready.push(0xff),
            }
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.ready.len() && !self.ended {
            self.refill()?;
        }
        let ready = self.ready.get(self.at..).unwrap_or_default();
        let length = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), ready.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length;
        Ok(length)
    }
}
