//! The shapes of files, declared: which column means what.
