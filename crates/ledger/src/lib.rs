//! A transparency log of commitments, by the C2SP specifications.
