//! The text of a file: unpacked, and in UTF-8.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::List;

/// Unpacked, no list is longer; a longer one is a mistake or a bomb.
const LONGEST: u64 = 256 << 20;

/// The text, or none where a problem says why. Of a packed file that is cut short, the whole lines
/// before the cut are read.
pub(super) fn text(list: &mut List, bytes: &[u8]) -> Option<String> {
    let unpacked =
        if bytes.starts_with(&[0x1f, 0x8b]) { unpack(list, bytes) } else { bytes.to_vec() };
    if let Some(what) = other_form(&unpacked) {
        list.problem(None, what);
        return None;
    }
    match String::from_utf8(unpacked) {
        Ok(text) => Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..valid).unwrap_or_default();
            let row = line_after(before);
            list.problem(
                Some(row),
                "it is not in UTF-8 (is it Windows-1252?); save it again as UTF-8",
            );
            None
        }
    }
}

fn unpack(list: &mut List, bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    let result = MultiGzDecoder::new(bytes).take(LONGEST + 1).read_to_end(&mut unpacked);
    let too_long = u64::try_from(unpacked.len()).is_ok_and(|length| length > LONGEST);
    if result.is_ok() && !too_long {
        return unpacked;
    }
    let end = unpacked.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    unpacked.truncate(end);
    let what = if too_long {
        "unpacked it is longer than any list; what comes from here on is not read"
    } else {
        "the gzip file is damaged or cut short; what comes from here on is not read"
    };
    list.problem(Some(line_after(&unpacked)), what);
    unpacked
}

fn line_after(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').fold(1, |line, _| line + 1)
}

/// What a file is that is no text, with the remedy.
fn other_form(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'%', b'P', b'D', b'F', ..] => {
            Some("it is a PDF; take its text first, such as with `pdftotext -layout`")
        }
        [b'P', b'K', 3, 4, ..] => {
            Some("it is a spreadsheet or a ZIP; save the list as CSV in UTF-8")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("it is in UTF-16; save it again as UTF-8"),
        _ if bytes.contains(&0) => Some("it is no text"),
        _ => None,
    }
}
