#!/usr/bin/env bash
# Starts a scheduler and some executors on this machine and stops them at the end.
#
#   cluster/run.sh [EXECUTORS]               until Ctrl-C
#   cluster/run.sh EXECUTORS -- COMMAND...   until the command ends, with its exit code
#
# The command finds the scheduler's HOST:PORT in BYLAW_SCHEDULER and the program in BYLAW_CLUSTER. Settings:
#   BYLAW_CLUSTER        the program; else it is built, release, twenty minutes once
#   BYLAW_CLUSTER_BIND   where the scheduler listens; 127.0.0.1:50050, port 0 takes a free one
#   BYLAW_CLUSTER_CORES  files decided at a time by each executor; else the cores shared out among them
#   BYLAW_CLUSTER_LOGS   the folder for what they log; else a temporary one
#
# On machines of their own, start `bylaw-cluster scheduler --bind HOST:PORT` on one and
# `bylaw-cluster executor --scheduler HOST:PORT --bind HOST:0` on the others. Nothing of it is encrypted or
# asks who is there: only in a network of your own. docs/cluster.md has more.
set -euo pipefail

executors=${1:-2}
shift $(($# > 0))
if [ "${1:-}" = -- ]; then shift; fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -z "${BYLAW_CLUSTER:-}" ]; then
  cargo build --release --manifest-path "$here/Cargo.toml"
  BYLAW_CLUSTER=$here/target/release/bylaw-cluster
fi
bind=${BYLAW_CLUSTER_BIND:-127.0.0.1:50050}
cores=${BYLAW_CLUSTER_CORES:-$((($(getconf _NPROCESSORS_ONLN) + executors - 1) / executors))}
logs=${BYLAW_CLUSTER_LOGS:-$(mktemp -d "${TMPDIR:-/tmp}/bylaw-cluster.XXXXXX")}
mkdir -p "$logs"

pids=()
stop() {
  trap - EXIT
  local pid signal
  # The scheduler last, so that executors can take leave of it.
  for pid in ${pids[@]+"${pids[@]:1}"} ${pids[@]+"${pids[0]}"}; do
    for signal in TERM{1..50} KILL; do
      kill -s "${signal%%[0-9]*}" "$pid" || break
      sleep 0.1
    done
  done
}
# bash may complain that it has forgotten a process that has just ended.
trap 'stop 2>/dev/null' EXIT
trap 'exit 130' INT TERM

start() { # NAME ARGUMENTS...
  local name=$1
  shift
  : >"$logs/$name.log"
  "$BYLAW_CLUSTER" "$@" >>"$logs/$name.log" 2>&1 &
  pids+=($!)
}

start scheduler scheduler --bind "$bind"
for _ in $(seq 100); do
  BYLAW_SCHEDULER=$(sed -n 's/.*scheduler listens on //p' "$logs/scheduler.log")
  if [ -n "$BYLAW_SCHEDULER" ] || ! kill -0 "${pids[0]}" 2>/dev/null; then break; fi
  sleep 0.1
done
if [ -z "$BYLAW_SCHEDULER" ]; then
  echo "the scheduler does not start:" >&2
  cat "$logs/scheduler.log" >&2
  exit 1
fi
for number in $(seq "$executors"); do
  start "executor-$number" executor --scheduler "$BYLAW_SCHEDULER" --bind "${bind%:*}:0" --cores "$cores"
done
export BYLAW_CLUSTER BYLAW_SCHEDULER

if [ $# -gt 0 ]; then
  code=0
  "$@" || code=$?
  exit "$code"
fi
echo "scheduler at $BYLAW_SCHEDULER, $executors executors; logs in $logs; Ctrl-C stops them. Now, for example:"
echo "  $BYLAW_CLUSTER audit --scheduler $BYLAW_SCHEDULER --jurisdiction us/ca -o report LOG..."
wait -n "${pids[@]}" || true
echo "one of them has ended; its log is in $logs" >&2
exit 1
