//! What a file is, by its first bytes. Its name is not believed.

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Gzip,
    Zip,
    Parquet,
    Pdf,
    /// With the length of its byte-order mark.
    Text(Encoding, u64),
    /// Nothing that can be read; what to do.
    Other(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16 { big_endian: bool },
}

/// How much of a file is looked at.
pub(super) const HEAD: usize = 1 << 16;

impl Kind {
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Zip,
            [b'P', b'A', b'R', b'1', ..] => Self::Parquet,
            [b'%', b'P', b'D', b'F', ..] => Self::Pdf,
            [0xef, 0xbb, 0xbf, ..] => Self::Text(Encoding::Utf8, 3),
            [0xff, 0xfe, ..] => Self::Text(Encoding::Utf16 { big_endian: false }, 2),
            [0xfe, 0xff, ..] => Self::Text(Encoding::Utf16 { big_endian: true }, 2),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Self::Other(
                "it is an old or protected Office file; save the sheet as XLSX without a password, or as CSV in UTF-8",
            ),
            [b'B', b'Z', b'h', ..]
            | [0xfd, b'7', b'z', b'X', b'Z', ..]
            | [0x28, 0xb5, 0x2f, 0xfd, ..]
            | [b'7', b'z', 0xbc, 0xaf, ..]
            | [b'R', b'a', b'r', b'!', ..] => Self::Other(
                "it is packed in a way that is not read here; unpack it first, or use gzip",
            ),
            _ if head.get(257..262) == Some(b"ustar") => {
                Self::Other("it is a tar archive; unpack it and name the files in it")
            }
            _ => Self::Text(Encoding::Utf8, 0),
        }
    }

    /// Its name in messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zip => "a spreadsheet (XLSX)",
            Self::Parquet => "Parquet",
            Self::Pdf => "a PDF",
            Self::Text(Encoding::Utf8, _) => "text in UTF-8",
            Self::Text(Encoding::Utf16 { .. }, _) => "text in UTF-16",
            Self::Other(_) => "unknown",
        }
    }

    /// Whether a file's name says so too.
    pub(super) fn fits(self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let Some((_, extension)) = lower.rsplit_once('.') else { return true };
        match extension {
            "gz" | "gzip" => self == Self::Gzip,
            "xlsx" | "xlsm" | "xls" => self == Self::Zip,
            "parquet" => self == Self::Parquet,
            "pdf" => self == Self::Pdf,
            "csv" | "tsv" | "txt" => matches!(self, Self::Text(..)),
            _ => true,
        }
    }
}

/// Whether bytes are no text at all. A stray byte that is none is a matter of its row.
pub(super) fn is_binary(head: &[u8]) -> bool {
    let head = head.get(..head.len().min(HEAD)).unwrap_or_default();
    let odd = |byte: &&u8| matches!(byte, 0..=8 | 14..=31);
    head.iter().filter(odd).count() * 50 > head.len()
}

/// Whether lines end in `\r` alone, as old systems wrote them.
pub(super) fn has_old_lines(head: &[u8]) -> bool {
    head.contains(&b'\r') && !head.contains(&b'\n')
}
