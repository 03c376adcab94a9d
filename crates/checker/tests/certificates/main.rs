//! Certificates of the town's claims, written by hand: accepted as they are, refused when anything
//! was changed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

mod evidence;
mod tampering;
mod untrusted;
