#!/bin/sh
# The service in one minute, in a folder that is removed at the end: a system asks, gets its answer, and the
# proof is checked with the service gone. Needs curl.
set -eu
export BYLAW_SERVE__ORIGIN=law.example.gov/ledger
call=$PWD/examples/authzen-library-address.json
folder=$(mktemp -d)
cd "$folder"
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
say() { printf '\n# %s\n' "$1"; }

: >address
bylaw serve --data city --listen 127.0.0.1:0 >address 2>log &
server=$!
until grep -q listening address || ! kill -0 "$server"; do sleep 0.1; done
url=$(sed -n 's/^listening on //p' address)
token=$(bylaw token create --name library --jurisdiction us/ca/los-angeles --data city)

say "The library's system asks for an officer who shows form I-200. It is told no, and why:"
curl --silent --show-error --header "Authorization: Bearer $token" --header 'Content-Type: application/json' \
  --data "@$call" "$url/access/v1/evaluation" >answer.json
grep -o '"decision":[a-z]*' answer.json
grep -o '"answer":"[a-z_]*"' answer.json
grep -o '"rule":"[^"]*","cite":"[^"]*"' answer.json
grep -o '"record":[0-9]*' answer.json

say "It keeps the receipt. The service is stopped; the receipt is checked without it:"
curl --silent --show-error --output 0.tlog-proof "$url/receipts/0"
curl --silent --show-error --output keys "$url/ledger/keys"
kill "$server"; wait "$server"
bylaw ledger check 0.tlog-proof --key "$(head -n 1 keys)"

say "Who holds the key can open the record, and replay every decision under the law of its day:"
bylaw records show 0 --data city | sed -n '/"facts"/,/}/p'
bylaw records verify --data city

say "The public log is whole. Then one byte of it is changed:"
bylaw ledger verify city/ledger --key "$(head -n 1 keys)"
printf '\000' | dd of=city/ledger/tile/entries/000.p/1 bs=1 seek=9 conv=notrunc status=none
bylaw ledger verify city/ledger --key "$(head -n 1 keys)" || true
