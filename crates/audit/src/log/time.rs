//! Times as logs write them.
