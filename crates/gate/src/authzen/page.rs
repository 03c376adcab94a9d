//! Pages of a search's results.
//!
//! A token is where to go on, how many to give, and which search it belongs to; who sends it with
//! another search is told so.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    Error, Result,
    mapping::{Json, Object},
};

/// Which part of the results is wanted.
#[derive(Debug)]
pub(crate) struct Wanted {
    offset: u64,
    limit: u64,
    search: [u8; 16],
    /// Whether the caller spoke of pages at all.
    paged: bool,
}

/// What a reply says about its page.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    next_token: String,
    count: usize,
    total: usize,
}

impl Wanted {
    /// Reads `page`. `search` is what tells this search from any other.
    ///
    /// # Errors
    ///
    /// A limit that is no count, or a token that is not this search's.
    pub(crate) fn read(page: Option<&Object<'_>>, search: &str) -> Result<Self> {
        let mut digest = [0; 16];
        digest.iter_mut().zip(Sha256::digest(search)).for_each(|(to, from)| *to = from);
        let limit = match page.and_then(|page| page.get("limit")) {
            None | Some(Json::Null) => None,
            // A page of nothing would lead to itself for ever.
            Some(Json::Int(limit)) => {
                let limit = u64::try_from(*limit).ok().filter(|limit| *limit > 0);
                Some(limit.ok_or_else(|| malformed("`page.limit` is less than 1"))?)
            }
            Some(_) => return Err(malformed("`page.limit` is not a whole number")),
        };
        let all = Self {
            offset: 0,
            limit: limit.unwrap_or(u64::MAX),
            search: digest,
            paged: page.is_some(),
        };
        match page.and_then(|page| page.get("token")) {
            None | Some(Json::Null) => Ok(all),
            Some(Json::Text(token)) if token.is_empty() => Ok(all),
            Some(Json::Text(token)) => {
                let of_token = read_token(token).filter(|of_token| of_token.search == digest);
                // The limit may be left out of later pages; a different one is another search.
                of_token
                    .filter(|of_token| limit.is_none_or(|limit| limit == of_token.limit))
                    .ok_or_else(|| malformed("`page.token` does not belong to this search"))
            }
            Some(_) => Err(malformed("`page.token` is not text")),
        }
    }

    /// The wanted part of all results.
    pub(crate) fn cut<T>(&self, all: Vec<T>) -> (Option<Page>, Vec<T>) {
        let total = all.len();
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let part: Vec<T> = all.into_iter().skip(offset).take(limit).collect();
        let end = offset.saturating_add(part.len());
        let next_token = if end < total { self.token(end) } else { String::new() };
        let page = Page { next_token, count: part.len(), total };
        (self.paged.then_some(page), part)
    }

    fn token(&self, offset: usize) -> String {
        let offset = u64::try_from(offset).unwrap_or(u64::MAX);
        let bytes = [&offset.to_be_bytes()[..], &self.limit.to_be_bytes(), &self.search].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn read_token(token: &str) -> Option<Wanted> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (offset, rest) = bytes.split_first_chunk::<8>()?;
    let (limit, search) = rest.split_first_chunk::<8>()?;
    Some(Wanted {
        offset: u64::from_be_bytes(*offset),
        limit: u64::from_be_bytes(*limit),
        search: search.try_into().ok()?,
        paged: true,
    })
}

fn malformed(reason: &str) -> Error {
    Error::Malformed { reason: reason.to_owned() }
}
