# Starts and finds what the checks need besides cargo. Sourced by ../check, from the project's folder.
# Each function is quiet where the tool is there. Where it cannot be had it says so, and
# `say_what_was_not_checked` says it again at the end.

not_checked=()
at_exit=()

without() { # TOOL, WHAT IS NOT CHECKED
  printf '\n!! %s cannot be had here. NOT CHECKED in this run: %s\n' "$1" "$2"
  not_checked+=("$2 (no $1)")
}

say_what_was_not_checked() {
  local what
  for what in ${not_checked[@]+"${not_checked[@]}"}; do echo "!! NOT CHECKED in this run: $what"; done
}

clean_up() {
  local command
  for command in ${at_exit[@]+"${at_exit[@]}"}; do eval "$command" || true; done
}
trap clean_up EXIT

# A private PostgreSQL server, stopped and removed at the end: BYLAW_TEST_POSTGRES is its URL, of a role
# that may create databases. BYLAW_TEST_POSTGRES_RESTART is a command that restarts it the hard way.
start_postgres() {
  if [ -n "${BYLAW_TEST_POSTGRES:-}" ]; then return; fi
  local bin home port
  bin=$(postgres_programs) || install_postgres && bin=$(postgres_programs) || {
    without PostgreSQL "the record store on PostgreSQL"
    return
  }
  home=$(mktemp -d "${TMPDIR:-/tmp}/bylaw-postgres.XXXXXX")
  at_exit+=("rm -rf '$home'")
  if [ "$(id -u)" = 0 ]; then chown postgres "$home"; fi
  as_postgres "$bin/initdb" --pgdata "$home/data" --username bylaw --auth trust --encoding UTF8 \
    --locale C --no-sync >"$home/initdb.log"
  for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 20000))
    if as_postgres "$bin/pg_ctl" --pgdata "$home/data" --log "$home/log" --wait --silent \
      --options "-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200" \
      start >/dev/null; then
      at_exit=("as_postgres '$bin/pg_ctl' --pgdata '$home/data' --mode immediate --silent stop" "${at_exit[@]}")
      printf '#!/bin/sh\nexec %s %s --pgdata %s --mode immediate --wait --silent --log %s restart\n' \
        "$(as_postgres_prefix)" "$bin/pg_ctl" "$home/data" "$home/log" >"$home/restart"
      chmod 755 "$home" "$home/restart"
      export BYLAW_TEST_POSTGRES="postgres://bylaw@127.0.0.1:$port/postgres"
      export BYLAW_TEST_POSTGRES_RESTART="$home/restart"
      export PATH="$PATH:$bin"
      return
    fi
  done
  echo "PostgreSQL does not start:" && cat "$home/log"
  return 1
}

# The folder of the newest server's programs.
postgres_programs() {
  local folder found=
  for folder in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/pgsql/bin; do
    if [ -x "$folder/initdb" ]; then found=$folder; fi
  done
  if [ -z "$found" ] && command -v initdb >/dev/null; then found=$(dirname "$(command -v initdb)"); fi
  [ -n "$found" ] && echo "$found"
}

install_postgres() {
  echo "installing PostgreSQL, a minute once"
  install_package postgresql
}

install_package() { # NAME
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return 1; fi
  { apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes "$1"; } \
    >/dev/null 2>&1
}

# The program that takes the text out of a PDF.
pdf_text() {
  if command -v pdftotext >/dev/null; then return; fi
  echo "installing poppler-utils, some seconds once"
  install_package poppler-utils || without pdftotext "logs in PDF"
}

# The server refuses to run as root.
as_postgres_prefix() { if [ "$(id -u)" = 0 ]; then echo "runuser -u postgres --"; fi; }
as_postgres() { (cd / && $(as_postgres_prefix) "$@"); }

OUTSIDE_CHECKS="our log by aics-tlog, the OpenAPI document by schemathesis, the S3 store, claims and comparisons by z3 and dd"

# OUTSIDE_PYTHON: a Python with the packages of e2e/requirements.txt; empty where it cannot be had.
outside_python() {
  local venv=target/outside-venv python
  OUTSIDE_PYTHON=
  if ! cmp --silent e2e/requirements.txt "$venv/complete"; then
    python=$(new_python) || {
      without "Python 3.12 or newer" "$OUTSIDE_CHECKS"
      return
    }
    echo "installing Python packages for the checks from outside, a minute once"
    rm -rf "$venv"
    if ! { "$python" -m venv "$venv" && "$venv/bin/pip" install --quiet --requirement e2e/requirements.txt; }; then
      without "a Python package of e2e/requirements.txt" \
        "$OUTSIDE_CHECKS"
      return
    fi
    cp e2e/requirements.txt "$venv/complete"
  fi
  OUTSIDE_PYTHON=$venv/bin/python
}

new_python() {
  local python
  for python in python3 python3.14 python3.13 python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
    if "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

# A private S3 server (moto) with one empty bucket named `bylaw`, gone at the end: BYLAW_S3 is its address.
start_s3() {
  local log port
  if [ -z "$OUTSIDE_PYTHON" ] || [ -n "${BYLAW_S3:-}" ]; then return; fi
  log=$(mktemp)
  "$OUTSIDE_PYTHON" e2e/s3_server.py >"$log" 2>/dev/null &
  at_exit+=("kill $! 2>/dev/null" "rm -f '$log'")
  for _ in $(seq 150); do
    port=$(cat "$log")
    if [ -n "$port" ]; then
      export BYLAW_S3="http://127.0.0.1:$port"
      export AWS_ACCESS_KEY_ID=check AWS_SECRET_ACCESS_KEY=check AWS_REGION=us-east-1
      return
    fi
    sleep 0.2
  done
  without "the S3 server of the package moto" "the S3 store"
}
