//! The private records behind the ledger: sealed, stored, purged, replayed.
