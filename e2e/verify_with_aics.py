"""Our log by a program that none of us wrote: the package aics-tlog.

    python e2e/verify_with_aics.py target/debug/bylaw [SEED]

The server answers random numbers of questions. After each growth the package reads the log over HTTP and
from its folder, proves every tile and entry against the signed checkpoint, proves that the log only grew
since every checkpoint before, and checks receipts. A second server witnesses the first: the package checks
its cosignature. Last, one byte is changed and the package has to notice.
"""

import base64
import random
import secrets
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import aics_tlog as tlog
from served import Served, question

# Growths cross the borders of tiles (256 leaves) and leave every kind of partial tile.
GROWTHS = 14


def main() -> None:
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbits(32)
    print(f"repeat with the seed {seed}")
    chance = random.Random(seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served, witness = neighbors(program, folder, stack)
        keys = served.get("/ledger/keys").decode().split()
        seen: list[tlog.Checkpoint] = []
        bundles = 0
        for growth in range(GROWTHS):
            grow(served, chance, growth)
            checkpoint, report = audit(served, keys, seen)
            seen.append(checkpoint)
            bundles += report.bundles
        for _ in range(20):
            check_receipt(served, keys, chance.randrange(seen[-1].size))
        check_witnessed(served, keys, witness, seen[-1])
        notices_a_changed_byte(served, chance, seen[-1])
    print(
        f"aics-tlog {tlog.__version__}: {len(seen)} checkpoints, {seen[-1].size} leaves, {bundles} bundles read,"
        f" {len(seen) * (len(seen) - 1) // 2} consistency proofs, 20 receipts, a witness's cosignature; a changed byte is noticed"
    )


def neighbors(program: str, folder: Path, stack: ExitStack):
    """A city, whose log is looked at, and a school district that witnesses it; the witness's keys."""
    city, school = folder / "city", folder / "school"
    for place in (city, school):
        place.mkdir()
    Served(program, city).run("ledger", "init", "--origin", "city.example/ledger")
    logs = quoted((city / "data/ledger/keys").read_text().split())
    settings = {"SERVE_WITNESS__NAME": "school.example/witness", "SERVE_WITNESS__LOGS": logs}
    serves = stack.enter_context(Served(program, school, settings))
    witness = (school / "data/witness/witness.vkeys").read_text().split()
    asked = f'[{{ name = "school", url = "{serves.url}/witness", keys = {quoted(witness)} }}]'
    return stack.enter_context(Served(program, city, {"WITNESSES": asked})), witness


def quoted(texts: list[str]) -> str:
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"


def grow(served: Served, chance: random.Random, growth: int) -> None:
    """More leaves: one, some, or several bundles full."""
    count = chance.choice([1, chance.randrange(2, 40), chance.randrange(200, 700)])
    questions = [question(f"{growth}-{place}", paper="letter", signed=True) for place in range(count)]
    while questions:
        size = chance.randrange(1, 300)
        batch, questions = questions[:size], questions[size:]
        answers = served.ask("/access/v1/evaluations", {"evaluations": batch})["evaluations"]
        assert len(answers) == len(batch) and all("record" in answer["context"] for answer in answers)


def audit(served: Served, keys: list[str], seen: list[tlog.Checkpoint]):
    """The newest checkpoint, after everything has been proven."""
    note = served.get("/ledger/checkpoint")
    checkpoint = verified(note, keys)
    over_http = tlog.HttpTileReader([served.url + "/ledger/"])
    folder = tlog.FileSystemTileReader(served.data / "ledger")
    reports = [tlog.audit_tiles(reader, checkpoint.size, checkpoint.root) for reader in (over_http, folder)]
    assert reports[0] == reports[1], reports
    for old in seen:
        proof = tlog.consistency_proof_from_tiles(over_http, old.size, checkpoint.size)
        assert tlog.verify_consistency(old.size, checkpoint.size, old.root, checkpoint.root, proof), old
    return checkpoint, reports[0]


def check_witnessed(served: Served, keys: list[str], witness: list[str], newest: tlog.Checkpoint) -> None:
    """Receipts soon carry the neighbor's cosignature; the package counts it towards a quorum of one."""
    cosigner = next(key for key in map(readable, witness) if key is not None and key.key_type == 4)
    key = next(key for key in map(readable, keys) if key is not None and key.key_type == 1)
    for _ in range(300):
        note = served.get(f"/receipts/{newest.size - 1}").decode().split("\n\n", 1)[1]
        result = tlog.verify_checkpoint(tlog.parse_note(note), key, [cosigner], quorum=1)
        if result.ok:
            assert (result.size, result.root, result.witnesses) == (newest.size, newest.root, [cosigner.name])
            return
        assert result.log_ok, result
        time.sleep(0.2)
    raise SystemExit(f"no receipt carries the witness's cosignature: {result}; {served.log.read_text()}")


def verified(note: bytes, keys: list[str]) -> tlog.Checkpoint:
    """The checkpoint of a note that the log's Ed25519 key signed. The package leaves the log's other
    signature line, ML-DSA-44, aside, as it does every line of a key it does not know."""
    key = next(key for key in map(readable, keys) if key is not None and key.key_type == 1)
    result = tlog.verify_checkpoint(tlog.parse_note(note), key)
    assert result.ok, result
    return tlog.Checkpoint(result.origin, result.size, result.root)


def readable(key: str):
    try:
        return tlog.parse_vkey(key)
    except ValueError:
        return None


def check_receipt(served: Served, keys: list[str], number: int) -> None:
    """A tlog-proof file: its entry is in the tree of its own checkpoint."""
    text = served.get(f"/receipts/{number}").decode()
    proof, note = text.split("\n\n", 1)
    version, extra, index, *hashes = proof.split("\n")
    assert version == "c2sp.org/tlog-proof@v1", version
    entry = base64.b64decode(extra.removeprefix("extra "), validate=True)
    assert index == f"index {number}", index
    checkpoint = verified(note.encode(), keys)
    hashes = [base64.b64decode(line, validate=True) for line in hashes]
    assert tlog.verify_leaf_inclusion(entry, number, checkpoint.size, hashes, checkpoint.root), number


def notices_a_changed_byte(served: Served, chance: random.Random, checkpoint: tlog.Checkpoint) -> None:
    """The audit is no formality: with one bit of one current file changed it fails."""
    ledger = served.data / "ledger"
    file = chance.choice(sorted(ledger.glob("tile/0/[0-9]*")) or sorted(ledger.glob("tile/0/*.p/*")))
    if file.is_dir():
        file = next(file.iterdir())
    before = file.read_bytes()
    place = chance.randrange(len(before))
    file.write_bytes(before[:place] + bytes([before[place] ^ 1]) + before[place + 1 :])
    try:
        tlog.audit_tiles(tlog.FileSystemTileReader(ledger), checkpoint.size, checkpoint.root)
    except (tlog.TileVerificationError, tlog.TileMissingError):
        return
    finally:
        file.write_bytes(before)
    raise SystemExit(f"aics-tlog did not notice a changed byte in {file}")


main()
