#!/usr/bin/env bash
# Checks cluster/: formatting, lints, and an audit by two executors on loopback against the single machine,
# row for row. A cold build takes about ten minutes, so ./check leaves it to CI.
set -euo pipefail
cd "$(dirname "$0")/../cluster"
cargo fmt -- --check
cargo clippy --quiet --all-targets -- --deny warnings
cargo test
